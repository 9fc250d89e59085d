"""ScienceQA in its own file: by subject, context and grade, as the original reports it."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from rates_of import counts_of, rates_of

from sightline.benchmarks.scienceqa import BENCHMARK, read_labels
from sightline.core import Labelled
from sightline.errors import DataError


def problem(
    subject: str, grade: int, answer: int, hint: str = "", image: str | None = None, split: str = "test"
) -> dict[str, Any]:
    asked = {"question": "Which?", "choices": ["iron", "water", "wood"], "answer": answer, "hint": hint, "image": image}
    return {**asked, "subject": f"{subject} science", "grade": f"grade{grade}", "split": split}


PROBLEMS = {
    "4": problem("natural", 2, 1, "Look.", "image.png"),
    "11": problem("natural", 8, 0, image="image.png"),
    "5": problem("social", 6, 2, "Read."),
    "7": problem("language", 12, 1),
    "8": problem("natural", 1, 1, split="train"),
}
SAID = {"4": "B", "11": "The answer is A.", "5": "The answer is B.", "7": "B. water"}


def written(folder: Path, problems: dict[str, Any] = PROBLEMS) -> Path:
    (folder / "problems.json").write_text(json.dumps(problems))
    return folder


@pytest.fixture
def labelled(tmp_path: Path) -> Labelled:
    return read_labels(written(tmp_path), "scienceqa")


def test_the_test_split_is_taken_with_hints_and_images(labelled: Labelled) -> None:
    assert [(q.id, q.split, [i.name for i in q.images]) for q in labelled.questions] == [
        ("4", "image", ["4/image.png"]),
        ("11", "image", ["11/image.png"]),
        ("5", "no_image", []),
        ("7", "no_image", []),
    ]
    assert [q.text for q in labelled.questions] == [
        "Context: Look.\nWhich?",
        "Which?",
        "Context: Read.\nWhich?",
        "Which?",
    ]
    assert labelled.questions[0].choices == ("iron", "water", "wood")


def original(predictions: dict[str, int]) -> dict[str, float]:
    """The steps of the original's evaluation, on the places that were predicted."""
    tested = {id_: each for id_, each in PROBLEMS.items() if each["split"] == "test"}

    def accuracy(ids: list[str]) -> float:
        return sum(tested[id_]["answer"] == predictions[id_] for id_ in ids) / len(ids)

    early = [f"grade{grade}" for grade in range(1, 7)]
    return {
        "accuracy": accuracy(list(tested)),
        "natural_science": accuracy([i for i, p in tested.items() if p["subject"] == "natural science"]),
        "social_science": accuracy([i for i, p in tested.items() if p["subject"] == "social science"]),
        "language_science": accuracy([i for i, p in tested.items() if p["subject"] == "language science"]),
        "text_context": accuracy([i for i, p in tested.items() if p["hint"]]),
        "image_context": accuracy([i for i, p in tested.items() if p["image"]]),
        "no_context": accuracy([i for i, p in tested.items() if not p["hint"] and not p["image"]]),
        "grades_1_6": accuracy([i for i, p in tested.items() if p["grade"] in early]),
        "grades_7_12": accuracy([i for i, p in tested.items() if p["grade"] not in early]),
    }


def test_made_replies_score_as_the_originals_steps_do(labelled: Labelled) -> None:
    expected = original({"4": 1, "11": 0, "5": 1, "7": 1})
    found = rates_of(BENCHMARK, labelled, SAID)
    assert {name: found[name] for name in expected} == expected
    assert (expected["accuracy"], expected["text_context"], expected["grades_1_6"]) == (0.75, 0.5, 0.5)


def test_the_originals_reader_takes_sentences_only_and_draws_nothing(labelled: Labelled) -> None:
    counts = counts_of(BENCHMARK, labelled, SAID, "scienceqa")
    assert (counts["right"], counts["unreadable"]) == (1, 2)
    assert counts_of(BENCHMARK, labelled, SAID, "llava")["right"] == 3
    assert counts_of(BENCHMARK, labelled, SAID)["disagree"] == 0


def test_the_questions_with_an_image_are_a_split(labelled: Labelled) -> None:
    assert rates_of(BENCHMARK, labelled, SAID, split="image")["accuracy"] == 1
    assert rates_of(BENCHMARK, labelled, SAID, split="no_image")["accuracy"] == 0.5
    assert rates_of(BENCHMARK, labelled, SAID)["random_floor"] == pytest.approx(1 / 3)


def test_the_hubs_parquet_has_no_ids_and_goes_by_its_rows(tmp_path: Path) -> None:
    rows = [{**PROBLEMS[id_], "image": None} for id_ in ("5", "4")]
    rows = [{name: value for name, value in each.items() if name not in ("split", "image")} for each in rows]
    pictures = pa.array([None, {"bytes": b"\x89PNG", "path": "image.png"}])
    parquet.write_table(pa.Table.from_pylist(rows).append_column("image", pictures), tmp_path / "test.parquet")
    labelled = read_labels(tmp_path, "hub")
    assert [(q.id, q.split, [i.name for i in q.images]) for q in labelled.questions] == [
        ("1", "no_image", []),
        ("2", "image", ["2.png"]),
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answer": 3}, "answer is 3, expected the place of one of 3 options, from 0 on"),
        ({"answer": "B"}, "answer is 'B'"),
        ({"choices": ["iron"]}, "there are 1 options"),
        ({"choices": "iron"}, "choices is 'iron', expected a list of texts"),
        ({"subject": "maths"}, "subject is 'maths'"),
        ({"grade": "3"}, "grade is '3', expected grade1 to grade12"),
        ({"split": "val"}, "no question is of the test split"),
    ],
)
def test_a_problem_that_does_not_say_what_it_should_is_refused(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_labels(written(tmp_path, {"4": {**PROBLEMS["4"], **change}}), "scienceqa")
