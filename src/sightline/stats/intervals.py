"""Intervals that respect the cluster: whole images are drawn, never single questions.

The questions of one image are not independent: a model that overlooks small things overlooks several of them in one
picture. Bootstrapping questions would count every image many times over and give intervals that are too narrow.

The draws are our own code: libraries bootstrap one statistic at a time by calling it for every draw, where here one
matrix product gives the totals of all models, label sets and splits for all draws at once. A test holds it against that
loop.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr, stdtrit

__all__ = ["DRAWS", "LEVEL", "Interval", "cluster_totals", "cluster_weights", "percentile_interval"]

DRAWS = 2000
LEVEL = 0.95

_BLOCK = 4_000_000
"""How many weights are held at once."""


class Interval(NamedTuple):
    """The two ends of an interval, arrays of one shape."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]


def cluster_weights(n_clusters: int, draws: int = DRAWS, seed: int = 0) -> Iterator[NDArray[np.float64]]:
    """How often each cluster occurs in each draw of n_clusters clusters with replacement.

    Args:
        n_clusters: how many clusters there are.
        draws: how many draws are made.
        seed: of the generator; equal seeds give equal draws, so that what is drawn for two models is paired.

    Yields:
        (block, n_clusters) float64, blocks of draws; every row sums to n_clusters.
    """
    generator = np.random.default_rng(seed)
    block = max(1, _BLOCK // max(n_clusters, 1))
    for start in range(0, draws, block):
        rows = min(block, draws - start)
        chosen = generator.integers(0, n_clusters, size=(rows, n_clusters))
        chosen += np.arange(rows)[:, None] * n_clusters
        weights = np.bincount(chosen.ravel(), minlength=rows * n_clusters)
        yield weights.reshape(rows, n_clusters).astype(np.float64)


def cluster_totals(counts: NDArray[np.float64], draws: int = DRAWS, seed: int = 0) -> NDArray[np.float64]:
    """Total the counts of the clusters that each draw holds.

    Args:
        counts: (n_clusters, ...) counts by cluster.
        draws: how many draws are made.
        seed: of the generator.

    Returns:
        (draws, ...) float64. The draws are the same for everything along the other axes.
    """
    flat = np.ascontiguousarray(counts.reshape(len(counts), -1))
    totals = np.concatenate([weights @ flat for weights in cluster_weights(len(counts), draws, seed)])
    return totals.reshape(draws, *counts.shape[1:])


def percentile_interval(
    estimate: NDArray[np.float64],
    drawn: NDArray[np.float64],
    clusters: NDArray[np.int64],
    level: float = LEVEL,
    is_rate: bool = True,
) -> Interval:
    """The expanded percentile interval of a rate or a difference.

    Percentiles of the draws alone are too narrow where clusters are few, as normal quantiles are without Student's
    correction; they are taken further out to make up for it (93 → 95 % at 30 images, nothing to speak of at 500).

    Args:
        estimate: (...) the values themselves.
        drawn: (draws, ...) the values of every draw; NaN where a draw leaves nothing to divide by.
        clusters: (...) the number of clusters that each value rests on.
        level: how often the interval is to hold the truth.
        is_rate: whether the values are rates. A rate of exactly 0 or 1 has no spread among the draws; its interval is
            the exact binomial one (Clopper and Pearson) with every cluster counted as a single trial, which is the
            widest that clusters of any correlation can ask for.

    Returns:
        The ends, NaN where the estimate is NaN.

    Source: Hesterberg 2015, The American Statistician 69:371, section 4.
    """
    tail = (1 - level) / 2
    n = np.broadcast_to(np.maximum(clusters, 2), np.shape(estimate)).astype(np.float64)
    expanded = np.asarray(ndtr(stdtrit(n - 1, tail) * np.sqrt(n / (n - 1))), dtype=np.float64)
    ordered = np.sort(drawn, axis=0)
    low, high = _quantile(ordered, expanded), _quantile(ordered, 1 - expanded)
    if is_rate:
        trials = np.maximum(clusters, 1)
        high = np.where(estimate == 0, betaincinv(1, trials, 1 - tail), high)
        low = np.where(estimate == 1, betaincinv(trials, 1, tail), low)
    unknown = np.isnan(estimate)
    return Interval(np.where(unknown, np.nan, low), np.where(unknown, np.nan, high))


def _quantile(ordered: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantiles along the first axis, each element at its own, with NaN (sorted last) left out."""
    known = np.maximum(np.sum(~np.isnan(ordered), axis=0), 1)
    place = q * (known - 1)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, known - 1)
    first = np.take_along_axis(ordered, below[None], axis=0)[0]
    second = np.take_along_axis(ordered, above[None], axis=0)[0]
    return np.asarray(first + (place - below) * (second - first), dtype=np.float64)
