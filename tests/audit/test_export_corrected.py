"""Corrected files of the small benchmark of tiny_pope.py, of pairs of questions, and of POPE itself."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from tiny_pope import NEGATIVES, audited_rows_of, rows_of, write_lines

from sightline.audit.corrected import LEFT_OUT, corrected_files, write_corrected
from sightline.audit.entries import Outcome, State, outcomes_of
from sightline.audit.items import Item, items_of
from sightline.audit.replay import replay, truth_of
from sightline.benchmarks import benchmark
from sightline.errors import DataError, RequestError
from sightline.evaluation.keys import read_answer_keys

POPE, FINER = benchmark("pope"), benchmark("finer")


@pytest.fixture
def original(tmp_path: Path) -> str:
    for split in NEGATIVES:
        write_lines(tmp_path / "original" / f"tiny_pope_{split}.json", rows_of(split))
    return f"original={tmp_path / 'original'}"


def looked_at(labels: str, splits: Iterable[str] = tuple(NEGATIVES), of: str = "pope") -> tuple[Item, ...]:
    questions, (old,) = read_answer_keys(benchmark(of), (labels,))
    return items_of([question for question in questions if question.split in splits], old)


def decided(items: Iterable[Item], words: dict[tuple[str, str], str]) -> dict[str, Outcome]:
    """Outcomes of those items of which there are words, by image and a word of the question."""
    return {
        item.key: Outcome(State.AGREED, word, {"ann": word, "bob": word})
        for item in items
        for (image, of), word in words.items()
        if item.image == image and f" {of} " in item.text
    }


WORDS = {("b.jpg", "cat"): "no", ("b.jpg", "dog"): "yes", ("c.jpg", "car"): "ambiguous"}
"""What tiny_pope calls audited."""


def test_what_was_decided_is_changed_in_every_split_and_ambiguous_rows_are_gone(original) -> None:
    items = looked_at(original)
    found = corrected_files(POPE, original, items, decided(items, WORDS))
    for split in NEGATIVES:
        expected = "".join(json.dumps(row) + "\n" for row in audited_rows_of(split))
        assert found.files[f"tiny_pope_{split}.json"].decode() == expected
    assert found.changed == 3 + 2, "the cat in three splits, the dog in random and adversarial"
    assert [(row.file, row.row, row.question, row.why) for row in found.left_out] == [
        (f"tiny_pope_{split}.json", 5, f"{split}/5", "ambiguous") for split in NEGATIVES
    ]


def test_line_ends_fields_and_their_order_stay(original, tmp_path) -> None:
    file = tmp_path / "original" / "tiny_pope_random.json"
    rows = [{"label": row["label"], "extra": [1], **row} for row in rows_of("random")]
    file.write_bytes("\r\n".join(json.dumps(row) for row in rows).encode())
    found = corrected_files(POPE, original, (items := looked_at(original)), decided(items, WORDS))
    lines = found.files[file.name].decode().split("\r\n")
    assert len(lines) == 5 and lines[-1] == json.dumps(rows[5]), "the last line is not ended, as it was not before"
    assert list(json.loads(lines[2])) == ["label", "extra", "question_id", "image", "text"]
    assert json.loads(lines[2])["label"] == "no"


def test_what_was_asked_of_one_split_only_is_changed_in_all_of_them(original) -> None:
    items = looked_at(original, splits=["random"])
    found = corrected_files(POPE, original, items, decided(items, WORDS))
    assert json.loads(found.files["tiny_pope_popular.json"].splitlines()[2])["label"] == "no"


def test_undecided_rows_keep_their_label_or_are_left_out_where_only_decided_ones_are_wanted(original) -> None:
    items = looked_at(original)
    outcomes = decided(items, {("b.jpg", "cat"): "no"}) | {items[0].key: Outcome(State.CONFLICT, None, {"ann": "no"})}
    assert sum(data.count(b"\n") for data in corrected_files(POPE, original, items, outcomes).files.values()) == 18
    only = corrected_files(POPE, original, items, outcomes, decided_only=True)
    assert [data.count(b"\n") for data in only.files.values()] == [1, 1, 1]
    assert {row.why for row in only.left_out} == {"not decided"} and len(only.left_out) == 15


def test_the_files_are_written_with_what_was_left_out_beside_and_can_be_scored(original, tmp_path) -> None:
    items = looked_at(original)
    written = write_corrected(corrected_files(POPE, original, items, decided(items, WORDS)), tmp_path / "out")
    assert [path.name for path in written] == [*(f"tiny_pope_{split}.json" for split in NEGATIVES), LEFT_OUT]
    beside = [json.loads(line) for line in written[-1].read_text().splitlines()]
    assert beside[0] == {
        "file": "tiny_pope_random.json",
        "row": 5,
        "question": "random/5",
        "why": "ambiguous",
        "record": rows_of("random")[4],
    }
    (again,) = read_answer_keys(POPE, (f"new={tmp_path / 'out'}",)).label_sets
    assert len(again.answers) == 9
    with pytest.raises(RequestError, match="is there already"):
        write_corrected(corrected_files(POPE, original, items, {}), tmp_path / "out")


def test_files_that_are_not_those_that_were_checked_are_refused(original, tmp_path) -> None:
    items = looked_at(original)
    rows = [row | {"image": "z.jpg"} if row["image"] == "c.jpg" else row for row in rows_of("random")]
    write_lines(tmp_path / "other" / "tiny_pope_random.json", rows)
    with pytest.raises(DataError, match=r"items that were looked at are not in the files of 'other'"):
        corrected_files(POPE, f"other={tmp_path / 'other'}", items, {})
    write_corrected(corrected_files(POPE, original, items, decided(items, {("b.jpg", "cat"): "no"})), tmp_path / "new")
    with pytest.raises(DataError, match=r"random/3 is labelled 'no', and 'yes' is what was checked"):
        corrected_files(POPE, f"new={tmp_path / 'new'}", items, {})


def test_a_file_that_cannot_be_written_back_as_it_was_is_refused(original, tmp_path) -> None:
    file = tmp_path / "original" / "tiny_pope_random.json"
    file.write_text(file.read_text().replace('"image": "a.jpg"', '"image":  "a.jpg"'))
    with pytest.raises(DataError, match="laid out in no way"):
        corrected_files(POPE, original, looked_at(original), {})


def pair(number: int, image: str) -> list[dict[str, object]]:
    """A true and a false question; B says yes in the first, A in the second."""
    no, yes = "No, but I can see a cup.", "Yes, I can see a hat."
    common = {"pair": f"objects/{number}", "image": image, "setting": "objects", "elements": 1}
    asked = {"question": f"Can you see a hat in picture {number}?"}
    other = {"question": f"Can you see a bat in picture {number}?"}
    return [
        {"question_id": f"{number}+", **common, "polarity": "positive", **asked, "choices": [no, yes, "No, a dog."]}
        | {"right": 1, "affirms": 1},
        {"question_id": f"{number}-", **common, "polarity": "negative", **other, "choices": [yes, no, "No, a dog."]}
        | {"right": 1, "affirms": 0},
    ]


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    rows = [row for number in (1, 2, 3, 4) for row in pair(number, f"{number}.jpg")]
    write_lines(tmp_path / "pairs" / "questions.jsonl", rows)
    return f"pairs={tmp_path / 'pairs'}"


def test_another_right_choice_is_written_and_a_pair_that_no_longer_is_one_goes_whole(pairs, tmp_path) -> None:
    items = looked_at(pairs, ["objects"], of="finer")
    words = {("1.jpg", "bat"): "C", ("2.jpg", "bat"): "A", ("3.jpg", "hat"): "ambiguous", ("4.jpg", "hat"): "B"}
    found = corrected_files(FINER, pairs, items, decided(items, words))
    rows = [json.loads(line) for line in found.files["questions.jsonl"].splitlines()]
    assert [(row["question_id"], row["right"]) for row in rows] == [("1+", 1), ("1-", 2), ("4+", 1), ("4-", 1)]
    assert {row.question: row.why for row in found.left_out} == {
        "2+": "its pair is without 2-",
        "2-": "A is right, so that its pair has no longer one true and one false question",
        "3+": "ambiguous",
        "3-": "its pair is without 3+",
    }
    write_corrected(found, tmp_path / "out")
    assert len(read_answer_keys(FINER, (f"new={tmp_path / 'out'}",)).questions) == 4


def test_files_that_are_not_json_are_refused(tmp_path) -> None:
    write_published(tmp_path / "questions.csv")
    with pytest.raises(RequestError, match=r"questions.csv cannot be written back: corrected files are JSON"):
        corrected_files(FINER, f"p={tmp_path / 'questions.csv'}", (), {})


def write_published(path: Path) -> None:
    """A pair with FINER's own columns."""
    choices = ["Yes I can see a hat.", "No, a cup.", "No, a dog.", "No, a pan.", "No, a fan."]
    header = "image,image_filename,qtype,question," + ",".join(f"choice{place}" for place in range(1, 6)) + ",gt_index"
    cells = ",".join(f'"{choice}"' for choice in choices)
    path.write_text(f"{header}\na,a.jpg,multi_obj,Can you see a hat?,{cells},0\na,a.jpg,multi_obj,A bat?,{cells},4\n")


def test_repopes_files_come_back_when_its_verdicts_are_replayed(conformance) -> None:
    """Two labellers and an adjudicator who see what RePOPE's authors saw.

    The random file is RePOPE's byte for byte. POPE ends the lines of the other two with a carriage return, which is
    kept, and RePOPE does not: without it they are RePOPE's byte for byte too.
    """
    pope = f"pope={conformance / 'pope'}"
    questions, (old, true) = read_answer_keys(POPE, (pope, f"repope={conformance / 'repope'}"))
    items = items_of(questions, old)
    entries = replay(items, truth_of(items, true))
    found = corrected_files(POPE, pope, items, outcomes_of(entries))
    assert len(items) == 5127 and len(entries) == 2 * 5127 + 348
    for split in POPE.splits:
        ours = found.files[f"coco_pope_{split}.json"]
        theirs = (conformance / "repope" / f"coco_repope_{split}.json").read_bytes()
        assert ours.replace(b"\r\n", b"\n") == theirs
        assert (ours == theirs) is (split == "random")
    assert len(found.left_out) == 3 * 207 + 19 + 66 + 109
    assert found.changed == 3 * 139 + 5 + 39 + 33
