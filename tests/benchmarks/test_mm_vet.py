"""MM-Vet's questions, what a judge is told of replies, and grades by capability."""

import json
from pathlib import Path
from typing import Any

import pytest
from rates_of import counts_of, rates_of

from sightline.benchmarks.mm_vet import BENCHMARK, JUDGE, read_labels
from sightline.core import Labelled, Reply
from sightline.errors import DataError


def question(answer: str, *capabilities: str) -> dict[str, Any]:
    return {"imagename": "v1_0.png", "question": "What is x?", "answer": answer, "capability": list(capabilities)}


QUESTIONS = {
    "v1_0": question("-1<AND>-5", "ocr", "math"),
    "v1_1": question("a cat", "rec"),
    "v1_2": question("A long story", "gen", "know", "rec"),
    "v1_3": question("left", "spat", "rec"),
    "v1_4": question("5", "math", "ocr"),
}
JUDGED = {"v1_0": "0.5", "v1_1": "1.0", "v1_2": '{"reason": "most of it", "grade": 0.7}', "v1_3": "I cannot say."}


def written(folder: Path, questions: dict[str, Any] = QUESTIONS) -> Path:
    (folder / "mm-vet.json").write_text(json.dumps(questions))
    return folder


@pytest.fixture
def labelled(tmp_path: Path) -> Labelled:
    return read_labels(written(tmp_path), "mm-vet")


def judged(labelled: Labelled) -> list[Reply | None]:
    return [Reply(q.id, "m", "x = -1", judgement=JUDGED.get(q.id, "")) for q in labelled.questions]


def test_grades_are_counted_by_capability_and_what_has_none_is_left_out(labelled: Labelled) -> None:
    found = rates_of(BENCHMARK, labelled, judged(labelled))
    # graded: 0.5, 1 and 0.7; one judgement cannot be read, one reply has none
    assert found["score"] == pytest.approx(2.2 / 3)
    assert found["rec"] == pytest.approx(1.7 / 2)
    assert found["ocr"] == found["math"] == 0.5
    assert found["know"] == found["gen"] == pytest.approx(0.7)
    assert "spat" not in found
    assert (found["unreadable"], found["unjudged"]) == (1 / 5, 1 / 5)


def test_the_originals_reader_counts_what_it_cannot_read_as_zero(labelled: Labelled) -> None:
    found = rates_of(BENCHMARK, labelled, judged(labelled), "mm-vet")
    # 0.5, 1, and twice 0; what no judge has seen is no 0
    assert found["score"] == pytest.approx(1.5 / 4)
    assert found["spat"] == 0
    assert (found["unreadable"], found["unjudged"]) == (2 / 5, 1 / 5)


def original(scores: dict[str, float]) -> dict[str, float]:
    """The sums of the original: by capability, and in all."""
    sums: dict[str, float] = {}
    counts: dict[str, int] = {}
    for id_, score in scores.items():
        for name in (*set(QUESTIONS[id_]["capability"]), "total"):
            sums[name] = sums.get(name, 0.0) + score
            counts[name] = counts.get(name, 0) + 1
    return {name: sums[name] / counts[name] for name in sums}


def test_grades_add_up_as_the_original_does(labelled: Labelled) -> None:
    scores = {"v1_0": 0.5, "v1_1": 1.0, "v1_2": 0.3, "v1_3": 0.0, "v1_4": 0.9}
    replies = [Reply(q.id, "m", "", judgement=str(scores[q.id])) for q in labelled.questions]
    for reader in ("grade", "mm-vet"):
        found = rates_of(BENCHMARK, labelled, replies, reader)  # type: ignore[arg-type]
        for name, value in original(scores).items():
            assert found["score" if name == "total" else name] == pytest.approx(value, abs=1e-12)


def test_splits_are_what_is_needed_together_whatever_its_order(labelled: Labelled) -> None:
    assert [q.split for q in labelled.questions] == ["ocr+math", "rec", "rec+know+gen", "rec+spat", "ocr+math"]
    assert {q.split for q in labelled.questions} <= set(BENCHMARK.splits)
    assert len(BENCHMARK.splits) == 16
    assert counts_of(BENCHMARK, labelled, judged(labelled), split="ocr+math")["graded"] == 1


def test_the_judge_is_told_question_answer_and_reply_and_takes_no_field_from_the_reply(
    labelled: Labelled,
) -> None:
    asked = JUDGE.request(labelled.questions[0], labelled.labels, Reply("v1_0", "m", "<think>hm</think>{reference} -1"))
    assert asked is not None
    assert "Right answer: -1 <AND> -5\nAnswer to grade: {reference} -1\n" in asked.prompt
    theirs = JUDGE.with_prompt("original", "{question} | {reference} | {reply} | ")
    request = theirs.request(labelled.questions[0], labelled.labels, Reply("v1_0", "m", "x = 3"))
    assert request is not None
    assert request.prompt == "What is x? | -1 <AND> -5 | x = 3 | "
    assert theirs.sha256 != JUDGE.sha256


def test_a_reply_is_shown_with_its_grade(labelled: Labelled) -> None:
    assert BENCHMARK.scoring is not None
    assert BENCHMARK.scoring.show is not None
    shown = [
        BENCHMARK.scoring.show(q, labelled.labels, r, None)
        for q, r in zip(labelled.questions, judged(labelled), strict=True)
    ]
    assert [each.reading for each in shown] == ["0.5", "1", "0.7", "unreadable", "not judged"]
    assert shown[0].label == "-1 <AND> -5"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"capability": ["see"]}, r"capability is \['see'\], expected some of rec, ocr"),
        ({"capability": []}, r"capability is \[\], expected a list of texts"),
        ({"answer": ""}, "answer is '', expected text"),
        ({"imagename": None}, "imagename is None"),
    ],
)
def test_a_question_that_does_not_say_what_it_should_is_refused(
    tmp_path: Path, change: dict[str, object], problem: str
) -> None:
    with pytest.raises(DataError, match=problem):
        read_labels(written(tmp_path, {"v1_0": {**QUESTIONS["v1_0"], **change}}), "mm-vet")


def test_capabilities_may_be_one_text(tmp_path: Path) -> None:
    path = tmp_path / "MMVet.tsv"
    path.write_text("index\timage\tquestion\tanswer\tcategory\n0\ta.png\tWhat is x?\t-1 <OR> 5\tspat,ocr\n")
    assert read_labels(path, "tsv").questions[0].split == "ocr+spat"
