"""Two models on the same questions: the difference, and whether it could be chance."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats.contingency_tables import mcnemar as _mcnemar

from sightline.stats.intervals import LEVEL, percentile_interval

__all__ = ["Difference", "McNemar", "holm", "mcnemar", "paired_difference"]


class Difference(NamedTuple):
    """A difference between two models on the same questions.

    Args:
        value: the first model's rate less the second's.
        low: lower end of its interval.
        high: upper end.
        p: two-sided p-value of no difference, from the same draws; never below one in the number of draws.
        p_reversed: the share of draws in which the order of the two is the opposite of the one observed.
    """

    value: float
    low: float
    high: float
    p: float
    p_reversed: float


def paired_difference(
    first: float,
    second: float,
    first_drawn: NDArray[np.float64],
    second_drawn: NDArray[np.float64],
    clusters: int,
    level: float = LEVEL,
) -> Difference:
    """Compare two rates whose draws hold the same clusters.

    Args:
        first: the first model's rate.
        second: the second model's.
        first_drawn: (draws,) the first model's rate in every draw.
        second_drawn: (draws,) the second's, in the same draws.
        clusters: how many clusters the rates rest on.
        level: of the interval.
    """
    value = first - second
    drawn = first_drawn - second_drawn
    if np.isnan(value) or np.isnan(drawn).all():
        return Difference(value, np.nan, np.nan, np.nan, np.nan)
    interval = percentile_interval(np.asarray(value), drawn, np.asarray(clusters), level, is_rate=False)
    drawn = drawn[~np.isnan(drawn)]
    # (k + 1) / (draws + 1): the observed data are one of the ways it could have come out
    below, above = (np.sum(drawn <= 0) + 1) / (len(drawn) + 1), (np.sum(drawn >= 0) + 1) / (len(drawn) + 1)
    reversed_ = np.mean(drawn < 0) if value > 0 else np.mean(drawn > 0) if value < 0 else np.mean(drawn != 0)
    p = min(1.0, 2 * float(min(below, above)))
    return Difference(float(value), float(interval.low), float(interval.high), p, float(reversed_))


class McNemar(NamedTuple):
    """McNemar's test.

    Args:
        only_first: questions that only the first model has right.
        only_second: questions that only the second has right.
        p: exact two-sided p-value. It takes questions for independent; the clustered interval does not.
    """

    only_first: int
    only_second: int
    p: float


def mcnemar(first_right: NDArray[np.bool_], second_right: NDArray[np.bool_]) -> McNemar:
    """Test whether two models are right equally often on the same questions.

    Args:
        first_right: (n,) whether the first model is right.
        second_right: (n,) whether the second is.

    Example:
        >>> first, second = np.array([1, 1, 1, 1, 1, 0], bool), np.array([0, 0, 0, 0, 1, 1], bool)
        >>> mcnemar(first, second)
        McNemar(only_first=4, only_second=1, p=0.375)
    """
    only_first = int(np.sum(first_right & ~second_right))
    only_second = int(np.sum(~first_right & second_right))
    if only_first + only_second == 0:
        return McNemar(0, 0, 1.0)
    p = float(_mcnemar([[0, only_first], [only_second, 0]], exact=True).pvalue)
    return McNemar(only_first, only_second, min(p, 1.0))


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correct p-values for their number (Holm 1979); NaN stays NaN and is not counted.

    Example:
        >>> holm(np.array([0.01, 0.04, 0.03])).round(3).tolist()
        [0.03, 0.06, 0.06]
    """
    # statsmodels has it too, but collects garbage on each call: half a second in a process that holds a model
    corrected = np.full(len(p_values), np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known])]
    steps = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(p_values[order] * steps), 1.0)
    return corrected
