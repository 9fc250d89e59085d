"""Files of records in every format: which it is, the content decides."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from sightline.errors import DataError
from sightline.records.table_rows import column_names, read_table_rows

RECORDS = [{"image": "a.jpg", "said": "A cat, asleep."}, {"image": "b.jpg", "said": 'A "dog".'}]
COMMAS = b'image,said\r\na.jpg,"A cat, asleep."\r\nb.jpg,"A ""dog""."\r\n'
TABS = b'image\tsaid\na.jpg\tA cat, asleep.\nb.jpg\t"A ""dog""."\n'
SEMICOLONS = b'image;said\na.jpg;A cat, asleep.\nb.jpg;"A ""dog""."\n'
LINES = "".join(json.dumps(record) + "\n" for record in RECORDS).encode()

FILES = {
    "a.csv": COMMAS,
    "mark.csv": b"\xef\xbb\xbf" + COMMAS,
    "spreadsheet.csv": SEMICOLONS,
    "a.tsv": TABS,
    "tabs.csv": TABS,
    "a.csv.gz": gzip.compress(COMMAS),
    "no_suffix": COMMAS,
    "a.jsonl": LINES,
    "lines.csv": LINES,
    "a.jsonl.gz": gzip.compress(LINES),
    "array.txt": json.dumps(RECORDS, indent=1).encode(),
}


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", FILES)
def test_the_content_decides_which_format_it_is(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, FILES[name])
    rows = read_table_rows(path)
    assert rows.records == RECORDS
    assert rows.source.rows == 2
    assert column_names(path) == ("image", "said")


def test_the_numbers_of_rows_are_the_lines_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", b'image,said\na.jpg,"two\nlines"\nb.jpg,one\n')
    assert read_table_rows(path).numbers == [3, 4]  # the line on which a row ends


def test_cells_of_csv_are_texts(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", b"image,number\na.jpg,3\n")
    assert read_table_rows(path).records == [{"image": "a.jpg", "number": "3"}]


def table() -> pa.Table:
    pictures = pa.array([{"bytes": b"1", "path": "a.jpg"}, {"bytes": b"2", "path": None}])
    return pa.table(
        {
            "image": pictures,
            "raw": pa.array([b"1", b"2"]),
            "said": pa.array(["A cat.", None]),
            "long": pa.array(["x", "y"], pa.large_string()),
            "kind": pa.array(["obj", "rel"]).dictionary_encode(),
            "gt_index": pa.array([4, 0], pa.int32()),
            "share": pa.array([0.5, None]),
            "sure": pa.array([True, False]),
            "names": pa.array([["cat"], []]),
            "people": pa.array([[{"answer": "cat"}], []]),
            "masks": pa.array([[b"1"], []]),
        }
    )


def test_of_parquet_texts_numbers_truth_values_and_lists_of_them_are_read_and_pictures_are_not(tmp_path: Path) -> None:
    path = tmp_path / "train-00000-of-00001"
    parquet.write_table(table(), path)
    rows = read_table_rows(path)
    assert rows.records == [
        {"said": "A cat.", "long": "x", "kind": "obj", "gt_index": 4, "share": 0.5, "sure": True}
        | {"names": ["cat"], "people": [{"answer": "cat"}]},
        {"said": None, "long": "y", "kind": "rel", "gt_index": 0, "share": None, "sure": False}
        | {"names": [], "people": []},
    ]
    assert rows.numbers == [1, 2]
    assert column_names(path) == tuple(table().column_names)


def test_a_cell_may_hold_more_than_csv_takes_by_itself(tmp_path: Path) -> None:
    rows = read_table_rows(written(tmp_path / "a.tsv", b"index\timage\n1\t" + b"A" * 200_000 + b"\n"))
    assert len(rows.records[0]["image"]) == 200_000


def test_the_hash_is_that_of_the_file_or_of_what_was_gzipped(tmp_path: Path) -> None:
    plain, gzipped = written(tmp_path / "a.csv", COMMAS), written(tmp_path / "b.csv.gz", gzip.compress(COMMAS))
    assert read_table_rows(plain).source.sha256 == read_table_rows(gzipped).source.sha256


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "a.csv: the file is empty"),
        (b" \n", "a.csv: the file is empty"),
        (b"image,said\n", "a.csv: the file has no rows. The first line names the columns."),
        (b"image,said\na.jpg\n", "a.csv:2: this row has more or fewer cells than the first line"),
        (b"image,said\na.jpg,b,c\n", "a.csv:2: this row has more or fewer cells than the first line"),
        (b'image,said\na.jpg,"b" c\n', "a.csv:2: not CSV: "),
        (b'image,said\na.jpg,"b\n', "a.csv:2: not CSV: "),
        (b"image,said,image\na.jpg,b,c.jpg\n", "a.csv:1: 2 columns are called 'image'"),
        (b"image,said,,\na.jpg,b,,\n", "a.csv:1: 2 columns are called ''"),
        (b"image\n\xff\n", "a.csv: byte 6 is not UTF-8. Expected JSON, CSV or parquet"),
        (b"PAR1 cut off", "a.csv: not parquet: "),
        (b'{"image": ', "a.csv:1: this line is not JSON"),
    ],
)
def test_a_broken_file_is_named_with_its_row(tmp_path: Path, data: bytes, problem: str) -> None:
    path = written(tmp_path / "a.csv", data)
    with pytest.raises(DataError) as error:
        read_table_rows(path)
    assert str(error.value).removeprefix(f"{tmp_path}/").startswith(problem)


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"picture": pa.array([b"1"])}, "the columns are picture, none of texts or numbers"),
        ({"said": pa.array([], pa.string())}, "the file has no rows"),
    ],
)
def test_parquet_without_anything_to_read_is_refused(
    tmp_path: Path, columns: dict[str, pa.Array], problem: str
) -> None:
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=problem):
        read_table_rows(tmp_path / "a.parquet")


@pytest.mark.parametrize("read", [read_table_rows, column_names])
def test_a_file_that_is_not_there_and_a_folder_are_told_apart(tmp_path: Path, read: object) -> None:
    assert callable(read)
    with pytest.raises(DataError, match="there is no such file"):
        read(tmp_path / "no.csv")
    with pytest.raises(DataError, match="this is a folder, expected a file"):
        read(tmp_path)
