"""A user's own multiple choice: however the right option is told, and groups that count whole."""

import base64
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from rates_of import counts_of, rates_of

from sightline.benchmarks.multiple_choice import BENCHMARK, read_labels
from sightline.core import Labelled, Reply
from sightline.errors import DataError

ROW: dict[str, Any] = {
    "image": "a.jpg",
    "question": "What is it?",
    "choices": ["a dog", "a cat", "a cow"],
    "answer": "B",
}


def lines(folder: Path, *rows: dict[str, Any], name: str = "own.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def right(path: Path) -> list[int]:
    labelled = read_labels(path, "own")
    return [labelled.labels.references[q.id].right for q in labelled.questions]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "told",
    [
        {"answer": "B"},
        {"answer": "a cat"},
        {"answer": 1},
        {"answer": "1"},
        {"answer": None, "answer_index": 1},
        {"answer": 1.0},
    ],
)
def test_the_right_option_is_a_letter_a_text_or_a_place(tmp_path: Path, told: dict[str, Any]) -> None:
    assert right(lines(tmp_path, {**ROW, **told})) == [1]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"answer": "D"},
            r"own\.jsonl:1: answer is 'D'\. Expected a letter \(A to C\), an option's text, or a place",
        ),
        ({"answer": 3}, "answer is 3"),
        ({"answer": True}, "answer is True"),
        ({"answer": None}, "there is no answer"),
        ({"answer": None, "answer_index": "C"}, "answer_index is 'C'"),
        ({"choices": ["1", "2", "3"], "answer": "2"}, "answer is '2', which may mean B or C"),
        ({"choices": ["B", "A"], "answer": "A"}, "answer is 'A', which may mean A or B"),
        ({"choices": ["a dog"], "answer": "A"}, "there are 1 options, expected 2 to 26"),
        ({"choices": ["a cat", "a dog", "a cat"], "answer": "A"}, "two options say 'a cat', which is the right one"),
        ({"choices": "a dog"}, "choices is 'a dog', expected a list of texts"),
        ({"choices": None}, "there are 0 options"),
        ({"question": None}, "question is None, expected text"),
        ({"category": "overall"}, "category is 'overall'"),
    ],
)
def test_a_row_that_does_not_say_what_it_should_is_named(tmp_path: Path, change: dict[str, Any], problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        read_labels(lines(tmp_path, {**ROW, **change}), "own")


def test_every_format_says_the_same(tmp_path: Path) -> None:
    columns = "id,image,question,A,B,C,answer,category\n7,a.jpg,What is it?,a dog,a cat,,a cat,animals\n"
    (tmp_path / "own.csv").write_text(columns)
    (tmp_path / "own.tsv").write_text(columns.replace(",", "\t"))
    row = {"id": 7, "image": "a.jpg", "question": "What is it?", "choices": ["a dog", "a cat"], "answer": 1}
    (tmp_path / "own.json").write_text(json.dumps([{**row, "category": "animals"}]))
    listed = {**row, "options": '["a dog", "a cat"]', "category": "animals"}
    del listed["choices"]
    lines(tmp_path, listed)
    parquet.write_table(pa.Table.from_pylist([{**row, "category": "animals"}]), tmp_path / "own.parquet")
    read = [read_labels(tmp_path / f"own.{kind}", "own") for kind in ("csv", "tsv", "json", "jsonl", "parquet")]
    assert len({each.questions for each in read}) == 1
    (question,) = read[0].questions
    assert (question.id, question.split, question.choices) == ("7", "animals", ("a dog", "a cat"))
    assert all(each.labels.references == read[0].labels.references for each in read)


def test_a_gap_among_the_columns_of_options_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("question,A,B,C,answer\nWhat?,a dog,,a cow,A\n")
    with pytest.raises(DataError, match=r"own\.csv:2: option B is empty, and one after it is not"):
        read_labels(tmp_path / "own.csv", "own")


def test_vlmevalkits_tsv_is_read_as_it_is(tmp_path: Path) -> None:
    cell = base64.b64encode(b"\xff\xd8\xff" + b"1" * 60).decode()
    text = "index\timage\thint\tquestion\tA\tB\tanswer\tcategory\n"
    text += f"3\t{cell}\tLook closely.\tWhat is it?\ta dog\ta cat\tB\tanimals\n"
    text += "4\t3\t\tWhat else?\ta cup\ta hat\tA\tthings\n"
    (tmp_path / "MMBench.tsv").write_text(text)
    first, second = read_labels(tmp_path / "MMBench.tsv", "own").questions
    assert (first.id, first.text, first.images[0].name) == ("3", "Look closely.\nWhat is it?", "3.jpg")
    assert (second.id, second.images[0].name, second.split) == ("4", "3.jpg", "things")


GROUPED = [
    {**ROW, "id": "1", "group": "g"},
    {**ROW, "id": "2", "group": "g", "image": "b.jpg"},
    {**ROW, "id": "3", "group": "h", "image": "c.jpg"},
    {**ROW, "id": "4", "group": "h", "image": "c.jpg"},
    {**ROW, "id": "5", "image": "b.jpg"},
    {**ROW, "id": "6", "image": "d.jpg", "choices": ["a dog", "a cat"]},
    {"id": "7", "question": "What is wet?", "choices": ["fire", "water"], "answer": "B"},
]


@pytest.fixture
def grouped(tmp_path: Path) -> Labelled:
    return read_labels(lines(tmp_path, *GROUPED), "own")


def test_a_group_counts_if_all_its_questions_are_right(grouped: Labelled) -> None:
    said = {"1": "B", "2": "B", "3": "B", "4": "A", "5": "hm", "6": "B", "7": "water"}
    found = rates_of(BENCHMARK, grouped, said)
    assert found["accuracy"] == 5 / 7
    assert found["group_accuracy"] == 1 / 2
    assert found["unreadable"] == 1 / 7
    assert found["random_floor"] == pytest.approx((5 / 3 + 2 / 2) / 7)


def test_a_group_that_lacks_a_reply_is_no_group_but_its_replies_count(grouped: Labelled) -> None:
    counts = counts_of(BENCHMARK, grouped, {"1": "B", "3": "B", "4": "B"})
    assert (counts["replies"], counts["right"]) == (3, 3)
    assert (counts["groups"], counts["whole"], counts["half_groups"]) == (1, 1, 1)


def test_without_groups_there_is_no_group_accuracy(tmp_path: Path) -> None:
    labelled = read_labels(lines(tmp_path, ROW), "own")
    assert "group_accuracy" not in rates_of(BENCHMARK, labelled, {"1": "B"})


def test_clusters_are_what_images_and_groups_chain_together(grouped: Labelled) -> None:
    assert BENCHMARK.scoring is not None
    replies = [Reply(q.id, "m", "B") for q in grouped.questions]
    found = BENCHMARK.scoring.count(grouped.questions, grouped.labels, replies, None)
    # g (with a.jpg and b.jpg) and 5 about b.jpg are one cluster; h; 6; 7 without an image
    assert len(found.clusters) == 5
    assert len(set(found.clusters)) == 4
    assert found.clusters[0] == found.clusters[2]


def test_a_group_of_two_categories_is_refused(tmp_path: Path) -> None:
    rows = [{**ROW, "pair": "g", "category": "x"}, {**ROW, "pair": "g", "category": "y"}]
    with pytest.raises(DataError, match="group g has questions of 'x' and of 'y'"):
        read_labels(lines(tmp_path, *rows), "own")


def test_ids_are_rows_where_there_are_none_and_must_differ(tmp_path: Path) -> None:
    one, two = lines(tmp_path, ROW, name="a.jsonl"), lines(tmp_path, ROW, name="b.jsonl")
    assert [q.id for q in read_labels(one, "own").questions] == ["1"]
    assert [q.id for q in read_labels(tmp_path, "own").questions] == ["a/1", "b/1"]
    lines(tmp_path, {**ROW, "id": "x"}, {**ROW, "id": "x"}, name=two.name)
    with pytest.raises(DataError, match=r"b\.jsonl:2: question x stands in row 1 already"):
        read_labels(two, "own")


def test_several_images_are_a_list(tmp_path: Path) -> None:
    del (row := dict(ROW))["image"]
    labelled = read_labels(lines(tmp_path, {**row, "images": ["a.jpg", "b.jpg"]}), "own")
    assert [image.name for image in labelled.questions[0].images] == ["a.jpg", "b.jpg"]
