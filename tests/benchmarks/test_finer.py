"""FINER's files are read with their mistakes named, and ten pairs made by hand pin what is counted."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from ten_pairs import TEN, asked, pair, replied

from sightline.benchmarks import benchmark
from sightline.benchmarks.finer import BENCHMARK, read_labels
from sightline.core import Reply
from sightline.errors import DataError
from sightline.queries.fine_question import FineQuestion


def written(folder: Path, questions: list[FineQuestion]) -> Path:
    path = folder / "finer.jsonl"
    path.write_text("".join(json.dumps(question.record) + "\n" for question in questions))
    return path


def counts(path: Path, setting: str, reader: str | None = None, replies: list[Reply] | None = None) -> dict[str, float]:
    labelled = read_labels(path, "own")
    scoring = BENCHMARK.scoring
    assert scoring is not None
    found = scoring.count(labelled.questions, labelled.labels, replies or replied(), reader)
    kept = [place for place, split in enumerate(found.splits) if split == setting]
    return {name: float(values[kept].sum()) for name, values in found.counts.items()}


def test_of_ten_pairs_those_count_of_which_both_questions_are_answered_right(tmp_path: Path) -> None:
    found = counts(written(tmp_path, asked()), "objects")
    # 5 pairs, 2 of them right; of 10 replies right: A A . A . and B . B B . = 3 + 3
    assert (found["pairs"], found["paired"], found["replies"]) == (5, 2, 10)
    assert (found["right_positive"], found["right_negative"], found["right"]) == (3, 3, 6)
    # denied: the third positive, and the negatives but the second: 1 + 4
    assert found["denied"] == 5
    assert found["unreadable"] == 1
    assert found["floor"] == pytest.approx(5 / 25)


def test_the_other_settings_are_counted_apart(tmp_path: Path) -> None:
    path = written(tmp_path, asked())
    of = {setting: counts(path, setting) for setting in ("attributes", "relations", "what")}
    assert [of[setting]["paired"] for setting in of] == [2, 0, 1]
    assert [of[setting]["pairs"] for setting in of] == [3, 1, 1]
    assert (of["attributes"]["right_positive"], of["attributes"]["right_negative"]) == (3, 2)
    assert of["relations"]["denied"] == 2


def test_finers_own_reader_takes_the_first_letter_and_disagreements_are_counted(tmp_path: Path) -> None:
    path = written(tmp_path, asked())
    ours, theirs = counts(path, "attributes"), counts(path, "attributes", "finer")
    assert (ours["paired"], theirs["paired"]) == (2, 1)
    assert ours["disagree"] == theirs["disagree"] == 2


def test_half_a_pair_is_no_pair_and_is_counted(tmp_path: Path) -> None:
    replies = replied()
    without: list[Reply | None] = [None, *replies[1:]]
    found = counts(written(tmp_path, asked()), "objects", replies=without)  # type: ignore[arg-type]
    assert (found["pairs"], found["paired"], found["half_pairs"]) == (4, 1, 1)


def test_clusters_are_images(tmp_path: Path) -> None:
    labelled = read_labels(written(tmp_path, asked()), "own")
    assert BENCHMARK.scoring is not None
    found = BENCHMARK.scoring.count(labelled.questions, labelled.labels, replied(), None)
    assert found.clusters == tuple(image for _, image, _, _ in TEN)


def test_a_question_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    labelled = read_labels(written(tmp_path, asked()), "own")
    assert [labelled.labels.references[question.id] for question in labelled.questions] == asked()
    assert labelled.questions[0].choices == asked()[0].choices


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"right": 5}, "right is 5, expected the place of one of the 5 options"),
        ({"right": 2}, "polarity is positive, and another option than yes is right"),
        ({"choices": ["Yes, a cat", "yes a CAT.", "No, but I can see a dog."]}, "two options say the same"),
        ({"choices": ["Yes"]}, "there are 1 options"),
        ({"choices": ["Yes, a", 3]}, "expected texts"),
        ({"polarity": "true"}, "polarity is 'true', expected positive or negative"),
        ({"elements": "2"}, "elements is '2', expected a whole number"),
        ({"image": ""}, "image is '', expected text"),
        ({"pair": "objects/1"}, "pair objects/1 has positive, expected one positive and one negative"),
        ({"image": "9.jpg"}, "the questions of pair objects/0 differ in image or setting"),
        ({"question_id": "objects/0-"}, "question_id objects/0- stands in row 1 already"),
        ({"changed": {"kind": "colour"}}, "changed: claim kind is 'colour'"),
    ],
)
def test_a_row_that_does_not_say_what_it_should_is_refused(
    tmp_path: Path, change: dict[str, object], problem: str
) -> None:
    path = tmp_path / "finer.jsonl"
    rows = [question.record for question in pair(0, "1.jpg")]
    path.write_text("".join(json.dumps(row) + "\n" for row in ({**rows[0], **change}, rows[1])))
    with pytest.raises(DataError, match=problem):
        read_labels(path, "own")


def test_a_missing_field_is_named_with_file_and_row(tmp_path: Path) -> None:
    path = tmp_path / "finer.jsonl"
    first, second = (question.record for question in pair(0, "1.jpg"))
    del second["right"]
    path.write_text(json.dumps(first) + "\n" + json.dumps(second) + "\n")
    with pytest.raises(DataError, match=r"finer\.jsonl:2: there is no right"):
        read_labels(path, "own")


def test_levels_are_another_benchmark(tmp_path: Path) -> None:
    own = [
        replace(each, setting="level 3", choices=("Yes", "No"), right=n, affirms=0)
        for n, each in enumerate(pair(0, "1.jpg"))
    ]
    path = written(tmp_path, own)
    with pytest.raises(DataError, match="the settings are 'level 3', expected objects, attributes, relations, what"):
        read_labels(path, "own")
    levels = benchmark("finer_levels")
    labelled = levels.read_labels(path, "own")
    assert levels.scoring is not None
    replies = [Reply(own[0].id, "m", "Yes."), Reply(own[1].id, "m", "No, there is no cow.")]
    found = levels.scoring.count(labelled.questions, labelled.labels, replies, None)
    assert {name: values.tolist() for name, values in found.counts.items() if name in ("paired", "floor")} == {
        "paired": [1],
        "floor": [0.25],
    }


def test_of_a_folder_that_was_built_only_the_questions_are_read(tmp_path: Path) -> None:
    written(tmp_path, asked())
    for name in ("elements", "graphs", "left_out", "verified"):
        (tmp_path / f"{name}.jsonl").write_text('{"image": "a.jpg"}\n')
    assert len(read_labels(tmp_path, "own").questions) == 20
