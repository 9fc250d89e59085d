"""Rows of tables, whatever the format: CSV or TSV with a line of names, parquet, or JSON records."""

import csv
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from sightline.core import SourceFile
from sightline.errors import DataError
from sightline.records.json_rows import Layout, Rows, read_bytes, read_rows

__all__ = ["column_names", "read_table_rows"]

_SEPARATORS = {".csv": ",", ".tsv": "\t"}


def read_table_rows(path: str | Path, without: Sequence[str] = ()) -> Rows:
    """Read the rows of a table; cells of CSV are texts.

    Args:
        path: the file; its suffix tells the format.
        without: columns of a parquet file that are not read: embedded images are large.

    Raises:
        DataError: it cannot be read, has no rows, or a row has more or fewer cells than there are names.
    """
    path = Path(path)
    if path.suffix == ".parquet":
        return _read_parquet(path, without)
    return _read_separated(path, _SEPARATORS[path.suffix]) if path.suffix in _SEPARATORS else read_rows(path)


def column_names(path: str | Path) -> tuple[str, ...]:
    """The names of the columns: of the first record, where each may have its own.

    Raises:
        DataError: it cannot be read.
    """
    path = Path(path)
    if path.suffix == ".parquet":
        return tuple(_schema(path).names)
    if path.suffix in _SEPARATORS:
        lines = io.StringIO(_text(path), newline="")
        return tuple(next(csv.reader(lines, delimiter=_SEPARATORS[path.suffix]), ()))
    return tuple(read_rows(path).records[0])


def _text(path: Path) -> str:
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"byte {error.start} is not UTF-8", file=path, hint="Save the file as UTF-8.") from None


def _read_separated(path: Path, separator: str) -> Rows:
    reader = csv.DictReader(io.StringIO(_text(path), newline=""), delimiter=separator)
    records, numbers = [], []
    for record in reader:
        if None in record or None in record.values():
            raise DataError("this row has more or fewer cells than the first line", file=path, row=reader.line_num)
        records.append(dict(record))
        numbers.append(reader.line_num)
    if not records:
        raise DataError("the file has no rows", file=path, hint="The first line names the columns.")
    return Rows(records, numbers, Layout(), _source(path, len(records)))


def _read_parquet(path: Path, without: Sequence[str]) -> Rows:
    columns = [name for name in _schema(path).names if name not in without]
    try:
        records = parquet.read_table(path, columns=columns).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise _no_parquet(path, error) from error
    if not records:
        raise DataError("the file has no rows", file=path)
    return Rows(records, list(range(1, len(records) + 1)), Layout(), _source(path, len(records)))


def _schema(path: Path) -> pa.Schema:
    try:
        return parquet.read_schema(path)
    except FileNotFoundError:
        raise DataError("there is no such file", file=path, hint="Check the path.") from None
    except (OSError, pa.ArrowException) as error:
        raise _no_parquet(path, error) from error


def _no_parquet(path: Path, error: Exception) -> DataError:
    return DataError(f"this is not parquet ({str(error).splitlines()[0]})", file=path)


def _source(path: Path, rows: int) -> SourceFile:
    return SourceFile(str(path), hashlib.sha256(read_bytes(path)).hexdigest(), rows)
