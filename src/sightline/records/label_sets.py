"""Label sets in sightline's own format: JSON lines that can also say "ambiguous", and by whom.

The first line names the set; every other line is one verdict::

    {"label_set": "audited", "version": 1}
    {"image": "a.jpg", "claim": {"kind": "presence", "object": "dog"}, "answer": "holds"}

Where people have checked the labels, a line also says where its own comes from, and who decided when::

    {"image": "a.jpg", "claim": {"kind": "presence", "object": "cat"}, "answer": "does not hold",
     "how": "adjudicated", "by": ["eve"], "at": "2026-01-05T10:00:00Z", "looked": "ranked",
     "words": {"ann": "yes", "bob": "no"}}

``how`` is agreed, adjudicated or kept; ``looked``, ranked or control, is there only where people have looked, and
``words`` only where it was asked for. A pair that is not listed has no label; benchmark-native files cannot tell that
from "ambiguous".
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sightline.core import Answer, Claim, LabelSet, Provenance, claim_from_record, claim_record
from sightline.errors import DataError
from sightline.records.json_rows import Layout, Rows, encode_rows, read_rows

__all__ = ["encode_label_set", "read_label_set"]

_VERSION = 1


def read_label_set(path: str | Path, name: str) -> LabelSet:
    """Read a label set.

    Raises:
        DataError: the file is broken, a row is not a verdict, or two rows contradict each other.
    """
    rows = read_rows(path)
    header = rows.records[0]
    if "label_set" not in header or header.get("version") != _VERSION:
        raise DataError(
            f"the first line is {header!r}",
            file=rows.source.name,
            row=rows.numbers[0],
            hint=f'A label set begins with {{"label_set": NAME, "version": {_VERSION}}}.',
        )
    answers: dict[tuple[str, Claim], Answer] = {}
    provenance: dict[tuple[str, Claim], Provenance] = {}
    for record, number in zip(rows.records[1:], rows.numbers[1:], strict=True):
        key, answer = _verdict(record, rows, number)
        if answers.setdefault(key, answer) is not answer:
            problem = f"{key[1]} of {key[0]} is {answer.value!r} here and {answers[key].value!r} above"
            raise DataError(problem, file=rows.source.name, row=number)
        told = _provenance(record, rows, number)
        if told is not None and provenance.setdefault(key, told) != told:
            problem = f"{key[1]} of {key[0]} comes from elsewhere than it does above"
            raise DataError(problem, file=rows.source.name, row=number, hint="Leave one of the two rows out.")
    told_of = MappingProxyType(provenance)
    return LabelSet(name, MappingProxyType(answers), absent=None, sources=(rows.source,), provenance=told_of)


def _verdict(record: Mapping[str, Any], rows: Rows, number: int) -> tuple[tuple[str, Claim], Answer]:
    image, claim, answer = record.get("image"), record.get("claim"), record.get("answer")
    try:
        if not isinstance(image, str) or not isinstance(claim, dict):
            raise ValueError(f"a verdict has image, claim and answer; this row has {', '.join(record)}")
        return (image, claim_from_record(claim)), Answer(str(answer))
    except ValueError as error:
        raise DataError(str(error), file=rows.source.name, row=number) from None


_HOWS = ("agreed", "adjudicated", "kept")
_FIELDS = frozenset(("how", "by", "at", "looked", "words"))


def _provenance(record: Mapping[str, Any], rows: Rows, number: int) -> Provenance | None:
    """What a row says of where its label comes from; None where it says nothing."""
    how, by, at = record.get("how"), record.get("by", []), record.get("at", "")
    looked, words = record.get("looked"), record.get("words", {})
    if not _FIELDS & record.keys():
        return None
    checks = (
        ("how", how, isinstance(how, str) and how in _HOWS, " or ".join(_HOWS)),
        ("looked", looked, looked is None or looked in ("ranked", "control"), "ranked or control, or to be left out"),
        ("by", by, isinstance(by, list) and all(isinstance(name, str) for name in by), "a list of names"),
        ("at", at, isinstance(at, str), "a time"),
        (
            "words",
            words,
            isinstance(words, dict) and all(isinstance(w, str) for w in words.values()),
            "names and words",
        ),
    )
    for field, value, right, expected in checks:
        if not right:
            problem = f"{field} is {value!r}, expected {expected}"
            raise DataError(problem, file=rows.source.name, row=number)
    return Provenance(how, tuple(by), at, looked, words)  # type: ignore[arg-type]


def encode_label_set(labels: LabelSet) -> bytes:
    """Write a label set, one verdict a line, in its own order, with its provenance where it has any."""
    header: dict[str, Any] = {"label_set": labels.name, "version": _VERSION}
    verdicts: list[dict[str, Any]] = [
        {
            "image": image,
            "claim": claim_record(claim),
            "answer": answer.value,
            **_told(labels.provenance.get((image, claim))),
        }
        for (image, claim), answer in labels.answers.items()
    ]
    return encode_rows([header, *verdicts], Layout())


def _told(provenance: Provenance | None) -> dict[str, Any]:
    """The fields that say where a label comes from; those that would say nothing are left out."""
    if provenance is None:
        return {}
    by, words = list(provenance.by), dict(provenance.words)
    told = {"how": provenance.how, "by": by, "at": provenance.at, "looked": provenance.looked, "words": words}
    return {name: value for name, value in told.items() if value}
