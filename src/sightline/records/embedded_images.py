"""Images that a file of questions holds within itself: written out as the files that they were.

The hub's data sets embed them in parquet, with bytes and path; VLMEvalKit's TSV holds them as base64, where a short
cell names the row whose image it shares. Whoever reads such a file calls its images by the same names
(`embedded_names`).
"""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import pyarrow as pa
from pyarrow import parquet

from sightline.errors import DataError, RequestError
from sightline.records.atomic import write_bytes
from sightline.records.table_rows import read_table_rows

__all__ = ["BY_ROW", "Unpacked", "embedded_names", "unpack_images"]

BY_ROW = "row"
"""Names images by the number of their row, where nothing else tells them apart."""

_NAMES = ("image_filename", "file_name", "filename", "image_path")
"""Columns that name images; where there is none, the path inside the embedded image does."""

_IDS = ("image_id", "index", "Index", "question_id", "id")
"""Columns that name images that have no name at all: the suffix is that of the format."""

_TABLES = (".tsv", ".csv", ".jsonl", ".json", ".gz")
_COLUMN = "image"
_SHORTEST = 64
"""VLMEvalKit takes a shorter cell for the number of the row whose image is meant."""

_ROWS_AT_ONCE = 64
_FORMATS = ((b"\x89PNG", ".png"), (b"\xff\xd8", ".jpg"), (b"GIF8", ".gif"), (b"RIFF", ".webp"), (b"BM", ".bmp"))
_MAGIC = tuple(magic for magic, _ in _FORMATS)


class Unpacked(NamedTuple):
    """What was written.

    Args:
        images: names, in the order of the file, each once.
        written: how many files were written.
        there: how many were there already, byte for byte.
    """

    images: tuple[str, ...]
    written: int
    there: int


class _Held(NamedTuple):
    """An image that a row holds."""

    row: int
    name: str
    data: bytes


def unpack_images(path: str | Path, out: str | Path, overwrite: bool = False, by: str = "") -> Unpacked:
    """Write the images of a file into a folder; those that are there already are left as they are.

    Args:
        path: parquet with a column of embedded images (bytes and path), or TSV, CSV or JSON with base64 in ``image``.
        out: the folder.
        overwrite: whether other images of the same names may be replaced.
        by: the column that names images, or `BY_ROW`; what the file tells where "".

    Raises:
        DataError: the file cannot be read, holds no images, or an image has no name or no bytes.
        RequestError: another image of the same name is there, or two images of the file have one name.
    """
    path, out = Path(path), Path(out)
    seen: dict[str, bytes] = {}
    written = there = 0
    for row, name, data in _images(path, by):
        if not name or not data:
            raise DataError(f"the image has no {'bytes' if name else 'name'}", file=path, row=row)
        if name in seen:
            if seen[name] != data:
                hint = "" if by else " Name them by their rows (--by row) or by a column (--by COLUMN)."
                raise RequestError(f"{path}: two different images are called {name} (row {row} is the second).{hint}")
            continue
        seen[name] = data
        target = out / name
        known = target.read_bytes() if target.exists() else None
        if known == data:
            there += 1
        elif known is not None and not overwrite:
            raise RequestError(f"{target} is another image. Choose another folder with --out, or say --overwrite.")
        else:
            write_bytes(target, data)
            written += 1
    return Unpacked(tuple(seen), written, there)


def embedded_names(
    path: str | Path, records: Sequence[Mapping[str, Any]], numbers: Sequence[int], by: str = ""
) -> tuple[str, ...] | None:
    """What the image of each row is called once it was written out; None where the file holds no images.

    Args:
        path: the file.
        records: its rows, as `read_table_rows` gives them.
        numbers: the number of each.
        by: as for `unpack_images`.

    Raises:
        DataError: as `unpack_images`.
    """
    path = Path(path)
    if path.suffix in _TABLES:
        if not any(_is_picture(str(record.get(_COLUMN) or "")) for record in records):
            return None
        return tuple(held.name for held in _images_in_cells(path, records, numbers, by))
    columns = _embedding(parquet.read_schema(path))
    if len(columns) != 1:
        return None
    return _names_alone(path, columns[0], by) or tuple(h.name if h.data else "" for h in _images_in_parquet(path, by))


def _names_alone(path: Path, column: str, by: str) -> tuple[str, ...] | None:
    """The names, read without the images; None where a suffix is to be told from an image."""
    if by == BY_ROW:
        return None
    file = parquet.ParquetFile(path)
    telling = _telling(file.schema_arrow.names, by, path)
    rows = file.read(columns=[f"{column}.path", *telling]).to_pylist()
    told = [None if row[column] is None else _told(row, row[column].get("path"), by) for row in rows]
    if any(each is not None and not each.suffix for each in told):
        return None
    return tuple("" if each is None else each.name for each in told)


def _images(path: Path, by: str) -> Iterator[_Held]:
    """Every image, row by row; of parquet without reading the whole file."""
    if path.suffix not in _TABLES:
        yield from _held_only(_images_in_parquet(path, by))
        return
    rows = read_table_rows(path)
    if _COLUMN not in rows.records[0]:
        found = ", ".join(rows.records[0])
        raise DataError(f"no column holds images; there are {found}", file=path, hint="Expected base64 in image.")
    yield from _images_in_cells(path, rows.records, rows.numbers, by)


def _held_only(images: Iterator[_Held]) -> Iterator[_Held]:
    """Without the rows that have no image; one without bytes whose path is known should have some."""
    for held in images:
        if held.name or held.data:
            yield held


def _images_in_parquet(path: Path, by: str) -> Iterator[_Held]:
    try:
        file = parquet.ParquetFile(path)
    except FileNotFoundError:
        raise DataError("there is no such file", file=path, hint="Check the path.") from None
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"this is not parquet ({str(error).splitlines()[0]})", file=path) from None
    names = file.schema_arrow.names
    embedded = _embedding(file.schema_arrow)
    if not embedded:
        found = ", ".join(names)
        raise DataError(f"no column holds images; there are {found}", file=path, hint="Expected bytes and path.")
    telling = _telling(names, by, path)
    row = 0
    for batch in file.iter_batches(_ROWS_AT_ONCE, columns=[*embedded, *telling]):
        for record in batch.to_pylist():
            row += 1
            for place, column in enumerate(embedded):
                yield _held(record, record[column], row, by, f"_{place}" if len(embedded) > 1 else "")


def _held(record: Mapping[str, Any], image: Mapping[str, Any] | None, row: int, by: str, ending: str) -> _Held:
    """The image of a cell; of rows with several, those that have no name are told apart by an ending."""
    if image is None:
        return _Held(row, "", b"")
    data = image.get("bytes") or b""
    if ending and image.get("path"):
        return _Held(row, PurePosixPath(image["path"]).name, data)
    return _Held(row, _name(record, row, data, by, image.get("path"), ending), data)


def _images_in_cells(
    path: Path, records: Sequence[Mapping[str, Any]], numbers: Sequence[int], by: str
) -> Iterator[_Held]:
    """The images of base64 cells; a short cell is the id of the row whose image it shares."""
    _telling(tuple(records[0]), by, path)
    known: dict[str, _Held] = {}
    for record, row in zip(records, numbers, strict=True):
        cell = str(record.get(_COLUMN) or "").strip()
        ids = [str(record[column]) for column in ("index", "question_id", "id") if record.get(column) not in (None, "")]
        if len(cell) <= _SHORTEST:
            if cell not in known:
                problem = f"image is {cell!r}, which is neither base64 nor the index of a row above"
                raise DataError(problem, file=path, row=row)
            held = known[cell]._replace(row=row)
        else:
            data = _decoded(cell, path, row)
            held = _Held(row, _name(record, row, data, by), data)
        for id_ in ids[:1]:
            known[id_] = held
        yield held


def _is_picture(cell: str) -> bool:
    """Whether a cell holds a picture in base64, and no path."""
    start = (cell.partition("base64,")[2] or cell)[:24]
    try:
        return len(cell) > _SHORTEST and base64.b64decode(start, validate=True).startswith(_MAGIC)
    except (binascii.Error, ValueError):
        return False


def _decoded(cell: str, path: Path, row: int) -> bytes:
    try:
        data = base64.b64decode(cell.partition("base64,")[2] or cell, validate=True)
    except (binascii.Error, ValueError):
        problem = f"image is {cell[:24]!r}…, which is not base64"
        hint = "Several images in one row, and addresses, are not read."
        raise DataError(problem, file=path, row=row, hint=hint) from None
    return data


def _embedding(schema: pa.Schema) -> list[str]:
    """The columns of embedded images."""
    return [field.name for field in schema if _holds_images(field.type)]


def _telling(names: Sequence[str], by: str, path: Path) -> list[str]:
    """The columns that name images."""
    if by and by != BY_ROW and by not in names:
        raise DataError(f"there is no column {by} to name images by; there are {', '.join(names)}", file=path)
    if by:
        return [] if by == BY_ROW else [by]
    return [name for name in (*_NAMES, *_IDS) if name in names]


def _told(record: Mapping[str, Any], inside: str | None, by: str, ending: str = "") -> PurePosixPath:
    """What a row calls its image, without a suffix where only its bytes tell that; empty where nothing does."""
    for column in (by,) if by else (*_NAMES, "", *_IDS):
        value = inside if column == "" else record.get(column)
        if value in (None, "") or (ending and column in _NAMES):
            continue
        name = PurePosixPath(str(value)).name
        # an id may hold a full stop, which begins no suffix
        return PurePosixPath(name.replace(".", "_") + ending) if column in _IDS else PurePosixPath(name)
    return PurePosixPath()


def _name(
    record: Mapping[str, Any], row: int, data: bytes, by: str, inside: str | None = None, ending: str = ""
) -> str:
    """What an image is called; "" where nothing tells."""
    if by == BY_ROW:
        return f"{row}{ending}{_suffix(data)}"
    told = _told(record, inside, by, ending)
    return told.name if told.suffix or not told.name else f"{told.name}{_suffix(data)}"


def _suffix(data: bytes) -> str:
    return next((suffix for magic, suffix in _FORMATS if data.startswith(magic)), ".jpg")


def _holds_images(type_: pa.DataType) -> bool:
    return pa.types.is_struct(type_) and {"bytes", "path"} <= {field.name for field in type_}
