"""FINER's published columns: written, read back, and read where others wrote them."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import csv, parquet
from ten_pairs import asked, pair

from sightline.benchmarks.finer import read_labels
from sightline.benchmarks.finer_published import published_table, read_published
from sightline.errors import DataError


def written(path: Path, table: pa.Table) -> Path:
    if path.suffix == ".parquet":
        parquet.write_table(table, path)
    else:
        csv.write_csv(table, path)
    return path


@pytest.mark.parametrize("name", ["multi_obj.csv", "multi_obj.parquet"])
def test_what_is_written_with_finers_columns_is_read_back(tmp_path: Path, name: str) -> None:
    table = published_table(asked())
    assert table.column_names == (
        [
            "image",
            "image_filename",
            "qtype",
            "question",
            "choice1",
            "choice2",
            "choice3",
            "choice4",
            "choice5",
            "gt_index",
        ]
    )
    questions, rows, source = read_published(written(tmp_path / name, table))
    assert source.rows == len(rows) == 20
    for found, told in zip(questions, asked(), strict=True):
        for field in ("image", "setting", "polarity", "text", "choices", "right", "affirms", "elements"):
            if (field, told.setting) != ("elements", "what"):
                assert getattr(found, field) == getattr(told, field), field
    assert published_table(questions).equals(table)
    labelled = read_labels(tmp_path / name, "own")
    assert len({q.pair for q in labelled.labels.references.values()}) == 10  # type: ignore[attr-defined]


def test_pairs_are_found_where_all_true_questions_come_first(tmp_path: Path) -> None:
    first, second = pair(0, "1.jpg"), pair(1, "2.jpg")
    path = written(tmp_path / "a.csv", published_table([first[0], second[0], second[1], first[1]]))
    questions, _, _ = read_published(path)
    assert [(q.image, q.pair) for q in questions] == [
        ("1.jpg", "objects/1"),
        ("2.jpg", "objects/2"),
        ("2.jpg", "objects/2"),
        ("1.jpg", "objects/1"),
    ]


def test_right_options_that_count_from_one_on_are_known_by_their_values(tmp_path: Path) -> None:
    table = published_table(asked())
    index = pa.array([value + 1 for value in table["gt_index"].to_pylist()])
    moved = table.set_column(table.column_names.index("gt_index"), "gt_index", index)
    # 1 and 2 alone could be either; a right option in the fifth place settles it
    with pytest.raises(DataError, match="gt_index goes from 1 to 2, which may count from 0 or from 1 on"):
        read_published(written(tmp_path / "a.csv", moved))
    row = moved.slice(0, 1).to_pylist()[0]
    row |= {"choice1": row["choice5"], "choice5": row["choice1"], "gt_index": 5}
    whole = pa.concat_tables([pa.Table.from_pylist([row], schema=moved.schema), moved.slice(1)])
    questions, _, _ = read_published(written(tmp_path / "b.csv", whole))
    assert questions[0].right == 4
    assert [question.right for question in questions[1:]] == [question.right for question in asked()[1:]]


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("qtype", "colour", "qtype is 'colour', expected one of multi_obj"),
        ("gt_index", "B", "gt_index is 'B', expected a whole number"),
        ("gt_index", "7", "gt_index goes from 1 to 7; expected 0 to 4, or 1 to 5"),
        ("choice2", "Yes, I can see a fox.", "none or several of the options say yes"),
        ("choice2", "", "an option says nothing"),
        ("image_filename", "other.jpg", "other.jpg has 1 true and 0 false questions about objects"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(tmp_path: Path, column: str, value: str, problem: str) -> None:
    rows = published_table(pair(0, "1.jpg")).to_pylist()
    rows[0] = {**rows[0], column: value}
    lines = [",".join(rows[0]), *(",".join(f'"{cell}"' for cell in row.values()) for row in rows)]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError, match=problem):
        read_published(tmp_path / "a.csv")


def test_levels_do_not_fit_finers_columns() -> None:
    with pytest.raises(DataError, match="has 5 options and the setting 'level 1'"):
        published_table([replace(pair(0, "1.jpg")[0], setting="level 1")])


def test_pictures_within_a_file_are_not_read_and_its_images_must_have_names(tmp_path: Path) -> None:
    table = published_table(asked())
    pictures = pa.array([{"bytes": b"png", "path": None}] * table.num_rows)
    with_pictures = table.set_column(0, "image", pictures)
    questions, _, _ = read_published(written(tmp_path / "a.parquet", with_pictures))
    assert [question.image for question in questions] == table["image"].to_pylist()
    names_only = table.drop_columns("image_filename")
    questions, _, _ = read_published(written(tmp_path / "b.parquet", names_only))
    assert [question.image for question in questions] == table["image"].to_pylist()
    with pytest.raises(DataError, match="there is no column image_filename"):
        read_published(written(tmp_path / "c.parquet", with_pictures.drop_columns("image_filename")))
