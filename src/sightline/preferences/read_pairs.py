"""Files of preference pairs, in whatever format of the field; content tells which."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sightline.core import ImageRef, PreferencePair, SourceFile
from sightline.errors import DataError
from sightline.preferences.formats import ALL, format_of
from sightline.preferences.formats.source import Format, Record
from sightline.preferences.image_names import names_below
from sightline.preferences.parquet_rows import is_parquet, read_parquet_rows
from sightline.records.json_rows import read_rows

__all__ = ["PairFile", "read_pair_file", "read_pairs"]


class PairFile(NamedTuple):
    """What a file of pairs holds.

    Args:
        pairs: its pairs, in the order of the file.
        rows: for each pair the row that holds it, counted from one.
        format: what people call its format.
        left_out: rows that the format itself says are not to be trained on.
        source: the file and its hash.
    """

    pairs: tuple[PreferencePair, ...]
    rows: tuple[int, ...]
    format: str
    left_out: int
    source: SourceFile


def read_pairs(path: str | Path, images_under: str | Path | None = None) -> tuple[PreferencePair, ...]:
    """Read a file of preference pairs.

    Args:
        path: JSON or parquet: sightline's own pairs, the published rows of SENTINEL or FINER-Tuning, or rows of TRL,
            LLaMA-Factory or HA-DPO.
        images_under: the folder of the images. Paths that were written on another machine are cut to what is there;
            images that are not there keep the name that the file gives them.

    Raises:
        DataError: it cannot be read, is of no known format, or a row does not hold a pair: it lacks a reply, or has
            several images, say.
    """
    return read_pair_file(path, images_under).pairs


def read_pair_file(path: str | Path, images_under: str | Path | None = None) -> PairFile:
    """Read a file of preference pairs like `read_pairs`, and say of which format it is and where each pair stands.

    Raises:
        DataError: see `read_pairs`.
    """
    path = Path(path)
    folder = None if images_under is None else Path(images_under)
    if folder is not None and not folder.is_dir():
        raise DataError("there is no such folder of images", file=folder, hint="Check --images.")
    found = read_parquet_rows(path) if is_parquet(path) else read_rows(path)
    folders = (path.parent,) if folder is None else (path.parent, folder)
    numbered = zip(found.records, found.numbers, strict=True)
    records = [Record(values, path, row, folders) for values, row in numbered]
    format_ = _format(records[0])
    pairs: list[PreferencePair] = []
    rows: list[int] = []
    left_out = 0
    for record, own in _each(format_, records):
        left_out += own is None
        pairs += own or ()
        rows += [record.row] * len(own or ())
    if not pairs:
        raise DataError(f"none of its {len(records):,} rows holds a pair to train on", file=path)
    if folder is not None:
        pairs = _named_below(pairs, folder)
    return PairFile(tuple(pairs), tuple(rows), format_.name, left_out, found.source)


def _format(record: Record) -> Format:
    found = format_of(record.values)
    if found is None:
        fields = ", ".join(record.values) or "none"
        known = ", ".join(each.name for each in ALL)
        raise record.error(f"the fields are {fields}; no format of pairs has these", f"Known are {known}.")
    return found


def _each(format_: Format, records: list[Record]) -> Iterator[tuple[Record, tuple[PreferencePair, ...] | None]]:
    for record in records:
        if not format_.recognises(record.values):
            other = format_of(record.values)
            if other is not None:
                raise record.error(f"this row is one of {other.name}, the first is one of {format_.name}")
        yield record, format_.pairs(record)


def _named_below(pairs: list[PreferencePair], folder: Path) -> list[PreferencePair]:
    names = names_below((pair.image.name for pair in pairs), folder)
    return [dataclasses.replace(pair, image=ImageRef(names[pair.image.name])) for pair in pairs]
