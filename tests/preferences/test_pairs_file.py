"""Preference pairs in our own file: what is written is read back, and a broken row is named."""

import json
from pathlib import Path

import pytest

from sightline.core import ImageRef, PreferencePair
from sightline.errors import DataError
from sightline.preferences.pairs_file import pair_from_record, pair_record, write_pairs

SENTENCE = PreferencePair(
    ImageRef("train/7.jpg"),
    "Describe this image.",
    "A dog sleeps.",
    "A cat sits.",
    context="There is a sofa.",
    method="sentinel",
    kind="sentence",
    ends=False,
    details={"hallucinated": ["cat"]},
)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = write_pairs(tmp_path / "pairs.jsonl", [SENTENCE])
    (line,) = path.read_text().splitlines()
    assert pair_from_record(json.loads(line), path, 1) == SENTENCE
    assert json.loads(line)["ends"] is False


def test_a_plain_record_is_a_whole_reply_from_the_beginning() -> None:
    pair = pair_from_record({"image": "a.jpg", "prompt": "Q?", "chosen": "No.", "rejected": "Yes."}, "p.jsonl", 3)
    assert (pair.context, pair.ends, pair_record(pair)) == (
        "",
        True,
        {"image": "a.jpg", "prompt": "Q?", "chosen": "No.", "rejected": "Yes."},
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chosen": None}, "chosen is None, expected text"),
        ({"rejected": "  "}, "rejected is '  ', expected text"),
        ({"promt": "Q?"}, "there is a field promt, which pairs do not have"),
        ({"ends": "no"}, "ends is 'no', expected true or false"),
        ({"details": []}, "details is [], expected an object"),
    ],
)
def test_a_broken_row_is_named(change: dict[str, object], message: str) -> None:
    record = {"image": "a.jpg", "prompt": "Q?", "chosen": "No.", "rejected": "Yes.", **change}
    with pytest.raises(DataError, match=r"p\.jsonl") as caught:
        pair_from_record(record, "p.jsonl", 3)
    assert message in str(caught.value) and "3" in str(caught.value)


def test_pairs_that_train_the_same_have_one_key() -> None:
    twin = pair_from_record({**pair_record(SENTENCE), "source": "elsewhere:9", "details": {}}, "p.jsonl", 1)
    assert twin.key == SENTENCE.key
    assert pair_from_record({**pair_record(SENTENCE), "ends": True}, "p.jsonl", 1).key != SENTENCE.key
