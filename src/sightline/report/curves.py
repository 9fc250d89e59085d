"""A plot of rates along ordered categories: offsets, places of a sentence, numbers of elements, splits.

Series stand side by side at each category, so that their intervals do not hide each other. They are named at the ends
of their lines where all lines end together and there is room; else above the plot. Where every series comes in two
runs, before and after, the second one is dashed.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sightline.report.canvas import SLANT, SMALL, TEXT, Grid, say, shortened, text_width
from sightline.report.curve_points import Curves, Point, read_curves
from sightline.report.legend import END_GAP, EndNames, Entry, Frame, RowNames
from sightline.report.plot import INK, MARKERS, SERIES, Plot

__all__ = ["Reference", "rate_curve"]


class Reference(NamedTuple):
    """A rate to hold others against, drawn as a dashed line.

    Args:
        value: in [0, 1].
        name: what it is, as "random floor".
    """

    value: float
    name: str


def rate_curve(
    rates: pa.Table,
    width_pt: float = 1120,
    *,
    along: str = "",
    measure: str = "Rate",
    connected: bool = True,
    reference: Reference | None = None,
    top: float | None = None,
) -> Plot:
    """Draw rates along ordered categories, one line for each series.

    Args:
        rates: columns series, x, value, low, high and, where known, n; rates and ends of intervals in [0, 1].
            Categories stand in the order in which they first occur. Where a row has no value, its line has a gap.
            A column run, as "whole model" and "without L0H3", makes two lines of a series, in one colour.
        width_pt: of the whole, in points.
        along: what the categories are.
        measure: what the rates are, in a few words.
        connected: whether neighbouring points are joined; not where the order of categories means nothing.
        reference: a rate to hold them against.
        top: where the axis ends, in [0, 1]; the next round number above everything drawn if left out.

    Raises:
        ValueError: no row has a value, a column is missing or unknown, a point comes twice, there are more than two
            runs, or a rate lies outside of the axis.

    Example:
        >>> ends = {"low": [0.05, 0.3], "high": [0.15, 0.5]}
        >>> rates = pa.table({"series": ["copied"] * 2, "x": ["0", "+1"], "value": [0.1, 0.4], **ends})
        >>> rate_curve(rates, along="offset").description
        'Rate in percent along offset. copied: 0 10.0 (5.0–15.0), +1 40.0 (30.0–50.0).'
    """
    curves = read_curves(rates)
    inner, roomy = width_pt - 4, width_pt >= _ROOMY
    height = 320.0 if roomy else 250.0
    lines = _entries(curves, connected)
    held = [Entry(reference.name, INK["quiet"], "", "--")] if reference else []
    names = _Names(curves, [*lines, *held], inner, height, connected, roomy)
    start = names.above + 22
    frame = Frame(_LEFT, inner - names.beside, start, start + height)
    plane = _Plane(curves, frame, _end(curves, reference, top), connected, _INSET if names.at_ends else math.inf)
    ticks = _Ticks(curves, plane.step)
    grid = Grid(width_pt, inner, frame.bottom + ticks.height + (24 if along else 4), 1)
    figure = grid.figure(shortened(measure, inner))
    axes = grid.panel(figure, 0)
    how = "percent, with 95 % intervals" if curves.has_intervals else "percent"
    say(axes, 0, names.above + 6, how, size=SMALL, quiet=True)
    ticks.draw(axes, plane)
    say(axes, (frame.left + frame.right) / 2, frame.bottom + ticks.height + 10, along, "center", quiet=True)
    ends = []
    for place, (entry, points) in enumerate(zip(lines, curves.points.values(), strict=True)):
        spots = plane.spots(points, place)
        ends.append(_draw_series(axes, plane, entry, points, spots, connected))
    if reference:
        ends.append((frame.right, plane.height(reference.value)))
        axes.plot(frame[:2], [ends[-1][1]] * 2, "--", color=INK["quiet"], linewidth=1.4, zorder=1)
    names.draw(axes, frame, ends)
    return Plot(figure, rates, _words(curves, measure, along, reference))


_ROOMY = 600.0
"""Width from which on lines are named at their ends."""
_LEFT = 34.0
"""Room for the percentages."""
_INSET = 44.0
"""Room beside the first and the last point where names follow, so that the way to them is short."""
_ROUNDING = 1e-9


class _Names:
    """What lines are called: at their ends where there is room, else above; what runs are called, always above."""

    def __init__(
        self, curves: Curves, entries: Sequence[Entry], width: float, height: float, connected: bool, roomy: bool
    ) -> None:
        fits = roomy and END_GAP * len(entries) <= height
        self._ends = EndNames(entries) if connected and curves.end_together and fits else None
        first = {entry.name: entry for entry in reversed(entries)}  # a series in two runs is named once
        above = [] if self._ends else reversed(first.values())
        runs = [Entry(run, INK["ink"], MARKERS[0], *_style(curves, run, connected)) for run in curves.runs]
        self._rows = RowNames([*above, *runs], width)
        self.at_ends, self.above = self._ends is not None, self._rows.above
        self.beside = self._ends.beside if self._ends else 0.0

    def draw(self, axes: Axes, frame: Frame, ends: Sequence[tuple[float, float]]) -> None:
        """Write the names, given where lines end."""
        self._rows.draw(axes, frame, ends)
        if self._ends:
            self._ends.draw(axes, frame, ends)


def _entries(curves: Curves, connected: bool) -> list[Entry]:
    """How lines are drawn: colour and marker tell the series, dashes and hollow markers the second run."""
    entries = []
    for series, run in curves.lines.values():
        place = curves.series.index(series)
        colour, marker = SERIES[place % len(SERIES)], MARKERS[place % len(MARKERS)]
        entries.append(Entry(series, colour, marker, *_style(curves, run, connected)))
    return entries


def _style(curves: Curves, run: str, connected: bool) -> tuple[str, bool]:
    """The line of a run, and whether its markers are hollow."""
    second = run in curves.runs[1:]
    return ("--" if second else "-") if connected else "", second


class _Plane:
    """Where categories and rates stand."""

    def __init__(self, curves: Curves, frame: Frame, end: float, connected: bool, most_inset: float) -> None:
        inner, several = frame.right - frame.left, len(curves.xs) - 1
        half = inner / len(curves.xs) / 2
        inset = min(most_inset, half) if several else half
        self.frame, self._end = frame, end
        self.step = (inner - 2 * inset) / several if several else inner
        self.at = {x: frame.left + inset + place * self.step for place, x in enumerate(curves.xs)}
        of = len(curves.points)
        self._dodge = min(8.0, 0.5 * self.step / of) if connected else min(18.0, 0.7 * self.step / of)
        self._middle = (of - 1) / 2

    def height(self, value: float) -> float:
        """Where a rate stands."""
        return self.frame.bottom - (self.frame.bottom - self.frame.top) * value / self._end

    def marks(self) -> list[float]:
        """The round rates to mark."""
        percents = MaxNLocator(nbins=5, steps=[1, 2, 5, 10]).tick_values(0, 100 * self._end)
        return [percent / 100 for percent in percents if 0 <= percent <= 100 * self._end + _ROUNDING]

    def spots(self, points: Mapping[str, Point], place: int) -> dict[str, tuple[float, float]]:
        """Where the points of a series stand, in the order of categories, beside those of the others."""
        shift = (place - self._middle) * self._dodge
        return {x: (at + shift, self.height(points[x].value)) for x, at in self.at.items() if x in points}


class _Ticks:
    """The labels of the categories and what stands behind them, slanted where they would meet, and their room."""

    def __init__(self, curves: Curves, step: float) -> None:
        self._counts = dict(curves.counts)
        widest = max(text_width(x, TEXT) for x in curves.xs)
        self._size = TEXT if widest <= step - 8 else SMALL
        self._slanted = max(text_width(text, SMALL) for text in (*curves.xs, *curves.counts.values())) > step - 6
        self._texts = {x: x for x in curves.xs}
        self.height = 22.0 + (16 if curves.counts else 0)
        if self._slanted:
            told = {x: f"{x}, n {curves.counts[x]}" if x in curves.counts else x for x in curves.xs}
            self._counts, self._texts = {}, {x: shortened(text, _SLANTED) for x, text in told.items()}
            longest = max(text_width(text, SMALL) for text in self._texts.values())
            self.height = 18 + longest * math.sin(math.radians(SLANT))

    def draw(self, axes: Axes, plane: _Plane) -> None:
        """Draw grid lines and percentages, and under the axis the labels."""
        left, right, _, bottom = plane.frame
        for rate in plane.marks():
            y = plane.height(rate)
            axes.plot([left, right], [y, y], color=INK["line" if rate else "quiet"], linewidth=1, zorder=0)
            say(axes, left - 6, y, f"{100 * rate:g}", "right", size=SMALL, quiet=True)
        for x, text in self._texts.items():
            if self._slanted:
                say(axes, plane.at[x] + 3, bottom + 10, text, "right", size=SMALL, slanted=True)
            else:
                say(axes, plane.at[x], bottom + 13, text, "center", size=self._size)
        for x, n in self._counts.items():
            say(axes, plane.at[x], bottom + 30, n, "center", size=SMALL, quiet=True)
        say(axes, left - 6, bottom + 30, "n" if self._counts else "", "right", size=SMALL, quiet=True)


_SLANTED = 150.0
"""Width at most of slanted labels."""


def _draw_series(
    axes: Axes,
    plane: _Plane,
    entry: Entry,
    points: Mapping[str, Point],
    spots: Mapping[str, tuple[float, float]],
    connected: bool,
) -> tuple[float, float]:
    """Draw one series.

    Returns:
        Where its last point stands.
    """
    for x, (at, _) in spots.items():
        if (interval := points[x].interval) is not None:
            low, high = map(plane.height, interval)
            for xs, ys in (([at, at], [low, high]), *(([at - 2.5, at + 2.5], [end, end]) for end in (low, high))):
                axes.plot(xs, ys, color=entry.colour, linewidth=1.3, zorder=2, solid_capstyle="butt")
    for pair in pairwise(plane.at) if connected else ():
        if all(x in spots for x in pair):  # no line leads over a gap
            between = zip(*(spots[x] for x in pair), strict=True)
            axes.plot(*between, linestyle=entry.line, color=entry.colour, linewidth=1.8, zorder=3)
    points_at = zip(*spots.values(), strict=True)
    axes.plot(*points_at, entry.marker, color=entry.colour, markerfacecolor=entry.fill, markersize=7, zorder=4)
    return list(spots.values())[-1]


def _end(curves: Curves, reference: Reference | None, top: float | None) -> float:
    """Where the axis ends: where it is to, or at the next round number."""
    highest = max(curves.highest, reference.value if reference else 0.0)
    if top is not None and not highest <= top <= 1:
        raise ValueError(f"the axis is to end at {top}, expected {highest:g}, the highest end drawn, to 1")
    return top or next(end for end in _ENDS if highest <= end)


_ENDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
"""Round numbers, each of which the marks reach."""


def _words(curves: Curves, measure: str, along: str, reference: Reference | None) -> str:
    told = [f"{name}: " + ", ".join(f"{x} {point}" for x, point in of.items()) for name, of in curves.points.items()]
    told += [f"dashed, {reference.name}: {100 * reference.value:.1f}"] if reference else []
    return f"{measure} in percent" + (f" along {along}. " if along else ". ") + "; ".join(told) + "."
