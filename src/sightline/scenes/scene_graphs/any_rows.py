"""Files of records, whatever their format: JSON, CSV or parquet; the content decides."""

import csv
import hashlib
import io
from pathlib import Path

from sightline.core import SourceFile
from sightline.errors import DataError
from sightline.records.json_rows import Layout, Rows, read_bytes, read_rows

__all__ = ["read_any_rows"]

_MAGIC = b"PAR1"


def read_any_rows(path: Path) -> Rows:
    """Read a file of records.

    Args:
        path: JSON (one record a line, an array, or one object), parquet, or CSV whose first line names the columns, of
            which the cells are texts. JSON and CSV may be gzipped.

    Raises:
        DataError: it cannot be read, holds no records, or is broken.
    """
    data = read_bytes(path)
    if data.startswith(_MAGIC):
        return _parquet(path, data)
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[", b""):
        return read_rows(path)
    return _csv(path, data)


def _csv(path: Path, data: bytes) -> Rows:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        hint = "Expected JSON, CSV or parquet; text is to be saved as UTF-8."
        raise DataError(f"byte {error.start} is not UTF-8", file=path, hint=hint) from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    records, numbers = [], []
    try:
        for record in reader:
            if None in record or None in record.values():
                raise DataError("this row has more or fewer cells than the first line", file=path, row=reader.line_num)
            records.append(record)
            numbers.append(reader.line_num)
    except csv.Error as error:
        raise DataError(f"not CSV: {error}", file=path, row=reader.line_num) from None
    if not records:
        raise DataError("the file has no rows", file=path, hint="The first line names the columns.")
    return Rows(records, numbers, Layout(), SourceFile(str(path), hashlib.sha256(data).hexdigest(), len(records)))


def _parquet(path: Path, data: bytes) -> Rows:
    """The columns of texts; others, such as pictures, stay where they are."""
    import pyarrow as pa  # takes 0.1 s, which only those who read parquet need to wait for
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(io.BytesIO(data))
        schema = file.schema_arrow
        texts = [each.name for each in schema if pa.types.is_string(each.type) or pa.types.is_large_string(each.type)]
        records = file.read(columns=texts).to_pylist() if texts else []
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"not parquet: {str(error).splitlines()[0]}", file=path) from None
    if not records:
        found = "the file has no rows" if texts else f"the columns are {', '.join(schema.names)}, none of texts"
        raise DataError(found, file=path)
    source = SourceFile(str(path), hashlib.sha256(data).hexdigest(), len(records))
    return Rows(records, list(range(1, len(records) + 1)), Layout(), source)
