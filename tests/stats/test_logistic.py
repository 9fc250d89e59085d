"""Logistic regression against figures that can be worked out by hand."""

import numpy as np
import pytest

from sightline.stats.logistic import fit_logistic

FEATURE = np.array([[0.0]] * 4 + [[1.0]] * 4)
CAME = np.array([True, False, False, False, True, True, True, False])


def test_a_row_of_weight_three_counts_as_three_rows() -> None:
    rows = np.array([[0.0], [0.0], [1.0], [1.0]])
    came = np.array([True, False, True, False])
    weighted = fit_logistic(rows, came, np.array([1.0, 3.0, 3.0, 1.0]), variance=1e6)
    assert weighted.intercept == pytest.approx(-np.log(3), abs=1e-3)
    assert weighted.coefficients == pytest.approx([np.log(9)], abs=1e-3)


def test_a_narrow_prior_leaves_the_overall_odds_only() -> None:
    fitted = fit_logistic(FEATURE, CAME, variance=1e-6)
    assert fitted.log_odds(FEATURE) == pytest.approx(np.zeros(8), abs=1e-4)


def test_the_fit_is_where_pull_and_prior_balance() -> None:
    # at the maximum the sum of (outcome - probability) × feature is coefficient / variance, and without features zero
    fitted = fit_logistic(FEATURE, CAME, variance=0.5)
    left = CAME - 1 / (1 + np.exp(-fitted.log_odds(FEATURE)))
    assert left.sum() == pytest.approx(0, abs=1e-3)
    assert (left * FEATURE[:, 0]).sum() == pytest.approx(fitted.coefficients[0] / 0.5, abs=1e-3)


def test_perfectly_separated_outcomes_stay_finite() -> None:
    fitted = fit_logistic(FEATURE, FEATURE[:, 0] == 1)
    assert 0 < fitted.coefficients[0] < 10


def test_one_outcome_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="both outcomes"):
        fit_logistic(FEATURE, np.ones(8, bool))
