"""What knocking heads out brings against what it costs: one point for each set of heads, controls standing back."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
from matplotlib.axes import Axes

from sightline.report.canvas import SMALL, Grid, say, shortened, text_width
from sightline.report.legend import Entry, Frame, RowNames
from sightline.report.line_panel import Ground, round_marks
from sightline.report.plot import INK, SERIES, Plot
from sightline.report.point_names import Named, draw_names
from sightline.report.shown import minus

__all__ = ["trade_off"]

_COLUMNS = ("set", "kind", "gain", "gain_low", "gain_high", "cost", "cost_low", "cost_high")
_CHOSEN = "heads"
_KINDS = {
    _CHOSEN: Entry(_CHOSEN, SERIES[0], "o", ""),
    "random heads": Entry("random heads", INK["quiet"], "s", ""),
    "heads of the same layers": Entry("heads of the same layers", INK["quiet"], "^", ""),
}
_LEFT = 40.0
"""Room for the numbers beside the plot."""
_LEAST = 1.0
"""The least that an axis spans, in percentage points."""

_CORNER = 18.0
"""Room beneath the lowest point, for the words in the corner."""
_WIDEST = 150.0
"""Width at most of a name."""
_BETTER = "better: far right and low"


class _Span(NamedTuple):
    """A number in percent or points, with the ends of its interval where it has one."""

    value: float
    low: float | None
    high: float | None

    @property
    def ends(self) -> tuple[float, float]:
        return (self.value if self.low is None else self.low), (self.value if self.high is None else self.high)

    def __str__(self) -> str:
        between = "" if self.low is None else f" ({self.low:.1f} to {self.high:.1f})"
        return minus(f"{self.value:.1f}{between}")


class _Set(NamedTuple):
    name: str
    kind: str
    gain: _Span
    cost: _Span


def trade_off(data: pa.Table, width_pt: float = 1120, *, gain: str, cost: str) -> Plot:
    """Draw what sets of heads bring against what they cost.

    Args:
        data: columns set, kind ("heads", "random heads", "heads of the same layers"), gain, gain_low, gain_high, cost,
            cost_low, cost_high; rates, both ends of an interval null where there is none. More cost is worse.
        width_pt: of the whole, in points.
        gain: what is brought, shown in percent.
        cost: what is lost, shown in points.

    Raises:
        ValueError: a column is missing, there are no rows, a kind is unknown, or a number is missing.

    Example:
        >>> one = {"set": ["best 3"], "kind": ["heads"], "gain": [0.6], "cost": [0.01]}
        >>> ends = {f"{name}_{end}": [None] for name in ("gain", "cost") for end in ("low", "high")}
        >>> trade_off(pa.table({**one, **ends}), gain="Copying avoided", cost="Lost on clean prompts").description
        'Lost on clean prompts, in points, against Copying avoided, in percent. best 3 (heads): 60.0, 1.0.'
    """
    sets = _read(data)
    kinds = [entry for kind, entry in _KINDS.items() if any(of.kind == kind for of in sets)]
    inner, height = width_pt - 4, 340.0 if width_pt >= 600 else 280.0
    names = RowNames(kinds, inner)
    frame = Frame(_LEFT, inner - 10, names.above + 24, names.above + 24 + height)
    grid = Grid(width_pt, inner, frame.bottom + 46, 1)
    figure = grid.figure(shortened("Sets of heads: won to the right, lost upwards", inner))
    axes = grid.panel(figure, 0)
    names.draw(axes, frame, ())
    intervals = "; 95 % intervals" if any(of.gain.low is not None or of.cost.low is not None for of in sets) else ""
    say(axes, 0, names.above + 6, shortened(f"{cost}, points{intervals}", inner), size=SMALL, quiet=True)
    say(axes, (frame.left + frame.right) / 2, frame.bottom + 34, f"{gain}, percent", "center", quiet=True)
    ground = _ground(axes, frame, sets)
    say(axes, frame.right, frame.bottom - _CORNER / 2, _BETTER, "right", size=SMALL, quiet=True)
    for of in sorted(sets, key=lambda of: of.kind == _CHOSEN):  # controls lie beneath
        _draw_set(axes, ground, of)
    _draw_set_names(axes, ground, frame, sets)
    return Plot(figure, data, _words(sets, gain, cost))


def _read(data: pa.Table) -> list[_Set]:
    if absent := [name for name in _COLUMNS if name not in data.column_names]:
        raise ValueError(f"a trade-off has columns {', '.join(_COLUMNS)}; {', '.join(absent)} not found")
    sets = []
    for row in data.to_pylist():
        if row["kind"] not in _KINDS:
            raise ValueError(f"{row['set']} is of kind {row['kind']!r}, expected one of {', '.join(_KINDS)}")
        sets.append(_Set(row["set"], row["kind"], _span(row, "gain"), _span(row, "cost")))
    if not sets:
        raise ValueError("a trade-off needs a set of heads at least, found none")
    return sets


def _span(row: Mapping[str, Any], name: str) -> _Span:
    value, *ends = (row[column] for column in (name, f"{name}_low", f"{name}_high"))
    if value is None or (ends[0] is None) != (ends[1] is None):
        raise ValueError(
            f"{row['set']}: {name} is {value} ({ends[0]} to {ends[1]}), expected a number and both ends or none"
        )
    return _Span(100 * value, *(None if end is None else 100 * end for end in ends))


def _ground(axes: Axes, frame: Frame, sets: Sequence[_Set]) -> Ground:
    """Lay out the plane so that all intervals and both zeros are on it, with room for words beneath the lowest."""
    roomy = frame.right - frame.left > 500
    xs, ys = _marks([of.gain for of in sets], 10 if roomy else 5), _marks([of.cost for of in sets], 6)
    below = (ys[-1] - ys[0]) * _CORNER / (frame.bottom - frame.top - _CORNER)
    ground = Ground(axes, frame, (xs[0], xs[-1]), (ys[0] - below, ys[-1]))
    ground.rules({y: minus(f"{y:g}") for y in ys}, strong=0.0)
    ground.places({x: minus(f"{x:g}") for x in xs})
    for x, colour in ((ground.across(0.0), "quiet"), (frame.left, "line")):
        axes.plot([x, x], [frame.top, frame.bottom], color=INK[colour], linewidth=1, zorder=0)
    axes.plot(frame[:2], [frame.bottom] * 2, color=INK["line"], linewidth=1, zorder=0)
    return ground


def _marks(spans: Sequence[_Span], most: int) -> list[float]:
    ends = [0.0, *(end for span in spans for end in span.ends)]
    lowest, highest = min(ends), max(ends)
    if highest - lowest < _LEAST:  # where nothing changes there is no range to draw
        lowest, highest = lowest - _LEAST / 2, highest + _LEAST / 2
    return round_marks(lowest, highest, most)


def _draw_set(axes: Axes, ground: Ground, of: _Set) -> None:
    entry, chosen = _KINDS[of.kind], of.kind == _CHOSEN
    x, y = ground.across(of.gain.value), ground.up(of.cost.value)
    colour, zorder = (entry.colour, 3) if chosen else (INK["line"], 1)
    axes.plot([ground.across(end) for end in of.gain.ends], [y, y], color=colour, linewidth=1.3, zorder=zorder)
    axes.plot([x, x], [ground.up(end) for end in of.cost.ends], color=colour, linewidth=1.3, zorder=zorder)
    axes.plot(x, y, entry.marker, color=entry.colour, markersize=8 if chosen else 6, zorder=zorder + 1)


def _draw_set_names(axes: Axes, ground: Ground, frame: Frame, sets: Sequence[_Set]) -> None:
    """Name the chosen heads, clear of all points and intervals."""
    taken = []
    for of in sets:
        x, y = ground.across(of.gain.value), ground.up(of.cost.value)
        left, right = (ground.across(end) for end in of.gain.ends)
        bottom, top = (ground.up(end) for end in of.cost.ends)
        taken += [Frame(x - 5, x + 5, y - 5, y + 5), Frame(left, right, y - 2, y + 2), Frame(x - 2, x + 2, top, bottom)]
    width = text_width(_BETTER, SMALL)
    taken.append(Frame(frame.right - width, frame.right, frame.bottom - _CORNER, frame.bottom))
    chosen = [
        Named(ground.across(of.gain.value), ground.up(of.cost.value), shortened(of.name, _WIDEST))
        for of in sets
        if of.kind == _CHOSEN
    ]
    draw_names(axes, chosen, frame, taken)


def _words(sets: Sequence[_Set], gain: str, cost: str) -> str:
    told = "; ".join(f"{of.name} ({of.kind}): {of.gain}, {of.cost}" for of in sets)
    return f"{cost}, in points, against {gain}, in percent. {told}."
