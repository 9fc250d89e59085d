"""Means over prompts, with intervals that draw whole images: prompts of one image are not independent."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sightline.stats.intervals import DRAWS, cluster_totals, percentile_interval

__all__ = ["ClusteredMean", "difference_by_image", "mean_by_image"]


class ClusteredMean(NamedTuple):
    """A mean, or a difference of two, and its 95 % interval; arrays of one shape.

    Args:
        mean: NaN where there is no value.
        low: never above the mean; NaN where there are fewer than two images, which say nothing of how images differ.
        high: never below the mean.
    """

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def mean_by_image(
    values: NDArray[np.floating[Any]], images: Sequence[str], draws: int = DRAWS, seed: int = 0
) -> ClusteredMean:
    """The mean over prompts.

    Args:
        values: (prompts, …); NaN is left out.
        images: (prompts,) the image of each.
        draws: of whole images.
        seed: of the draws; equal seeds give equal draws.

    Returns:
        (…).

    Example:
        >>> mean_by_image(np.array([1.0, 4.0, np.nan]), ["a", "b", "b"], draws=10).mean.tolist()
        2.5
    """
    added = _by_image(values, images)
    drawn = _means(cluster_totals(added, draws, seed))
    return _with_interval(_means(added.sum(axis=0)), drawn, _known_images(added))


def difference_by_image(
    values: NDArray[np.floating[Any]],
    others: NDArray[np.floating[Any]],
    images: Sequence[str],
    draws: int = DRAWS,
    seed: int = 0,
) -> ClusteredMean:
    """The mean of values less the mean of others, of the same draws; paired where both are known at the same prompts.

    Args:
        values: (prompts, …); NaN is left out.
        others: (prompts, …), likewise.
        images: (prompts,) the image of each.
        draws: of whole images.
        seed: of the draws.

    Returns:
        (…).

    Example:
        >>> found = difference_by_image(np.array([1.0, 4.0]), np.array([0.5, 3.5]), ["a", "b"], draws=10)
        >>> [end.tolist() for end in found]
        [0.5, 0.5, 0.5]
    """
    pair = [_by_image(part, images) for part in (values, others)]
    estimates = [_means(added.sum(axis=0)) for added in pair]
    drawn = [_means(cluster_totals(added, draws, seed)) for added in pair]
    known = np.minimum(*(_known_images(added) for added in pair))
    return _with_interval(estimates[0] - estimates[1], drawn[0] - drawn[1], known)


def _by_image(values: NDArray[np.floating[Any]], images: Sequence[str]) -> NDArray[np.float64]:
    """(images, …, 2) the sums within images, and how many values they are of."""
    number = np.unique(np.array(images, dtype=np.str_), return_inverse=True)[1]
    known = ~np.isnan(values)
    parts = np.stack([np.where(known, values, 0.0), known], axis=-1)
    found = np.zeros((int(number.max(initial=-1)) + 1, *parts.shape[1:]))
    np.add.at(found, number, parts)
    return found


def _means(added: NDArray[np.float64]) -> NDArray[np.float64]:
    """(…) from (…, 2), NaN where there is nothing to divide by."""
    found = np.full(added.shape[:-1], np.nan)
    np.divide(added[..., 0], added[..., 1], out=found, where=added[..., 1] > 0)
    return found


def _known_images(added: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.asarray((added[..., 1] > 0).sum(axis=0), dtype=np.int64)


def _with_interval(
    estimate: NDArray[np.float64], drawn: NDArray[np.float64], images: NDArray[np.int64]
) -> ClusteredMean:
    found = percentile_interval(estimate, drawn, images, is_rate=False)
    few = images < 2
    low, high = np.fmin(found.low, estimate), np.fmax(found.high, estimate)
    return ClusteredMean(estimate, np.where(few, np.nan, low), np.where(few, np.nan, high))
