import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.errors import DataError
from sightline.records.json_rows import Layout, encode_rows, read_json, read_rows


def written(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def test_lines_and_an_array_hold_the_same_rows(tmp_path) -> None:
    rows = [{"id": 1}, {"id": 2}]
    lines = written(tmp_path / "a.json", '{"id": 1}\n\n{"id": 2}\n')
    array = written(tmp_path / "b.jsonl", json.dumps(rows))
    assert read_rows(lines).records == read_rows(array).records == rows
    assert read_rows(lines).numbers == [1, 3]


def test_one_indented_object_is_one_row(tmp_path) -> None:
    file = written(tmp_path / "a.json", json.dumps({"random": {"1": {}}}, indent=4))
    assert read_rows(file).records == [{"random": {"1": {}}}]


def test_a_byte_order_mark_and_gzip_are_read_through(tmp_path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress('\ufeff{"id": 1}\n'.encode()))
    assert read_rows(tmp_path / "a.jsonl.gz").records == [{"id": 1}]


def test_a_line_that_is_cut_off_is_named(tmp_path) -> None:
    file = written(tmp_path / "a.jsonl", '{"id": 1}\n{"id": 2, "te')
    with pytest.raises(
        DataError, match=r"a.jsonl:2: this line is not JSON \(EOF while parsing a string at column 13\)"
    ):
        read_rows(file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("[]", "the array is empty"),
        ("[1]", "expected a record, found '1'"),
        ("[{}", "not JSON: EOF"),
        ("3\n", "a.json:1: expected a record, found '3'"),
        ('{\n "a": 1', "not JSON: EOF"),
    ],
)
def test_what_holds_no_rows_is_refused(tmp_path, text, message) -> None:
    with pytest.raises(DataError, match=message):
        read_rows(written(tmp_path / "a.json", text))


def test_a_file_that_is_not_there_and_a_folder_are_told_apart(tmp_path) -> None:
    with pytest.raises(DataError, match=r"no.jsonl: there is no such file"):
        read_rows(tmp_path / "no.jsonl")
    with pytest.raises(DataError, match=r"this is a folder, expected a file"):
        read_rows(tmp_path)


def test_a_file_in_another_encoding_is_named_with_the_byte(tmp_path) -> None:
    (tmp_path / "a.json").write_bytes(b'{"a": "\xe9"}')
    with pytest.raises(DataError, match=r"byte 7 is not UTF-8. Save the file as UTF-8"):
        read_rows(tmp_path / "a.json")


def test_a_damaged_gzip_file_is_refused(tmp_path) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b"{}")[:-4])
    with pytest.raises(DataError, match="cannot be read"):
        read_json(tmp_path / "a.json.gz")


LAYOUTS = [
    Layout(indent, newline, final) for indent in (None, 2, 4) for newline in ("\n", "\r\n") for final in (True, False)
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@given(rows=st.lists(st.dictionaries(st.sampled_from("abc"), st.text(), min_size=1), min_size=1))
def test_rows_are_written_back_byte_for_byte(tmp_path_factory, layout, rows) -> None:
    file = tmp_path_factory.mktemp("rows") / "a.json"
    file.write_bytes(encode_rows(rows, layout))
    found = read_rows(file)
    assert found.records == rows
    assert encode_rows(found.records, found.layout) == file.read_bytes()
