"""Claims about an image, and what somebody says of them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import ClassVar, Literal

__all__ = [
    "Answer",
    "Attribute",
    "Claim",
    "Count",
    "Presence",
    "Relation",
    "Verdict",
    "claim_from_record",
    "claim_record",
]


class Answer(StrEnum):
    """What can be said of a claim."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does not hold"
    AMBIGUOUS = "ambiguous"
    """A person looked and could not say."""
    UNCERTAIN = "uncertain"
    """Detectors disagree."""


@dataclass(frozen=True, slots=True, order=True)
class Presence:
    """An object is in the image."""

    kind: ClassVar[Literal["presence"]] = "presence"
    object: str


@dataclass(frozen=True, slots=True, order=True)
class Attribute:
    """An object of the image has an attribute."""

    kind: ClassVar[Literal["attribute"]] = "attribute"
    object: str
    attribute: str


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """Two objects of the image stand in a relation."""

    kind: ClassVar[Literal["relation"]] = "relation"
    subject: str
    predicate: str
    object: str


@dataclass(frozen=True, slots=True, order=True)
class Count:
    """The image shows exactly this many of an object."""

    kind: ClassVar[Literal["count"]] = "count"
    object: str
    number: int


Claim = Presence | Attribute | Relation | Count
"""A statement about one image that holds or does not."""

_KINDS: Mapping[str, type[Presence] | type[Attribute] | type[Relation] | type[Count]] = {
    kind.kind: kind for kind in (Presence, Attribute, Relation, Count)
}


def claim_record(claim: Claim) -> dict[str, str | int]:
    """Write a claim as a flat record.

    Example:
        >>> claim_record(Count("cat", 3))
        {'kind': 'count', 'object': 'cat', 'number': 3}
    """
    return {"kind": claim.kind, **{name: getattr(claim, name) for name in type(claim).__slots__}}


def claim_from_record(record: Mapping[str, object]) -> Claim:
    """Read a claim from its record.

    Raises:
        ValueError: the kind is unknown, or a field is missing, too much, or of another type.

    Example:
        >>> claim_from_record({"kind": "presence", "object": "dog"})
        Presence(object='dog')
    """
    kind = _KINDS.get(str(record.get("kind")))
    if kind is None:
        raise ValueError(f"claim kind is {record.get('kind')!r}, expected one of {', '.join(_KINDS)}")
    wanted = {field.name: field.type for field in fields(kind)}
    given = {name: value for name, value in record.items() if name != "kind"}
    if given.keys() != wanted.keys():
        raise ValueError(f"a {kind.kind} claim has the fields {', '.join(wanted)}; found {', '.join(given) or 'none'}")
    for name, type_ in wanted.items():
        if type(given[name]) is not type_:
            raise ValueError(
                f"{name} of a {kind.kind} claim is {given[name]!r}, expected {getattr(type_, '__name__', type_)}"
            )
    return kind(**given)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Somebody's word on a claim.

    Args:
        claim: what it is about; the image is the scene's.
        answer: what is said of it.
        by: who says so: a data set, a labeller, a detector, a model, the renderer.
        score: how sure, where there is such a number.
        at: when, as ISO 8601 in UTC, where known.
        evidence: what it rests on, where known.
    """

    claim: Claim
    answer: Answer
    by: str
    score: float | None = None
    at: str | None = None
    evidence: str | None = None
