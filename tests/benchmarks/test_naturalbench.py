"""NaturalBench's four figures by hand, both readers on the field's table of replies, and its files."""

import json
import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from sightline.benchmarks.naturalbench import BENCHMARK, read_labels
from sightline.core import Labelled, Reply
from sightline.errors import DataError


def group(index: int, type_: str = "yes_no", **changed: Any) -> dict[str, Any]:
    yes, no = ("Yes", "No") if type_ == "yes_no" else ("A", "B")
    asked = "Is it up?" if type_ == "yes_no" else "How many are there?\nOption: A:Three dogs; B:One dog;"
    return {
        "Index": index,
        "Image_0": f"{index}a.jpg",
        "Image_1": f"{index}b.jpg",
        "Question_0": asked,
        "Image_0_Question_0": yes,
        "Image_1_Question_0": no,
        "Question_1": asked,
        "Image_0_Question_1": no,
        "Image_1_Question_1": yes,
        "Question_Type": type_,
        "Source": "made",
        **changed,
    }


def read(folder: Path, rows: Sequence[dict[str, Any]]) -> Labelled:
    path = folder / "naturalbench.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read_labels(path, "own")


def counts(labelled: Labelled, said: Sequence[str | None], reader: str | None = None) -> dict[str, float]:
    assert BENCHMARK.scoring is not None
    pairs = zip(labelled.questions, said, strict=True)
    replies = [None if text is None else Reply(question.id, "m", text) for question, text in pairs]
    found = BENCHMARK.scoring.count(labelled.questions, labelled.labels, replies, reader)
    return {name: float(values.sum()) for name, values in found.counts.items()}


def official(types: Sequence[str], said: Sequence[str]) -> dict[str, float]:
    """The repository's script: the first word of two, against an order of answers that is fixed."""
    sums = dict.fromkeys(("g_acc", "q_acc", "i_acc", "acc"), 0)
    for number, type_ in enumerate(types):
        yes, no = ("yes", "no") if type_ == "yes_no" else ("a", "b")
        read = []
        for text in said[4 * number : 4 * number + 4]:
            places = [
                (found.start() if found else -1) for found in (re.search(rf"\b{w}\b", text, re.I) for w in (yes, no))
            ]
            read.append(-1 if places == [-1, -1] else int(places[1] == -1 or (-1 < places[0] < places[1])))
        q0i0, q0i1, q1i0, q1i1 = (own == expected for own, expected in zip(read, (1, 0, 0, 1), strict=True))
        sums["acc"] += q0i0 + q0i1 + q1i0 + q1i1
        sums["q_acc"] += (q0i0 and q0i1) + (q1i0 and q1i1)
        sums["i_acc"] += (q0i0 and q1i0) + (q0i1 and q1i1)
        sums["g_acc"] += q0i0 and q0i1 and q1i0 and q1i1
    n = len(types)
    return {name: total / (n * size) for (name, total), size in zip(sums.items(), (1, 2, 2, 4), strict=True)}


def rates(found: dict[str, float]) -> dict[str, float]:
    assert BENCHMARK.scoring is not None
    return {rate.name: found[rate.of] / found[rate.over] for rate in BENCHMARK.scoring.rates}


def test_each_question_is_asked_about_each_image_with_its_suffix_glued_on(tmp_path: Path) -> None:
    questions = read(tmp_path, [group(7)]).questions
    assert [question.id for question in questions] == ["7/q0_i0", "7/q0_i1", "7/q1_i0", "7/q1_i1"]
    assert [question.images[0].name for question in questions] == ["7a.jpg", "7b.jpg", "7a.jpg", "7b.jpg"]
    assert {question.text for question in questions} == {"Is it up?Please answer Yes or No."}


def test_questions_images_and_groups_are_counted_by_hand(tmp_path: Path) -> None:
    labelled = read(tmp_path, [group(0), group(1), group(2, "multiple_choice")])
    # all right; the second question right about both images, so is no image; "One dog" is B
    said = ["Yes", "No", "No", "Yes", "No", "Yes", "No.", "Yes.", "A", "One dog", "B", "B"]
    found = counts(labelled, said)
    assert [found[name] for name in ("groups", "groups_right", "replies", "right")] == [3, 1, 12, 4 + 2 + 3]
    assert (found["questions_right"], found["questions"]) == (2 + 1 + 1, 6)
    assert (found["images_right"], found["images"]) == (2 + 0 + 1, 6)


# reply, as the repository reads it and as the strict reader does
TABLE = [
    ("Yes.", "Yes", "Yes"),
    ("NO", "No", "No"),
    ("No, there is no dog.", "No", "No"),
    ("There isn't a dog in the image.", None, "No"),
    ("There are none.", None, "No"),
    ("I am not sure.", None, None),
    ("Yes, there is no doubt: a dog is visible.", "Yes", "Yes"),
    ("The image shows snow on the eyes of a cat.", None, None),
    ("**No**", "No", "No"),
    ("", None, None),
    ("<think>is there no dog?</think> Yes", "No", "Yes"),
]


@pytest.mark.parametrize(("reply", "theirs", "ours"), TABLE)
def test_the_fields_table_of_replies_is_read(tmp_path: Path, reply: str, theirs: str | None, ours: str | None) -> None:
    assert BENCHMARK.scoring is not None
    labelled = read(tmp_path, [group(0)])
    show, question = BENCHMARK.scoring.show, labelled.questions[0]
    assert show is not None
    shown = [
        show(question, labelled.labels, Reply(question.id, "m", reply), name).reading for name in ("naturalbench", None)
    ]
    assert shown == [theirs or "unreadable", ours or "unreadable"]


@pytest.mark.parametrize(
    ("reply", "theirs", "ours"),
    [
        ("B", "B", "B"),
        ("There is a dog, so B.", "A", "B"),
        ("It is one dog.", None, "B"),
        ("a", "A", "A"),
        ("There is a cat.", "A", None),
    ],
)
def test_the_article_is_option_a_to_the_repository_only(
    tmp_path: Path, reply: str, theirs: str | None, ours: str | None
) -> None:
    assert BENCHMARK.scoring is not None
    labelled = read(tmp_path, [group(0, "multiple_choice")])
    show, question = BENCHMARK.scoring.show, labelled.questions[0]
    assert show is not None
    shown = [
        show(question, labelled.labels, Reply(question.id, "m", reply), name).reading for name in ("naturalbench", None)
    ]
    assert shown == [theirs or "unreadable", ours or "unreadable"]


def test_the_repositorys_script_finds_the_same(tmp_path: Path) -> None:
    draw = random.Random(0)
    types = [draw.choice(("yes_no", "multiple_choice")) for _ in range(60)]
    labelled = read(tmp_path, [group(number, type_) for number, type_ in enumerate(types)])
    words = ("Yes", "No.", "A", "It is a dog: B", "b", "yes and no", "Nothing", "not sure")
    right = [{"yes_no": ("Yes", "No"), "multiple_choice": ("A", "B")}[type_] for type_ in types for _ in range(4)]
    said = [pair[int(n % 4 in (1, 2))] if draw.random() < 0.7 else draw.choice(words) for n, pair in enumerate(right)]
    found = rates(counts(labelled, said, "naturalbench"))
    assert {name: found[name] for name in ("g_acc", "q_acc", "i_acc", "acc")} == pytest.approx(official(types, said))
    assert 0 < found["g_acc"] < found["q_acc"] < found["acc"]


def test_the_repository_goes_by_a_fixed_order_and_we_by_the_file(tmp_path: Path) -> None:
    labelled = read(tmp_path, [group(0, Image_0_Question_0="No", Image_1_Question_0="Yes")])
    said = ["No", "Yes", "No", "Yes"]
    assert counts(labelled, said)["groups_right"] == 1
    assert counts(labelled, said, "naturalbench")["right"] == 2


def test_groups_of_which_a_reply_is_missing_are_left_out_and_counted(tmp_path: Path) -> None:
    labelled = read(tmp_path, [group(0), group(1)])
    found = counts(labelled, ["Yes", None, "No", "Yes", "Yes", "No", "No", "Yes"])
    assert [found[name] for name in ("groups", "groups_right", "half_groups", "replies")] == [1, 1, 1, 4]


def test_parquet_with_embedded_images_names_them_as_the_file_does_or_by_index(tmp_path: Path) -> None:
    rows = [group(0), group(1)]
    for row in rows:
        row["Image_0"] = {"bytes": b"\x89PNG", "path": f"photos/test_{row['Index']}.jpg"}
        row["Image_1"] = {"bytes": b"\xff\xd8", "path": None}
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "train-00000-of-00001.parquet")
    labelled = read_labels(tmp_path, "naturalbench")
    assert [question.images[0].name for question in labelled.questions[::4]] == ["test_0.jpg", "test_1.jpg"]
    assert labelled.questions[1].images[0].name == "0_1.jpg"


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([group(0, Question_Type="open")], "Question_Type is 'open', expected yes_no or multiple_choice"),
        ([group(0, Image_0_Question_0="A")], "Image_0_Question_0 is 'A', expected Yes or No"),
        ([group(0), group(0)], "group 0 occurs twice"),
        ([group(0, Image_1="")], "Image_1 is '', expected text"),
    ],
)
def test_a_row_that_does_not_say_what_it_should_is_refused(
    tmp_path: Path, rows: list[dict[str, Any]], problem: str
) -> None:
    with pytest.raises(DataError, match=problem):
        read(tmp_path, rows)
