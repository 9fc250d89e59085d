"""HaloQuest: rows as they are published, and the shares that a judge calls correct."""

from pathlib import Path

import pytest
from tiny_judged import HALOQUEST, haloquest

from sightline.benchmarks.haloquest import BENCHMARK, count, read_labels
from sightline.core import Labelled, Reply
from sightline.errors import DataError
from sightline.examples.haloquest_example import files
from sightline.scenes.rendered import compose

SCORING = BENCHMARK.scoring
assert SCORING is not None and SCORING.judge is not None
JUDGE, SHOW = SCORING.judge, SCORING.show

VERDICTS = ('{"reason": "none there", "verdict": "correct"}', "Incorrect.", "It cannot be told.", "correct", "")


@pytest.fixture
def found(tmp_path: Path) -> Labelled:
    return read_labels(haloquest(tmp_path), "own")


def replies() -> list[Reply]:
    return [Reply(str(place), "m", "A reply.", judgement=verdict) for place, verdict in enumerate(VERDICTS)]


def test_rows_are_read_with_number_picture_and_right_answers(found: Labelled) -> None:
    assert [question.id for question in found.questions] == ["0", "1", "2", "3", "4"]
    assert [question.images[0].name for question in found.questions] == [row[0] for row in HALOQUEST]
    assert found.questions[0].split == "false_premises"
    assert found.questions[4].text == 'What does the sign say, "in red"?'
    held = found.labels.references["0"]
    assert held.answers == ("There is no cat", "No cat is visible")  # type: ignore[attr-defined]
    assert (held.image_type, held.url) == ("generated", "https://example.org/a.png")  # type: ignore[attr-defined]


def test_correct_replies_are_counted_of_those_whose_judgement_can_be_read(found: Labelled) -> None:
    counted = count(found.questions, found.labels, replies())
    assert {name: float(values.sum()) for name, values in counted.counts.items()} == {
        "replies": 5,
        "judged": 3,
        "correct": 2,
        "unreadable": 1,
        "unjudged": 1,
        "judged_real": 1,
        "correct_real": 1,
        "judged_generated": 2,
        "correct_generated": 1,
    }
    assert counted.clusters == ("a.png", "a.png", "b.jpg", "b.jpg", "c d.webp")
    assert counted.splits[:3] == ("false_premises", "visual_challenge", "insufficient_context")


def test_the_judge_is_told_every_right_answer(found: Labelled) -> None:
    request = JUDGE.request(found.questions[1], found.labels, Reply("1", "m", "Two cups."))
    assert request is not None
    assert request.prompt.startswith(
        "Question: How many cups?\n\nReference answers, each of them right:\n- 2\n- two\n\nAnswer to judge: Two cups.\n"
    )
    assert request.schema is not None and request.schema["required"] == ["reason", "verdict"]


def test_a_reply_is_shown_with_its_verdict(found: Labelled) -> None:
    assert SHOW is not None
    pairs = zip(found.questions, replies(), strict=True)
    shown = [SHOW(question, found.labels, reply, None).reading for question, reply in pairs]
    assert shown == ["correct", "incorrect", "unreadable", "correct", "not judged"]
    assert SHOW(found.questions[1], found.labels, None, None) == (None, "2; two")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("visual challenge,How", "visual challenges,How", "hallucination type is 'visual challenges'"),
        ("generated,visual", "painted,visual", "image type is 'painted', expected one of real, generated"),
        ("2; two", " ; ", "groundtruth responses is"),
        ("How many cups?", "", "question is ''"),
        ("\n1,a.png", "\n0,a.png", "question 0 occurs twice"),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, old: str, new: str, problem: str) -> None:
    path = haloquest(tmp_path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(DataError, match=rf"haloquest-eval\.csv:3: .*{problem}"):
        read_labels(path, "own")


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no files of questions.*haloquest-eval\.csv"):
        read_labels(tmp_path, "own")


def test_the_example_has_all_three_kinds(tmp_path: Path) -> None:
    for name, data in files([compose(0, index) for index in range(6)]).items():
        (tmp_path / name).write_bytes(data)
    made = read_labels(tmp_path, "example")
    assert {question.split for question in made.questions} == set(BENCHMARK.splits)
