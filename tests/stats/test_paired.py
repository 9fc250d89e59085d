import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from sightline.stats.paired import holm, mcnemar, paired_difference


def test_the_interval_of_a_difference_comes_from_paired_draws() -> None:
    # the second model is one point behind in every draw: no spread, whatever the spread of each
    first = np.linspace(0.7, 0.9, 201)
    difference = paired_difference(0.8, 0.79, first, first - 0.01, 500)
    assert (difference.value, difference.low, difference.high) == pytest.approx((0.01, 0.01, 0.01))
    assert difference.p_reversed == 0


def test_the_p_value_counts_draws_on_the_other_side() -> None:
    # 3 of 99 draws are at or below zero: p = 2 (3 + 1) / (99 + 1)
    drawn = np.array([-0.1, -0.1, 0.0] + [0.1] * 96)
    assert paired_difference(0.1, 0.0, drawn, np.zeros(99), 500).p == pytest.approx(0.08)


def test_the_order_is_reversed_in_the_draws_below_zero() -> None:
    drawn = np.array([-0.1, -0.1, 0.0] + [0.1] * 97)
    assert paired_difference(0.1, 0.0, drawn, np.zeros(100), 500).p_reversed == pytest.approx(0.02)


def test_two_equal_models_do_not_differ() -> None:
    same = np.full(50, 0.8)
    assert paired_difference(0.8, 0.8, same, same, 500)[:4] == (0, 0, 0, 1)


def test_an_undefined_rate_gives_no_difference() -> None:
    assert np.isnan(paired_difference(np.nan, 0.5, np.full(9, np.nan), np.full(9, 0.5), 500).p)


def test_mcnemar_is_the_sign_test_on_what_only_one_has_right() -> None:
    # 5 against 1: 2 * (C(6,0) + C(6,1)) / 2**6 = 14 / 64
    first = np.array([1, 1, 1, 1, 1, 0, 1, 0], dtype=bool)
    second = np.array([0, 0, 0, 0, 0, 1, 1, 0], dtype=bool)
    assert mcnemar(first, second) == (5, 1, pytest.approx(14 / 64))


def test_models_that_are_right_on_the_same_questions_do_not_differ() -> None:
    right = np.array([True, False])
    assert mcnemar(right, right) == (0, 0, 1.0)


def test_holm_multiplies_the_smallest_by_their_number_and_never_falls() -> None:
    # sorted 0.01, 0.02, 0.04: times 3, 2, 1 = 0.03, 0.04, 0.04
    assert holm(np.array([0.04, 0.01, 0.02])).tolist() == pytest.approx([0.04, 0.03, 0.04])


def test_holm_is_that_of_statsmodels() -> None:
    draw = np.random.default_rng(0)
    for n in (1, 2, 9, 200):
        p_values = draw.uniform(0, 0.5, n).round(2)  # with ties
        assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-15)
    assert holm(np.array([])).tolist() == []


def test_holm_does_not_count_what_was_not_tested() -> None:
    assert holm(np.array([np.nan, 0.03]))[1] == pytest.approx(0.03)
    assert np.isnan(holm(np.array([np.nan, 0.03]))[0])
