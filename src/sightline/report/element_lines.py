"""A plot of rates by a whole number, as elements asked about at once: a panel for each part, a line for each model.

All panels have one scale, from 0 to 100 %, so that they can be held against each other. Models stand side by side at
each number, so that their intervals do not hide each other; no line leads over a number that has no value.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import pyarrow as pa
from matplotlib.axes import Axes

from sightline.report.canvas import SMALL, Grid, say, shortened, text_width, wrapped
from sightline.report.curve_points import Curves, Point, read_curves
from sightline.report.legend import Entry, Frame, RowNames
from sightline.report.line_panel import Ground
from sightline.report.plot import INK, MARKERS, SERIES, Plot

__all__ = ["element_lines"]


def element_lines(
    rates: pa.Table,
    width_pt: float = 1120,
    *,
    along: str,
    measure: str,
    floor: str = "random guessing",
    examples: Mapping[int, str] | None = None,
) -> Plot:
    """Draw rates by a whole number, one panel for each part of a benchmark.

    Args:
        rates: columns panel, series, x (a whole number), value, low, high, n, floor and, where there are two rates,
            run. Rates in [0, 1]; value, its interval and floor (what guessing gets, drawn dotted) may be null, n may
            not. Panels, series and runs stand in the order in which they first occur; the first run is drawn solid,
            the second dashed with hollow markers. Panels without a value are left out.
        width_pt: of the whole, in points; two panels stand side by side where there is room.
        along: what the numbers are.
        measure: what the rates are, in a few words.
        floor: what the dotted line is.
        examples: number → an example of what is asked there, written beneath the panels.

    Raises:
        ValueError: no row has a value, a column is missing or unknown, a point comes twice, a rate lies outside of
            [0, 1], or there are more than two runs.

    Example:
        >>> rows = {"panel": ["objects"] * 2, "series": ["m"] * 2, "x": [1, 2], "value": [0.9, 0.5], "n": [20, 20]}
        >>> rows |= {"low": [0.8, None], "high": [1.0, None], "floor": [0.04] * 2}
        >>> element_lines(pa.table(rows), along="elements", measure="Paired accuracy").description
        'Paired accuracy in percent by elements. objects: m 1 90.0 (80.0–100.0), 2 50.0; random guessing 4.0.'
    """
    seen = _read(rates)
    inner, beside = width_pt - 4, width_pt >= _ROOMY and len(seen.panels) > 1
    wide = (inner - _BETWEEN) / 2 if beside else inner
    columns = 2 if beside else 1
    height = _HEIGHT if len(seen.series) <= _FEW else 1.35 * _HEIGHT
    key = RowNames(_key(seen, floor), inner)
    below = _Examples(along, examples or {}, wide, columns)
    rows = -(-len(seen.panels) // columns)
    bottom = key.above + rows * (height + _AROUND)
    grid = Grid(width_pt, inner, bottom + below.height + 4, 1)
    bars = "95 % intervals" if len(seen.series) <= _FEW or not seen.runs else "95 % intervals of solid lines"
    figure = grid.figure(shortened(f"{measure}, percent with {bars}", inner))
    axes = grid.panel(figure, 0)
    key.draw(axes, Frame(0, 0, 0, 0), [])
    for place, (name, panel) in enumerate(seen.panels.items()):
        row, column = divmod(place, columns)
        left, top = column * (wide + _BETWEEN), key.above + row * (height + _AROUND) + 26
        say(axes, left, top - 14, shortened(name, wide, bold=True), bold=True)
        _draw_panel(axes, panel, seen, Frame(left + _LEFT, left + wide, top, top + height), along)
    below.draw(axes, bottom)
    return Plot(figure, rates, _words(seen, measure, along, floor))


_ROOMY = 600.0
"""Width from which on two panels stand side by side."""
_HEIGHT, _AROUND, _BETWEEN, _LEFT = 220.0, 88.0, 28.0, 34.0
"""Of a ground; what stands above and beneath it; between two panels; room for percentages."""
_FEW = 3
"""Models up to which the second run has intervals as well; panels of more are higher."""
_END = 1.02
"""Where the scale ends: a little above 100 %, so that markers there are whole."""


_MARKERS = (*MARKERS[:7], *MARKERS[9:], *MARKERS[7:9])
"""Pentagons and hexagons, which look like circles at this size, last: the eighth model has the first one's colour."""


class _Panel(NamedTuple):
    """What is drawn in a panel: its lines, and for each number the least n, whether all are alike, and the floor."""

    curves: Curves
    counts: Mapping[int, tuple[int, bool]]
    floors: Mapping[int, float]


class _Seen(NamedTuple):
    """What is drawn, and the names of series and runs in order; runs are empty where there is only one."""

    panels: Mapping[str, _Panel]
    series: Sequence[str]
    runs: Sequence[str]

    @property
    def first(self) -> int:
        """The first number of all panels; each begins there, and ends at its own last one."""
        return min(min(panel.counts) for panel in self.panels.values())


def _read(rates: pa.Table) -> _Seen:
    expected = {"panel", "series", "x", "value", "low", "high", "n", "floor"}
    if not expected <= set(rates.column_names) <= {*expected, "run"}:
        raise ValueError(f"expected columns {', '.join(sorted(expected))}, found {', '.join(rates.column_names)}")
    rows = rates.to_pylist()
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(str(row["panel"]), []).append(row)
    kept = {name: own for name, own in groups.items() if any(row["value"] is not None for row in own)}
    if not kept:
        raise ValueError(f"lines need a value at least, found none in {len(rows)} rows")
    series, runs = (list(dict.fromkeys(str(row[name]) for row in rows if name in row)) for name in ("series", "run"))
    names = [name for name in rates.column_names if name not in ("panel", "floor")]
    schema = pa.schema([rates.schema.field(name) for name in names])
    return _Seen({name: _panel(own, schema) for name, own in kept.items()}, series, runs)


def _panel(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> _Panel:
    curves = read_curves(pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in rows], schema))
    counts: dict[int, tuple[int, bool]] = {}
    floors: dict[int, float] = {}
    for row in (row for row in rows if row["value"] is not None):
        least, alike = counts.get(row["x"], (row["n"], True))
        counts[row["x"]] = min(least, row["n"]), alike and least == row["n"]
        if row["floor"] is not None:
            floors.setdefault(row["x"], row["floor"])
    return _Panel(curves, counts, floors)


def _entry(seen: _Seen, series: str, run: str = "") -> Entry:
    """How a line is drawn: colour and marker tell the model, dashes and hollow markers the second run."""
    place, second = seen.series.index(series), run in seen.runs[1:]
    colour, marker = SERIES[place % len(SERIES)], _MARKERS[place % len(_MARKERS)]
    return Entry(series, colour, marker, "--" if second else "-", hollow=second)


def _key(seen: _Seen, floor: str) -> list[Entry]:
    runs = [
        Entry(run, INK["ink"], "o", style, style == "--") for run, style in zip(seen.runs, ("-", "--"), strict=False)
    ]
    dotted = [Entry(floor, INK["quiet"], "", ":")] if any(panel.floors for panel in seen.panels.values()) else []
    return [*(_entry(seen, series) for series in seen.series), *runs, *dotted]


def _draw_panel(axes: Axes, panel: _Panel, seen: _Seen, frame: Frame, along: str) -> None:
    first, last = seen.first, max(panel.counts)
    ground = Ground(axes, frame, (first - 0.5, last + 0.5), (0, _END))
    ground.rules({percent / 100: str(percent) for percent in range(0, 101, 20)}, 0.0)
    _draw_numbers(axes, panel.counts, ground, range(first, last + 1), along)
    if panel.floors:
        xs = [ground.across(x + end) for x in sorted(panel.floors) for end in (-0.5, 0.5)]
        ys = [ground.up(panel.floors[x]) for x in sorted(panel.floors) for _ in range(2)]
        axes.plot(xs, ys, ":", color=INK["quiet"], linewidth=1.6, zorder=1)
    step = (frame.right - frame.left) / (last - first + 1)
    dodge = min(9.0, 0.7 * step / len(seen.series))
    for line, points in reversed(list(panel.curves.points.items())):
        series, run = panel.curves.lines[line]
        shift = (seen.series.index(series) - (len(seen.series) - 1) / 2) * dodge
        entry, few = _entry(seen, series, run), len(seen.series) <= _FEW
        own = {int(x): point if few or not entry.hollow else Point(point.value) for x, point in points.items()}
        _draw_line(axes, ground, entry, own, shift)


def _draw_line(axes: Axes, ground: Ground, entry: Entry, points: Mapping[int, Point], shift: float) -> None:
    """Draw a line beside those of other models; of two runs the second lies beneath, its markers as rings."""
    spots = {x: (ground.across(x) + shift, ground.up(points[x].value)) for x in sorted(points)}
    under = 2 if entry.hollow else 0
    for x, (at, _) in spots.items():
        if (interval := points[x].interval) is not None:
            ends = [ground.up(end) for end in interval]
            alpha = 0.45 if entry.hollow else 0.8
            axes.plot([at, at], ends, color=entry.colour, linewidth=1.2, alpha=alpha, zorder=4 - under)
    for pair in pairwise(spots):
        if pair[1] - pair[0] == 1:
            xs, ys = zip(*(spots[x] for x in pair), strict=True)
            axes.plot(xs, ys, linestyle=entry.line, color=entry.colour, linewidth=1.5, zorder=5 - under)
    xs, ys = zip(*spots.values(), strict=True)
    size = 7.5 if entry.hollow else 5.5
    axes.plot(xs, ys, entry.marker, color=entry.colour, markerfacecolor=entry.fill, markersize=size, zorder=6 - under)


def _draw_numbers(
    axes: Axes, counts: Mapping[int, tuple[int, bool]], ground: Ground, numbers: range, along: str
) -> None:
    """Write the numbers under the axis, how many stand behind each, and what they are."""
    left, right, _, bottom = ground.frame
    texts = {x: f"{counts[x][0]:,}" if x in counts else "" for x in numbers}
    widest = 6 + max(text_width(text, SMALL) for text in (*texts.values(), str(numbers[-1])))
    every = math.ceil(widest * len(texts) / (right - left))
    ground.places({x: str(x) for x in numbers[::every]})
    for x in numbers[::every]:
        say(axes, ground.across(x), bottom + 29, texts[x], "center", size=SMALL, quiet=True)
    alike = all(same for _, same in counts.values())
    say(axes, left - _LEFT, bottom + 29, "n" if alike else "n ≥", size=SMALL, quiet=True)
    say(axes, (left + right) / 2, bottom + 46, along, "center", size=SMALL, quiet=True)


class _Examples:
    """Beneath the panels, number by number, an example of what is asked."""

    _row, _indent = 16.0, 18.0

    def __init__(self, along: str, examples: Mapping[int, str], wide: float, columns: int) -> None:
        self._along, self._pitch = along, wide + _BETWEEN
        self._texts = {x: wrapped(text, wide - self._indent, SMALL) for x, text in examples.items()}
        first = -(-len(examples) // columns)
        order = list(examples)
        self._columns = [order[start : start + first] for start in range(0, len(order), max(first, 1))]
        lines = (sum(len(self._texts[x]) for x in column) for column in self._columns)
        self.height = 14 + self._row * (1 + max(lines)) if examples else 0.0

    def draw(self, axes: Axes, top: float) -> None:
        """Write them."""
        if self._texts:
            say(axes, 0, top + 14, f"By {self._along}, for example:", size=SMALL, quiet=True)
        for place, column in enumerate(self._columns):
            left, y = place * self._pitch, top + 14 + self._row
            for x in column:
                say(axes, left, y, str(x), size=SMALL, bold=True)
                for text in self._texts[x]:
                    say(axes, left + self._indent, y, text, size=SMALL)
                    y += self._row


def _words(seen: _Seen, measure: str, along: str, floor: str) -> str:
    told = []
    for name, panel in seen.panels.items():
        lines = [
            f"{line} " + ", ".join(f"{x} {point}" for x, point in of.items())
            for line, of in panel.curves.points.items()
        ]
        if panel.floors:
            ends = dict.fromkeys((min(panel.floors.values()), max(panel.floors.values())))
            lines.append(f"{floor} " + " to ".join(f"{100 * end:.1f}" for end in ends))
        told.append(f"{name}: {'; '.join(lines)}.")
    return f"{measure} in percent by {along}. " + " ".join(told)
