"""What a pair holds beyond what another format has a place for: one column of JSON text, which nobody else reads.

Tools leave columns alone that they do not know. With this one, a file that was exported reads back as the pairs it was
made of.
"""

import dataclasses
import json
from collections.abc import Callable, Iterable
from typing import Any

from sightline.core import PreferencePair
from sightline.preferences.formats.fields import json_object
from sightline.preferences.formats.source import Format, Record

__all__ = ["COLUMN", "restored", "with_remainders"]

COLUMN = "sightline"

_FIELDS = tuple(field.name for field in dataclasses.fields(PreferencePair) if field.name != "image")


def with_remainders(
    pairs: Iterable[PreferencePair],
    record_of: Callable[[PreferencePair], dict[str, Any]],
    format_: Format | None,
) -> list[dict[str, Any]]:
    """Write pairs as records, and what these do not say of them in a column of its own.

    Args:
        pairs: the pairs.
        record_of: writes a pair as a record of the format.
        format_: how such a record is read; None where nothing of a pair can be read from it.

    Returns:
        The records; all have the column, or none where none needs it, since loaders of tables want the same columns in
        all rows.
    """
    records, rests = [], []
    for pair in pairs:
        records.append(record_of(pair))
        read = format_ and format_.pairs(Record(records[-1]))
        plain = read[0] if read else PreferencePair(pair.image, "", "", "")
        rests.append({name: getattr(pair, name) for name in _FIELDS if getattr(plain, name) != getattr(pair, name)})
    if any(rests):
        for record, rest in zip(records, rests, strict=True):
            record[COLUMN] = json.dumps(rest)
    return records


def restored(pair: PreferencePair, record: Record) -> PreferencePair:
    """Put back what the column says of a pair.

    Raises:
        DataError: the column holds something else.
    """
    rest = json_object(record, COLUMN)
    if unknown := sorted(set(rest) - set(_FIELDS)):
        raise record.error(f"the column {COLUMN} has a field {unknown[0]}, which pairs do not have")
    return dataclasses.replace(pair, **rest) if rest else pair
