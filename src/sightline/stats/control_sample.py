"""What a random control sample of a finite stock says about the rest of it: exact upper bounds for few hits.

The stock is what nobody would look at otherwise (the items that a ranking has not come to); the control is a part of it
drawn with equal chances. A hit is whatever is counted: a wrong label, an ambiguous one.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

__all__ = ["Drawn", "any_time_bound", "hits_bound", "hits_estimate"]

_PRIOR = (1.0, 19.0)
"""Beta prior of the any-time bound: about one in twenty is a hit. Any prior gives a valid bound; this one is tight
where hits are as rare as errors of labels are."""


class Drawn(NamedTuple):
    """One stratum of a stock, and the control drawn from it.

    Args:
        stock: how many there are, those that were drawn included.
        n: how many of them were drawn.
        hits: how many of the drawn are hits.
    """

    stock: int
    n: int
    hits: int


def hits_estimate(strata: Sequence[Drawn]) -> float:
    """How many hits there are among what was not drawn: each stratum's share of hits times what is left of it.

    Returns:
        A number of hits; NaN where something is left of a stratum that nothing was drawn from.
    """
    left = 0.0
    for stock, n, hits in strata:
        if stock > n:
            left += (stock - n) * hits / n if n else np.nan
    return left


def hits_bound(strata: Sequence[Drawn], confidence: float = 0.95) -> int:
    """The one-sided upper bound of the hits among what was not drawn, exact for draws without replacement.

    For one stratum it is the inverse of the hypergeometric distribution. For two, of all pairs of numbers of hits under
    which an estimate as low as the one observed is not too unlikely, the pair with the largest sum is taken.

    Args:
        strata: one or two, drawn from independently; with equal chances within each.
        confidence: with which the true number is not above, where the size of the control was settled beforehand.

    Raises:
        ValueError: there are more than two strata, or the numbers of one do not fit together.

    Source: Buonaccorsi 1987, The American Statistician 41:215 (one stratum). For two, the same inversion with samples
        put in the order of their stratified estimate. With 360 drawn of 4,500 in the strata of RePOPE's two labels it
        is 1 to 2 % lower than without strata, and holds as often.

    Example:
        Nothing found among 59 of very many: fewer than 5 % are hits. Nothing among 50 of 60: one can be left, as it
        stays unseen in one case in six, and two do in one of forty.

        >>> hits_bound([Drawn(100_000, 59, 0)]) / 100_000 < 0.0495
        True
        >>> hits_bound([Drawn(60, 50, 0)])
        1
    """
    for stock, n, hits in strata:
        if not 0 <= hits <= n <= stock:
            raise ValueError(f"{hits} hits among {n} drawn of {stock} do not fit together")
    open_ = [drawn for drawn in strata if drawn.stock > drawn.n]
    if len(open_) > 2:
        raise ValueError(f"bounds are made of one or two strata that are not used up, found {len(open_)}")
    if not open_:
        return 0
    if len(open_) == 1:
        return _single(open_[0], 1 - confidence)
    return _double(open_[0], open_[1], 1 - confidence)


def any_time_bound(stock: int, n: int, hits: int, confidence: float = 0.95) -> int:
    """An upper bound of all hits of a stock that holds at every moment at once: who looks daily may stop on any day.

    Args:
        stock: how many there are.
        n: how many were drawn, one after the other in a random order.
        hits: how many of the drawn are hits.
        confidence: with which the true number is above at no time.

    Returns:
        The largest number of hits in the stock, those drawn included.

    Source: Waudby-Smith and Ramdas 2020, Confidence sequences for sampling without replacement (NeurIPS 33), theorem of
        the prior-posterior ratio, with a beta-binomial prior.

    Example:
        >>> any_time_bound(1000, 0, 0), any_time_bound(1000, 1000, 7)
        (1000, 7)
    """
    from scipy.stats import betabinom

    a, b = _PRIOR
    totals = np.arange(hits, stock - (n - hits) + 1)
    prior = betabinom.logpmf(totals, stock, a, b)
    posterior = betabinom.logpmf(totals - hits, stock - n, a + hits, b + n - hits)
    possible = prior - posterior < -np.log(1 - confidence)
    return int(totals[possible].max())


def _single(drawn: Drawn, alpha: float) -> int:
    stock, n, hits = drawn
    if n == 0:
        return stock
    totals = np.arange(hits, stock - (n - hits) + 1)
    likely = _cdf(np.array([hits]), stock, n, totals)[:, 0] > alpha
    return int(totals[likely].max()) - hits


def _double(first: Drawn, second: Drawn, alpha: float) -> int:
    """The largest sum along the staircase on which the estimate observed is just not too unlikely."""
    if first.n == 0 or second.n == 0:
        return (first.stock - first.n) + (second.stock - second.n)
    weight = [drawn.stock / drawn.n for drawn in (first, second)]
    observed = weight[0] * first.hits + weight[1] * second.hits
    of_first = np.arange(min(int(observed / weight[0] + _TIE), first.n) + 1)
    rest = np.floor((observed - weight[0] * of_first) / weight[1] + _TIE).astype(np.int64)
    totals = [np.arange(drawn.hits, drawn.stock - (drawn.n - drawn.hits) + 1) for drawn in (first, second)]
    chance = _pmf(of_first, first.stock, first.n, totals[0])
    below = _cdf(np.minimum(rest, second.n), second.stock, second.n, totals[1])
    best, at = 0, len(totals[1]) - 1
    for place, total in enumerate(totals[0]):
        while at >= 0 and chance[place] @ below[at] <= alpha:
            at -= 1
        if at < 0:
            break
        best = max(best, int(total - first.hits + totals[1][at] - second.hits))
    return best


_TIE = 1e-9
"""Estimates this close are equal."""


def _pmf(hits: NDArray[np.int64], stock: int, n: int, totals: NDArray[np.int64]) -> NDArray[np.float64]:
    """(totals, hits) the chance of so many hits among n, where there are so many in all: hypergeometric.

    By logarithms of factorials; scipy's distribution checks its arguments for a hundred times as long.
    """
    hit, total = hits[None, :], totals[:, None]
    possible = (hit <= total) & (n - hit <= stock - total)
    ways = _log_ways(total, np.minimum(hit, total))
    others = _log_ways(stock - total, np.clip(n - hit, 0, stock - total))
    return np.where(possible, np.exp(ways + others - _log_ways(np.array(stock), np.array(n))), 0.0)


def _log_ways(of: NDArray[np.int64], chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """The logarithm of the number of ways to choose."""
    return np.asarray(gammaln(of + 1) - gammaln(chosen + 1) - gammaln(of - chosen + 1), dtype=np.float64)


def _cdf(hits: NDArray[np.int64], stock: int, n: int, totals: NDArray[np.int64]) -> NDArray[np.float64]:
    """(totals, hits) the chance of at most so many hits among n; summed, which is much faster than scipy's own."""
    every = np.arange(max(int(hits.max()), 0) + 1)
    summed = np.cumsum(_pmf(every, stock, n, totals), axis=1)
    return np.where(hits[None, :] < 0, 0.0, summed[:, np.maximum(hits, 0)])
