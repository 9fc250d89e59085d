"""CRPE's circles count whole, found by what they ask and never by the order of replies."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sightline.benchmarks.crpe import BENCHMARK, options_in, read_labels
from sightline.core import Labelled, Reply
from sightline.errors import DataError

OPTIONS = ("riding", "holding", "washing", "feeding")


def circle(first: int, category: str, image: str = "coco/val2017/1.jpg") -> list[dict[str, Any]]:
    """Four copies of a question whose right option is "riding"."""
    rows = []
    for shift in range(4):
        turned = OPTIONS[shift:] + OPTIONS[:shift]
        lines = "\n".join(f"{letter}. {option}" for letter, option in zip("ABCD", turned, strict=True))
        rows.append(
            {
                "question_id": first + shift,
                "image": image,
                "text": f"What is the man doing to the horse?\n{lines}\nAnswer with the letter.",
                "category": category,
                "correct_option": "ABCD"[turned.index("riding")],
            }
        )
    return rows


ROWS = [
    *circle(0, "predicate"),
    *circle(4, "predicate", "abnormal_images/2.jpg"),
    *circle(8, "subject"),
    *circle(12, "object"),
]


def written(folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path = folder / "crpe_relation.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def counts(
    labelled: Labelled, said: Sequence[str | None], reader: str | None = None, split: str | None = None
) -> dict[str, float]:
    assert BENCHMARK.scoring is not None
    pairs = zip(labelled.questions, said, strict=True)
    replies = [None if text is None else Reply(question.id, "m", text) for question, text in pairs]
    found = BENCHMARK.scoring.count(labelled.questions, labelled.labels, replies, reader)
    kept = [place for place, own in enumerate(found.splits) if split in (None, own)]
    return {name: float(values[kept].sum()) for name, values in found.counts.items()}


def official(rows: Sequence[dict[str, Any]], said: Sequence[str]) -> dict[str, float]:
    """What the repository's script prints: by category, over blocks of four in the order of replies."""
    of: dict[str, list[bool]] = {}
    for row, text in zip(rows, said, strict=True):
        of.setdefault(row["category"], []).append(len(text) <= 1 and text == row["correct_option"])
    return {
        category: sum(all(own[at : at + 4]) for at in range(0, len(own), 4)) / (len(own) / 4)
        for category, own in of.items()
    }


def test_a_circle_counts_only_if_all_four_copies_are_right(tmp_path: Path) -> None:
    labelled = read_labels(written(tmp_path, ROWS), "crpe")
    said = [*"ADCB", *"ADCC", *"AAAA", *"ADCB"]
    found = counts(labelled, said)
    assert [found[name] for name in ("groups", "whole", "replies", "right")] == [4, 2, 16, 4 + 3 + 1 + 4]
    assert counts(labelled, said, split="predicate")["whole"] == 1
    assert found["floor"] == pytest.approx(4 / 4**4)


def test_options_are_read_out_of_the_text_and_images_keep_their_folders(tmp_path: Path) -> None:
    question = read_labels(written(tmp_path, ROWS), "crpe").questions[5]
    assert question.choices == ("holding", "washing", "feeding", "riding")
    assert question.images[0].name == "abnormal_images/2.jpg"
    assert question.text.endswith("Answer with the letter.")


def test_lines_that_are_no_options_are_none() -> None:
    assert options_in("Q?\n    A. riding a horse\n    B. none\nPlease answer.") == ("riding a horse", "none")
    assert options_in("B. before A?\nA. x") == ()


@pytest.mark.parametrize(
    ("reply", "soundly", "officially"),
    [("A", 1, 1), ("A.", 1, 0), ("(A) riding", 1, 0), ("riding", 1, 0), ("a", 1, 0), ("B", 0, 0), ("", 0, 0)],
)
def test_crpes_own_rule_takes_one_character_only(tmp_path: Path, reply: str, soundly: int, officially: int) -> None:
    labelled = read_labels(written(tmp_path, ROWS[:4]), "crpe")
    said = [reply, *"DCB"]
    assert [counts(labelled, said, reader)["whole"] for reader in (None, "crpe")] == [soundly, officially]


def test_readers_that_disagree_are_counted(tmp_path: Path) -> None:
    labelled = read_labels(written(tmp_path, ROWS[:4]), "crpe")
    assert counts(labelled, ["A.", "D", "C", "B is it"])["disagree"] == 2


def test_the_repositorys_script_finds_the_same(tmp_path: Path) -> None:
    rows = [
        row for number in range(0, 160, 4) for row in circle(number, ("subject", "predicate", "object")[number % 3])
    ]
    draw = random.Random(0)
    said = [row["correct_option"] if draw.random() < 0.8 else draw.choice(("A", "B.", "")) for row in rows]
    labelled = read_labels(written(tmp_path, rows), "crpe")
    expected = official(rows, said)
    assert len(expected) == 3
    for category, value in expected.items():
        found = counts(labelled, said, "crpe", category)
        assert found["whole"] / found["groups"] == pytest.approx(value)


def test_replies_in_another_order_change_nothing(tmp_path: Path) -> None:
    labelled = read_labels(written(tmp_path, ROWS), "crpe")
    assert BENCHMARK.scoring is not None
    said = [*"ADCB", *"ADCC", *"AAAA", *"ADCB"]
    replies = [Reply(question.id, "m", text) for question, text in zip(labelled.questions, said, strict=True)]
    order = random.Random(1).sample(range(16), 16)
    questions = [labelled.questions[place] for place in order]
    shuffled = BENCHMARK.scoring.count(questions, labelled.labels, [replies[place] for place in order], None)
    assert shuffled.counts["whole"].sum() == 2


def test_a_circle_of_which_a_copy_has_no_reply_is_left_out_and_counted(tmp_path: Path) -> None:
    labelled = read_labels(written(tmp_path, ROWS), "crpe")
    found = counts(labelled, [None, *"DCB", *"ADCB", *"ADCB", *[None] * 4])
    assert [found[name] for name in ("groups", "whole", "half_groups")] == [2, 2, 1]


def test_clusters_are_images(tmp_path: Path) -> None:
    labelled = read_labels(written(tmp_path, ROWS), "crpe")
    assert BENCHMARK.scoring is not None
    replies = [Reply(question.id, "m", "A") for question in labelled.questions]
    found = BENCHMARK.scoring.count(labelled.questions, labelled.labels, replies, None)
    assert found.clusters == ("coco/val2017/1.jpg", "abnormal_images/2.jpg", *["coco/val2017/1.jpg"] * 2)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (ROWS[:3], "the last circle has 3 of 4 copies"),
        ([*ROWS[:3], *ROWS[4:]], "row 1 and this one are no copies of a question"),
        (
            [{**ROWS[0], "category": "colour"}],
            "category is 'colour', expected one of subject, predicate, object, exist",
        ),
        ([{**ROWS[0], "correct_option": "E"}], "correct_option is 'E', expected one of A, B, C, D"),
        ([{**ROWS[0], "text": "What?"}], "the text lists 0 options"),
        ([*ROWS[:4], *ROWS[:4]], "question 0 stands in row 1 already"),
    ],
)
def test_a_file_that_does_not_say_what_it_should_is_refused(
    tmp_path: Path, rows: list[dict[str, Any]], problem: str
) -> None:
    with pytest.raises(DataError, match=problem):
        read_labels(written(tmp_path, rows), "crpe")


def test_of_a_folder_the_relation_file_is_read(tmp_path: Path) -> None:
    written(tmp_path, ROWS)
    for other in ("crpe_exist.jsonl", "crpe_relation_meta.jsonl"):
        (tmp_path / other).write_text("{}\n")
    assert len(read_labels(tmp_path, "crpe").questions) == 16
    (tmp_path / "crpe_relation.jsonl").unlink()
    with pytest.raises(DataError, match="the folder holds 2 files that may be meant"):
        read_labels(tmp_path, "crpe")
