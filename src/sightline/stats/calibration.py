"""How well probabilities tell the true from the false: area under the ROC curve, calibration error, threshold curve."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from sightline.stats.intervals import DRAWS, cluster_weights

__all__ = ["BINS", "Curve", "Reliability", "auroc", "auroc_of_draws", "reliability", "threshold_counts"]

BINS = 10


class Reliability(NamedTuple):
    """What was promised and what came true, in bins of equal width over [0, 1].

    Args:
        low: (bins,) lower ends; a bin holds its lower end, and the last one holds 1 as well.
        n: (bins,) how many probabilities fall into each.
        promised: (bins,) their mean; NaN where there is none.
        true: (bins,) the share that came true; NaN where there is none.
        error: the expected calibration error: the mean distance of the two, weighted by n; NaN where there is nothing.
    """

    low: NDArray[np.float64]
    n: NDArray[np.int64]
    promised: NDArray[np.float64]
    true: NDArray[np.float64]
    error: float


class Curve(NamedTuple):
    """The four counts at every threshold; yes is said where the probability is at least the threshold."""

    tp: NDArray[np.int64]
    fn: NDArray[np.int64]
    fp: NDArray[np.int64]
    tn: NDArray[np.int64]


def auroc(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """The chance that a true one has a higher score than a false one, equal scores counted half.

    Args:
        truth: (n,) which are true.
        scores: (n,) any numbers.

    Returns:
        In [0, 1]; NaN where there are no true or no false ones.

    Source: Mann and Whitney's U over the number of pairs (Hanley and McNeil 1982).

    Example:
        >>> auroc(np.array([True, True, False]), np.array([0.9, 0.4, 0.4]))
        0.75
    """
    true, false = int(truth.sum()), int((~truth).sum())
    if not true or not false:
        return float("nan")
    ranks = rankdata(scores)
    return float((ranks[truth].sum() - true * (true + 1) / 2) / (true * false))


def auroc_of_draws(
    truth: NDArray[np.bool_],
    scores: NDArray[np.float64],
    clusters: NDArray[np.int64],
    n_clusters: int,
    draws: int = DRAWS,
    seed: int = 0,
) -> NDArray[np.float64]:
    """The area under the curve in every draw of whole clusters.

    Args:
        truth: (n,) which are true.
        scores: (n,) any numbers.
        clusters: (n,) cluster of each, in [0, n_clusters).
        n_clusters: how many clusters there are.
        draws: how many draws are made.
        seed: of the draws.

    Returns:
        (draws,) float64, NaN where a draw holds no true or no false ones.
    """
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    is_true, own = truth[order], clusters[order]
    areas = []
    for weights in cluster_weights(n_clusters, draws, seed):
        for block in np.array_split(weights, max(1, len(weights) * len(scores) // _BLOCK)):
            of_each = block[:, own]
            true = np.add.reduceat(of_each * is_true, starts, axis=1)
            false = np.add.reduceat(of_each * ~is_true, starts, axis=1)
            below = np.cumsum(false, axis=1) - false / 2
            pairs = true.sum(axis=1) * false.sum(axis=1)
            area = np.full(len(block), np.nan)
            np.divide((true * below).sum(axis=1), pairs, out=area, where=pairs > 0)
            areas.append(area)
    return np.concatenate(areas)


_BLOCK = 2_000_000
"""How many weights of questions are held at once."""


def reliability(truth: NDArray[np.bool_], probabilities: NDArray[np.float64], bins: int = BINS) -> Reliability:
    """Hold probabilities against what came true.

    Args:
        truth: (n,) which are true.
        probabilities: (n,) in [0, 1], of being true.
        bins: how many bins.

    Source: Guo et al. 2017 (arXiv 1706.04599 §2), over the probability of yes instead of that of the likelier answer,
        so that promising too much and promising too little do not meet in one bin.
    """
    edges = np.arange(bins + 1) / bins
    # edges are compared, not probabilities multiplied: 0.3 * 10 is just below 3
    which = np.clip(np.searchsorted(edges, probabilities, side="right") - 1, 0, bins - 1)
    n = np.bincount(which, minlength=bins)
    promised, true = np.full(bins, np.nan), np.full(bins, np.nan)
    np.divide(np.bincount(which, probabilities, bins), n, out=promised, where=n > 0)
    np.divide(np.bincount(which, truth.astype(np.float64), bins), n, out=true, where=n > 0)
    total = n.sum()
    error = float(np.nansum(n * np.abs(promised - true)) / total) if total else float("nan")
    return Reliability(edges[:-1], n, promised, true, error)


def threshold_counts(
    truth: NDArray[np.bool_], probabilities: NDArray[np.float64], thresholds: NDArray[np.float64]
) -> Curve:
    """Count what each threshold gets right and wrong.

    Args:
        truth: (n,) which are true.
        probabilities: (n,) of being true.
        thresholds: (k,) from which probability on yes is said.

    Returns:
        Counts of shape (k,).
    """
    true, false = np.sort(probabilities[truth]), np.sort(probabilities[~truth])
    missed = np.searchsorted(true, thresholds, side="left")
    refused = np.searchsorted(false, thresholds, side="left")
    return Curve(len(true) - missed, missed, len(false) - refused, refused)
