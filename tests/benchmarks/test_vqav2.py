"""VQAv2 in the original's two files, scored as a plain loop over the steps of its own code does."""

import json
import random
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from rates_of import counts_of, rates_of

from sightline.benchmarks.vqav2 import BENCHMARK, read_labels
from sightline.core import Labelled, Reply
from sightline.errors import DataError

TYPES = ("yes/no", "number", "other")


def ten(*answers: str) -> list[dict[str, Any]]:
    return [{"answer": answer, "answer_id": n} for n, answer in enumerate(answers, start=1)]


ANSWERS = {
    1: ("yes/no", ten(*["yes"] * 10)),
    2: ("yes/no", ten(*["yes"] * 7, *["no"] * 3)),
    3: ("number", ten(*["2"] * 4, *["two"] * 4, "3", "many")),
    4: ("other", ten(*["t-shirt"] * 2, *["shirt"] * 5, "a shirt", "the shirt.", "red, white")),
    5: ("other", ten("a", "a", "b", "c", "d", "e", "f", "g", "h", "i")),
}


def files(folder: Path, answers: dict[int, tuple[str, Any]] = ANSWERS, **questions: object) -> Path:
    asked = [{"question_id": id_, "image_id": 9 + id_ // 3, "question": f"What is {id_}?"} for id_ in ANSWERS]
    found = {"data_subtype": "val2014", "questions": asked} | questions
    notes = [{"question_id": id_, "answer_type": kind, "answers": said} for id_, (kind, said) in answers.items()]
    (folder / "v2_OpenEnded_mscoco_val2014_questions.json").write_text(json.dumps(found))
    (folder / "v2_mscoco_val2014_annotations.json").write_text(json.dumps({"annotations": notes}))
    return folder


@pytest.fixture
def labelled(tmp_path: Path) -> Labelled:
    return read_labels(files(tmp_path), "vqav2")


def test_questions_have_cocos_images_and_the_types_of_their_answers(labelled: Labelled) -> None:
    assert [(q.id, q.images[0].name, q.split) for q in labelled.questions[:3]] == [
        ("1", "COCO_val2014_000000000009.jpg", "yes/no"),
        ("2", "COCO_val2014_000000000009.jpg", "yes/no"),
        ("3", "COCO_val2014_000000000010.jpg", "number"),
    ]
    assert [source.rows for source in labelled.labels.sources] == [5, 5]


SAID = {"1": "Yes", "2": "No.", "3": "The answer is two.", "4": "shirt", "5": ""}

# by hand: ten agree; 3 of ten agree: (3 x 2/3 + 7 x 1) / 10 = 0.9; eight agree; 7 agree once articles are gone; 0
OURS = {"1": 1.0, "2": 0.9, "3": 1.0, "4": 1.0, "5": 0.0}
# "Yes" is not "yes" where all agree; the sentence is no answer; silence is the article "a": (2 x 1/3 + 8 x 2/3) / 10
THEIRS = {"1": 0.0, "2": 0.9, "3": 0.0, "4": 1.0, "5": 0.6}


def test_agreement_is_as_counted_by_hand(labelled: Labelled) -> None:
    assert rates_of(BENCHMARK, labelled, SAID)["vqa_accuracy"] == pytest.approx(sum(OURS.values()) / 5)
    assert rates_of(BENCHMARK, labelled, SAID, "vqa")["vqa_accuracy"] == pytest.approx(sum(THEIRS.values()) / 5)
    assert rates_of(BENCHMARK, labelled, SAID, split="yes/no")["vqa_accuracy"] == pytest.approx(0.95)
    counts = counts_of(BENCHMARK, labelled, SAID)
    assert (counts["disagree"], counts["unreadable"], counts["anybody"]) == (3, 1, 4)


def original(answers: list[dict[str, Any]], reply: str) -> float:
    """The steps of VQA's evaluation, one after the other; contractions are those of the texts below."""

    def punctuation(text: str) -> str:
        out = text
        for mark in [
            ";",
            "/",
            "[",
            "]",
            '"',
            "{",
            "}",
            "(",
            ")",
            "=",
            "+",
            "\\",
            "_",
            "-",
            ">",
            "<",
            "@",
            "`",
            ",",
            "?",
            "!",
        ]:
            if mark + " " in text or " " + mark in text or re.search(r"(\d)(\,)(\d)", text) is not None:
                out = out.replace(mark, "")
            else:
                out = out.replace(mark, " ")
        return re.compile(r"(?!<=\d)(\.)(?!\d)").sub("", out, 32)

    def digits_and_articles(text: str) -> str:
        numbers = {"none": "0", "zero": "0", "one": "1", "two": "2", "three": "3"}
        words = [numbers.get(word, word) for word in text.lower().split()]
        words = [word for word in words if word not in ("a", "an", "the")]
        return " ".join({"dont": "don't"}.get(word, word) for word in words)

    given = [each["answer"].replace("\n", " ").replace("\t", " ").strip() for each in answers]
    said = reply.replace("\n", " ").replace("\t", " ").strip()
    if len(set(given)) > 1:
        given = [digits_and_articles(punctuation(each)) for each in given]
        said = digits_and_articles(punctuation(said))
    accuracies = []
    for left_out in range(len(given)):
        others = [each for place, each in enumerate(given) if place != left_out]
        accuracies.append(min(1, len([each for each in others if each == said]) / 3))
    return sum(accuracies) / len(accuracies)


def test_made_replies_score_as_the_originals_steps_do(tmp_path: Path) -> None:
    draw = random.Random(0)
    words = [
        "yes",
        "Yes",
        "no",
        "two",
        "2",
        "a dog",
        "dog",
        "dont",
        "t-shirt",
        "1,000",
        "3.",
        "the",
        "red/blue",
        "",
        "one!",
    ]
    answers = {
        n: (draw.choice(TYPES), ten(*(draw.choice(words[: draw.randint(1, 15)]) for _ in range(10))))
        for n in range(1, 6)
    }
    said = {str(n): draw.choice(words) for n in answers}
    labelled = read_labels(files(tmp_path, answers), "vqav2")
    expected = sum(original(answers[n][1], said[str(n)]) for n in answers) / 5
    assert rates_of(BENCHMARK, labelled, said, "vqa")["vqa_accuracy"] == pytest.approx(expected, abs=1e-12)
    for n, (kind, given) in answers.items():
        for word in words:
            only = {str(n): word}
            found = rates_of(BENCHMARK, labelled, only, "vqa", kind)["vqa_accuracy"]
            assert found == pytest.approx(original(given, word), abs=1e-12), (given, word)


def test_the_hubs_columns_hold_question_and_answers(tmp_path: Path) -> None:
    rows = [
        {"question_id": 7, "image_id": 25, "question": "Who?", "answer_type": "other", "answers": ten("he", "she")},
        {"question_id": 8, "image_id": 26, "question": "Who?", "answer_type": "other", "answers": ten("he", "he")},
    ]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "val.parquet")
    labelled = read_labels(tmp_path / "val.parquet", "hub")
    assert labelled.questions[0].images[0].name == "COCO_val2014_000000000025.jpg"
    pictures = [{"bytes": b"\xff\xd8\xff", "path": None}, {"bytes": b"\x89PNG", "path": None}]
    table = pa.Table.from_pylist(rows).append_column("image", pa.array(pictures))
    parquet.write_table(table, tmp_path / "val.parquet")
    named = [q.images[0].name for q in read_labels(tmp_path / "val.parquet", "hub").questions]
    assert named == ["25.jpg", "26.png"]


def test_replies_to_the_same_image_lie_in_one_cluster(labelled: Labelled) -> None:
    assert BENCHMARK.scoring is not None
    replies = [Reply(q.id, "m", "x") for q in labelled.questions]
    found = BENCHMARK.scoring.count(labelled.questions, labelled.labels, replies, None)
    assert len(set(found.clusters)) == 2
    assert BENCHMARK.scoring.show is not None
    assert BENCHMARK.scoring.show(labelled.questions[1], labelled.labels, Reply("2", "m", "No."), None) == (
        "no (90 %)",
        "yes",
    )


def test_files_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="question 5 has no annotation"):
        read_labels(files(tmp_path, {n: ANSWERS[n] for n in (1, 2, 3, 4)}), "vqav2")
    with pytest.raises(DataError, match="answer_type is 'colour', expected one of yes/no, number, other"):
        read_labels(files(tmp_path, {**ANSWERS, 2: ("colour", ANSWERS[2][1])}), "vqav2")
    with pytest.raises(DataError, match="question 1 has 0 answers"):
        read_labels(files(tmp_path, {**ANSWERS, 1: ("other", [])}), "vqav2")
    with pytest.raises(DataError, match="answers is no list of records with answer"):
        read_labels(files(tmp_path, {**ANSWERS, 1: ("other", ["yes"])}), "vqav2")
    (tmp_path / "v2_mscoco_val2014_annotations.json").unlink()
    with pytest.raises(DataError, match="1 files of questions and 0 of annotations"):
        read_labels(tmp_path, "vqav2")
