"""Rates under labels of which only some were checked: what they would be, had every item been looked at.

Items are looked at because a ranking puts them high, or because a control sample drew them. Mending what was found and
scoring at once flatters the models the ranking listens to: only labels that hurt them are mended. Here every control
item stands for those of its stratum that nobody looked at, so that the counts behind the rates are estimated without
bias (a difference estimator: old counts, plus found changes, plus weighted changes of the control).

Changes are rare, often none to five in a control of hundreds, so the interval is that of a weighted sum of rare events
(gamma, mid-p), separately for what lowers a rate and for what raises it, and the two are put together.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from sightline.stats.intervals import LEVEL
from sightline.stats.rates import CELLS, RATES, Unreadable, rates

__all__ = ["CERTAIN", "Corrected", "Looked", "control_weights", "corrected_rates", "event_limits"]

CERTAIN = -1
"""The stratum of an item that stands for itself alone."""

_SHRINK = 2.0
"""Hits added to each stratum where its share of hits is guessed from few."""

_STEP = 1e-4
"""Of the difference quotients of rates, in questions."""


class Looked(NamedTuple):
    """What is known of each item; yes is 1, no is 0, anything else is not scored.

    Args:
        old: (items,) the label before.
        found: (items,) what people found; of an item that nobody looked at its old label.
        control: (items,) whether it was looked at because it was drawn from its stratum.
        strata: (items,) from 0 on, the stratum that a control item was drawn from and that an item nobody looked at
            belongs to; `CERTAIN` for what was looked at for another reason.
    """

    old: NDArray[np.int8]
    found: NDArray[np.int8]
    control: NDArray[np.bool_]
    strata: NDArray[np.int64]


class Corrected(NamedTuple):
    """Rates under a partly audited label set, arrays of shape (groups, rates); of several groups the mean comes last.

    Args:
        raw: with what was found mended, and everything else as it was.
        estimate: as if everything had been looked at.
        low: lower end of the 95 % interval of the estimate.
        high: upper end.
        lowering: how many control items lower the rate.
        raising: how many raise it.
    """

    raw: NDArray[np.float64]
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    lowering: NDArray[np.int64]
    raising: NDArray[np.int64]


def control_weights(looked: Looked) -> NDArray[np.float64]:
    """For how many items that nobody looked at each control item stands; 0 for all others.

    Raises:
        ValueError: in a stratum there are items that nobody looked at, and no control.

    Example:
        >>> no, drawn, strata = np.zeros(5, np.int8), np.array([1, 0, 0, 0, 0], bool), np.array([0, 0, 0, CERTAIN, 0])
        >>> control_weights(Looked(no, no, drawn, strata)).tolist()
        [3.0, 0.0, 0.0, 0.0, 0.0]
    """
    weights = np.zeros(len(looked.old))
    for stratum in np.unique(looked.strata[looked.strata != CERTAIN]):
        inside = looked.strata == stratum
        drawn = inside & looked.control
        left = int((inside & ~looked.control).sum())
        if left and not drawn.any():
            raise ValueError(f"{left} items of stratum {stratum} were not looked at, and no control was drawn from it")
        if drawn.any():
            weights[drawn] = left / drawn.sum()
    return weights


def corrected_rates(
    looked: Looked, replies: NDArray[np.float64], unreadable: Unreadable = Unreadable.WRONG, level: float = LEVEL
) -> Corrected:
    """Estimate the rates of one model under the labels that a complete audit would give.

    Args:
        looked: what is known of each item.
        replies: (items, groups, 3) how many questions about an item the model answers yes, no, unreadably in each
            group (split).
        unreadable: how replies that could not be read count.
        level: how often the interval is to hold what a complete audit would give.

    Returns:
        Rates in the order of `RATES`. The interval is about labels that were not looked at, and about nothing else: not
        about other images, nor about labellers who err.

    Raises:
        ValueError: as `control_weights`.
    """
    weights = control_weights(looked)
    mended = np.einsum("it,igr->gtr", _is(looked.found), replies)
    change = _is(looked.found) - _is(looked.old)
    counts = np.maximum(mended + np.einsum("i,it,igr->gtr", weights, change, replies), 0)
    raw, estimate = (_with_mean(_rates(table, unreadable)) for table in (mended, counts))
    slopes = _slopes(counts, unreadable)
    drawn, unseen = np.flatnonzero(weights > 0), np.flatnonzero((looked.strata != CERTAIN) & ~looked.control)
    effects = _effects(change[drawn], replies[drawn], slopes)
    as_it_is = _effects(_is(looked.old), replies, slopes)
    possible = [_effects(_is(to), replies, slopes) - as_it_is for to in _everything(looked.old)]
    limits = []
    for sign in (-1, 1):
        effect = np.maximum(sign * effects, 0)
        most = np.maximum.reduce([np.maximum(sign * effect, 0) for effect in possible])
        extra = _next_event(looked.strata, weights, effect > 0, most, drawn, unseen)
        total = np.einsum("i,i...->...", weights[drawn], effect)
        square = np.einsum("i,i...->...", weights[drawn] * (weights[drawn] + 1), effect**2)
        limits.append((total, *event_limits(total, square, extra, level), (effect > _NOTHING).sum(axis=0)))
    (down, down_low, down_high, lowering), (up, up_low, up_high, raising) = limits
    low = estimate - np.hypot(up - up_low, down_high - down)
    high = estimate + np.hypot(up_high - up, down - down_low)
    return Corrected(raw, estimate, np.clip(low, 0, 1), np.clip(high, 0, 1), lowering, raising)


_NOTHING = 1e-9
"""A smaller change of a rate is that of rounding."""


def event_limits(
    total: NDArray[np.float64], square: NDArray[np.float64], extra: NDArray[np.float64], level: float = LEVEL
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both limits of the mean of a weighted sum of rare events.

    Args:
        total: (...) the sum of the weights of the events that came.
        square: (...) the sum of their squares.
        extra: (...) the weight of the event that might have come next.
        level: of the interval.

    Source: Fay and Feuer 1997, Statistics in Medicine 16:791, in the mid-p form of Fay and Kim 2017, Biometrical
        Journal 59:549: half the distribution without the next event, half with it.

    Example:
        With equal weights it is the mid-p interval of a Poisson count. Of no event: exp(-m) / 2 = .025.

        >>> low, high = event_limits(np.array(0.0), np.array(0.0), np.array(1.0))
        >>> float(low), round(float(high), 3), round(float(-np.log(0.05)), 3)
        (0.0, 2.996, 2.996)
    """
    tail = (1 - level) / 2
    with_next, with_square = total + extra, square + extra**2
    ends = []
    for chance in (tail, 1 - tail):
        below = np.zeros_like(total)
        above = with_next + 40 * np.sqrt(with_square) + np.finfo(float).tiny
        for _ in range(_HALVINGS):
            middle = (below + above) / 2
            reached = (_gamma(middle, total, square) + _gamma(middle, with_next, with_square)) / 2 > chance
            above = np.where(reached, middle, above)
            below = np.where(reached, below, middle)
        ends.append(above)
    return np.where(total > 0, ends[0], 0.0), ends[1]


_HALVINGS = 42
"""Of the bracket of a limit, which leaves a millionth of a millionth of it."""


def _gamma(at: NDArray[np.float64], mean: NDArray[np.float64], variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distribution function of a gamma with that mean and variance; all of it at 0 where the mean is 0."""
    known = mean > 0
    variance = np.where(known, variance, 1.0)
    return np.where(known, gammainc(np.where(known, mean**2 / variance, 1.0), at * mean / variance), 1.0)


def _is(labels: NDArray[np.int8]) -> NDArray[np.float64]:
    """(items, 2) whether the label is yes, whether it is no."""
    return np.stack([labels == 1, labels == 0], axis=-1).astype(np.float64)


def _everything(old: NDArray[np.int8]) -> list[NDArray[np.int8]]:
    return [np.full_like(old, label) for label in (1, 0, -1)]


def _rates(table: NDArray[np.float64], unreadable: Unreadable) -> NDArray[np.float64]:
    """Rates of (..., label, reading) counts."""
    return rates(table.reshape(*table.shape[:-2], len(CELLS)), unreadable)


def _with_mean(of_groups: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(of_groups) == 1:
        return of_groups
    return np.concatenate([of_groups, of_groups.mean(axis=0, keepdims=True)])


def _slopes(counts: NDArray[np.float64], unreadable: Unreadable) -> NDArray[np.float64]:
    """(groups, labels, readings, rates) by how much one question more in a cell moves each rate of its group."""
    groups, labels, readings = counts.shape
    slopes = np.zeros((groups, labels, readings, len(RATES)))
    for label in range(labels):
        for reading in range(readings):
            more = counts.copy()
            more[:, label, reading] += _STEP
            slopes[:, label, reading] = (_rates(more, unreadable) - _rates(counts, unreadable)) / _STEP
    return np.nan_to_num(slopes)


def _effects(
    change: NDArray[np.float64], replies: NDArray[np.float64], slopes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(items, groups, rates) by how much a change of an item's label moves each rate, mean of the groups included."""
    groups, labels, readings, many = slopes.shape
    cells = (change[:, None, :, None] * replies[:, :, None, :]).transpose(1, 0, 2, 3)
    effects = (cells.reshape(groups, -1, labels * readings) @ slopes.reshape(groups, -1, many)).transpose(1, 0, 2)
    if effects.shape[1] > 1:
        effects = np.concatenate([effects, effects.mean(axis=1, keepdims=True)], axis=1)
    return effects


def _next_event(
    strata: NDArray[np.int64],
    weights: NDArray[np.float64],
    hit: NDArray[np.bool_],
    most: NDArray[np.float64],
    drawn: NDArray[np.intp],
    unseen: NDArray[np.intp],
) -> NDArray[np.float64]:
    """(groups, rates) how heavy the next event would be.

    The mean over the items that nobody looked at and that could be one, by their strata's shares of hits; those rest on
    few, and are drawn towards each other.
    """
    heavy, chances = np.zeros(most.shape[1:]), np.zeros(most.shape[1:])
    for stratum in np.unique(strata[unseen]):
        of_drawn = strata[drawn] == stratum
        inside = most[unseen[strata[unseen] == stratum]]
        could, could_drawn = inside > _NOTHING, most[drawn[of_drawn]] > _NOTHING
        share = (hit[of_drawn].sum(axis=0) + _SHRINK) / (could_drawn.sum(axis=0) + 2 * _SHRINK)
        heavy += share * inside.sum(axis=0) * weights[drawn[of_drawn]][0]
        chances += share * could.sum(axis=0)
    return np.divide(heavy, chances, out=np.zeros_like(heavy), where=chances > 0)
