"""How values are written: counts, rates in percent, differences in points, and their intervals."""

import math
from enum import StrEnum
from typing import Any

__all__ = ["Show", "decimals", "interval_shown", "minus", "short", "shown", "unit"]


class Show(StrEnum):
    """How the values of a column are shown."""

    TEXT = "text"
    CODE = "code"
    """Names of files and hashes."""
    COUNT = "count"
    PERCENT = "percent"
    """A rate in [0, 1], in percent with two decimals."""
    NUMBER = "number"
    """A mean, with two decimals."""
    POINTS = "points"
    """A difference of two rates, in percentage points, with its sign."""
    PROBABILITY = "probability"
    SHIFT = "shift"
    """Ranks lost (positive) or won (negative)."""


def shown(show: Show, value: Any) -> str:
    """Write a value; one that rounds to zero has no minus.

    Example:
        >>> shown(Show.PERCENT, 0.8553), shown(Show.POINTS, -0.0125), shown(Show.POINTS, -0.00001)
        ('85.53', '−1.25', '+0.00')
    """
    match show:
        case Show.COUNT:
            return f"{value:,}"
        case Show.PERCENT:
            return f"{100 * value:.2f}"
        case Show.NUMBER:
            return minus(f"{value:z.2f}")
        case Show.POINTS:
            return minus(f"{100 * value:+z.2f}")
        case Show.PROBABILITY:
            return "<0.001" if value < 0.001 else f"{value:.3f}"
        case Show.SHIFT:
            return "=" if value == 0 else f"{'▲' if value < 0 else '▼'} {abs(value)}"
        case _:
            return str(value)


def interval_shown(show: Show, low: Any, high: Any) -> str:
    """Write an interval; the two ends of signed numbers are joined by a word and not by a dash.

    Example:
        >>> interval_shown(Show.PERCENT, 0.8412, 0.8684), interval_shown(Show.NUMBER, -0.5, 0.25)
        ('84.1–86.8', '−0.50 to 0.25')
    """
    match show:
        case Show.PERCENT:
            return f"{100 * low:.1f}–{100 * high:.1f}"
        case Show.NUMBER:
            return minus(f"{low:z.2f} to {high:z.2f}")
        case Show.POINTS:
            return minus(f"{100 * low:+z.2f} to {100 * high:+z.2f}")
        case _:
            return f"{low:,}–{high:,}"


def minus(number: str) -> str:
    """A number with a minus in place of its hyphen."""
    return number.replace("-", "−")


def decimals(show: Show, farthest: float) -> int:
    """How many decimals tell values apart that reach so far."""
    value = abs(farthest) * _times(show)
    return max(0, 1 - math.floor(math.log10(value))) if value else 0


def short(show: Show, value: float, places: int | None = None) -> str:
    """A value as a mark on a scale, with so many decimals or as many as it takes.

    Example:
        >>> short(Show.PERCENT, 0.375), short(Show.NUMBER, -0.04, 1)
        ('37.5', '−0.0')
    """
    number = _times(show) * value
    return minus(f"{number:.3g}" if places is None else f"{number:.{places}f}")


def unit(show: Show) -> str:
    """The unit of values that are written as rates are, as it follows their name."""
    return {Show.PERCENT: ", percent", Show.POINTS: ", percentage points"}.get(show, "")


def _times(show: Show) -> float:
    return 100.0 if show in (Show.PERCENT, Show.POINTS) else 1.0
