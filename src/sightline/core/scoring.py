"""How a benchmark turns replies into rates: what is counted, by reply or by group, and what is divided by what.

Counts add up over whole images (or whatever the smallest group is that shares one), and a rate is a ratio of sums, or
a fixed function of several. So one bootstrap of clusters serves every benchmark, and an interval never depends on how a
benchmark words its rates.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sightline.core.judging import Judge
from sightline.core.labels import LabelSet
from sightline.core.questions import Question, Reply

__all__ = ["Counted", "Derived", "Rate", "Ratio", "Scoring", "Shown", "harmonic_mean_of", "mean_of"]


class Rate(NamedTuple):
    """A ratio of two counts, each summed over what is scored.

    Args:
        name: what users call it: "chair_i", "prompt_match".
        of: the count above the line.
        over: the count below it.
        better: whether lower or higher is better; None where neither is.
        unit: "percent" for shares, "number" for means, as words in a caption.
    """

    name: str
    of: str
    over: str
    better: Literal["lower", "higher"] | None = None
    unit: Literal["percent", "number"] = "percent"


class Ratio(NamedTuple):
    """The two sums of a rate, arrays of one shape: all models and splits, in every draw alike.

    Args:
        of: the sum above the line.
        over: the sum below it.
    """

    of: NDArray[np.float64]
    over: NDArray[np.float64]

    @property
    def value(self) -> NDArray[np.float64]:
        """The rate; NaN where there is nothing to divide by."""
        values = np.full(np.shape(self.over), np.nan)
        np.divide(self.of, self.over, out=values, where=self.over > 0)
        return values


class Derived(NamedTuple):
    """A fixed function of several rates, where no ratio of two counts says it: a mean of rates, a harmonic mean.

    It is taken of the sums themselves, of the estimate and of every draw of the bootstrap alike, and so has intervals
    and comparisons as any rate has.

    Args:
        name: what users call it: "harmonic_mean", "amber_score".
        of: the rates it is made of, whether they are shown as well or not.
        function: (the `Ratio` of each of them, in their order) → its values, NaN where it is not defined.
        means: what it is, in words, for captions.
        better: whether lower or higher is better; None where neither is.
        unit: "percent" for shares, "number" for means, as words in a caption.
    """

    name: str
    of: tuple[Rate, ...]
    function: Callable[..., NDArray[np.float64]]
    means: str
    better: Literal["lower", "higher"] | None = None
    unit: Literal["percent", "number"] = "percent"


def mean_of(name: str, of: tuple[Rate, ...]) -> Derived:
    """The mean of several rates, each of the same weight.

    Example:
        >>> both = mean_of("both", (Rate("a", "a", "n", "higher"), Rate("b", "b", "m", "higher")))
        >>> both.means, both.function(Ratio(np.array(1.0), np.array(2.0)), Ratio(np.array(3.0), np.array(3.0)))
        ('mean of a and b', array(0.75))
    """
    return Derived(name, of, _mean, f"mean of {_listed(of)}", of[0].better, of[0].unit)


def harmonic_mean_of(name: str, of: tuple[Rate, ...]) -> Derived:
    """The harmonic mean of several rates; 0 where one of them is.

    Example:
        >>> both = harmonic_mean_of("both", (Rate("tpr", "tp", "p", "higher"), Rate("tnr", "tn", "n", "higher")))
        >>> both.means, both.function(Ratio(np.array(1.0), np.array(2.0)), Ratio(np.array(3.0), np.array(3.0)))
        ('harmonic mean of tpr and tnr', array(0.66666667))
    """
    return Derived(name, of, _harmonic_mean, f"harmonic mean of {_listed(of)}", of[0].better, of[0].unit)


def _mean(*ratios: Ratio) -> NDArray[np.float64]:
    return np.asarray(np.mean([ratio.value for ratio in ratios], axis=0), dtype=np.float64)


def _harmonic_mean(*ratios: Ratio) -> NDArray[np.float64]:
    values = np.stack([ratio.value for ratio in ratios])
    turned = np.divide(1.0, values, out=np.full(values.shape, np.inf), where=values != 0)
    return np.asarray(len(ratios) / turned.sum(axis=0), dtype=np.float64)


def _listed(of: Sequence[Rate]) -> str:
    """The names of rates, as people list them."""
    *first, last = (rate.name.replace("_", " ") for rate in of)
    return f"{', '.join(first)} and {last}" if first else last


class Counted(NamedTuple):
    """What was counted, one row for each unit that is scored: a reply, a pair, a circle of four.

    Args:
        clusters: for each row the smallest unit that shares an image or a group with others; intervals draw these.
        splits: for each row the part of the benchmark in which it is shown.
        counts: name of the count → (rows,) its values.
    """

    clusters: tuple[str, ...]
    splits: tuple[str, ...]
    counts: Mapping[str, NDArray[np.float64]]


class Shown(NamedTuple):
    """One reply as people are shown it.

    Args:
        reading: what was made of the reply, in a word or a few; None where there is no reply.
        label: what a right reply is held against; None where the label set says nothing.
    """

    reading: str | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Scoring:
    """What a benchmark counts, and the rates that come of it.

    Args:
        count: (questions, label set, the reply to each or None, name of the reader or None for the benchmark's own) →
            what was counted. Questions without a reply are left out of it; `missing` says how many there were.
        rates: in the order in which they are shown; the first is the headline.
        readers: the readers it can use, each as its name or as ``name@version``; the first is its own.
        notes: what to know before these rates are compared with published ones.
        show: (question, label set, the reply or None, name of the reader or None) → the reply as people are shown it;
            without it, replies are listed as they are.
        pooled: name → splits whose counts are added up, to be shown as one more split behind them ("attribute": those
            of state, number and action) where all of them are scored; one that names none adds up all that there are,
            where there are several.
        judge: what a judge of replies is asked, where there is one; what it says is each reply's `judgement`.
    """

    count: Callable[[Sequence[Question], LabelSet, Sequence[Reply | None], str | None], Counted]
    rates: tuple[Rate | Derived, ...]
    readers: tuple[str, ...]
    notes: str = ""
    show: Callable[[Question, LabelSet, Reply | None, str | None], Shown] | None = None
    pooled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    judge: Judge | None = None
