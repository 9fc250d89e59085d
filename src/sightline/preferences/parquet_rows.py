"""Rows of a parquet file with all that is nested in them, except the bytes of embedded pictures."""

import hashlib
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from sightline.core import SourceFile
from sightline.errors import DataError
from sightline.records.json_rows import Layout, Rows

__all__ = ["is_parquet", "read_parquet_rows"]

_MAGIC = b"PAR1"


def is_parquet(path: Path) -> bool:
    """Whether a file is parquet, by its first bytes."""
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False  # whoever reads it then says why it cannot be read


def read_parquet_rows(path: Path) -> Rows:
    """Read lists, objects and plain values; of pictures that the file embeds only their paths.

    Raises:
        DataError: it cannot be read, or has no rows.
    """
    try:
        file = parquet.ParquetFile(path)
        columns = [file.schema.column(place).path for place in range(len(file.schema))]
        records = file.read(columns=[name for name in columns if not name.endswith(".bytes")]).to_pylist()
        with path.open("rb") as data:
            sha256 = hashlib.file_digest(data, "sha256").hexdigest()
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"this is not parquet ({str(error).splitlines()[0]})", file=path) from None
    if not records:
        raise DataError("the file has no rows", file=path)
    return Rows(records, list(range(1, len(records) + 1)), Layout(), SourceFile(str(path), sha256, len(records)))
