"""A user's own yes/no questions: the six cells by hand, ambiguous answers, and groups."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rates_of import counts_of, rates_of

from sightline.benchmarks.yes_no import BENCHMARK, read_labels
from sightline.core import Derived, Labelled, Ratio, Reply
from sightline.errors import DataError


def written(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "own.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def row(id_: int, answer: object, **more: object) -> dict[str, Any]:
    return {"id": id_, "image": f"{id_ // 3}.jpg", "question": "Is there a cat?", "answer": answer, **more}


ROWS = [
    row(0, "yes", pair="p"),
    row(1, "no", pair="p"),
    row(2, "Yes", pair="q"),
    row(3, "no", pair="q"),
    row(4, True),
    row(5, "no"),
    row(6, "ambiguous", pair="p"),
]
# hits 0 and 2 and misses 4; denies 1, says yes to 3, and nothing to 5; goes along with 6
SAID = {"0": "Yes.", "1": "No.", "2": "Yes", "3": "Yes", "4": "No", "5": "hm", "6": "Yes"}


@pytest.fixture
def labelled(tmp_path: Path) -> Labelled:
    return read_labels(written(tmp_path, *ROWS), "own")


def test_rates_are_as_counted_by_hand(labelled: Labelled) -> None:
    found = rates_of(BENCHMARK, labelled, SAID)
    assert found == pytest.approx(
        {
            "accuracy": 3 / 6,
            "f1": 4 / (3 + 3),  # precision and recall are both 2 / 3
            "precision": 2 / 3,
            "recall": 2 / 3,
            "tnr": 1 / 3,
            "yes_ratio": 3 / 6,
            "group_accuracy": 1 / 2,
            "unreadable": 1 / 6,
            "yes_to_ambiguous": 1.0,
        }
    )
    counts = counts_of(BENCHMARK, labelled, SAID)
    assert BENCHMARK.scoring is not None
    balanced = next(rate for rate in BENCHMARK.scoring.rates if isinstance(rate, Derived))
    ratios = [Ratio(np.array(counts[rate.of]), np.array(counts[rate.over])) for rate in balanced.of]
    assert float(balanced.function(*ratios)) == pytest.approx(0.5)


def test_the_fields_readers_are_offered(labelled: Labelled) -> None:
    # POPE's rule takes whatever is no "no" for yes
    assert rates_of(BENCHMARK, labelled, SAID, "pope")["yes_ratio"] == 4 / 6
    assert rates_of(BENCHMARK, labelled, SAID, "pope")["unreadable"] == 0


def test_an_ambiguous_question_does_not_break_its_group(labelled: Labelled) -> None:
    assert counts_of(BENCHMARK, labelled, {**SAID, "6": "hm"})["whole"] == 1
    counts = counts_of(BENCHMARK, labelled, {id_: said for id_, said in SAID.items() if id_ != "1"})
    assert (counts["groups"], counts["half_groups"]) == (1, 1)


def test_a_reply_is_shown_beside_the_answer(labelled: Labelled) -> None:
    assert BENCHMARK.scoring is not None
    assert BENCHMARK.scoring.show is not None
    assert BENCHMARK.scoring.show(labelled.questions[5], labelled.labels, Reply("5", "m", "hm"), None) == (
        "unreadable",
        "no",
    )
    assert BENCHMARK.scoring.show(labelled.questions[6], labelled.labels, None, None) == (None, "ambiguous")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [("maybe", "answer is 'maybe', expected yes, no or ambiguous"), (1, "answer is 1"), (None, "there is no answer")],
)
def test_another_answer_is_refused(tmp_path: Path, answer: object, problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        read_labels(written(tmp_path, row(0, "yes"), row(1, answer)), "own")


def test_a_csv_without_images_is_read(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("question;answer;category\nIs fire cold?;NO;facts\n")
    (question,) = read_labels(tmp_path / "own.csv", "own").questions
    assert (question.id, question.images, question.split) == ("2", (), "facts")
