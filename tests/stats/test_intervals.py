import numpy as np
import pytest
from numpy.typing import NDArray

from sightline.stats.intervals import cluster_totals, cluster_weights, percentile_interval
from sightline.stats.rates import RATES, rates

MANY = np.array(10**9)
"""So many clusters that percentiles are taken as they are."""


def test_every_draw_holds_as_many_clusters_as_there_are() -> None:
    weights = np.concatenate(list(cluster_weights(7, draws=50, seed=1)))
    assert weights.shape == (50, 7)
    assert (weights.sum(axis=1) == 7).all()


def test_totals_equal_the_naive_loop_over_draws() -> None:
    counts = np.random.default_rng(0).integers(0, 9, size=(20, 3, 6)).astype(float)
    weights = np.concatenate(list(cluster_weights(20, draws=30, seed=5)))
    naive = [sum(row[i] * counts[i] for i in range(20)) for row in weights]
    assert np.array_equal(cluster_totals(counts, draws=30, seed=5), np.array(naive))


def test_draws_come_in_blocks_that_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.random.default_rng(0).random((11, 2))
    monkeypatch.setattr("sightline.stats.intervals._BLOCK", 33)
    totals = cluster_totals(counts, draws=10, seed=3)
    assert totals.shape == (10, 2)
    assert np.array_equal(totals, cluster_totals(counts, draws=10, seed=3))


def test_a_rate_of_zero_has_an_interval_all_the_same() -> None:
    # nothing found on 100 images: at most 3.6 % with 97.5 % confidence, 1 - 0.025 ** (1 / 100)
    interval = percentile_interval(np.array([0.0]), np.zeros((50, 1)), np.array([100]))
    assert interval.low == 0
    assert interval.high == pytest.approx(1 - 0.025 ** (1 / 100))


def test_a_rate_of_one_has_an_interval_all_the_same() -> None:
    interval = percentile_interval(np.array([1.0]), np.ones((50, 1)), np.array([100]))
    assert interval.low == pytest.approx(0.025 ** (1 / 100))
    assert interval.high == 1


def test_a_difference_of_zero_keeps_its_drawn_interval() -> None:
    interval = percentile_interval(np.array(0.0), np.linspace(-1, 1, 41), MANY, is_rate=False)
    assert (interval.low, interval.high) == pytest.approx((-0.95, 0.95))


def test_draws_without_a_denominator_are_left_out() -> None:
    drawn = np.array([np.nan, *np.linspace(0, 1, 41)])
    interval = percentile_interval(np.array(0.5), drawn, MANY)
    assert (interval.low, interval.high) == pytest.approx((0.025, 0.975))


def test_what_is_undefined_has_no_interval() -> None:
    interval = percentile_interval(np.array(np.nan), np.full(10, np.nan), MANY)
    assert np.isnan(interval.low)
    assert np.isnan(interval.high)


def test_few_clusters_take_the_percentiles_further_out() -> None:
    # Phi(-2.0930 * sqrt(20 / 19)) = Phi(-2.1474) = 0.01588 in each tail instead of 0.025
    interval = percentile_interval(np.array(0.5), np.linspace(0, 1, 100_001), np.array(20))
    assert (interval.low, interval.high) == pytest.approx((0.01588, 0.98412), abs=1e-5)


def simulated(generator: np.random.Generator, images: int, questions: int) -> NDArray[np.float64]:
    """Counts by image of a model that is right on 85 % of yes and 90 % of no questions, image by image more or less so.

    The chance of being right is drawn for each image (a beta distribution of concentration 2), which makes the
    correlation within an image 1 / 3.
    """
    right_yes, right_no = generator.beta(1.7, 0.3, images), generator.beta(1.8, 0.2, images)
    tp, tn = generator.binomial(questions, right_yes), generator.binomial(questions, right_no)
    zero = np.zeros(images)
    return np.stack([tp, questions - tp, zero, questions - tn, tn, zero], axis=1).astype(float)


def one_by_one(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same questions, each on an image of its own."""
    return np.repeat(np.eye(6), counts.sum(axis=0).astype(int), axis=0)


def test_clustered_intervals_cover_and_unclustered_ones_do_not() -> None:
    generator = np.random.default_rng(20)
    recall, tnr = 0.85, 0.9
    truth = {"accuracy": (recall + tnr) / 2, "f1": 2 * recall / (recall + 1 + (1 - tnr)), "recall": recall, "tnr": tnr}
    places = [RATES.index(name) for name in truth]
    expected = np.array(list(truth.values()))
    runs, images = 1500, 300
    covered = {"clustered": np.zeros(4), "unclustered": np.zeros(4)}
    for run in range(runs):
        counts = simulated(generator, images, questions=3)
        estimate = rates(counts.sum(axis=0))[places]
        for kind, units in (("clustered", counts), ("unclustered", one_by_one(counts))):
            drawn = rates(cluster_totals(units, draws=300, seed=run))[:, places]
            low, high = percentile_interval(estimate, drawn, np.array(len(units)))
            covered[kind] += (low <= expected) & (expected <= high)
    share = {kind: hits / runs for kind, hits in covered.items()}
    assert ((share["clustered"] > 0.93) & (share["clustered"] < 0.97)).all(), share
    assert (share["unclustered"] < 0.91).all(), share
