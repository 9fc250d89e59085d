"""What labellers said, as replies that are scored as those of models."""

import json
from typing import Any

from sightline.audit.entries import Act, Entry, Stage
from sightline.audit.items import Item
from sightline.audit.people_replies import people_replies

PICK = Item("k1", "a.jpg", "What is red?", None, ("a cup", "a hat"), "A", ("what",), ("what/1+",))
IS_IT = Item("k2", "b.jpg", "Is there a dog?", None, (), "no", ("random", "popular"), ("random/1", "popular/7"))


def entry(number: int, person: str, item: str, word: str | None, **more: object) -> Entry:
    usual: dict[str, Any] = {"stage": Stage.LABEL, "act": Act.VERDICT, "undoes": None}
    of = usual | more
    at = "2026-01-01T00:00:00Z"
    return Entry(number, item, person, of["stage"], of["act"], word, "", at, 2.0, "", of["undoes"])


def rows(data: bytes) -> list[dict[str, str]]:
    return [json.loads(line) for line in data.splitlines()]


def test_each_labeller_has_a_file_with_what_stands_of_what_they_said() -> None:
    said = [
        entry(1, "Ann", "k1", "B"),
        entry(2, "Ann", "k1", None, act=Act.UNDO, undoes=1),
        entry(3, "Ann", "k1", "A"),
        entry(4, "Bob", "k1", None, act=Act.SKIP),
        entry(5, "Bob", "k2", "ambiguous"),
        entry(6, "Cy", "k2", "no", stage=Stage.ADJUDICATE),
    ]
    files = people_replies([PICK, IS_IT], said)
    assert list(files) == ["Ann.jsonl", "Bob.jsonl"]
    [picked] = rows(files["Ann.jsonl"])
    assert picked == {
        "question_id": "what/1+", "image": "a.jpg", "question": "What is red?", "text": "A", "model_id": "Ann"
    }  # fmt: skip
    [answered] = rows(files["Bob.jsonl"])
    assert answered == {"image": "b.jpg", "question": "Is there a dog?", "text": "ambiguous", "model_id": "Bob"}


def test_names_that_are_no_names_of_files_and_alike_without_that_stay_apart() -> None:
    said = [entry(1, "../x", "k2", "no"), entry(2, "/x", "k2", "yes")]
    files = people_replies([IS_IT], said)
    assert list(files) == ["_x_1.jsonl", "_x_2.jsonl"]
    assert [rows(data)[0]["text"] for data in files.values()] == ["no", "yes"]
