"""MMHal-Bench: the original's arithmetic by its own steps, and ours beside it."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from tiny_judged import RATINGS, TYPES, mmhal, mmhal_answers, mmhal_rows

from sightline.benchmarks.mmhal import BENCHMARK, count, read_labels, read_replies
from sightline.core import Labelled, Reply
from sightline.errors import DataError
from sightline.examples.mmhal_example import files
from sightline.scenes.rendered import compose

SCORING = BENCHMARK.scoring
assert SCORING is not None and SCORING.judge is not None
JUDGE, SHOW = SCORING.judge, SCORING.show


def labelled(folder: Path, n: int = 16) -> Labelled:
    return read_labels(mmhal(folder, n), "own")


def replies(ratings: tuple[str, ...] = RATINGS) -> list[Reply]:
    return [Reply(f"id{place}", "m", f"I see cup {place}.", judgement=rating) for place, rating in enumerate(ratings)]


def totals(found: Labelled, given: list[Reply | None] | list[Reply], reader: str | None) -> dict[str, float]:
    counted = count(found.questions, found.labels, given, reader)
    return {name: float(values.sum()) for name, values in counted.counts.items()}


def original(ratings: list[str]) -> tuple[float, float, list[float]]:
    """Mean score, hallucination rate and the mean of each type, by the steps of the original's code."""
    scores = []
    for text in ratings:
        found = [value for value in range(7) if f"rating: {value}" in text.lower()]
        scores.append(found[0] if len(found) == 1 else 0)
    hallucination = [0 if score >= 3 else 1 for score in scores]
    by_type: list[list[int]] = [[] for _ in range(8)]
    for place, score in enumerate(scores):
        by_type[place % 8].append(score)
    means = [sum(each) / len(each) for each in by_type]
    return sum(scores) / len(scores), sum(hallucination) / len(hallucination), means


def test_questions_have_the_originals_ids_types_and_pictures(tmp_path: Path) -> None:
    found = labelled(tmp_path)
    first = found.questions[0]
    assert (first.id, first.split, first.images[0].name) == ("id0", "attribute", "0_o.jpg")
    assert first.text == "What is in picture 0?"
    assert Counter(question.split for question in found.questions) == dict.fromkeys(TYPES, 2)
    assert found.labels.references["id9"].objects == ("Cup", "Table")  # type: ignore[attr-defined]


def test_the_official_reader_gives_the_originals_numbers(tmp_path: Path) -> None:
    found = labelled(tmp_path, 15)  # of the last the judge says nothing, which the original cannot have
    score, hallucination, by_type = original(list(RATINGS[:15]))
    counted = count(found.questions, found.labels, replies(RATINGS[:15]), "mmhal")
    sums = {name: values.sum() for name, values in counted.counts.items()}
    assert sums["rating"] / sums["judged"] == pytest.approx(score)
    assert sums["hallucinating"] / sums["judged"] == pytest.approx(hallucination)
    for kind, mean in zip(TYPES, by_type, strict=True):
        own = np.array([split == kind for split in counted.splits])
        assert counted.counts["rating"][own].mean() == pytest.approx(mean)


def test_ours_leaves_out_what_cannot_be_read_and_says_so(tmp_path: Path) -> None:
    found = totals(labelled(tmp_path), replies(), None)
    # read: 6 0 3 2 5 4 5 1 6 2 4; no rating, two, two, one beyond the scale; and one without a judgement
    assert found == {
        "replies": 16,
        "judged": 11,
        "rating": 6 + 0 + 3 + 2 + 5 + 4 + 5 + 1 + 6 + 2 + 4,
        "hallucinating": 4,
        "unreadable": 4,
        "unjudged": 1,
    }


def test_the_original_tells_the_type_by_the_place_in_the_file(tmp_path: Path) -> None:
    rows = mmhal_rows()[8:] + mmhal_rows()[1:8]
    (tmp_path / "moved.json").write_text(json.dumps(rows))
    found = read_labels(tmp_path / "moved.json", "own")
    given = [Reply(question.id, "m", "x", judgement="Rating: 4") for question in found.questions]
    ours = count(found.questions, found.labels, given, None).splits
    official = count(found.questions, found.labels, given, "mmhal").splits
    assert ours[:9] == (*TYPES, "adversarial")
    assert official[:9] == (*TYPES, "attribute")


def test_a_missing_reply_is_left_out(tmp_path: Path) -> None:
    found = totals(labelled(tmp_path), [None, *replies()[1:]], None)
    assert found["replies"] == 15 and found["rating"] == 32


def test_the_judge_is_told_objects_question_reference_and_reply(tmp_path: Path) -> None:
    found = labelled(tmp_path)
    request = JUDGE.request(found.questions[3], found.labels, Reply("id3", "m", "<think>hm</think> A bowl. "))
    assert request is not None
    ours = request.prompt.split("Now this one:")[1]
    assert ours.startswith(
        "\n\nIn the picture: Cup, Table\nQuestion: What is in picture 3?\nA person's answer: A cup, number 3.\n"
        "Answer to mark: A bowl.\n"
    )


@pytest.mark.parametrize(("reader", "shown"), [("rating", "5"), ("mmhal", "unreadable")])
def test_a_reply_is_shown_with_its_rating(tmp_path: Path, reader: str, shown: str) -> None:
    found = labelled(tmp_path)
    assert SHOW is not None
    assert SHOW(found.questions[4], found.labels, replies()[4], reader) == (shown, "A cup, number 4.")
    assert SHOW(found.questions[15], found.labels, replies()[15], reader) == ("not judged", "A cup, number 15.")
    assert SHOW(found.questions[15], found.labels, None, reader) == (None, "A cup, number 15.")


def test_replies_are_read_from_the_originals_list(tmp_path: Path) -> None:
    found = read_replies(mmhal_answers(tmp_path))
    assert len(found.rows) == 16
    assert found.rows[2][:4] == (3, "I see cup 2.", "id2", "What is in picture 2?")


def test_replies_of_other_formats_are_read_as_ever(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"question_id": "id0", "text": "A cup."}\n')
    assert read_replies(tmp_path / "a.jsonl").rows[0].text == "A cup."


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"question_type": "attributes"}, "question_type is 'attributes', expected one of attribute, adversarial"),
        ({"gt_answer": ""}, "gt_answer is ''"),
        ({"image_id": "id0"}, "image_id id0 occurs twice"),
        ({"image_content": [1, {}]}, "image_content"),
        ({"question": None}, "question is None"),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, change: dict[str, object], problem: str) -> None:
    rows = mmhal_rows(3)
    rows[2] |= change
    (tmp_path / "a.json").write_text(json.dumps(rows))
    with pytest.raises(DataError, match=rf"a\.json:3: .*{problem}"):
        read_labels(tmp_path / "a.json", "own")


def test_a_reply_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([{**mmhal_rows(1)[0], "model_answer": None}]))
    with pytest.raises(DataError, match="model_answer is None"):
        read_replies(tmp_path / "a.json")


def test_the_example_asks_one_question_of_each_type(tmp_path: Path) -> None:
    for name, data in files([compose(0, index) for index in range(8)]).items():
        (tmp_path / name).write_bytes(data)
    found = read_labels(tmp_path, "example")
    assert [question.split for question in found.questions] == list(TYPES)
    assert found.questions[0].images[0].name == "scene_000000.png"
