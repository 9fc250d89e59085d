"""How well two judges agree who looked at the same replies, with intervals that draw whole images.

Replies about one image are not independent, as questions are not (`sightline.stats.intervals`). All coefficients are
functions of one table, how often the first says one thing and the second another, so that one matrix product gives it
for every draw.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sightline.stats.agreement import NO_SPREAD, ONE_WORD, Agreement
from sightline.stats.intervals import DRAWS, cluster_totals, percentile_interval

__all__ = ["JudgeAgreement", "judge_agreement"]


class JudgeAgreement(NamedTuple):
    """How well two judges agree.

    Args:
        words: what they say, in the order of the table.
        table: (words, words) how often the first says the one and the second the other.
        percent: share of replies of which both say the same.
        kappa: Cohen's kappa.
        weighted: Cohen's kappa with quadratic weights, where all words are numbers; None else.
        alpha: Krippendorff's alpha of nominal verdicts.
        clusters: images that the replies are about.
    """

    words: tuple[str, ...]
    table: NDArray[np.int64]
    percent: Agreement
    kappa: Agreement
    weighted: Agreement | None
    alpha: Agreement
    clusters: int


def judge_agreement(
    first: Sequence[str], second: Sequence[str], clusters: Sequence[str], draws: int = DRAWS, seed: int = 0
) -> JudgeAgreement:
    """Agreement of two judges.

    Args:
        first: what the first says of each reply.
        second: what the second says of each.
        clusters: the image that each is about.
        draws: bootstrap draws of whole images.
        seed: of the draws.

    Raises:
        ValueError: there are no replies.

    Source: Cohen 1960, Educational and Psychological Measurement 20:37, and 1968, Psychological Bulletin 70:213;
        Krippendorff 2011, Computing Krippendorff's Alpha-Reliability.

    Example:
        >>> found = judge_agreement(["yes", "yes", "no", "no"], ["yes", "no", "no", "no"], ["a", "b", "c", "d"])
        >>> found.percent.value, found.kappa.value, found.words
        (0.75, 0.5, ('no', 'yes'))
    """
    if not first:
        raise ValueError("there are no replies that both have judged")
    numeric = all(word.isdecimal() for word in {*first, *second})
    words = tuple(sorted({*first, *second}, key=(lambda word: (int(word), word)) if numeric else None))
    place = {word: at for at, word in enumerate(words)}
    names = {name: at for at, name in enumerate(dict.fromkeys(clusters))}
    tables = np.zeros((len(names), len(words), len(words)))
    for one, other, cluster in zip(first, second, clusters, strict=True):
        tables[names[cluster], place[one], place[other]] += 1
    drawn = cluster_totals(tables, draws, seed)
    whole = tables.sum(axis=0)
    unequal = 1 - np.eye(len(words))
    values = np.array([int(word) for word in words]) if numeric else None

    def of(coefficient: Callable[[NDArray[np.float64]], NDArray[np.float64]], is_rate: bool = False) -> Agreement:
        return _agreement(coefficient, whole, drawn, len(names), len(first), is_rate)

    return JudgeAgreement(
        words,
        whole.astype(np.int64),
        of(_percent, True),
        of(lambda table: _kappa(table, unequal)),
        None if values is None else of(lambda table: _kappa(table, (values[:, None] - values[None]) ** 2.0)),
        of(_alpha),
        len(names),
    )


def _agreement(
    coefficient: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    whole: NDArray[np.float64],
    drawn: NDArray[np.float64],
    clusters: int,
    items: int,
    is_rate: bool,
) -> Agreement:
    value = coefficient(whole)
    if np.isnan(value):
        return Agreement(np.nan, np.nan, np.nan, items, ONE_WORD)
    if value == 1 and not is_rate:
        return Agreement(1.0, np.nan, np.nan, items, NO_SPREAD)
    found = percentile_interval(value, coefficient(drawn), np.asarray(clusters), is_rate=is_rate)
    return Agreement(float(value), float(found.low), float(found.high), items)


def _percent(table: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.trace(table, axis1=-2, axis2=-1) / table.sum(axis=(-2, -1)))


def _kappa(table: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """One less the disagreement found over the disagreement that chance would give; NaN where that is none."""
    n = table.sum(axis=(-2, -1))
    chance = table.sum(axis=-1)[..., :, None] * table.sum(axis=-2)[..., None, :] / n[..., None, None]
    return _one_less((weights * table).sum(axis=(-2, -1)), (weights * chance).sum(axis=(-2, -1)))


def _alpha(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Krippendorff's alpha: as kappa, but chance draws from what both say together, without replacement."""
    both = table.sum(axis=-1) + table.sum(axis=-2)
    n = both.sum(axis=-1)
    found = 2 * (n / 2 - np.trace(table, axis1=-2, axis2=-1))
    chance = (n**2 - (both**2).sum(axis=-1)) / (n - 1)
    return _one_less(found, chance)


def _one_less(found: NDArray[np.float64], chance: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 - np.divide(found, chance, out=np.full(np.shape(chance), np.nan), where=chance > 0))
