import json
from pathlib import Path
from typing import Any

import pytest

from sightline.errors import DataError
from sightline.records.judgements import Judgement, judgement_line, read_judgements, reply_sha256, told_sha256

WHOLE = Judgement(
    "7",
    reply_sha256("A cup."),
    "Rating: 4",
    "tiny",
    "5e",
    "server",
    {"revision": "abc"},
    "mmhal-rating@1",
    "f0",
    told_sha256({"reply": "A cup."}),
    1,
    "",
    10,
    5,
    "mmhal",
    "a.jpg",
    "llava",
)


def written(folder: Path, *lines: Any) -> Path:
    path = folder / "j.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def test_a_judgement_comes_back_as_it_was_written(tmp_path: Path) -> None:
    failed = WHOLE._replace(text="", problem="the reply is empty")
    found = read_judgements(written(tmp_path, judgement_line(WHOLE), judgement_line(failed)))
    assert found.rows == [WHOLE, failed] and found.numbers == [1, 2] and found.source.rows == 2


def test_a_persons_verdict_needs_question_reply_name_and_words(tmp_path: Path) -> None:
    line = {"question_id": 7, "reply": "A cup.", "judge": "ann", "text": "Rating: 3"}
    (found,) = read_judgements(written(tmp_path, line)).rows
    assert found == Judgement("7", reply_sha256("A cup."), "Rating: 3", "ann")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"reply": None}, "reply is None, expected the text that was judged"),
        ({"judge": 3}, "judge is 3"),
        ({"judge": {"name": ""}}, "name is ''"),
        ({"text": ""}, "text is empty"),
        ({"text": None}, "text is None"),
        ({"question_id": None}, "question_id is None"),
        ({"sample": -1}, "sample is -1"),
        ({"image": 3}, "image is 3"),
        ({"prompt": "mine"}, "prompt 'mine'"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, change: dict[str, Any], problem: str) -> None:
    line = {"question_id": "7", "reply": "A cup.", "judge": "ann", "text": "Rating: 3"}
    with pytest.raises(DataError, match=rf"j\.jsonl:2: .*{problem}"):
        read_judgements(written(tmp_path, line, {**line, **change}))


def test_a_line_that_does_not_say_which_reply_it_judges_is_named(tmp_path: Path) -> None:
    line = {"question_id": "7", "judge": "ann", "text": "Rating: 3"}
    with pytest.raises(DataError, match=r"reply_sha256 is None.*Write the text that was judged under reply"):
        read_judgements(written(tmp_path, line))


def test_what_is_told_is_known_whatever_its_order() -> None:
    assert told_sha256({"a": "1", "b": "2"}) == told_sha256({"b": "2", "a": "1"}) != told_sha256({"a": "1"})


def test_a_reply_with_half_a_character_has_a_hash() -> None:
    assert len(reply_sha256("\ud83d")) == 64
