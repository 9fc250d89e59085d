"""The table of replies on the small benchmark of tiny_pope.py."""

import pytest
from tiny_pope import llava, truth, write_lines

from sightline.errors import RequestError
from sightline.evaluation.evaluation import evaluate
from sightline.evaluation.record import record_of
from sightline.evaluation.replies import reply_table


@pytest.fixture
def rows(tmp_path, labels) -> list[dict]:
    """Two models and the random split; `b` says "Yes." to everything and nothing to the fifth question."""
    said = llava("random", lambda row: "Yes.", "b")
    replies = [
        str(write_lines(tmp_path / "a.jsonl", llava("random", truth, "a"))),
        str(write_lines(tmp_path / "b.jsonl", said[:4] + said[5:])),
    ]
    evaluation = evaluate("pope", replies, labels, splits=["random"], allow_missing=True)
    return reply_table(evaluation).to_pylist()


def test_there_is_a_row_for_every_model_and_question(rows) -> None:
    assert [row["model"] for row in rows] == ["a"] * 6 + ["b"] * 6
    assert [row["question_id"] for row in rows[:6]] == [f"random/{n}" for n in range(1, 7)]


def test_a_row_says_what_was_asked_and_where_the_reply_stands(rows) -> None:
    row = rows[7]
    assert (row["split"], row["image"], row["question"]) == ("random", "a.jpg", "Is there a cat in the image?")
    assert row["reply"] == "Yes."
    assert row["source"].endswith("b.jsonl:2")


def test_every_reader_has_its_say(rows) -> None:
    assert {name: rows[7][f"reads:{name}"] for name in ("strict", "pope", "lmms-eval")} == {
        "strict": "yes",
        "pope": "yes",
        "lmms-eval": "unreadable",
    }


def test_every_label_set_has_its_say(rows) -> None:
    # b.jpg: the cat is none, the dog is one; c.jpg: the car is ambiguous
    assert [row["label:original"] for row in rows[2:5]] == ["yes", "no", "yes"]
    assert [row["label:audited"] for row in rows[2:5]] == ["no", "yes", "ambiguous"]


def test_a_missing_reply_is_null_and_so_are_its_readings(rows) -> None:
    said = [rows[10][name] for name in ("question_id", "reply", "source", "reads:strict", "label:original")]
    assert said == ["random/5", None, None, None, "yes"]


def test_a_label_set_that_does_not_speak_of_a_split_is_null(tmp_path, labels, replies) -> None:
    (tmp_path / "audited" / "tiny_pope_popular.json").unlink()
    table = reply_table(evaluate("pope", replies, labels, allow_missing=True)).to_pylist()
    assert {row["label:audited"] for row in table if row["split"] == "popular"} == {None}


def test_only_the_readers_asked_for_are_there_and_the_record_names_them(labels, replies) -> None:
    table = reply_table(evaluate("pope", replies, labels), ["pope"])
    assert [name for name in table.column_names if name.startswith("reads:")] == ["reads:pope"]
    assert record_of(table)["settings"]["readers"] == ["pope@1"]


def test_an_unknown_reader_is_refused(labels, replies) -> None:
    with pytest.raises(RequestError, match="Did you mean 'pope'"):
        reply_table(evaluate("pope", replies, labels), ["poep"])
