"""Label sets in sightline's own format: JSON lines that can also say "ambiguous", and by whom.

The first line names the set; every other line is one verdict::

    {"label_set": "audited", "version": 1}
    {"image": "a.jpg", "claim": {"kind": "presence", "object": "dog"}, "answer": "holds"}

A pair that is not listed has no label; benchmark-native files cannot tell that from "ambiguous".
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sightline.core import Answer, Claim, LabelSet, claim_from_record, claim_record
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
    for record, number in zip(rows.records[1:], rows.numbers[1:], strict=True):
        key, answer = _verdict(record, rows, number)
        if answers.setdefault(key, answer) is not answer:
            problem = f"{key[1]} of {key[0]} is {answer.value!r} here and {answers[key].value!r} above"
            raise DataError(problem, file=rows.source.name, row=number)
    return LabelSet(name, MappingProxyType(answers), absent=None, sources=(rows.source,))


def _verdict(record: Mapping[str, Any], rows: Rows, number: int) -> tuple[tuple[str, Claim], Answer]:
    image, claim, answer = record.get("image"), record.get("claim"), record.get("answer")
    try:
        if not isinstance(image, str) or not isinstance(claim, dict):
            raise ValueError(f"a verdict has image, claim and answer; this row has {', '.join(record)}")
        return (image, claim_from_record(claim)), Answer(str(answer))
    except ValueError as error:
        raise DataError(str(error), file=rows.source.name, row=number) from None


def encode_label_set(labels: LabelSet) -> bytes:
    """Write a label set, one verdict a line, in its own order."""
    header: dict[str, Any] = {"label_set": labels.name, "version": _VERSION}
    verdicts: list[dict[str, Any]] = [
        {"image": image, "claim": claim_record(claim), "answer": answer.value}
        for (image, claim), answer in labels.answers.items()
    ]
    return encode_rows([header, *verdicts], Layout())
