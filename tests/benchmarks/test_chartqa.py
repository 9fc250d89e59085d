"""ChartQA in its own files, scored as a plain loop over the published steps does."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from rates_of import counts_of, rates_of

from sightline.benchmarks.chartqa import BENCHMARK, read_labels
from sightline.core import Labelled, Reply
from sightline.errors import DataError

HUMAN = [
    ("1.png", "How many bars?", "14", "14"),
    ("1.png", "What share?", "62", "62%"),
    ("2.png", "How many are left?", "0", "0.0"),
    ("2.png", "In which year?", "2014", "2013"),
    ("3.png", "Which colour?", "Dark blue", "dark blue"),
]
MADE = [("4.png", "How many visitors?", "1200", "1,190 visitors"), ("5.png", "Is it more?", "Yes", "hm")]


def written(folder: Path) -> Path:
    for name, rows in (("test_human", HUMAN), ("test_augmented", MADE)):
        records = [{"imgname": image, "query": query, "label": label} for image, query, label, _ in rows]
        (folder / f"{name}.json").write_text(json.dumps(records))
    return folder


@pytest.fixture
def labelled(tmp_path: Path) -> Labelled:
    return read_labels(written(tmp_path), "chartqa")


SAID = {f"human/{n}": row[3] for n, row in enumerate(HUMAN, 1)} | {
    f"augmented/{n}": row[3] for n, row in enumerate(MADE, 1)
}


def published(prediction: str, target: str) -> bool:
    """The published steps."""

    def number(text: str) -> float | None:
        try:
            return float(text.rstrip("%")) / 100.0 if text.endswith("%") else float(text)
        except ValueError:
            return None

    value, aim = number(prediction), number(target)
    if value is not None and aim:
        return abs(value - aim) / abs(aim) <= 0.05
    return prediction.lower() == target.lower()


def test_replies_score_as_the_published_steps_do(labelled: Labelled) -> None:
    human = [published(said, label) for _, _, label, said in HUMAN]
    assert human == [True, False, False, True, True]
    assert rates_of(BENCHMARK, labelled, SAID, "chartqa", "human")["relaxed_accuracy"] == sum(human) / 5
    made = [published(said, label) for _, _, label, said in MADE]
    assert rates_of(BENCHMARK, labelled, SAID, "chartqa", "augmented")["relaxed_accuracy"] == sum(made) / 2 == 0


def test_ours_reads_numbers_and_wants_years_to_be_met(labelled: Labelled) -> None:
    # right: 14, 62 %, 0.0 and dark blue, not 2013; of the made ones 1,190 and not "hm"
    assert rates_of(BENCHMARK, labelled, SAID, split="human")["relaxed_accuracy"] == 4 / 5
    assert rates_of(BENCHMARK, labelled, SAID, split="augmented")["relaxed_accuracy"] == 1 / 2
    counts = counts_of(BENCHMARK, labelled, SAID)
    # read otherwise: 62 %, 0.0, 2013, 1,190
    assert (counts["disagree"], counts["unreadable"]) == (4, 1)


def test_the_hubs_columns_are_read_and_images_named_by_their_rows(tmp_path: Path) -> None:
    pictures = pa.array([{"bytes": b"\x89PNG1", "path": None}, {"bytes": b"\x89PNG2", "path": None}])
    first = {"query": ["How many?", "How many?"], "label": [["3"], ["4"]], "human_or_machine": [0, 1]}
    second = {"question": ["How many?", "How many?"], "answer": ["3", "4"], "type": ["human_test", "augmented_test"]}
    for columns in (first, second):
        parquet.write_table(pa.table({"image": pictures, **columns}), tmp_path / "hub.parquet")
        labelled = read_labels(tmp_path, "hub")
        assert [(q.id, q.split, q.images[0].name) for q in labelled.questions] == [
            ("human/1", "human", "1.png"),
            ("augmented/2", "augmented", "2.png"),
        ]
        assert counts_of(BENCHMARK, labelled, {"human/1": "3", "augmented/2": "3"})["right"] == 1


def test_a_reply_is_shown_as_what_was_read(labelled: Labelled) -> None:
    assert BENCHMARK.scoring is not None
    assert BENCHMARK.scoring.show is not None
    question = next(q for q in labelled.questions if q.id == "augmented/1")
    shown = BENCHMARK.scoring.show(question, labelled.labels, Reply("", "m", "1,190 visitors"), None)
    assert shown == ("1190", "1200")


def test_a_file_that_does_not_tell_its_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    row = {"imgname": "1.png", "query": "How many?", "label": "3"}
    path.write_text(json.dumps([row]))
    with pytest.raises(DataError, match="neither the row nor the name of its file tells its kind"):
        read_labels(path, "own")
    path.write_text(json.dumps([{**row, "type": "robot"}]))
    with pytest.raises(DataError, match="type is 'robot', expected human or augmented"):
        read_labels(path, "own")
    path.write_text(json.dumps([{**row, "type": "human", "label": ["3", "4"]}]))
    with pytest.raises(DataError, match="label has 2 answers, expected one"):
        read_labels(path, "own")
