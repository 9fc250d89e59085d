"""Places that are chosen and right, on replies that are counted by hand."""

from dataclasses import replace
from typing import Any

import pytest
from tiny_finer import LEVELLED, SIZED, evaluation, levelled, pair, said, sized

from sightline.errors import RequestError
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.positions import position_table
from sightline.evaluation.record import record_of


def of_sizes(texts: list[str | None] | None = None) -> Evaluation:
    return evaluation("finer", sized(), {"m": texts or said(SIZED)})


def places(found: Evaluation, setting: str = "objects", reader: str | None = None) -> dict[str, dict[str, Any]]:
    rows = position_table(found, reader, draws=100).to_pylist()
    return {row["place"]: row for row in rows if row["split"] == setting}


def test_places_that_are_chosen_and_right_are_counted_among_replies_that_can_be_read() -> None:
    found = places(of_sizes())
    # A B, A A, A B, B B, hm C: A is right for the four true questions that can be read, B for the five false ones
    assert [(row["chosen"], row["right"]) for row in found.values()] == [(4, 4), (4, 5), (1, 0), (0, 0), (0, 0)]
    assert {(row["n"], row["unreadable"], row["missing"]) for row in found.values()} == {(9, 1, 0)}
    assert (found["C"]["chosen_share"], found["B"]["right_share"]) == (1 / 9, 5 / 9)


def test_accuracy_is_told_where_the_right_option_stands() -> None:
    found = places(of_sizes())
    # of the four with A right B was chosen once; of the five with B right A and C
    assert (found["A"]["accuracy"], found["B"]["accuracy"], found["C"]["accuracy"]) == (3 / 4, 3 / 5, None)
    assert found["A"]["accuracy_low"] < 3 / 4 < found["A"]["accuracy_high"]


def test_bias_is_half_the_sum_of_the_differences() -> None:
    found = places(of_sizes())
    # |4 − 4| + |4 − 5| + |1 − 0|, halved, of nine replies
    assert {row["bias"] for row in found.values()} == {1 / 9}
    # three wrong replies: at most each has moved by itself
    assert 0 < found["A"]["bias_floor"] < 3 / 9
    assert found["A"]["bias_p"] > 0.5


def test_a_model_that_always_chooses_one_place_is_far_from_what_is_right() -> None:
    found = places(of_sizes(["B"] * 12))
    # B is right for half of ten
    assert (found["B"]["bias"], found["B"]["chosen_share"]) == (1 / 2, 1)
    assert found["B"]["bias_floor"] < 1 / 2


def test_settings_are_told_apart_and_a_model_that_is_always_right_has_no_bias_by_chance_either() -> None:
    found = places(of_sizes(), "what")
    assert [(row["chosen"], row["right"]) for row in found.values()][:2] == [(1, 1), (1, 1)]
    assert {(row["bias"], row["bias_floor"], row["bias_p"]) for row in found.values()} == {(0, 0, 1)}


def test_where_nothing_can_be_read_there_is_no_bias() -> None:
    row = places(of_sizes(["hm"] * 12))["A"]
    assert (row["n"], row["unreadable"], row["bias"], row["bias_p"], row["accuracy"]) == (0, 10, None, None, None)
    assert row["chosen_share"] is None


def test_a_missing_reply_is_counted_apart_and_its_partner_counts() -> None:
    row = places(of_sizes([None, *said(SIZED)[1:]]))["A"]
    assert (row["n"], row["missing"], row["unreadable"], row["chosen"]) == (8, 1, 1, 3)


def test_finers_own_reader_takes_the_first_letter() -> None:
    found = of_sizes(["The answer is A", *said(SIZED)[1:]])
    assert places(found)["A"]["chosen"] == 4
    assert (places(found, reader="finer")["E"]["chosen"], places(found, reader="finer")["A"]["chosen"]) == (1, 3)


def test_a_letter_beyond_the_options_cannot_be_read_and_each_question_has_its_own_number_of_them() -> None:
    four = [replace(question, choices=question.choices[:4]) for question in pair(0, "what", 1, "1.jpg")]
    five = list(pair(1, "objects", 1, "1.jpg"))
    found = evaluation("finer", [*four, *five], {"m": ["E", "A", "E", "B"]})
    assert list(places(found, "what")) == ["A", "B", "C", "D"]
    assert (places(found, "what")["A"]["n"], places(found, "what")["A"]["unreadable"]) == (1, 1)
    assert (places(found)["E"]["chosen"], places(found)["A"]["unreadable"]) == (1, 0)


def test_the_record_says_what_was_read_and_drawn() -> None:
    table = position_table(of_sizes(), draws=100, seed=3)
    assert record_of(table)["settings"] == {"readers": ["choice@1"], "draws": 100, "seed": 3}
    assert set(table["reader"].to_pylist()) == {"choice@1"}


def test_levels_are_refused_since_yes_always_stands_first() -> None:
    with pytest.raises(RequestError, match="Yes always stands before no"):
        position_table(evaluation("finer_levels", levelled(), {"m": said(LEVELLED)}))


def test_draws_and_readers_that_cannot_be_are_refused() -> None:
    with pytest.raises(RequestError, match="expected at least 100 draws"):
        position_table(of_sizes(), draws=10)
    with pytest.raises(RequestError, match=r"No reader of finer is called 'strict'. Known: choice, finer"):
        position_table(of_sizes(), "strict")
