import numpy as np
import pytest

from sightline.stats.calibration import auroc, auroc_of_draws, reliability, threshold_counts
from sightline.stats.intervals import cluster_weights

TRUTH = np.array([True, True, False, False])


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    # pairs: 0.8 > 0.6, 0.8 > 0.1, 0.3 < 0.6, 0.3 > 0.1: three of four
    assert auroc(TRUTH, np.array([0.8, 0.3, 0.6, 0.1])) == 0.75


def test_a_tie_counts_half() -> None:
    # pairs: 0.5 = 0.5, 0.5 > 0.1, 0.9 > 0.5, 0.9 > 0.1: 3.5 of four
    assert auroc(TRUTH, np.array([0.5, 0.9, 0.5, 0.1])) == 0.875
    assert auroc(TRUTH, np.array([0.5, 0.5, 0.5, 0.5])) == 0.5


def test_without_true_or_without_false_ones_there_is_no_area() -> None:
    assert np.isnan(auroc(np.array([True, True]), np.array([0.1, 0.2])))
    assert np.isnan(auroc(np.array([], bool), np.array([])))


def test_the_area_of_every_draw_is_that_of_the_questions_it_holds() -> None:
    generator = np.random.default_rng(0)
    truth, scores = generator.random(40) < 0.5, generator.integers(0, 8, 40) / 8
    clusters = np.repeat(np.arange(10), 4)
    drawn = auroc_of_draws(truth, scores, clusters, 10, draws=50, seed=3)
    weights = np.concatenate(list(cluster_weights(10, 50, 3))).astype(int)
    repeated = (np.repeat(np.arange(40), of_draw[clusters]) for of_draw in weights)
    assert drawn.tolist() == pytest.approx([auroc(truth[kept], scores[kept]) for kept in repeated])


def test_a_draw_without_false_ones_has_no_area() -> None:
    # two clusters, one all true and one all false: a draw that holds one of them twice has no pairs
    drawn = auroc_of_draws(np.array([True, False]), np.array([0.9, 0.1]), np.array([0, 1]), 2, draws=20)
    assert set(drawn[~np.isnan(drawn)]) == {1.0}
    assert np.isnan(drawn).any()


def test_no_questions_have_no_area() -> None:
    empty = np.array([], dtype=np.int64)
    assert np.isnan(auroc_of_draws(np.array([], bool), np.array([]), empty, 3, draws=5)).all()


def test_the_error_is_the_mean_distance_of_what_is_promised_and_what_came_true() -> None:
    # bin 0.9–1: promised (0.95 + 0.91) / 2 = 0.93, true 1/2, distance 0.43; bin 0.1–0.2: 0.15, 0, distance 0.15
    found = reliability(np.array([True, False, False]), np.array([0.95, 0.91, 0.15]))
    assert found.error == pytest.approx((2 * 0.43 + 1 * 0.15) / 3)
    assert found.n.tolist() == [0, 1, 0, 0, 0, 0, 0, 0, 0, 2]


def test_a_bin_holds_its_lower_end_and_the_last_one_holds_one() -> None:
    edges = np.arange(11) / 10
    assert reliability(edges > 0.5, edges).n.tolist() == [1, 1, 1, 1, 1, 1, 1, 1, 1, 2]


def test_probabilities_that_keep_their_promise_have_no_error() -> None:
    truth = np.array([True] * 3 + [False])
    assert reliability(truth, np.full(4, 0.75)).error == 0
    assert np.isnan(reliability(np.array([], bool), np.array([])).error)


def test_yes_is_said_from_the_threshold_on() -> None:
    curve = threshold_counts(TRUTH, np.array([0.8, 0.3, 0.6, 0.1]), np.array([0.0, 0.3, 0.7, 1.0]))
    assert curve.tp.tolist() == [2, 2, 1, 0]
    assert curve.fn.tolist() == [0, 0, 1, 2]
    assert curve.fp.tolist() == [2, 1, 0, 0]
    assert curve.tn.tolist() == [0, 1, 2, 2]
