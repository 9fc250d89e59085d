"""How a benchmark turns replies into rates: what is counted, by reply or by group, and what is divided by what.

Counts add up over whole images (or whatever the smallest group is that shares one), and a rate is a ratio of sums. So
one bootstrap of clusters serves every benchmark, and an interval never depends on how a benchmark words its rates.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sightline.core.labels import LabelSet
from sightline.core.questions import Question, Reply

__all__ = ["Counted", "Rate", "Scoring", "Shown"]


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
    """

    count: Callable[[Sequence[Question], LabelSet, Sequence[Reply | None], str | None], Counted]
    rates: tuple[Rate, ...]
    readers: tuple[str, ...]
    notes: str = ""
    show: Callable[[Question, LabelSet, Reply | None, str | None], Shown] | None = None
