"""Scores of the small benchmark of tiny_pope.py, by hand."""

import pytest
from tiny_pope import NEGATIVES, llava, write_lines

from sightline.api import score
from sightline.errors import RequestError
from sightline.evaluation.evaluation import evaluate
from sightline.evaluation.record import record_of
from sightline.evaluation.score import score_table
from sightline.examples import example_labels, example_replies


def rows(table) -> dict[tuple[str, str], dict]:
    return {(row["labels"], row["split"]): row for row in table.to_pylist()}


@pytest.fixture
def yes_man(tmp_path) -> list[str]:
    """Says yes to everything, and nothing at all about c.jpg's car."""
    files = []
    for split in NEGATIVES:
        said = llava(split, lambda row: "" if (row["image"], row["question_id"]) == ("c.jpg", 5) else "Yes.", "yes man")
        files.append(str(write_lines(tmp_path / f"yes_{split}.jsonl", said)))
    return files


def test_right_replies_score_one_with_an_interval_that_admits_three_images_are_few(labels, replies) -> None:
    row = rows(score("pope", replies, labels))["original", "random"]
    assert (row["n"], row["images"], row["accuracy"], row["f1"]) == (6, 3, 1, 1)
    assert row["accuracy_high"] == 1
    assert row["accuracy_low"] == pytest.approx(0.025 ** (1 / 3))


def test_the_same_replies_are_scored_under_every_label_set(labels, replies) -> None:
    # audited, random split: dog of b.jpg is there after all, its cat is not, the car of c.jpg is left out:
    # dog yes, cat no, cat of b yes (now wrong), dog of b no (now wrong), orange no
    row = rows(score("pope", replies, labels))["audited", "random"]
    assert (row["n"], row["not_scored"]) == (5, 1)
    assert (row["tp"], row["fn"], row["fp"], row["tn"]) == (1, 1, 1, 2)
    assert (row["accuracy"], row["recall"], row["precision"], row["f1"]) == (3 / 5, 1 / 2, 1 / 2, 1 / 2)


def test_an_empty_reply_is_unreadable_and_wrong_and_counted(labels, yes_man) -> None:
    row = rows(score("pope", yes_man, labels))["original", "popular"]
    assert (row["tp"], row["unreadable_yes"], row["fp"]) == (2, 1, 3)
    assert (row["accuracy"], row["recall"], row["tnr"], row["unreadable"]) == (2 / 6, 2 / 3, 0, 1 / 6)
    assert row["yes_ratio"] == 5 / 6


def test_repopes_reader_leaves_it_out_and_popes_reads_a_yes(labels, yes_man) -> None:
    table = score("pope", yes_man, labels, readers=["repope", "pope"])
    found = {row["reader"]: row for row in table.to_pylist() if (row["labels"], row["split"]) == ("original", "random")}
    assert (found["repope@1"]["recall"], found["repope@1"]["unreadable_counts_as"]) == (1, "left out")
    assert (found["pope@1"]["tp"], found["pope@1"]["unreadable_yes"]) == (3, 0)


def test_the_table_tells_how_many_replies_each_other_reader_reads_otherwise(labels, yes_man) -> None:
    row = rows(score("pope", yes_man, labels))["original", "random"]
    others = {
        name: row[f"otherwise_{name}"] for name in ("strict", "pope", "llava", "repope", "lmms-eval", "vlmevalkit")
    }
    # only POPE's rule makes a yes of the empty reply; "Yes." is not exactly "yes"
    assert others == {"strict": 0, "pope": 1, "llava": 1, "repope": 0, "lmms-eval": 5, "vlmevalkit": 0}


def test_the_mean_is_that_of_the_splits(labels, yes_man) -> None:
    found = rows(score("pope", yes_man, labels))
    mean = sum(found["original", split]["accuracy"] for split in NEGATIVES) / 3
    assert found["original", "mean"]["accuracy"] == pytest.approx(mean)
    assert found["original", "mean"]["n"] == 18


def test_a_single_split_has_no_mean(labels, replies) -> None:
    table = score("pope", replies, labels, splits=["popular"])
    assert table["split"].to_pylist() == ["popular", "popular"]


def test_a_rate_that_cannot_be_computed_is_null(labels, tmp_path) -> None:
    files = [str(write_lines(tmp_path / f"{s}.jsonl", llava(s, lambda _: "No"))) for s in NEGATIVES]
    row = rows(score("pope", files, labels))["original", "random"]
    assert row["precision"] is None
    assert row["precision_low"] is None


def test_missing_replies_are_left_out_and_counted(labels, replies) -> None:
    found = rows(score("pope", replies[:2], labels, allow_missing=True))
    assert (found["original", "adversarial"]["n"], found["original", "adversarial"]["missing"]) == (0, 6)
    assert found["original", "adversarial"]["accuracy"] is None
    assert found["original", "random"]["missing"] == 0


def test_the_same_seed_gives_the_same_intervals_and_another_others() -> None:
    evaluation = evaluate("pope", example_replies("pope"), example_labels("pope"))
    first, again, other = (score_table(evaluation, draws=100, seed=seed)["accuracy_low"] for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def test_the_record_names_every_file_its_hash_and_how_it_was_joined(labels, replies) -> None:
    record = record_of(score("pope", replies[:2], labels, allow_missing=True))
    file = record["models"]["m"]["files"][0]
    assert (file["rows"], file["joined_by"], len(file["sha256"])) == (6, "ids of random", 64)
    assert record["models"]["m"]["missing"] == {"adversarial": 6}
    assert [source["rows"] for source in record["label_sets"]["audited"]] == [5, 5, 5]
    assert (record["questions"], record["distinct_questions"]) == (18, 10)
    assert record["settings"] == {"readers": ["strict@1"], "draws": 2000, "seed": 0}


@pytest.mark.parametrize(("draws", "seed"), [(0, 0), (99, 0), (2000, -1)])
def test_too_few_draws_and_negative_seeds_are_refused(labels, replies, draws, seed) -> None:
    with pytest.raises(RequestError, match=f"There are {draws} draws with seed {seed}; expected at least 100 draws"):
        score("pope", replies, labels, draws=draws, seed=seed)
