"""MMStar's questions, its two means, and the original's steps on made replies."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from rates_of import counts_of, rates_of

from sightline.benchmarks.mmstar import BENCHMARK, CATEGORIES, options_in, read_labels
from sightline.core import Derived, Labelled, Ratio
from sightline.errors import DataError

SUBCATEGORIES = [(category, each) for category, of in CATEGORIES.items() for each in of]


def row(index: int, subcategory: int, answer: str = "B") -> dict[str, Any]:
    category, own = SUBCATEGORIES[subcategory]
    question = "What is it?\nOptions: A: a dog, B: a cat, C: a cow, D: a pig"
    found = {"index": index, "question": question, "answer": answer, "category": category, "l2_category": own}
    return {**found, "image": f"images/{index}.jpg"}


# two questions in the first sub-category, one in each of the others
ROWS = [row(0, 0), *(row(n + 1, n) for n in range(18))]


def written(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "mmstar.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return path


@pytest.fixture
def labelled(tmp_path: Path) -> Labelled:
    return read_labels(written(tmp_path, ROWS), "mmstar")


# right in the second of the first sub-category and in nine of the others
SAID = {str(n): "B" if n == 1 or n >= 10 else "A" for n in range(19)}


def average(labelled: Labelled, said: dict[str, str], reader: str | None = None) -> float:
    """The mean of the sub-categories, of the counts."""
    assert BENCHMARK.scoring is not None
    derived = next(rate for rate in BENCHMARK.scoring.rates if isinstance(rate, Derived))
    counts = counts_of(BENCHMARK, labelled, said, reader)
    ratios = [Ratio(np.array(counts[rate.of]), np.array(counts[rate.over])) for rate in derived.of]
    return float(derived.function(*ratios))


def test_the_two_means_differ_where_sub_categories_are_of_unequal_size(labelled: Labelled) -> None:
    assert rates_of(BENCHMARK, labelled, SAID)["accuracy"] == 10 / 19
    assert average(labelled, SAID) == pytest.approx((0.5 + 9) / 18)


def test_there_is_no_average_where_a_sub_category_has_no_reply(labelled: Labelled) -> None:
    assert np.isnan(average(labelled, {id_: said for id_, said in SAID.items() if id_ != "18"}))


REPLIES = [
    "B",
    "b",
    "(B)",
    "option B",
    "The answer is B",
    "Based on this, C",
    "A cat",
    "Answer: B",
    "hm",
    "",
    "B. a cat",
]


def original(prediction: str, answer: str) -> bool:
    """The steps of MMStar's own evaluation."""
    answer, said = answer.lower().strip(), prediction.lower().strip().replace("\n", " ")
    try:
        return (
            answer == said[0]
            or (said[0] == "(" and answer == said[1])
            or (said[0:7] == "option " and answer == said[7])
            or (said[0:14] == "the answer is " and answer == said[14])
        )
    except IndexError:
        return False


def test_made_replies_score_as_the_originals_steps_do(labelled: Labelled) -> None:
    for reply in REPLIES:
        right = counts_of(BENCHMARK, labelled, {"0": reply}, "mmstar")["right"]
        assert right == original(reply, "B"), reply
    said = {str(n): reply for n, reply in enumerate(REPLIES)}
    # ours reads "Answer: B" and "A cat", and the original "Based on this, C", which is no B
    assert counts_of(BENCHMARK, labelled, said, "mmstar")["right"] == 7
    counts = counts_of(BENCHMARK, labelled, said)
    assert (counts["right"], counts["unreadable"], counts["disagree"]) == (8, 2, 3)


def test_options_are_read_out_of_the_text(labelled: Labelled) -> None:
    question = labelled.questions[0]
    assert question.choices == ("a dog", "a cat", "a cow", "a pig")
    assert (question.id, question.split, question.images[0].name) == ("0", "coarse perception", "images/0.jpg")
    assert options_in("How?\nOptions:\nA. one, or so\nB. two\nC. three\nD. four") == (
        "one, or so",
        "two",
        "three",
        "four",
    )
    assert options_in("Which picture?") == ("A", "B", "C", "D")


def test_the_hubs_parquet_and_vlmevalkits_tsv_are_read_alike(tmp_path: Path) -> None:
    hub = pa.Table.from_pylist([{**each, "image": {"bytes": b"\x89PNG", "path": None}} for each in ROWS[:2]])
    parquet.write_table(hub, tmp_path / "val.parquet")
    cell = base64.b64encode(b"\x89PNG" + b"0" * 100).decode()
    lines = ["index\timage\tquestion\tA\tB\tC\tD\tanswer\tcategory\tl2_category"]
    category, own = SUBCATEGORIES[0]
    lines += [
        f"{n}\t{cell if n == 0 else 0}\tWhat is it?\ta dog\ta cat\ta cow\ta pig\tB\t{category}\t{own}" for n in (0, 1)
    ]
    (tmp_path / "MMStar.tsv").write_text("\n".join(lines) + "\n")
    hub_read, tsv_read = read_labels(tmp_path / "val.parquet", "hub"), read_labels(tmp_path, "tsv")
    assert [q.text for q in hub_read.questions] == [q.text for q in tsv_read.questions]
    assert hub_read.questions[0].choices == tsv_read.questions[0].choices
    assert [q.images[0].name for q in hub_read.questions] == ["0.png", "1.png"]
    assert [q.images[0].name for q in tsv_read.questions] == ["0.png", "0.png"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"answer": "E"}, "answer is 'E', expected A, B, C or D"),
        ({"category": "maths"}, "category is 'maths' and l2_category 'image emotion'"),
        ({"l2_category": "geometry"}, "Expected one of image scene and topic"),
        ({"index": 0}, "question 0 stands in row 1 already"),
        ({"image": ""}, "image is '', expected text"),
    ],
)
def test_a_row_that_does_not_say_what_it_should_is_refused(
    tmp_path: Path, change: dict[str, object], problem: str
) -> None:
    with pytest.raises(DataError, match=problem):
        read_labels(written(tmp_path, [ROWS[0], {**row(1, 2), **change}]), "mmstar")
