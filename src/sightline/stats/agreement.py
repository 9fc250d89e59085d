"""How well people agree on what they looked at, and how good each of them is.

Verdicts are nominal: yes, no and ambiguous stand in no order. Not everybody looks at every item. Where a number says
nothing (nobody looked twice, only one word was ever said) it is NaN with the reason beside it, never 0 or 1.
"""

import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sightline.stats.intervals import DRAWS, LEVEL, cluster_totals, percentile_interval

__all__ = [
    "Agreement",
    "LabellerQuality",
    "Quality",
    "Verdict",
    "cohen_kappa",
    "cohen_kappas",
    "dawid_skene",
    "krippendorff_alpha",
    "percent_agreement",
]

_ROUNDS = 20
"""Of expectation and maximisation: the published example has settled to the third digit by the tenth."""

NEVER_TWICE = "no item was looked at by two labellers"
ONE_WORD = "only one word was ever said, so that chance alone would give full agreement"
NO_SPREAD = "there is no disagreement to tell an interval from"
ONE_SIDED = "one of them always says the same, which leaves no interval"


class Verdict(NamedTuple):
    """What one labeller says of one item.

    Args:
        item: the key of the item.
        labeller: who.
        word: what they say.
    """

    item: str
    labeller: str
    word: str


class Agreement(NamedTuple):
    """A coefficient of agreement with its 95 % interval.

    Args:
        value: 1 for full agreement, 0 for that of chance (of `percent_agreement`: for none); NaN where it says nothing.
        low: lower end of its interval; NaN where there is none.
        high: upper end.
        items: how many items it rests on.
        why: why the value or the interval is NaN, or "".
    """

    value: float
    low: float
    high: float
    items: int
    why: str = ""


class LabellerQuality(NamedTuple):
    """How one labeller errs, as a model infers it without knowing the truth.

    Args:
        confusion: (words, words) the probability of what they say (second axis) given what is true (first axis); NaN in
            the row of a truth that none of their items is likely to have.
        accuracy: how often they say what is true, the rows weighted by how often each truth comes.
        verdicts: how many verdicts it rests on.
    """

    confusion: NDArray[np.float64]
    accuracy: float
    verdicts: int


class Quality(NamedTuple):
    """What the model of Dawid and Skene makes of all verdicts.

    Args:
        words: the words, in the order of the axes.
        shares: (words,) how often each is true.
        labellers: labeller → how they err; empty where nothing can be told.
        chances: item → (words,) the chance that each word is true.
        why: why nothing can be told, or "".
    """

    words: tuple[str, ...]
    shares: NDArray[np.float64]
    labellers: Mapping[str, LabellerQuality]
    chances: Mapping[str, NDArray[np.float64]]
    why: str = ""


def percent_agreement(verdicts: Iterable[Verdict], draws: int = DRAWS, seed: int = 0) -> Agreement:
    """The share of pairs of labellers of an item that say the same of it, averaged over the items.

    Args:
        verdicts: one of a labeller and item, at most.
        draws: bootstrap draws of whole items.
        seed: of the draws.

    Raises:
        ValueError: a labeller has two verdicts on one item.

    Example:
        >>> said = [Verdict("a", "ann", "yes"), Verdict("a", "bob", "yes"), Verdict("b", "ann", "no")]
        >>> said += [Verdict("b", "bob", "yes"), Verdict("c", "bob", "yes")]
        >>> percent_agreement(said)[::3]
        (0.5, 2)
    """
    counts, _ = _counts(verdicts)
    if not len(counts):
        return Agreement(np.nan, np.nan, np.nan, 0, NEVER_TWICE)
    seen = counts.sum(axis=1)
    same = (counts * (counts - 1)).sum(axis=1) / (seen * (seen - 1))
    drawn = cluster_totals(same[:, None], draws, seed)[:, 0] / len(same)
    value = np.asarray(same.mean())
    found = percentile_interval(value, drawn, np.asarray(len(same)))
    return Agreement(float(value), float(found.low), float(found.high), len(same))


def cohen_kappa(table: NDArray[np.int64]) -> Agreement:
    """Cohen's kappa of two labellers, with the normal interval of its large-sample error.

    Args:
        table: (words, words) how often the first says the one and the second the other.

    Source: Cohen 1960, Educational and Psychological Measurement 20:37; the error of Fleiss, Cohen and Everitt 1969,
        Psychological Bulletin 72:323, as statsmodels has them.

    Example:
        >>> round(cohen_kappa(np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])).value, 3)
        0.492
    """
    from statsmodels.stats.inter_rater import cohens_kappa  # a second to load, which only who asks needs to wait for

    n = int(table.sum())
    rows, columns = table.sum(axis=1) > 0, table.sum(axis=0) > 0
    if n == 0:
        return Agreement(np.nan, np.nan, np.nan, 0, NEVER_TWICE)
    if (rows | columns).sum() == 1:
        return Agreement(np.nan, np.nan, np.nan, n, ONE_WORD)
    if rows.sum() == 1 or columns.sum() == 1:
        return Agreement(0.0, np.nan, np.nan, n, ONE_SIDED)
    if np.trace(table) == n:
        return Agreement(1.0, np.nan, np.nan, n, NO_SPREAD)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # statsmodels divides by zero under way where cells are empty
        found = cohens_kappa(table)
    return Agreement(float(found.kappa), max(-1.0, float(found.kappa_low)), min(1.0, float(found.kappa_upp)), n)


def cohen_kappas(verdicts: Iterable[Verdict]) -> dict[tuple[str, str], Agreement]:
    """Cohen's kappa of every two labellers, over the items that both have seen.

    Args:
        verdicts: one of a labeller and item, at most.

    Returns:
        Two labellers, in the order of their names → their agreement; who share no item are not in it.

    Raises:
        ValueError: a labeller has two verdicts on one item.
    """
    together = _by_item(verdicts)
    words = {word: place for place, word in enumerate(sorted({w for said in together.values() for w in said.values()}))}
    tables: dict[tuple[str, str], NDArray[np.int64]] = defaultdict(lambda: np.zeros((len(words), len(words)), np.int64))
    for said in together.values():
        for pair in combinations(sorted(said), 2):
            tables[pair][words[said[pair[0]]], words[said[pair[1]]]] += 1
    return {pair: cohen_kappa(tables[pair]) for pair in sorted(tables)}


def krippendorff_alpha(verdicts: Iterable[Verdict], draws: int = DRAWS, seed: int = 0) -> Agreement:
    """Krippendorff's alpha of nominal verdicts, of any number of labellers, each with any part of the items.

    The value is crowd-kit's. The draws are our own: alpha is a ratio of totals over items, so that one matrix product
    gives all of them; a test holds the two against each other.

    Args:
        verdicts: one of a labeller and item, at most; items that only one labeller saw say nothing and are left out.
        draws: bootstrap draws of whole items.
        seed: of the draws.

    Raises:
        ValueError: a labeller has two verdicts on one item.

    Source: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section D (nominal, missing data).
    """
    kept = {item: said for item, said in _by_item(verdicts).items() if len(said) > 1}
    counts, words = _counts([Verdict(i, who, word) for i, said in kept.items() for who, word in said.items()])
    if not len(counts):
        return Agreement(np.nan, np.nan, np.nan, 0, NEVER_TWICE)
    if len(words) == 1:
        return Agreement(np.nan, np.nan, np.nan, len(counts), ONE_WORD)
    rows = [Verdict(item, who, word) for item, said in kept.items() for who, word in said.items()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # crowd-kit's imports deprecate a good deal
        from crowdkit.metrics.data import alpha_krippendorff  # four seconds to load

        value = float(alpha_krippendorff(_frame(rows)))
    if value == 1:
        return Agreement(1.0, np.nan, np.nan, len(counts), NO_SPREAD)
    drawn = _alpha(cluster_totals(_alpha_parts(counts), draws, seed))
    found = percentile_interval(np.asarray(value), drawn, np.asarray(len(counts)), LEVEL, is_rate=False)
    return Agreement(value, float(found.low), float(found.high), len(counts))


def dawid_skene(verdicts: Sequence[Verdict]) -> Quality:
    """Infer how each labeller errs, from how they differ from each other.

    Args:
        verdicts: of several labellers; a labeller may say something of one item several times.

    Returns:
        How each errs. Where two labellers see the same items and nobody else does, the data do not tell which of them
        is wrong: the model then starts from, and stays near, an even split of the blame.

    Source: Dawid and Skene 1979, Applied Statistics 28:20; crowd-kit's implementation, run for a fixed number of
        rounds, as its own stopping rule may end it before it has settled (after 4 rounds on the paper's data).
    """
    words = tuple(sorted({verdict.word for verdict in verdicts}))
    per_item = Counter(verdict.item for verdict in verdicts)
    labellers = Counter(verdict.labeller for verdict in verdicts)
    nothing = Quality(words, np.full(len(words), np.nan), {}, {})
    if len(labellers) < 2 or max(per_item.values()) < 2:
        return nothing._replace(why=NEVER_TWICE)
    if len(words) == 1:
        return nothing._replace(why=ONE_WORD)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # crowd-kit calls what pandas 4 will no longer have
        from crowdkit.aggregation import DawidSkene  # four seconds to load

        fitted: Any = DawidSkene(_ROUNDS, tol=-np.inf).fit(_frame(verdicts))
    shares = fitted.priors_.reindex(list(words)).to_numpy()
    chances = fitted.probas_[list(words)]
    of_item = dict(zip(chances.index, chances.to_numpy(), strict=True))
    qualities = {}
    for name, n in labellers.items():
        errors = fitted.errors_.loc[name].reindex(list(words))[list(words)].fillna(0.0).to_numpy().T
        likely = np.sum([of_item[verdict.item] for verdict in verdicts if verdict.labeller == name], axis=0)
        known = likely > _NEGLIGIBLE
        weights = np.where(known, shares, 0.0)
        accuracy = float((weights * errors.diagonal()).sum() / weights.sum())
        qualities[name] = LabellerQuality(np.where(known[:, None], errors, np.nan), accuracy, n)
    return Quality(words, shares, qualities, of_item)


_NEGLIGIBLE = 1e-6
"""An expected number of items this small is no evidence."""


def _by_item(verdicts: Iterable[Verdict]) -> dict[str, dict[str, str]]:
    """What each labeller says of each item."""
    together: dict[str, dict[str, str]] = {}
    for item, labeller, word in verdicts:
        said = together.setdefault(item, {})
        if labeller in said:
            raise ValueError(f"{labeller} has two verdicts on {item}; agreement is counted over one of each labeller")
        said[labeller] = word
    return together


def _counts(verdicts: Iterable[Verdict]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """How often each word was said of each item that two or more have seen: (items, words), and the words."""
    several = [Counter(said.values()) for said in _by_item(verdicts).values() if len(said) > 1]
    words = tuple(sorted(set().union(*several)))
    return np.array([[said[word] for word in words] for said in several], dtype=np.float64), words


def _alpha_parts(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """What alpha is made of, item by item: (items, 1 + words) disagreeing pairs over seen - 1, then the counts."""
    seen = counts.sum(axis=1)
    disagreeing = (seen**2 - (counts**2).sum(axis=1)) / (seen - 1)
    return np.concatenate([disagreeing[:, None], counts], axis=1)


def _alpha(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Alpha of totals over items, NaN where only one word is left."""
    counts = totals[..., 1:]
    n = counts.sum(axis=-1)
    expected = n**2 - (counts**2).sum(axis=-1)
    ratio = np.full(expected.shape, np.nan)
    np.divide((n - 1) * totals[..., 0], expected, out=ratio, where=expected > 0)
    return 1 - ratio


def _frame(verdicts: Sequence[Verdict]) -> Any:
    """Verdicts as crowd-kit takes them."""
    import pandas as pd

    rows = [(verdict.item, verdict.labeller, verdict.word) for verdict in verdicts]
    return pd.DataFrame(rows, columns=["task", "worker", "label"])
