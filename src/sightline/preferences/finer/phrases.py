"""FINER-Tuning's phrases: several true things of one kind, in units of which an edit changes one.

A phrase is kept in units, and written out only where a question or an answer needs its words: which unit an edit
changed is then a comparison of units, and nothing is ever cut out of a text, whatever marks it holds.

Source: FINER (arXiv 2603.17662): several objects; one object with attributes; one object with relations; and "what",
an object with attributes in relation to another one, which is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from sightline.core import Attribute, Claim, Relation
from sightline.queries.phrases import Named, attributes_phrase, objects_phrase, relations_phrase
from sightline.readers.nouns import PAIRED

__all__ = [
    "KINDS",
    "MOST",
    "Beside",
    "Edit",
    "End",
    "Kind",
    "Phrase",
    "Unit",
    "finite",
    "is_uncounted",
    "unit_text",
    "written_out",
]

Kind = Literal["object", "attribute", "relation", "what"]
End = Literal["subject", "object"]

KINDS: tuple[Kind, ...] = ("object", "attribute", "relation", "what")

MOST: Mapping[str, int] = {"object": 6, "attribute": 5, "relation": 5, "what": 5}
"""Units of a phrase, at most, by kind: FINER-Tuning's, but for objects, of which its benchmark has six and it five."""

_STATES: Mapping[str, str] = {
    "containing": "contains",
    "featuring": "features",
    "having": "has",
    "including": "includes",
    "lacking": "lacks",
    "resembling": "resembles",
}
"""What English does not say in progress: a plate contains pizza, it is not containing it."""

_UNCOUNTED = frozenset(
    (
        *(
            "beer",
            "cement",
            "cheese",
            "coffee",
            "coral",
            "fabric",
            "fog",
            "frost",
            "glassware",
            "haze",
            "juice",
            "lace",
        ),
        *(
            "leather",
            "lemonade",
            "lettering",
            "liquid",
            "mist",
            "money",
            "paint",
            "plastic",
            "rain",
            "shade",
            "shading",
        ),
        *("soap", "soup", "stonework", "tape", "tea", "text", "wine", "wood", "woodwork", "wool"),
    )
)
"""Things that nobody counts, besides those that `queries.phrases` knows."""


class Unit(NamedTuple):
    """One thing that a phrase says.

    Args:
        claim: what it says.
        number: how many there are of the object that it names; see `Named`. What is put in its place has as many.
    """

    claim: Claim
    number: int = 1


class Beside(NamedTuple):
    """What the object of a "what" phrase stands in relation to, and is asked for.

    Args:
        predicate: of the relation.
        other: the object that is asked for.
        end: which end of the relation it is.
    """

    predicate: str
    other: Named
    end: End


@dataclass(frozen=True, slots=True)
class Phrase:
    """True things of one kind, or the same with one of them changed.

    Args:
        image: name of the image.
        kind: what its units are; those of "what" are attributes.
        units: what it says, in the order in which they were drawn or written; English may want another.
        of: the object whose attributes or relations they are; None where they are objects.
        beside: of "what", the other object.
    """

    image: str
    kind: Kind
    units: tuple[Unit, ...]
    of: Named | None = None
    beside: Beside | None = None

    def with_claim(self, slot: int, claim: Claim) -> "Phrase":
        """The same with another claim in one of its units."""
        units = (*self.units[:slot], self.units[slot]._replace(claim=claim), *self.units[slot + 1 :])
        return replace(self, units=units)


@dataclass(frozen=True, slots=True)
class Edit:
    """A true phrase, and the same with one unit that is false.

    Args:
        phrase: what holds.
        negative: what does not.
        slot: which of its units differs, from 0 on.
        by: who made the false one: "statistics", or the name of a language model.
        twin: its name within its image: kind and number. The pairs of both polarities have it.
        source: where the image's annotation stands, as ``file:row``.
    """

    phrase: Phrase
    negative: Phrase
    slot: int
    by: str
    twin: str
    source: str = ""


def written_out(phrase: Phrase, articles: bool) -> str:
    """A phrase as English; of "what" the object that is known, with its attributes.

    Args:
        phrase: what to write.
        articles: whether it has articles and numbers ("a cat and two keys"); FINER's names are bare.

    Example:
        >>> from sightline.core import Presence
        >>> units = (Unit(Presence("cat")), Unit(Presence("key"), 2))
        >>> [written_out(Phrase("a.jpg", "object", units), articles) for articles in (False, True)]
        ['cat and keys', 'a cat and two keys']
        >>> units = (Unit(Attribute("moon", "red")), Unit(Attribute("moon", "large")))
        >>> written_out(Phrase("a.jpg", "attribute", units, Named("moon")), articles=False)
        'large red moon'
        >>> units = (Unit(Relation("moon", "left of", "cup")), Unit(Relation("moon", "above", "key"), 2))
        >>> written_out(Phrase("a.jpg", "relation", units, Named("moon")), articles=True)
        'a moon that is left of the cup and above the keys'
    """
    claims = [unit.claim for unit in phrase.units]
    if phrase.of is None:
        named = [Named(unit.claim.object, unit.number) for unit in phrase.units]
        return objects_phrase(named, articles) if named else ""
    if phrase.kind == "relation":
        parts = [
            (finite(unit.claim.predicate), Named(unit.claim.object, unit.number))
            for unit in phrase.units
            if isinstance(unit.claim, Relation)
        ]
        return relations_phrase(phrase.of, parts, articles)
    return attributes_phrase(phrase.of, [claim.attribute for claim in claims if isinstance(claim, Attribute)], articles)


def finite(predicate: str) -> str:
    """A predicate as English has it after "that", with "is" before it or without.

    Example:
        >>> finite("containing"), finite("holding")
        ('contains', 'holding')
    """
    return _STATES.get(predicate, predicate)


def is_uncounted(name: str) -> bool:
    """Whether a thing has neither an article nor a plural.

    Example:
        >>> [is_uncounted(name) for name in ("rain", "grass", "shorts", "cup")]
        [True, True, False, False]
    """
    last = name.rpartition(" ")[2]
    return last in _UNCOUNTED or (last not in PAIRED and attributes_phrase(Named(name), (), articles=True) == name)


def unit_text(claim: Claim) -> str:
    """What a claim says of its object, in a few words; of a presence the object itself.

    Example:
        >>> unit_text(Attribute("cat", "black")), unit_text(Relation("cat", "on", "sofa"))
        ('black', 'on sofa')
    """
    if isinstance(claim, Attribute):
        return claim.attribute
    return f"{claim.predicate} {claim.object}" if isinstance(claim, Relation) else claim.object
