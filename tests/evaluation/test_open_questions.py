"""Replies put to questions by id and by image, on the six questions of tiny_counting.py."""

from pathlib import Path
from typing import Any

import pytest
from tiny_counting import SAID, replies, rows, write_lines

from sightline.core import RecordedReplies, RecordedReply, SourceFile
from sightline.errors import DataError, MissingError, RequestError
from sightline.evaluation.evaluation import Evaluation, evaluate
from sightline.evaluation.open_questions import OpenQuestions, join_open


@pytest.fixture
def labels(tmp_path: Path) -> list[str]:
    return [f"own={write_lines(tmp_path / 'own.jsonl', rows())}"]


def joined(labels: list[str], path: Path, lines: list[dict[str, Any]], **more: Any) -> Evaluation:
    return evaluate("counting", [write_lines(path / "r.jsonl", lines)], labels, **more)


def by(evaluation: Evaluation) -> str:
    (model,) = evaluation.models
    return evaluation.joins[model][0].by


def test_ids_alone_are_enough(labels: list[str], tmp_path: Path) -> None:
    lines = [{"question_id": row["question_id"], "response": row["text"]} for row in replies()]
    found = joined(labels, tmp_path, lines)
    assert by(found) == "question id"
    assert [reply and reply.text for reply in found.replies["r"]] == list(SAID)


def test_image_and_question_are_enough_whatever_stands_around_the_question(labels: list[str], tmp_path: Path) -> None:
    lines = [
        {"image": f"folder/{row['image']}", "prompt": f"{row['text']}\nAnswer briefly.", "response": text}
        for row, text in zip(reversed(rows()), reversed(SAID), strict=True)
    ]
    found = joined(labels, tmp_path, lines)
    assert by(found) == "image and question"
    assert [reply and reply.text for reply in found.replies["r"]] == list(SAID)


def test_an_image_alone_does_not_tell_which_of_its_questions_is_meant(labels: list[str], tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"r.jsonl:1: no row fits a question of counting; the first is image 'a.png'"):
        joined(labels, tmp_path, [{"image": row["image"], "response": "Three."} for row in rows()])


def test_an_image_with_one_question_is_enough_and_its_words_do_not_matter(tmp_path: Path) -> None:
    neutral = [f"own={write_lines(tmp_path / 'own.jsonl', [r for r in rows() if r['split'] == 'neutral'])}"]
    lines = [{"image": "b", "prompt": "Count.", "response": "Two"}, {"image": "a", "prompt": "Count.", "response": "3"}]
    found = joined(neutral, tmp_path, lines)
    assert [reply and reply.text for reply in found.replies["r"]] == ["3", "Two"]


def test_a_split_that_is_named_tells_the_questions_of_an_image_apart(labels: list[str], tmp_path: Path) -> None:
    lines = [{"image": image, "response": "Four."} for image in ("a.png", "b.png")]
    path = write_lines(tmp_path / "r.jsonl", lines)
    found = evaluate("counting", [f"m@+1={path}"], labels, splits=["+1"])
    assert [reply and reply.question_id for reply in found.replies["m"]] == ["3", "6"]


def test_an_id_whose_row_asks_something_else_does_not_fit(labels: list[str], tmp_path: Path) -> None:
    lines = replies()
    lines[2]["prompt"] = "Describe the nine moons in this image."
    problem = "r.jsonl:3: question_id '3', question 'Describe the nine moons.*' is no question of counting; 1 of 6 rows"
    with pytest.raises(MissingError, match=problem):
        joined(labels, tmp_path, lines)
    found = joined(labels, tmp_path, lines, allow_missing=True)
    assert (found.joins["m"][0].unknown, found.missing("m")) == (1, {"+1": 1})


def test_two_different_replies_to_one_question_are_an_error_that_names_both(labels: list[str], tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"3.*is answered 'Ten.' here and 'The four moons glow in the dark.' in"):
        joined(labels, tmp_path, [*replies(), {**replies()[2], "text": "Ten."}])


def test_files_of_questions_are_not_needed(labels: list[str], tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="replies to counting are joined by question id or image; leave it out"):
        joined(labels, tmp_path, replies(), questions=["own.jsonl"])


def test_ids_may_begin_anew_in_every_split_where_rows_name_it() -> None:
    from sightline.benchmarks import benchmark
    from sightline.core import ImageRef, Question

    asked = [Question(f"{split}/1", f"{split}?", (ImageRef("a.png"),), split) for split in ("one", "two")]
    known = OpenQuestions(benchmark("counting"), asked)
    said = [RecordedReply(1, "x", "1", split="two"), RecordedReply(2, "y", "1", split="one")]
    join = join_open(known, RecordedReplies(said, SourceFile("f", "", 2)))
    assert join.positions == ((1,), (0,))
