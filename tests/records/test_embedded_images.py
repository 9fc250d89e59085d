"""Images that files of questions hold are written out once, under their names."""

import base64
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from sightline.errors import DataError, RequestError
from sightline.records.embedded_images import embedded_names, unpack_images
from sightline.records.table_rows import read_table_rows

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


PNG, JPG = b"\x89PNG" + b"1" * 60, b"\xff\xd8\xff" + b"2" * 200_000


def tsv(path: Path, *rows: tuple[object, ...]) -> Path:
    lines = ["index\timage\tquestion", *("\t".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def cell(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_base64_of_a_tsv_is_written_out_under_its_index_and_format(tmp_path: Path) -> None:
    path = tsv(tmp_path / "a.tsv", (7, cell(PNG), "What?"), (8, cell(JPG), "Who?"), (9, 7, "Where?"))
    assert unpack_images(path, tmp_path / "out") == (("7.png", "8.jpg"), 2, 0)
    assert (tmp_path / "out" / "8.jpg").read_bytes() == JPG
    rows = read_table_rows(path)
    assert embedded_names(path, rows.records, rows.numbers) == ("7.png", "8.jpg", "7.png")


def test_a_path_in_the_table_names_the_image(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text(f"index\timage\timage_path\n7\t{cell(PNG)}\tx/cat.png\n")
    assert unpack_images(path, tmp_path / "out").images == ("cat.png",)


def test_a_table_of_names_holds_no_images(tmp_path: Path) -> None:
    path = tsv(tmp_path / "a.tsv", (7, "a.jpg", "What?"), (8, "folder/" * 20 + "b.jpg", "Who?"))
    rows = read_table_rows(path)
    assert embedded_names(path, rows.records, rows.numbers) is None
    with pytest.raises(DataError, match=r"a\.tsv:2: image is 'a\.jpg', which is neither base64 nor the index of a row"):
        unpack_images(path, tmp_path / "out")


def test_a_cell_that_is_no_base64_is_named(tmp_path: Path) -> None:
    path = tsv(tmp_path / "a.tsv", (7, cell(PNG), "What?"), (8, "['" + cell(PNG) + "']", "Who?"))
    with pytest.raises(DataError, match=r"a\.tsv:3: .*is not base64\. Several images in one row"):
        unpack_images(path, tmp_path / "out")


def test_images_without_a_name_are_named_by_an_id_by_rows_or_by_a_column(tmp_path: Path) -> None:
    rows = [
        {"image": {"bytes": data, "path": None}, "question_id": n, "key": f"k{n}"} for n, data in ((3, PNG), (4, JPG))
    ]
    path = stored(tmp_path / "a.parquet", rows)  # type: ignore[arg-type]
    assert unpack_images(path, tmp_path / "out").images == ("3.png", "4.jpg")
    assert unpack_images(path, tmp_path / "out", by="row").images == ("1.png", "2.jpg")
    assert unpack_images(path, tmp_path / "out", by="key").images == ("k3.png", "k4.jpg")
    found = read_table_rows(path)
    assert embedded_names(path, found.records, found.numbers, "row") == ("1.png", "2.jpg")
    with pytest.raises(DataError, match="there is no column name to name images by; there are image, question_id, key"):
        unpack_images(path, tmp_path / "out", by="name")


def test_rows_without_an_image_are_passed_over(tmp_path: Path) -> None:
    path = stored(tmp_path / "a.parquet", [{"image": A, "id": 1}, {"image": None, "id": 2}])
    assert unpack_images(path, tmp_path / "out").images == ("a.jpg",)
    rows = read_table_rows(path)
    assert embedded_names(path, rows.records, rows.numbers) == ("a.jpg", "")


def test_different_images_of_one_path_are_told_to_be_named_otherwise(tmp_path: Path) -> None:
    path = stored(tmp_path / "a.parquet", [{"image": A}, {"image": {"bytes": b"cow", "path": "a.jpg"}}])
    with pytest.raises(RequestError, match=r"--by row"):
        unpack_images(path, tmp_path / "out")
    assert unpack_images(path, tmp_path / "out", by="row").written == 2


def test_of_rows_with_several_images_those_without_a_name_are_told_apart(tmp_path: Path) -> None:
    unnamed = {"bytes": PNG, "path": None}
    rows = [{"Index": 5, "Image_0": unnamed, "Image_1": {"bytes": JPG, "path": None}}]
    path = stored(tmp_path / "a.parquet", [*rows, {"Index": 6, "Image_0": A, "Image_1": B}])  # type: ignore[list-item]
    assert unpack_images(path, tmp_path / "out").images == ("5_0.png", "5_1.jpg", "a.jpg", "b.jpg")
    found = read_table_rows(path)
    assert embedded_names(path, found.records, found.numbers) is None


def test_an_id_with_a_full_stop_ends_in_no_suffix(tmp_path: Path) -> None:
    path = stored(tmp_path / "a.parquet", [{"image": {"bytes": PNG, "path": None}, "id": "v1.2"}])
    assert unpack_images(path, tmp_path / "out").images == ("v1_2.png",)
