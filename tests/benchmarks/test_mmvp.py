"""MMVP's pairs go by index, its known errors are put right under a name of their own, and a judge may be asked."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from sightline.benchmarks.mmvp import BENCHMARK, JUDGE, read_labels
from sightline.core import Labelled, Reply
from sightline.errors import DataError
from sightline.evaluation.counted import rate_table
from sightline.evaluation.evaluation import evaluate

HEAD = "Index,Question,Options,Correct Answer\n"
FOUR = (
    "1,Are the wings open or closed?,(a) Open (b) Closed,(a)\n"
    "2,Are the wings open or closed?,(a) Open (b) Closed,(b)\n"
    '3,"Is a dog, or a cat, there?",(a) a dog (b) a cat,(b)\n'
    '4,"Is a dog, or a cat, there?",(a) a dog (b) a cat,(a)\n'
)
PUBLISHED = (
    "99,Does the elephant have long or short tusks?,(a) Long (b) Short,(a)\n"
    "100,Does the elephant have long or short tusks?,(a) Long (b) Short,(b)\n"
    "279,Is the elderly person standing or sitting in the picture?,(a) Standing (b) Sitting,(a)\n"
    "280,Is the elderly person standing or sitting in the picture?,(a) Standing (b) Sitting,(b)\n"
)


def read(folder: Path, rows: str, name: str = "mmvp", head: str = HEAD) -> Labelled:
    (folder / "Questions.csv").write_text(head + rows)
    return read_labels(folder, name)


def counts(labelled: Labelled, replies: Sequence[Reply | None], reader: str | None = None) -> dict[str, float]:
    assert BENCHMARK.scoring is not None
    found = BENCHMARK.scoring.count(labelled.questions, labelled.labels, replies, reader)
    return {name: float(values.sum()) for name, values in found.counts.items()}


def saying(labelled: Labelled, said: Sequence[str]) -> list[Reply]:
    return [Reply(question.id, "m", text) for question, text in zip(labelled.questions, said, strict=True)]


def right(labelled: Labelled) -> dict[str, str]:
    return {id_: "ab"[held.right] for id_, held in labelled.labels.references.items()}  # type: ignore[attr-defined]


def test_question_and_options_are_put_as_the_repository_puts_them(tmp_path: Path) -> None:
    question = read(tmp_path, FOUR).questions[2]
    assert question.text == "Is a dog, or a cat, there? (a) a dog (b) a cat"
    assert (question.choices, question.images[0].name) == (("a dog", "a cat"), "MMVP Images/3.jpg")


def test_a_pair_counts_if_both_are_right(tmp_path: Path) -> None:
    labelled = read(tmp_path, FOUR)
    found = counts(labelled, saying(labelled, ["(a)", "Closed.", "The answer is (b).", "I cannot tell."]))
    assert [found[name] for name in ("groups", "whole", "replies", "right", "unreadable")] == [2, 1, 4, 3, 1]
    assert found["floor"] == 0.5


def test_pairs_go_by_index_whatever_the_order_of_rows(tmp_path: Path) -> None:
    lines = FOUR.splitlines(keepends=True)
    labelled = read(tmp_path, "".join(lines[place] for place in (2, 0, 3, 1)))
    assert [question.id for question in labelled.questions] == ["3", "1", "4", "2"]
    found = counts(labelled, saying(labelled, ["b", "a", "a", "a"]))
    assert (found["whole"], found["right"]) == (1, 3)


def test_half_a_pair_is_counted_as_half(tmp_path: Path) -> None:
    labelled = read(tmp_path, FOUR)
    found = counts(labelled, [*saying(labelled, ["a", "b", "b", "a"])[:3], None])
    assert (found["groups"], found["half_groups"], found["right"]) == (1, 1, 2)


def test_known_errors_are_put_right_in_the_corrected_set_only(tmp_path: Path) -> None:
    asked = FOUR + PUBLISHED
    assert right(read(tmp_path, asked))["99"] == "a"
    corrected = right(read(tmp_path, asked, "mmvp-corrected"))
    assert {id_: corrected[id_] for id_ in ("99", "100", "279", "280")} == {
        "99": "b",
        "100": "a",
        "279": "b",
        "280": "a",
    }
    assert {id_: corrected[id_] for id_ in "1234"} == {"1": "a", "2": "b", "3": "b", "4": "a"}


def test_replies_are_scored_under_both_sets_at_once(tmp_path: Path) -> None:
    labelled = read(tmp_path, FOUR + PUBLISHED)
    said = dict(zip([question.id for question in labelled.questions], "abba" + "baba", strict=True))
    replies = tmp_path / "replies.jsonl"
    replies.write_text(
        "".join(json.dumps({"question_id": id_, "text": f"({letter})"}) + "\n" for id_, letter in said.items())
    )
    labels = [f"{name}={tmp_path / 'Questions.csv'}" for name in ("mmvp", "mmvp-corrected")]
    table = rate_table(evaluate("mmvp", [replies], labels), draws=100).to_pylist()
    assert {row["labels"]: row["paired_accuracy"] for row in table} == {"mmvp": 0.5, "mmvp-corrected": 1}


def test_a_file_that_is_corrected_already_stays_as_it_is(tmp_path: Path) -> None:
    swapped = PUBLISHED.replace(",(a)\n", ",X\n").replace(",(b)\n", ",(a)\n").replace(",X\n", ",(b)\n")
    assert right(read(tmp_path, swapped, "mmvp-corrected")) == {"99": "b", "100": "a", "279": "b", "280": "a"}


def test_other_questions_are_not_corrected(tmp_path: Path) -> None:
    other = PUBLISHED.replace("tusks", "ears")
    with pytest.raises(DataError, match="MMVP's own asks about tusks"):
        read(tmp_path, other, "mmvp-corrected")


def test_the_other_spelling_of_index_and_a_column_of_images_are_read(tmp_path: Path) -> None:
    rows = "".join(f"{line},scene_{n}.png\n" for n, line in enumerate(FOUR.splitlines()))
    labelled = read(tmp_path, rows, head="lndex,Question,Options,Correct Answer,Image\n")
    assert [question.images[0].name for question in labelled.questions][:2] == ["scene_0.png", "scene_1.png"]


@pytest.mark.parametrize(
    ("judgement", "soundly", "officially"),
    [("yes", 1, 1), ("YES", 1, 1), ("Yes.", 1, 0), ("no", 0, 0), ("No, it names the other.", 0, 0)],
)
def test_a_judges_grade_is_read_soundly_or_to_the_letter(
    tmp_path: Path, judgement: str, soundly: int, officially: int
) -> None:
    labelled = read(tmp_path, FOUR)
    replies = [Reply(question.id, "m", "whatever", judgement=judgement) for question in labelled.questions]
    found = [counts(labelled, replies, reader)["right"] / 4 for reader in ("judged", "mmvp")]
    assert found == [soundly, officially]


def test_pairs_of_which_a_reply_was_not_judged_are_left_out(tmp_path: Path) -> None:
    labelled = read(tmp_path, FOUR)
    replies = [Reply(q.id, "m", "a", judgement="yes" if n else "") for n, q in enumerate(labelled.questions)]
    found = counts(labelled, replies, "mmvp")
    assert (found["groups"], found["whole"], found["half_groups"]) == (1, 1, 1)


def test_the_judge_is_told_the_right_option(tmp_path: Path) -> None:
    labelled = read(tmp_path, FOUR)
    asked = JUDGE.request(labelled.questions[1], labelled.labels, Reply("2", "m", "They are closed."))
    assert asked is not None
    assert "(b) Closed" in asked.prompt
    assert "They are closed." in asked.prompt


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("1,Q?,(a) x (b) y,(a)\n", "row 1 has no partner 2"),
        ("2,Q?,(a) x (b) y,(a)\n3,Q?,(a) x (b) y,(a)\n", "row 2 has no partner 1"),
        ("0,Q?,(a) x (b) y,(a)\n", "Index is '0', expected a whole number from 1 on"),
        ("1,Q?,x or y,(a)\n", r"Options is 'x or y', expected '\(a\) … \(b\) …'"),
        ("1,Q?,(a) x (b) y,(c)\n", r"Correct Answer is '\(c\)', expected '\(a\)' or '\(b\)'"),
        ("1,Q?,(a) x (b) y,(a)\n2,Q?,(a) x (b) y,(b)\n2,Q?,(a) x (b) y,(b)\n", "an index occurs twice"),
    ],
)
def test_a_file_that_does_not_say_what_it_should_is_refused(tmp_path: Path, rows: str, problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        read(tmp_path, rows)
