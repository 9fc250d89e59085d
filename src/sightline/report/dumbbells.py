"""Rates before and after a change: beside each other on one scale, and their paired differences about zero on another.

On a phone only the differences are drawn, with both values in figures beside the name.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
from matplotlib.axes import Axes

from sightline.report.canvas import SMALL, TEXT, Grid, say, shortened, text_width
from sightline.report.legend import Entry, Frame, RowNames
from sightline.report.line_panel import round_marks
from sightline.report.plot import INK, SERIES, Plot
from sightline.report.shown import minus

__all__ = ["dumbbells"]

_NUMBERS = ("before", "after", "difference", "low", "high")
_COLUMNS = ("group", "name", *_NUMBERS, "verdict")
_ROOMY = 600.0
"""Width from which on values are drawn beside the differences."""
_WIDEST = 230.0
"""Width at most of a name beside the plot."""
_ROW, _NARROW_ROW, _HEADING = 22.0, 38.0, 30.0
_TITLE = 40.0
"""Room above the first heading for what the scales are."""
_FIGURES = 52.0
"""Room for a difference in figures."""
_BETWEEN = 46.0
_LEAST = 2.0
"""Least reach of the scale of differences to either side, in points."""

_BETTER, _WORSE, _NEITHER = SERIES[2], SERIES[1], INK["quiet"]
_VERDICTS = {
    "better": Entry("better", _BETTER, "^", ""),
    "perhaps better": Entry("perhaps better", _BETTER, "^", "", hollow=True),
    "worse": Entry("worse", _WORSE, "v", ""),
    "perhaps worse": Entry("perhaps worse", _WORSE, "v", "", hollow=True),
    "other": Entry("other, neither better nor worse", _NEITHER, "D", ""),
    "none": Entry("no difference seen", _NEITHER, "o", ""),
}
_SIDES = Entry("before", INK["ink"], "o", "", hollow=True), Entry("after", INK["ink"], "o", "")

_Scale = Callable[[float], float]


class _Span(NamedTuple):
    """A difference in points with the ends of its interval."""

    value: float
    low: float
    high: float


class _Change(NamedTuple):
    """A rate before and after, in percent."""

    name: str
    before: float
    after: float
    difference: _Span
    verdict: str

    def __str__(self) -> str:
        value, low, high = self.difference
        told = f"{self.name} {self.before:.1f} to {self.after:.1f}, {value:+z.1f} ({low:+z.1f} to {high:+z.1f})"
        return minus(f"{told}, {self.verdict}")


def dumbbells(data: pa.Table, width_pt: float = 1120) -> Plot:
    """Draw rates before and after a change, with their differences.

    Args:
        data: columns group (a heading), name, before, after (rates in [0, 1]), difference (after less before) with its
            interval low and high, and verdict: better, worse, perhaps better, perhaps worse, other or none. Rows of a
            group stand together.
        width_pt: of the whole, in points.

    Raises:
        ValueError: a column is missing, there are no rows, a verdict is unknown, or a number is missing.

    Example:
        >>> row = {"group": ["pope"], "name": ["accuracy"], "before": [0.5], "after": [0.75], "difference": [0.25]}
        >>> dumbbells(pa.table({**row, "low": [0.1], "high": [0.4], "verdict": ["better"]})).description
        'Before and after, in percent. pope: accuracy 50.0 to 75.0, +25.0 (+10.0 to +40.0), better.'
    """
    groups = _read(data)
    roomy, inner = width_pt >= _ROOMY, width_pt - 4
    changes = [change for own in groups.values() for change in own]
    kinds = [entry for verdict, entry in _VERDICTS.items() if any(change.verdict == verdict for change in changes)]
    names = RowNames([*(_SIDES if roomy else ()), *kinds], inner)
    top = names.above + _TITLE
    pitch = _ROW if roomy else _NARROW_ROW
    height = top + _HEADING * len(groups) + pitch * len(changes) + 8
    grid = Grid(width_pt, inner, height, 1)
    title = "Rates before and after, and their paired differences with 95 % intervals"
    figure = grid.figure(title if roomy else "Paired differences with 95 % intervals")
    axes = grid.panel(figure, 0)
    names.draw(axes, Frame(0, 0, 0, 0), ())
    frame = Frame(0, inner, top, height - 4)
    (_draw_wide if roomy else _draw_narrow)(axes, groups, frame)
    return Plot(figure, data, _words(groups))


def _read(data: pa.Table) -> dict[str, list[_Change]]:
    if absent := [name for name in _COLUMNS if name not in data.column_names]:
        raise ValueError(f"changes have columns {', '.join(_COLUMNS)}; {', '.join(absent)} not found")
    groups: dict[str, list[_Change]] = {}
    for row in data.to_pylist():
        values = [row[name] for name in _NUMBERS]
        if not all(value is not None and math.isfinite(value) for value in values):
            raise ValueError(f"{row['group']}, {row['name']}: the values are {values}, expected numbers")
        if row["verdict"] not in _VERDICTS:
            raise ValueError(
                f"{row['name']}: the verdict is {row['verdict']!r}, expected one of {', '.join(_VERDICTS)}"
            )
        before, after, difference, low, high = (100 * float(value) for value in values)
        change = _Change(row["name"], before, after, _Span(difference, low, high), row["verdict"])
        groups.setdefault(row["group"], []).append(change)
    if not groups:
        raise ValueError("a plot of changes needs a row at least, found none")
    return groups


def _draw_wide(axes: Axes, groups: Mapping[str, Sequence[_Change]], frame: Frame) -> None:
    """Values on the left, differences on the right, names before both."""
    changes = [change for own in groups.values() for change in own]
    names = [change.name for change in changes]
    left = 16 + max(text_width(shortened(name, _WIDEST), TEXT) for name in names)
    middle = left + (frame.right - left - _FIGURES - _BETWEEN) / 2
    values = Frame(left, middle, frame.top, frame.bottom)
    differences = Frame(middle + _BETWEEN, frame.right - _FIGURES, frame.top, frame.bottom)
    across = _values_scale(axes, changes, values)
    along = _differences_scale(axes, changes, differences, 5)
    y = frame.top
    for group, own in groups.items():
        say(axes, 0, y + _HEADING / 2, shortened(group, left + 40, bold=True), bold=True, on_lines=True)
        y += _HEADING
        for change in own:
            say(axes, 10, y + _ROW / 2, shortened(change.name, _WIDEST))
            _draw_values(axes, change, across, y + _ROW / 2)
            _draw_difference(axes, change, along, y + _ROW / 2)
            say(axes, frame.right, y + _ROW / 2, minus(f"{change.difference.value:+z.1f}"), "right", size=SMALL)
            y += _ROW


def _draw_narrow(axes: Axes, groups: Mapping[str, Sequence[_Change]], frame: Frame) -> None:
    """Differences, each under its name and both values."""
    changes = [change for own in groups.values() for change in own]
    along = _differences_scale(axes, changes, Frame(16, frame.right - _FIGURES, frame.top, frame.bottom), 4)
    y = frame.top
    for group, own in groups.items():
        say(axes, 0, y + _HEADING / 2, shortened(group, frame.right, bold=True), bold=True, on_lines=True)
        y += _HEADING
        for change in own:
            told = minus(f"{change.before:.1f} → {change.after:.1f}")
            room = frame.right - text_width(told, SMALL) - 16
            say(axes, 0, y + 8, shortened(change.name, room, SMALL), size=SMALL, on_lines=True)
            say(axes, frame.right, y + 8, told, "right", size=SMALL, quiet=True, on_lines=True)
            _draw_difference(axes, change, along, y + 25)
            say(axes, frame.right, y + 25, minus(f"{change.difference.value:+z.1f}"), "right", size=SMALL)
            y += _NARROW_ROW


def _scale(axes: Axes, frame: Frame, marks: Sequence[float], title: str, signed: bool) -> _Scale:
    """Draw a scale from the first mark to the last, its numbers above it; zero stands out where signs matter."""
    first, last = marks[0], marks[-1]

    def place(value: float) -> float:
        return frame.left + (frame.right - frame.left) * (value - first) / (last - first)

    say(axes, frame.left, frame.top - 28, shortened(title, frame.right - frame.left, SMALL), size=SMALL, quiet=True)
    for at in marks:
        strong = signed and at == 0
        colour = INK["quiet" if strong else "line"]
        axes.plot([place(at)] * 2, [frame.top - 4, frame.bottom], color=colour, linewidth=1, zorder=0)
        text = minus(f"{at:+g}" if signed and at else f"{at:g}")
        say(axes, place(at), frame.top - 12, text, "center", size=SMALL, quiet=True)
    return place


def _values_scale(axes: Axes, changes: Sequence[_Change], frame: Frame) -> _Scale:
    ends = [value for change in changes for value in (change.before, change.after)]
    lowest, highest = min(ends), max(ends)
    if highest - lowest < _LEAST:
        lowest, highest = lowest - _LEAST / 2, highest + _LEAST / 2
    marks = [min(max(mark, 0.0), 100.0) for mark in round_marks(max(lowest, 0.0), min(highest, 100.0), 5)]
    return _scale(axes, frame, sorted(set(marks)), "percent", signed=False)


def _differences_scale(axes: Axes, changes: Sequence[_Change], frame: Frame, most: int) -> _Scale:
    lowest = min(-_LEAST, *(change.difference.low for change in changes))
    highest = max(_LEAST, *(change.difference.high for change in changes))
    return _scale(axes, frame, round_marks(lowest, highest, most), "difference, points", signed=True)


def _draw_values(axes: Axes, change: _Change, across: _Scale, y: float) -> None:
    colour = _VERDICTS[change.verdict].colour
    xs = [across(change.before), across(change.after)]
    axes.plot(xs, [y, y], color=colour, linewidth=2, zorder=2)
    axes.plot(xs[0], y, "o", color=colour, markerfacecolor=INK["paper"], markeredgewidth=1.5, markersize=8, zorder=3)
    axes.plot(xs[1], y, "o", color=colour, markersize=6.5, zorder=4)


def _draw_difference(axes: Axes, change: _Change, along: _Scale, y: float) -> None:
    entry, (value, low, high) = _VERDICTS[change.verdict], change.difference
    axes.plot([along(low), along(high)], [y, y], color=entry.colour, linewidth=1.6, zorder=2)
    axes.plot(
        along(value),
        y,
        entry.marker,
        color=entry.colour,
        markerfacecolor=entry.fill,
        markeredgewidth=1.5,
        markersize=7.5 if entry.marker in "^v" else 5,
        zorder=3,
    )


def _words(groups: Mapping[str, Sequence[_Change]]) -> str:
    told = (f"{group}: " + "; ".join(map(str, own)) for group, own in groups.items())
    return f"Before and after, in percent. {'. '.join(told)}."
