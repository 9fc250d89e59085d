import json
from pathlib import Path
from typing import Any

import pytest

from sightline.benchmarks import benchmark
from sightline.benchmarks.colour import CYCLE, steps_down
from sightline.benchmarks.colour import read_labels as read_colours
from sightline.benchmarks.counting import asserted_text, neutral_text, offset_name, read_labels
from sightline.benchmarks.presupposed import Presupposed
from sightline.core import Answer, Attribute, Count
from sightline.errors import DataError

ROW = {"question_id": 1, "image": "a.png", "text": "Describe the four moons in this image.", "split": "+1"}
ROW |= {"object": "moon", "number": 3, "asserted": 4}
NEUTRAL = ROW | {"question_id": 2, "text": "How many moons are in this image?", "split": "neutral", "asserted": None}


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_the_wordings_are_those_of_the_paper() -> None:
    assert neutral_text("moon") == "How many moons are in this image?"
    assert asserted_text("moon", 15, "digits") == "Describe the 15 moons in this image."


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "Describe the one mouse in this image."),
        (20, "Describe the twenty mice in this image."),
        (21, "Describe the 21 mice in this image."),
    ],
)
def test_numbers_are_words_up_to_twenty_and_one_is_singular(number: int, text: str) -> None:
    assert asserted_text("mouse", number) == text


def test_splits_are_shown_in_the_order_of_the_offsets_those_below_last() -> None:
    splits = benchmark("counting").splits
    assert splits[:4] == ("neutral", "0", "+1", "+2")
    assert splits.index("+50") < splits.index("-1") < splits.index("-2")
    assert offset_name(-2) == "-2"


def test_a_prompt_presupposes_a_claim_and_the_neutral_question_none(tmp_path: Path) -> None:
    questions, labels = read_labels(write(tmp_path / "c.jsonl", ROW, NEUTRAL), "own")
    assert [question.claims for question in questions] == [(Count("moon", 4),), ()]
    assert labels.answers == {("a.png", Count("moon", 4)): Answer.DOES_NOT_HOLD}
    assert labels.references["1"] == Presupposed(3, 4, "moon")
    assert labels.references["2"] == Presupposed(3, None, "moon")


def test_a_folder_of_files_is_one_label_set(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", ROW)
    write(tmp_path / "b.jsonl", NEUTRAL)
    (tmp_path / "a.build.json").write_text("{}")
    labelled = read_labels(tmp_path, "own")
    assert len(labelled.questions) == 2
    assert len(labelled.labels.sources) == 2


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"split": "+2"}, r"split is '\+2' where number is 3 and asserted 4, expected '\+1'"),
        ({"asserted": None}, r"split is '\+1' where number is 3 and asserted None, expected 'neutral'"),
        ({"number": "3"}, r"number is '3'\. A row has question_id, image, text, split, object, number and asserted"),
        ({"asserted": "4"}, r"asserted is '4'\. A row has"),
        ({"object": ""}, r"object is ''\. A row has"),
        ({"question_id": 2}, r"question_id 2 occurs twice"),
        ({"number": 5, "split": "-1"}, r"number of moon in a.png is 5, and 3 above"),
    ],
)
def test_a_row_that_contradicts_itself_or_another_is_named(
    tmp_path: Path, change: dict[str, Any], problem: str
) -> None:
    with pytest.raises(DataError, match=rf"c.jsonl:2: {problem}"):
        read_labels(write(tmp_path / "c.jsonl", NEUTRAL, ROW | change), "own")


def test_a_folder_without_files_says_what_writes_one(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"the folder holds no .jsonl files. sightline build counting writes one"):
        read_labels(tmp_path, "own")


def test_the_cycle_is_that_of_the_paper() -> None:
    # facts of the paper's repository: three steps down from each of its six colours
    paper = {
        "red": ("purple", "blue", "green"),
        "orange": ("red", "purple", "blue"),
        "yellow": ("orange", "red", "purple"),
        "green": ("yellow", "orange", "red"),
        "blue": ("green", "yellow", "orange"),
        "purple": ("blue", "green", "yellow"),
    }
    assert {colour: tuple(steps_down(colour, n) for n in (1, 2, 3)) for colour in CYCLE} == paper


def test_a_colour_that_is_asserted_is_a_claim(tmp_path: Path) -> None:
    row = {"question_id": "x", "image": "a.png", "text": "Describe the red moon.", "split": "matching"}
    row |= {"object": "moon", "colour": "red", "asserted": "red"}
    questions, labels = read_colours(write(tmp_path / "c.jsonl", row), "own")
    assert questions[0].claims == (Attribute("moon", "red"),)
    assert labels.answers == {("a.png", Attribute("moon", "red")): Answer.HOLDS}
