"""Ranks of models, and how sure they are."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["probability_rank_differs", "rank_interval", "ranks"]


def ranks(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rank along the last axis, the highest value first; equal values share the better rank, NaN comes last.

    Args:
        values: (..., models) rates.

    Returns:
        (..., models) int64, from one.

    Example:
        >>> ranks(np.array([0.8, 0.9, 0.8, 0.1])).tolist()
        [2, 1, 2, 4]
    """
    filled = np.where(np.isnan(values), -np.inf, values)
    better: NDArray[np.bool_] = filled[..., None, :] > filled[..., :, None]
    return np.asarray(1 + better.sum(axis=-1), dtype=np.int64)


def rank_interval(drawn: NDArray[np.float64], level: float = 0.95) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The ranks between which each model stays in that share of the draws.

    Args:
        drawn: (draws, models) rates.
        level: the share.

    Returns:
        Two (models,) int64 arrays: the best and the worst of these ranks.
    """
    tail = (1 - level) / 2
    low, high = np.quantile(ranks(drawn), [tail, 1 - tail], axis=0, method="nearest")
    return low.astype(np.int64), high.astype(np.int64)


def probability_rank_differs(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of draws in which a model's rank is another under the second label set than under the first.

    Args:
        first: (draws, models) rates under the first label set.
        second: (draws, models) rates under the second, in the same draws.

    Returns:
        (models,) float64 in [0, 1].
    """
    return np.asarray((ranks(first) != ranks(second)).mean(axis=0), dtype=np.float64)
