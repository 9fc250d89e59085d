"""The file of elements: what a build asks about, the negatives of each, and what was refused on the way.

One element a line::

    {"image": "a.jpg", "kind": "object", "claim": {"kind": "presence", "object": "cat"}, "subject": "1", "object": "",
     "negatives": [{"claim": {"kind": "presence", "object": "dog"}, "by": "statistics"}],
     "judged": {"shares": [0.9, 0.1], "entropy": 0.47, "round": 1}, "refused": [{"negative": …, "reason": …}]}

``judged`` is there where a discriminator was asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sightline.core import claim_from_record, claim_record
from sightline.errors import DataError
from sightline.queries.discriminator import Judged
from sightline.queries.element import Element, Negative
from sightline.records.json_rows import Layout, encode_rows, read_rows

__all__ = ["Kept", "elements_bytes", "read_elements"]


@dataclass(frozen=True)
class Kept:
    """An element as the file has it.

    Args:
        element: with the negatives that stayed.
        judged: what the discriminator said of it last; None where none was asked.
        round: in which round it said so.
        refused: what was refused, each with text or claim, reason, and who made it.
    """

    element: Element
    judged: Judged | None = None
    round: int = 0
    refused: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


def elements_bytes(elements: Iterable[Kept]) -> bytes:
    """The bytes of the file."""
    return encode_rows([_record(kept) for kept in elements], Layout())


def _record(kept: Kept) -> dict[str, Any]:
    element = kept.element
    record: dict[str, Any] = {
        "image": element.image,
        "kind": element.kind,
        "claim": claim_record(element.claim),
        "subject": element.subject,
        "object": element.object,
        "negatives": [{"claim": claim_record(negative.claim), "by": negative.by} for negative in element.negatives],
    }
    if kept.judged is not None:
        shares = [round(share, 6) for share in kept.judged.shares]
        record["judged"] = {"shares": shares, "entropy": round(kept.judged.entropy, 6), "round": kept.round}
    return {**record, "refused": [dict(each) for each in kept.refused]}


def read_elements(path: str | Path) -> list[Kept]:
    """Read the file.

    Raises:
        DataError: it cannot be read, or a row does not say what it should.
    """
    rows = read_rows(path)
    found: list[Kept] = []
    for record, row in zip(rows.records, rows.numbers, strict=True):
        try:
            found.append(_kept(record))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            hint = "sightline build finer writes such files (elements.jsonl)."
            raise DataError(_worded(error), file=path, row=row, hint=hint) from None
    return found


def _worded(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"there is no {error}"
    return str(error) if isinstance(error, ValueError) else "a field is of another kind than in a file of elements"


def _kept(record: Mapping[str, Any]) -> Kept:
    negatives = tuple(Negative(claim_from_record(each["claim"]), str(each["by"])) for each in record["negatives"])
    claim = claim_from_record(record["claim"])
    element = Element(str(record["image"]), claim, str(record["subject"]), str(record["object"]), negatives)
    told = record.get("judged")
    judged = None if told is None else Judged(tuple(float(share) for share in told["shares"]))
    return Kept(element, judged, int(told["round"]) if told else 0, tuple(record.get("refused", ())))
