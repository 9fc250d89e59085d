"""Lines over a numeric axis, each with a band around it: read from a table, and drawn on a ground."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sightline.report.canvas import SMALL, say
from sightline.report.legend import Frame
from sightline.report.plot import INK

__all__ = ["Ground", "Line", "Spot", "Stroke", "read_lines", "round_marks"]


class Spot(NamedTuple):
    """A mean somewhere on the axis, with the ends of its interval where it has one."""

    x: float
    mean: float
    low: float | None
    high: float | None

    def __str__(self) -> str:
        """The mean with its interval, three digits each."""
        return f"{self.mean:.3g}" + ("" if self.low is None else f" ({self.low:.3g} to {self.high:.3g})")


Line = tuple[Spot, ...]
"""Spots from left to right."""


def read_lines(table: pa.Table, keys: Sequence[str], x: str) -> dict[tuple[str, ...], Line]:
    """Read lines from a table.

    Args:
        table: the columns named, and mean, low, high; low and high may both be null.
        keys: the columns that tell one line from another.
        x: the column of the axis.

    Returns:
        The values of the keys → the line, in the order in which they first occur.

    Raises:
        ValueError: a column is missing or unknown, there are no rows, a line has two means at one place, a number is
            none, or a mean lies outside of its interval.

    Example:
        >>> rows = {"role": ["image"], "layer": [0], "mean": [0.5], "low": [0.4], "high": [0.6]}
        >>> read_lines(pa.table(rows), ["role"], "layer")
        {('image',): (Spot(x=0, mean=0.5, low=0.4, high=0.6),)}
    """
    expected = [*keys, x, "mean", "low", "high"]
    if sorted(table.column_names) != sorted(expected):
        raise ValueError(f"lines have columns {', '.join(expected)}, found {', '.join(table.column_names)}")
    lines: dict[tuple[str, ...], dict[float, Spot]] = {}
    for row in table.to_pylist():
        key = tuple(str(row[name]) for name in keys)
        spots = lines.setdefault(key, {})
        if row[x] in spots:
            raise ValueError(f"{', '.join(key)} has two means at {x} {row[x]}")
        spots[row[x]] = _spot(row, x, key)
    if not lines:
        raise ValueError("lines need a row at least, found none")
    return {key: tuple(sorted(spots.values())) for key, spots in lines.items()}


def _spot(row: Mapping[str, Any], x: str, key: tuple[str, ...]) -> Spot:
    spot = Spot(row[x], row["mean"], row["low"], row["high"])
    where = f"{', '.join(key)} at {x} {spot.x}"
    ends = [end for end in (spot.low, spot.high) if end is not None]
    if len(ends) == 1 or not all(value is not None and math.isfinite(value) for value in (*spot[:2], *ends)):
        raise ValueError(f"{where}: mean, low and high are {spot.mean}, {spot.low}, {spot.high}, expected numbers")
    if ends and not ends[0] <= spot.mean <= ends[1]:
        raise ValueError(f"{where}: the mean is {spot.mean}, expected one in its interval {ends[0]} to {ends[1]}")
    return spot


def round_marks(lowest: float, highest: float, most: int = 5) -> list[float]:
    """Round numbers from below the lowest to above the highest value.

    Example:
        >>> round_marks(-0.3, 1.2)
        [-0.5, 0.0, 0.5, 1.0, 1.5]
    """
    marks = MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10]).tick_values(lowest, highest)
    return [float(mark) for mark in marks]


class Stroke(NamedTuple):
    """How a line is drawn.

    Args:
        colour: of line and band.
        style: matplotlib's.
        width: in points.
        marker: at every so many spots; none if empty.
        every: how many spots lie from marker to marker.
        band: opacity of the band.
        zorder: matplotlib's; grid lines are at 0.
    """

    colour: str
    style: str = "-"
    width: float = 1.8
    marker: str = ""
    every: int = 1
    band: float = 0.16
    zorder: float = 3


class Ground:
    """Where lines stand: a frame, and the numbers at its edges.

    Args:
        axes: the panel, in points.
        frame: the edges of the ground.
        xs: numbers at the left and the right edge.
        ys: numbers at the lower and the upper edge.
    """

    def __init__(self, axes: Axes, frame: Frame, xs: tuple[float, float], ys: tuple[float, float]) -> None:
        self.axes, self.frame, self._xs, self._ys = axes, frame, xs, ys

    def across(self, x: float) -> float:
        """Where a number of the axis stands."""
        first, last = self._xs
        return self.frame.left + (self.frame.right - self.frame.left) * (x - first) / (last - first)

    def up(self, y: float) -> float:
        """Where a value stands."""
        low, high = self._ys
        return self.frame.bottom - (self.frame.bottom - self.frame.top) * (y - low) / (high - low)

    def rules(self, marks: Mapping[float, str], strong: float) -> None:
        """Draw grid lines with their texts on the left, one of them strong."""
        for value, text in marks.items():
            y, colour = self.up(value), INK["quiet" if value == strong else "line"]
            self.axes.plot(self.frame[:2], [y, y], color=colour, linewidth=1, zorder=0)
            say(self.axes, self.frame.left - 6, y, text, "right", size=SMALL, quiet=True)

    def places(self, marks: Mapping[float, str]) -> None:
        """Write texts under the axis, each beneath a short mark."""
        for value, text in marks.items():
            x = self.across(value)
            self.axes.plot([x, x], [self.frame.bottom, self.frame.bottom + 4], color=INK["quiet"], linewidth=1)
            say(self.axes, x, self.frame.bottom + 13, text, "center", size=SMALL, quiet=True)

    def draw(self, line: Line, stroke: Stroke) -> tuple[float, float]:
        """Draw a line with its band.

        Returns:
            Where its last spot stands.
        """
        xs, ys = [self.across(spot.x) for spot in line], [self.up(spot.mean) for spot in line]
        if all(spot.low is not None and spot.high is not None for spot in line) and stroke.band:
            lows, highs = ([self.up(getattr(spot, end)) for spot in line] for end in ("low", "high"))
            self.axes.fill_between(
                xs, lows, highs, color=stroke.colour, alpha=stroke.band, linewidth=0, zorder=stroke.zorder - 1
            )
        self.axes.plot(
            xs,
            ys,
            color=stroke.colour,
            linestyle=stroke.style,
            linewidth=stroke.width,
            marker=stroke.marker,
            markersize=6,
            markevery=stroke.every,
            zorder=stroke.zorder,
        )
        return xs[-1], ys[-1]
