"""V* Bench: options chosen by likelihood come back as their texts; the right one is not always the first."""

import json
from pathlib import Path

import pytest

from sightline.benchmarks.vstar import BENCHMARK, order_of, read_labels
from sightline.core import Asking, Labelled, Reply
from sightline.errors import DataError
from sightline.evaluation.asking import plan_asking, wording_of

COLOURS = ["red", "blue", "green", "white"]


def written(folder: Path, number: int = 40) -> Path:
    for split, options in (("direct_attributes", COLOURS), ("relative_position", ["left", "right"])):
        (folder / split).mkdir()
        for own in range(number):
            record = {
                "target_object": ["cup"],
                "bbox": [[0, 0, 9, 9]],
                "question": "How is the cup?",
                "options": options,
            }
            (folder / split / f"sa_{own}.json").write_text(json.dumps(record))
            (folder / split / f"sa_{own}.jpg").write_bytes(b"")
    return folder


def counts(labelled: Labelled, replies: list[Reply]) -> dict[str, float]:
    assert BENCHMARK.scoring is not None
    found = BENCHMARK.scoring.count(labelled.questions, labelled.labels, replies, None)
    return {name: float(values.sum()) for name, values in found.counts.items()}


def test_folders_are_splits_and_images_lie_beside_their_files(tmp_path: Path) -> None:
    labelled = read_labels(written(tmp_path, 2), "vstar")
    assert [question.id for question in labelled.questions] == [
        *("direct_attributes/sa_0", "direct_attributes/sa_1", "relative_position/sa_0", "relative_position/sa_1")
    ]
    assert labelled.questions[0].images[0].name == "direct_attributes/sa_0.jpg"
    plan = plan_asking(labelled.questions, tmp_path, Asking(options="mean"), wording_of(BENCHMARK))
    assert next((ask.prompt, {*ask.options}) for ask in plan.asks) == ("How is the cup?", {*COLOURS})


def test_the_right_option_stands_at_every_place_about_as_often(tmp_path: Path) -> None:
    labelled = read_labels(written(tmp_path), "vstar")
    places = [held.right for held in labelled.labels.references.values()]  # type: ignore[attr-defined]
    assert [places[:40].count(place) >= 5 for place in range(4)] == [True] * 4
    assert [places[40:].count(place) >= 10 for place in range(2)] == [True] * 2
    for question, place in zip(labelled.questions, places, strict=True):
        assert question.choices[place] in ("red", "left")


def test_the_order_depends_on_id_and_options_alone() -> None:
    assert order_of("a", ["x", "y", "z"]) == order_of("a", ["z", "x", "y"])
    assert len({order_of(str(number), ["x", "y", "z"]) for number in range(50)}) == 6


def test_texts_and_letters_are_read(tmp_path: Path) -> None:
    labelled = read_labels(written(tmp_path, 4), "vstar")
    chosen = [Reply(q.id, "m", "red" if q.split == "direct_attributes" else "right") for q in labelled.questions]
    found = counts(labelled, chosen)
    assert [found[name] for name in ("replies", "right", "unreadable")] == [8, 4, 0]
    assert found["floor"] == 4 / 4 + 4 / 2
    letters = [
        Reply(id_, "m", f"({'ABCD'[held.right]})")  # type: ignore[attr-defined]
        for id_, held in labelled.labels.references.items()
    ]
    assert counts(labelled, letters)["right"] == 8
    based = [Reply(q.id, "m", "Based on the image, I cannot tell.") for q in labelled.questions]
    assert counts(labelled, based)["unreadable"] == 8


def test_letters_are_asked_for_in_the_order_of_the_question(tmp_path: Path) -> None:
    question = read_labels(written(tmp_path, 1), "vstar").questions[1]
    prompt = wording_of(BENCHMARK, "letters").prompt(question)
    assert prompt.splitlines()[1:3] == [f"A. {question.choices[0]}", f"B. {question.choices[1]}"]


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({"options": ["red", "blue"]}, "there is no question"),
        ({"question": "Q?", "options": ["red"]}, "expected two texts or more, the right one first"),
        ({"question": "Q?", "options": "red"}, "options is 'red', expected a list of texts"),
        ({"question": "Q?", "options": ["red", "Red."]}, "two options say the same"),
    ],
)
def test_a_file_that_does_not_say_what_it_should_is_refused(
    tmp_path: Path, record: dict[str, object], problem: str
) -> None:
    (tmp_path / "direct_attributes").mkdir()
    (tmp_path / "direct_attributes" / "sa_1.json").write_text(json.dumps(record))
    with pytest.raises(DataError, match=problem):
        read_labels(tmp_path, "vstar")


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Expected direct_attributes or relative_position"):
        read_labels(tmp_path, "vstar")
