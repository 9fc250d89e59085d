"""Tables as files."""

import io
import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
from pyarrow import csv, parquet

from sightline.records.atomic import write_bytes

__all__ = ["csv_bytes", "parquet_bytes", "write_tables"]


def csv_bytes(table: pa.Table) -> bytes:
    """A table as CSV; lists within cells are joined by spaces."""
    for place, field in enumerate(table.schema):
        if pa.types.is_list(field.type):
            joined = pa.array([None if cell is None else " ".join(cell) for cell in table[field.name].to_pylist()])
            table = table.set_column(place, field.name, joined)
    buffer = io.BytesIO()
    csv.write_csv(table, buffer)
    return buffer.getvalue()


def parquet_bytes(table: pa.Table) -> bytes:
    """A table as parquet, compressed for keeping."""
    buffer = io.BytesIO()
    parquet.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def write_tables(folder: Path, tables: Mapping[str, pa.Table]) -> list[Path]:
    """Write every table as CSV and as parquet, and the first record found among them as ``record.json``.

    Raises:
        DataError: a file cannot be written.
    """
    written: list[Path] = []
    for name, table in tables.items():
        buffer = io.BytesIO()
        parquet.write_table(table, buffer)
        written.append(write_bytes(folder / f"{name}.csv", csv_bytes(table)))
        written.append(write_bytes(folder / f"{name}.parquet", buffer.getvalue()))
    found = (table.schema.metadata or {} for table in tables.values())
    record = next((metadata[b"sightline"] for metadata in found if b"sightline" in metadata), None)
    if record is not None:
        text = json.dumps(json.loads(record), indent=1) + "\n"
        written.append(write_bytes(folder / "record.json", text.encode()))
    return written
