"""Sightline's own pairs: JSON lines (`preferences.pairs_file`), or a table with a column for each field."""

import json
from collections.abc import Mapping
from typing import Any

from sightline.core import PreferencePair
from sightline.preferences.formats.fields import json_object
from sightline.preferences.formats.source import Format, Record
from sightline.preferences.pairs_file import pair_from_record, pair_record

__all__ = ["FORMAT", "table_row"]

_TEXTS = {"image", "prompt", "chosen", "rejected"}


def table_row(pair: PreferencePair) -> dict[str, Any]:
    """A row of a table: every field has a column, and details are JSON text, since they differ from pair to pair."""
    empty = {"context": "", "method": "", "kind": "", "polarity": "", "source": ""}
    return {**empty, **pair_record(pair), "ends": pair.ends, "details": json.dumps(dict(pair.details))}


def _recognises(values: Mapping[str, Any]) -> bool:
    return len(_TEXTS & values.keys()) >= len(_TEXTS) - 1  # a row that lacks one is one of ours with an error in it


def _pairs(record: Record) -> tuple[PreferencePair, ...]:
    values = dict(record.values)
    if isinstance(values.get("details"), str):
        values["details"] = json_object(record, "details")
    return (pair_from_record(values, record.file, record.row),)


FORMAT = Format("sightline's pairs", _recognises, _pairs)
