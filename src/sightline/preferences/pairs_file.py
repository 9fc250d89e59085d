"""Preference pairs as sightline writes them: JSON lines, one pair a line."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sightline.core import ImageRef, PreferencePair
from sightline.errors import DataError
from sightline.records.atomic import write_bytes
from sightline.records.json_rows import Layout, encode_rows

__all__ = ["pair_from_record", "pair_record", "write_pairs"]

_TEXTS = ("image", "prompt", "chosen", "rejected")
_MAY_LACK = ("context", "method", "kind", "polarity", "source")
_HINT = f"A pair has {', '.join(_TEXTS)}; {', '.join(_MAY_LACK)}, ends and details may be left out."


def pair_record(pair: PreferencePair) -> dict[str, Any]:
    """Write a pair as the record of a line; what is empty or as usual is left out.

    Example:
        >>> pair_record(PreferencePair(ImageRef("a.jpg"), "Is there a dog?", "No.", "Yes.", kind="object"))
        {'image': 'a.jpg', 'prompt': 'Is there a dog?', 'chosen': 'No.', 'rejected': 'Yes.', 'kind': 'object'}
    """
    record: dict[str, Any] = {
        "image": pair.image.name,
        "prompt": pair.prompt,
        "context": pair.context,
        "chosen": pair.chosen,
        "rejected": pair.rejected,
        "method": pair.method,
        "kind": pair.kind,
        "polarity": pair.polarity,
        "source": pair.source,
        "ends": pair.ends,
        "details": dict(pair.details),
    }
    if pair.ends:
        del record["ends"]
    return {name: value for name, value in record.items() if value or name in (*_TEXTS, "ends")}


def pair_from_record(record: Mapping[str, Any], file: str | Path, row: int) -> PreferencePair:
    """Read a pair from the record of a line.

    Raises:
        DataError: a field is missing, unknown, empty where there must be text, or of another type.
    """
    for name in _TEXTS:
        if name not in record:
            raise DataError(f"there is no {name}", file=file, row=row, hint=_HINT)
    if unknown := sorted(set(record) - {*_TEXTS, *_MAY_LACK, "ends", "details"}):
        raise DataError(f"there is a field {unknown[0]}, which pairs do not have", file=file, row=row, hint=_HINT)
    for name in (*_TEXTS, *_MAY_LACK):
        value = record.get(name, "")
        if not isinstance(value, str) or (name in _TEXTS and not value.strip()):
            raise DataError(f"{name} is {value!r}, expected text", file=file, row=row, hint=_HINT)
    details = record.get("details", {})
    if not isinstance(details, dict):
        raise DataError(f"details is {details!r}, expected an object", file=file, row=row, hint=_HINT)
    ends = record.get("ends", True)
    if not isinstance(ends, bool):
        raise DataError(f"ends is {ends!r}, expected true or false", file=file, row=row, hint=_HINT)
    given: dict[str, Any] = {name: record.get(name, "") for name in _MAY_LACK}
    return PreferencePair(
        ImageRef(record["image"]),
        prompt=record["prompt"],
        chosen=record["chosen"],
        rejected=record["rejected"],
        ends=ends,
        details=details,
        **given,
    )


def write_pairs(path: Path, pairs: Iterable[PreferencePair]) -> Path:
    """Write pairs to a file, whole or not at all.

    Raises:
        DataError: it cannot be written.
    """
    return write_bytes(path, encode_rows(map(pair_record, pairs), Layout()))
