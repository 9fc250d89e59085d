import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from sightline.errors import DataError
from sightline.records.atomic import write_bytes
from sightline.records.tables import csv_bytes, write_tables


def test_a_table_is_written_as_csv_and_parquet_with_the_record_beside_it(tmp_path) -> None:
    table = pa.table({"a": [1]}).replace_schema_metadata({"sightline": json.dumps({"seed": 0})})
    names = [path.name for path in write_tables(tmp_path / "out", {"scores": table})]
    assert names == ["scores.csv", "scores.parquet", "record.json"]
    assert parquet.read_table(tmp_path / "out" / "scores.parquet").equals(table)
    assert json.loads((tmp_path / "out" / "record.json").read_text()) == {"seed": 0}


def test_lists_in_cells_are_joined_by_spaces() -> None:
    assert csv_bytes(pa.table({"ids": [["a/1", "b/2"]]})) == b'"ids"\n"a/1 b/2"\n'


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DataError, match=r"a.csv: cannot be written \(No space left on device\)"):
        write_bytes(tmp_path / "a.csv", b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_is_needed_is_an_error(tmp_path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        write_bytes(Path(tmp_path / "out" / "a.csv"), b"x")


def test_what_is_written_can_be_read_by_others(tmp_path) -> None:
    path = write_bytes(tmp_path / "a.csv", b"x")
    (tmp_path / "b.csv").write_bytes(b"x")
    assert path.stat().st_mode == (tmp_path / "b.csv").stat().st_mode
