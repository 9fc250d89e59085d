"""Files of records, whatever their format: JSON, CSV, TSV or parquet; the content decides.

Cells of CSV and TSV are texts, of any length. Of parquet texts, numbers and truth values are read, and lists and
records of them; other columns, such as pictures, stay where they are.
"""

import csv
import hashlib
import io
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from sightline.core import SourceFile
from sightline.errors import DataError
from sightline.records.json_rows import Layout, Rows, read_bytes, read_rows

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["column_names", "read_table_rows"]

_MAGIC = b"PAR1"
_SEPARATORS = ",\t;"
"""Semicolons are what spreadsheets write where a comma parts whole numbers from decimals."""

_LONGEST_CELL = 2**31 - 1
"""Python's csv takes 131,072 characters unless told otherwise; a picture in base64 has more."""


def read_table_rows(path: str | Path) -> Rows:
    """Read a file of records.

    Args:
        path: JSON (one record a line, an array, or one object), parquet, or CSV whose first line names the columns,
            with commas, tabs or semicolons between cells. JSON and CSV may be gzipped.

    Raises:
        DataError: it cannot be read, holds no records, or is broken.
    """
    path = Path(path)
    if _is_parquet(path):
        return _read_parquet(path)
    data = read_bytes(path)
    return read_rows(path) if _is_json(data) else _read_separated(path, data)


def column_names(path: str | Path) -> tuple[str, ...]:
    """The names of the columns: of the first record, where each may have its own.

    Raises:
        DataError: it cannot be read, or holds no records.
    """
    path = Path(path)
    if _is_parquet(path):
        return tuple(_schema(path).names)
    data = read_bytes(path)
    if _is_json(data):
        return tuple(read_rows(path).records[0])
    return tuple(_reader(path, data).fieldnames or ())


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False  # whoever reads it then says why it cannot be read


def _is_json(data: bytes) -> bool:
    """Whether a file is meant to be JSON, or is empty."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[", b"")


def _reader(path: Path, data: bytes) -> "csv.DictReader[str]":
    """A reader of CSV that has read the names of the columns."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        hint = "Expected JSON, CSV or parquet; text is to be saved as UTF-8."
        raise DataError(f"byte {error.start} is not UTF-8", file=path, hint=hint) from None
    csv.field_size_limit(_LONGEST_CELL)
    names = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=names.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        counts = Counter(reader.fieldnames)
    except csv.Error as error:
        raise DataError(f"not CSV: {error}", file=path, row=1) from None
    if twice := [name for name, count in counts.items() if count > 1]:
        hint = "The first line names the columns."
        raise DataError(f"{counts[twice[0]]} columns are called {twice[0]!r}", file=path, row=1, hint=hint)
    return reader


def _read_separated(path: Path, data: bytes) -> Rows:
    reader = _reader(path, data)
    records, numbers = [], []
    try:
        for record in reader:
            if None in record or None in record.values():
                raise DataError("this row has more or fewer cells than the first line", file=path, row=reader.line_num)
            records.append(record)
            numbers.append(reader.line_num)
    except csv.Error as error:
        raise DataError(f"not CSV: {error}", file=path, row=reader.reader.line_num) from None
    if not records:
        raise DataError("the file has no rows", file=path, hint="The first line names the columns.")
    return Rows(records, numbers, Layout(), SourceFile(str(path), hashlib.sha256(data).hexdigest(), len(records)))


def _read_parquet(path: Path) -> Rows:
    import pyarrow as pa  # takes 0.1 s, which only those who read parquet need to wait for
    from pyarrow import parquet

    schema = _schema(path)
    columns = [each.name for each in schema if _is_plain(each.type)]
    try:
        records = parquet.read_table(path, columns=columns).to_pylist() if columns else []
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, pa.ArrowException) as error:
        raise _no_parquet(path, error) from None
    if not records:
        found = (
            "the file has no rows"
            if columns
            else f"the columns are {', '.join(schema.names)}, none of texts or numbers"
        )
        raise DataError(found, file=path)
    return Rows(records, list(range(1, len(records) + 1)), Layout(), SourceFile(str(path), sha256, len(records)))


def _is_plain(type_: "pa.DataType") -> bool:
    """Whether cells of a type are texts, numbers or truth values, or lists or records of these."""
    import pyarrow as pa

    if pa.types.is_dictionary(type_):
        type_ = type_.value_type
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return _is_plain(type_.value_type)
    if pa.types.is_struct(type_):
        return all(_is_plain(field.type) for field in type_)
    plain = (pa.types.is_string, pa.types.is_large_string, pa.types.is_integer, pa.types.is_floating)
    return pa.types.is_boolean(type_) or any(is_of(type_) for is_of in plain)


def _schema(path: Path) -> "pa.Schema":
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return parquet.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise _no_parquet(path, error) from None


def _no_parquet(path: Path, error: Exception) -> DataError:
    return DataError(f"not parquet: {str(error).splitlines()[0]}", file=path)
