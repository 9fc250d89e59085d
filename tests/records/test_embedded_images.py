"""Images embedded in parquet are written out once, under their names."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from sightline.errors import DataError, RequestError
from sightline.records.embedded_images import unpack_images

A, B = {"bytes": b"cat", "path": "x/a.jpg"}, {"bytes": b"dog", "path": "b.jpg"}


def stored(path: Path, rows: list[dict[str, object]]) -> Path:
    parquet.write_table(pa.Table.from_pylist(rows), path)
    return path


def test_each_image_is_written_once_under_its_name(tmp_path: Path) -> None:
    file = stored(tmp_path / "a.parquet", [{"image": A, "question": "1"}, {"image": B}, {"image": A}])
    assert unpack_images(file, tmp_path / "out") == (("a.jpg", "b.jpg"), 2, 0)
    assert (tmp_path / "out" / "a.jpg").read_bytes() == b"cat"
    assert unpack_images(file, tmp_path / "out") == (("a.jpg", "b.jpg"), 0, 2)


def test_a_column_of_names_comes_before_the_path_inside(tmp_path: Path) -> None:
    file = stored(tmp_path / "a.parquet", [{"image": A, "image_filename": "000001.jpg"}])
    assert unpack_images(file, tmp_path / "out").images == ("000001.jpg",)


def test_another_image_of_the_same_name_is_not_replaced_unless_asked(tmp_path: Path) -> None:
    file = stored(tmp_path / "a.parquet", [{"image": A}])
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.jpg").write_bytes(b"cow")
    with pytest.raises(RequestError, match=r"a\.jpg is another image"):
        unpack_images(file, tmp_path / "out")
    assert unpack_images(file, tmp_path / "out", overwrite=True).written == 1


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([{"question": "1"}], "no column holds images; there are question"),
        ([{"image": {"bytes": b"cat", "path": None}}, {"image": A}], r"a\.parquet:1: the image has no name"),
        ([{"image": A}, {"image": {"bytes": None, "path": "b.jpg"}}], r"a\.parquet:2: the image has no bytes"),
    ],
)
def test_a_file_without_images_or_names_is_refused(tmp_path: Path, rows: list[dict[str, object]], problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        unpack_images(stored(tmp_path / "a.parquet", rows), tmp_path / "out")


def test_two_images_of_one_name_are_refused(tmp_path: Path) -> None:
    file = stored(tmp_path / "a.parquet", [{"image": A}, {"image": {"bytes": b"cow", "path": "a.jpg"}}])
    with pytest.raises(RequestError, match=r"two different images are called a\.jpg \(row 2 is the second\)"):
        unpack_images(file, tmp_path / "out")


def test_what_is_no_parquet_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("x")
    with pytest.raises(DataError, match="this is not parquet"):
        unpack_images(tmp_path / "a.parquet", tmp_path / "out")
