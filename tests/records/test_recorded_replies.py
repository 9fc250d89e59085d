import json

import pytest

from sightline.errors import DataError
from sightline.records.recorded_replies import read_recorded_replies


def read(tmp_path, *rows) -> list:
    file = tmp_path / "r.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read_recorded_replies(file).rows


@pytest.mark.parametrize(
    ("row", "text", "asked"),
    [
        ({"question_id": 1, "prompt": "Q?", "text": "Yes", "model_id": "m"}, "Yes", "Q?"),
        ({"question": "Q?", "answer": "Yes"}, "Yes", "Q?"),
        ({"question_id": 1, "text": "Q?", "answer": "Yes"}, "Yes", "Q?"),
        ({"question_id": 1, "text": "Yes"}, "Yes", None),
        ({"text": "Q?", "response": "Yes", "answer": "yes"}, "Yes", "Q?"),
        ({"prompt": "Q?", "prediction": "Yes", "answer": "no"}, "Yes", "Q?"),
    ],
)
def test_the_reply_is_found_under_its_usual_names(tmp_path, row, text, asked) -> None:
    (found,) = read(tmp_path, row)
    assert (found.text, found.asked) == (text, asked)


def test_images_lose_their_folders_and_ids_become_text(tmp_path) -> None:
    (found,) = read(tmp_path, {"question_id": 7, "image": "val2014/a.jpg", "text": "Yes", "category": "random"})
    assert (found.question_id, found.image, found.split, found.row) == ("7", "a.jpg", "random", 1)


def test_a_row_without_a_reply_is_named(tmp_path) -> None:
    with pytest.raises(DataError, match=r"r.jsonl:2: there is no reply \(text\), expected text. An empty reply is"):
        read(tmp_path, {"question_id": 1, "text": "Yes"}, {"question_id": 2})


def test_a_reply_that_is_no_text_is_named_with_its_value(tmp_path) -> None:
    with pytest.raises(DataError, match=r"r.jsonl:1: the reply \(text\) is None, expected text"):
        read(tmp_path, {"question_id": 1, "text": None})


def test_a_file_without_replies_says_what_it_has(tmp_path) -> None:
    with pytest.raises(DataError, match="there is no reply in this row; its fields are image, label"):
        read(tmp_path, {"image": "a.jpg", "label": "yes"})


def test_a_sample_with_several_replies_is_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="expected one reply in filtered_resps"):
        read(tmp_path, {"doc": {"question_id": 1}, "filtered_resps": ["yes", "no"]})
