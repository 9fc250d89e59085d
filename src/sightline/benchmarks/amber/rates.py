"""AMBER's rates: what its code prints, digit by digit, and the same without its rounding.

Its code takes "no" for the positive class, begins every denominator at 0.001, rounds to one decimal, and takes F1 from
precision and recall that are rounded already, with 0.0001 more below the line (0.001 for existence alone). Which of the
two is meant goes with the reader: the count ``official`` says of every reply whether it was read by AMBER's own rules.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sightline.core import Derived, Rate, Ratio

__all__ = ["COUNTS", "RATES", "rounded"]

COUNTS = (
    *("answers", "right", "no", "said_no", "right_no", "unreadable", "existence", "state", "number", "action"),
    *("captions", "hallucinating", "nouns", "made_up", "truths", "covered", "targets", "met", "rows", "official"),
)
"""What is counted of every reply: first of answers, then of captions, then of both."""

_START = 0.001
"""Where AMBER's denominators begin."""

Values = NDArray[np.float64]


def rounded(values: Values) -> Values:
    """Round to one decimal as Python does, which takes the decimal that is nearest to the number as it is stored.

    Example:
        >>> rounded(np.array([0.35, 66.25, 79.66])), round(0.35, 1)
        (array([ 0.3, 66.2, 79.7]), 0.3)
    """
    near = np.asarray(values, dtype=np.float64)
    found = np.round(near, 1)
    tenths = near * 10
    for at in zip(*np.nonzero(np.abs(tenths - np.floor(tenths) - 0.5) < 1e-6), strict=True):
        found[at] = round(float(near[at]), 1)
    return found


class _Rows:
    """Which replies values are made of: whether AMBER's own rules hold for them, and of which dimension they are."""

    def __init__(self, official: Ratio, existence: Ratio, state: Ratio, number: Ratio, action: Ratio) -> None:
        self.official = official.of > 0
        self.existence = (existence.of > 0) & (existence.of == existence.over)
        attributes = state, number, action
        together = sum(each.of for each in attributes) == state.over
        kinds = sum((each.of > 0).astype(np.float64) for each in attributes)
        self.start = _START * np.where(together & (kinds == len(attributes)), len(attributes), 1)

    def percent(self, ratio: Ratio) -> Values:
        """A share as AMBER's code prints it."""
        return rounded(100 * ratio.of / (ratio.over + self.start))

    def f1(self, precision: Ratio, recall: Ratio) -> Values:
        """F1 as AMBER's code prints it."""
        p, r = self.percent(precision) / 100, self.percent(recall) / 100
        return rounded(2 * p * r / (p + r + np.where(self.existence, 0.001, 0.0001)) * 100)


def _share(*ratios: Ratio) -> Values:
    """A share; one of which there are no replies is not defined."""
    ratio, asked, *more = ratios
    found = np.where((rows := _Rows(*more)).official, rows.percent(ratio) / 100, ratio.value)
    return np.where(asked.over > 0, found, np.nan)


def _f1(*ratios: Ratio) -> Values:
    precision, recall, asked, *more = ratios
    sound = Ratio(2 * precision.of, precision.over + recall.over).value
    found = np.where((rows := _Rows(*more)).official, rows.f1(precision, recall) / 100, sound)
    return np.where(asked.over > 0, found, np.nan)


def _hal(*ratios: Ratio) -> Values:
    ratio, asked, *more = ratios
    rows = _Rows(*more)
    free = rounded(100 - (ratio.over - ratio.of) / (ratio.over + _START) * 100) / 100
    return np.where(asked.over > 0, np.where(rows.official, free, ratio.value), np.nan)


def _score(*ratios: Ratio) -> Values:
    """Half of what is left by CHAIR, half of F1."""
    made_up, precision, recall, captions, answers, *more = ratios
    return (1 - _share(made_up, captions, *more) + _f1(precision, recall, answers, *more)) / 2


_RIGHT = Rate("accuracy", "right", "answers")
_PRECISION = Rate("precision", "right_no", "said_no")
_RECALL = Rate("recall", "right_no", "no")
_CHAIR = Rate("chair", "made_up", "nouns")
_HALLUCINATING = Rate("hal", "hallucinating", "captions")
_KIND = tuple(
    Rate(name, name, over, unit="number")
    for name, over in (
        ("official", "rows"),
        *((name, "answers") for name in ("existence", "state", "number", "action")),
    )
)
"""Which replies there are, which is known and has no interval: numbers, no shares."""


def _derived(
    name: str, of: tuple[Rate, ...], function: Callable[..., Values], means: str, lower: bool = False
) -> Derived:
    return Derived(name, (*of, *_KIND), function, means, "lower" if lower else "higher")


RATES = (
    _derived("accuracy", (_RIGHT, _RIGHT), _share, "right over answers"),
    _derived("precision_no", (_PRECISION, _RIGHT), _share, "right no over said no"),
    _derived("recall_no", (_RECALL, _RIGHT), _share, "right no over no"),
    _derived("f1_no", (_PRECISION, _RECALL, _RIGHT), _f1, "harmonic mean of precision no and recall no"),
    Rate("said_no", "said_no", "answers"),
    Rate("unreadable", "unreadable", "answers", "lower"),
    _derived("chair", (_CHAIR, _HALLUCINATING), _share, "nouns of what is not there over nouns", lower=True),
    _derived("cover", (Rate("cover", "covered", "truths"), _HALLUCINATING), _share, "covered over truths"),
    _derived("hal", (_HALLUCINATING, _HALLUCINATING), _hal, "captions with such a noun over captions", lower=True),
    _derived("cog", (Rate("cog", "met", "targets"), _HALLUCINATING), _share, "targets met over targets", lower=True),
    _derived(
        "amber_score",
        (_CHAIR, _PRECISION, _RECALL, _HALLUCINATING, _RIGHT),
        _score,
        "mean of f1 no and of what chair leaves of 100",
    ),
)
"""The first is the headline."""
