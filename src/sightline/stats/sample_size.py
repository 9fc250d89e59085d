"""How many questions are needed to see a difference."""

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

__all__ = ["Need", "correlation_within", "design_effect", "questions_for_difference", "questions_for_half_width"]


@dataclass(frozen=True, slots=True)
class Need:
    """What has to be asked.

    Args:
        independent: questions that would do if each stood on an image of its own.
        questions: questions needed with several on an image.
        images: images needed for them.
        design_effect: the one divided by the other.
    """

    independent: int
    questions: int
    images: int
    design_effect: float


def design_effect(per_image: float, correlation: float) -> float:
    """By how much clustering inflates a variance: 1 + (m - 1) ρ (Kish 1965).

    Example:
        >>> design_effect(6, 0.1)
        1.5
    """
    return 1 + (per_image - 1) * correlation


def correlation_within(values: NDArray[np.float64], clusters: NDArray[np.int64]) -> float:
    """The intraclass correlation of a value within clusters, by analysis of variance.

    Args:
        values: (n,) the value of each question: right or wrong, or the difference of two models.
        clusters: (n,) the image of each.

    Returns:
        ρ, which may be slightly negative; 0 where every cluster has one question or nothing varies.
    """
    sizes = np.bincount(clusters)
    means = np.bincount(clusters, values)[sizes > 0] / sizes[sizes > 0]
    sizes = sizes[sizes > 0].astype(np.float64)
    n, k = sizes.sum(), len(sizes)
    if n == k or k < 2:
        return 0.0
    between = float((sizes * (means - values.mean()) ** 2).sum() / (k - 1))
    within = float((np.sum((values**2)) - (sizes * means**2).sum()) / (n - k))
    average = (n - (sizes**2).sum() / n) / (k - 1)
    total = between + (average - 1) * within
    return float((between - within) / total) if total > 0 else 0.0


def questions_for_difference(
    difference: float,
    disagreement: float,
    per_image: float = 1,
    correlation: float = 0.0,
    power: float = 0.8,
    level: float = 0.95,
) -> Need:
    """Questions needed to see a difference in accuracy between two models on the same questions.

    Args:
        difference: of the two accuracies, in (0, 1].
        disagreement: share of questions that just one of the two has right, at least the difference.
        per_image: questions on each image.
        correlation: of the paired difference within an image.
        power: chance to see it.
        level: 1 - the error accepted where there is none.

    Source: Connor 1987, Biometrics 43:207, for McNemar's test, times the design effect.

    Example:
        >>> questions_for_difference(0.02, 0.10).independent
        1960
    """
    if not 0 < difference <= disagreement <= 1:
        raise ValueError(f"0 < difference <= disagreement <= 1 is needed, found {difference} and {disagreement}")
    tails = float(ndtri(1 - (1 - level) / 2)) * sqrt(disagreement)
    tails += float(ndtri(power)) * sqrt(disagreement - difference**2)
    return _need(tails**2 / difference**2, per_image, correlation)


def questions_for_half_width(
    half_width: float, rate: float, per_image: float = 1, correlation: float = 0.0, level: float = 0.95
) -> Need:
    """Questions needed for a rate to be known to ± half_width.

    Example:
        >>> questions_for_half_width(0.01, 0.88).independent
        4057
    """
    if not 0 < half_width < 1 or not 0 < rate < 1:
        raise ValueError(f"half width and rate lie in (0, 1), found {half_width} and {rate}")
    return _need((float(ndtri(1 - (1 - level) / 2)) / half_width) ** 2 * rate * (1 - rate), per_image, correlation)


def _need(independent: float, per_image: float, correlation: float) -> Need:
    effect = max(design_effect(per_image, correlation), 1 / per_image)
    images = ceil(independent * effect / per_image)
    return Need(ceil(independent), ceil(images * per_image), images, effect)
