"""Rates by number of elements and by contradiction, on the pairs of tiny_finer.py, by hand."""

from dataclasses import replace

import pytest
from tiny_finer import LEVELLED, SIZED, evaluation, levelled, pair, said, sized

from sightline.core import LabelSet
from sightline.errors import RequestError
from sightline.evaluation.by_elements import LEVEL_EXAMPLES, by_elements_table
from sightline.evaluation.counted import rate_table
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.record import record_of
from sightline.queries.levels import Anchor, level_phrase
from sightline.queries.phrases import Named


def of_sizes(*models: str) -> Evaluation:
    return evaluation("finer", sized(), {model: said(SIZED) for model in models or ("m",)})


def of_levels(told: bool = True) -> Evaluation:
    return evaluation("finer_levels", levelled(told), {"m": said(LEVELLED)})


def test_pairs_are_counted_by_setting_and_number_of_elements() -> None:
    table = by_elements_table(of_sizes(), draws=100)
    cells = [(r["split"], r["elements"], r["n"], r["clusters"], r["paired_accuracy"]) for r in table.to_pylist()]
    assert cells == [
        ("objects", 1, 3, 3, 2 / 3),
        ("objects", 2, 1, 1, 0),
        ("objects", 10, 1, 1, 0),
        ("what", 2, 1, 1, 1),
    ]


def test_every_rate_is_that_of_its_pairs_alone() -> None:
    rows = by_elements_table(of_sizes(), draws=100).to_pylist()
    # objects of 1: A B, A A, A B: five of six right, two of six denied
    assert (rows[0]["accuracy"], rows[0]["positive_accuracy"], rows[0]["denied"]) == (5 / 6, 1, 2 / 6)
    assert (rows[2]["unreadable"], rows[2]["denied"]) == (1 / 2, 1 / 2)
    assert [row["random_floor"] for row in rows] == pytest.approx([1 / 25] * 4)


def test_columns_are_those_of_all_scores_with_one_after_the_split() -> None:
    scored, table = rate_table(of_sizes(), draws=100), by_elements_table(of_sizes(), draws=100)
    assert table.column_names == [*scored.column_names[:4], "elements", *scored.column_names[4:]]
    assert record_of(table)["settings"] == {"readers": ["choice@1"], "draws": 100, "seed": 0}


def test_rows_are_sorted_by_model_setting_and_number() -> None:
    rows = by_elements_table(of_sizes("b", "a"), draws=100).to_pylist()
    found = [(row["model"], row["split"], row["elements"]) for row in rows]
    assert found[:4] == [("b", "objects", 1), ("b", "objects", 2), ("b", "objects", 10), ("b", "what", 2)]
    assert [model for model, *_ in found[4:]] == ["a"] * 4


def test_half_a_pair_is_no_pair_and_stands_with_its_number() -> None:
    texts = [None, *said(SIZED)[1:]]
    first, second, *_ = by_elements_table(evaluation("finer", sized(), {"m": texts}), draws=100).to_pylist()
    assert (first["count_pairs"], first["paired_accuracy"], first["count_half_pairs"], first["missing"]) == (
        2,
        1 / 2,
        1,
        1,
    )
    assert (second["count_half_pairs"], second["missing"]) == (0, 0)


def test_a_pair_stands_where_its_true_question_does_if_the_two_differ() -> None:
    true, false = pair(0, "objects", 3, "1.jpg")
    found = evaluation("finer", [true, replace(false, elements=4)], {"m": ["A", "B"]})
    (row,) = by_elements_table(found, draws=100).to_pylist()
    assert (row["elements"], row["n"], row["paired_accuracy"]) == (3, 1, 1)


def test_questions_that_a_label_set_leaves_out_are_counted_with_their_number() -> None:
    whole = of_sizes()
    (own,) = whole.label_sets
    fewer = {key: value for key, value in own.references.items() if value.image != "3.jpg"}
    both = replace(whole, label_sets=(own, LabelSet("fewer", {}, references=fewer)))
    rows = [row for row in by_elements_table(both, draws=100).to_pylist() if row["labels"] == "fewer"]
    assert [(row["elements"], row["n"], row["not_scored"]) for row in rows][:2] == [(1, 2, 2), (2, 1, 0)]


def test_levels_are_told_by_what_is_contradicted() -> None:
    rows = by_elements_table(of_levels(), draws=100).to_pylist()
    found = [(r["split"], r["contradiction"], r["n"], r["paired_accuracy"], r["negative_accuracy"]) for r in rows]
    assert found == [
        ("level 1", "all", 1, 1, 1),
        ("level 1", "object", 1, 1, 1),
        ("level 2", "all", 3, 1 / 3, 2 / 3),
        ("level 2", "object", 1, 0, 0),
        ("level 2", "attribute", 2, 1 / 2, 1),
    ]


def test_all_contradictions_are_what_a_level_is_scored_with_intervals_and_all() -> None:
    scored = rate_table(of_levels(), draws=100)
    table = by_elements_table(of_levels(), draws=100)
    every = [row for row in table.to_pylist() if row.pop("contradiction") == "all"]
    assert every == scored.to_pylist()


def test_where_a_file_does_not_tell_what_was_changed_the_contradiction_is_unknown() -> None:
    rows = by_elements_table(of_levels(told=False), draws=100).to_pylist()
    assert [(row["split"], row["contradiction"], row["n"]) for row in rows] == [
        ("level 1", "all", 1),
        ("level 1", "unknown", 1),
        ("level 2", "all", 3),
        ("level 2", "unknown", 3),
    ]


def test_another_reader_may_read() -> None:
    texts = ["The answer is A", "The answer is B", *said(SIZED)[2:]]  # FINER's takes the e of "The"
    found = evaluation("finer", sized(), {"m": texts})
    ours, theirs = (by_elements_table(found, reader, draws=100).to_pylist()[0] for reader in (None, "finer"))
    assert (ours["paired_accuracy"], theirs["paired_accuracy"]) == (2 / 3, 1 / 3)
    assert theirs["reader"] == "finer@1"


def test_other_benchmarks_are_refused() -> None:
    whole = of_sizes()
    without = replace(whole, label_sets=(LabelSet("own", {}),))
    with pytest.raises(RequestError, match="finer has no pairs of questions about several elements"):
        by_elements_table(without)


def test_the_examples_of_levels_are_what_the_builder_makes() -> None:
    anchor = Anchor(Named("moon"), "red", "large", "left of", Named("cup"), "blue", ("above", Named("key")))
    assert dict(LEVEL_EXAMPLES) == {level: level_phrase(anchor, level, articles=True) for level in range(1, 8)}
