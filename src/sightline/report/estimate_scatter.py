"""Effects of heads as a gradient estimates them, against the same measured exactly: one point for each head."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa
from matplotlib.axes import Axes

from sightline.report.canvas import SMALL, Grid, say, shortened, wrapped
from sightline.report.legend import Entry, Frame, RowNames
from sightline.report.line_panel import Ground, round_marks
from sightline.report.plot import INK, SERIES, Plot
from sightline.report.point_names import Named, draw_names
from sightline.report.shown import minus

__all__ = ["estimate_scatter"]

_COLUMNS = ("head", "estimate", "exact", "checked", "marked")
_LEFT = 44.0
"""Room for the numbers beside the plot."""
_LINE = 17.0
"""Height of a line of the header."""
_EACH = "Each point is a head"
_CHECKED = Entry("checked exactly", SERIES[0], "o", "")
_SWEPT = Entry("not among those checked", INK["quiet"], "o", "", hollow=True)
_ESTIMATED = Entry("estimate only", INK["quiet"], "|", "")
_EQUAL = Entry("estimate = exact", INK["quiet"], "", "--")


class _Effect(NamedTuple):
    """A head's effect; exact is None where it was never measured."""

    head: str
    estimate: float
    exact: float | None
    checked: bool
    marked: bool


def estimate_scatter(data: pa.Table, width_pt: float = 1120, *, estimate: str, exact: str, recall: str = "") -> Plot:
    """Draw the estimated effect of each head against its exact effect.

    Args:
        data: columns head (its name), estimate, exact (null where it was never measured), checked (whether its estimate
            was high enough to be checked), marked (named in the plot).
        width_pt: of the whole, in points.
        estimate: what the estimate is, with its unit.
        exact: what the exact effect is, with its unit.
        recall: how well the estimate finds the heads that matter, in words; the header.

    Raises:
        ValueError: a column is missing, no head has an exact effect, a head comes twice, an estimate is missing, or a
            head that was checked or is to be named has no exact effect.
    """
    effects = _read(data)
    groups = {
        _ESTIMATED: [of for of in effects if of.exact is None],
        _SWEPT: [of for of in effects if of.exact is not None and not of.checked],
        _CHECKED: [of for of in effects if of.checked],
    }
    inner, height = width_pt - 4, 400.0 if width_pt >= 600 else 300.0
    header = wrapped(recall or _EACH, inner)
    key = [*(entry for entry, of in reversed(groups.items()) if of), _EQUAL]
    names = RowNames(key, inner, top=_LINE * (len(header) - 1))
    frame = Frame(_LEFT, inner - 10, names.above + 24, names.above + 24 + height)
    grid = Grid(width_pt, inner, frame.bottom + 46, 1)
    figure = grid.figure(header[0])
    axes = grid.panel(figure, 0)
    for place, line in enumerate(header[1:]):
        say(axes, 0, _LINE * place, line, quiet=True)
    names.draw(axes, frame, ())
    say(axes, 0, names.above + 6, shortened(exact, inner), size=SMALL, quiet=True)
    say(
        axes,
        (frame.left + frame.right) / 2,
        frame.bottom + 34,
        shortened(estimate, inner - _LEFT),
        "center",
        quiet=True,
    )
    ground = _ground(axes, frame, effects)
    for entry, of in groups.items():
        _draw_effects(axes, ground, frame, entry, of)
    _draw_head_names(axes, ground, frame, effects)
    return Plot(figure, data, _words(effects, estimate, exact, recall))


def _read(data: pa.Table) -> list[_Effect]:
    if absent := [name for name in _COLUMNS if name not in data.column_names]:
        raise ValueError(f"estimates have columns {', '.join(_COLUMNS)}; {', '.join(absent)} not found")
    effects: dict[str, _Effect] = {}
    for row in data.select(_COLUMNS).to_pylist():
        effect = _Effect(*(row[name] for name in _COLUMNS))
        if effect.head in effects:
            raise ValueError(f"{effect.head} comes twice")
        if effect.estimate is None or not math.isfinite(effect.estimate):
            raise ValueError(f"{effect.head}: the estimate is {effect.estimate}, expected a number")
        if effect.exact is None and (effect.checked or effect.marked):
            raise ValueError(f"{effect.head} is checked or named and has no exact effect")
        effects[effect.head] = effect
    if all(effect.exact is None for effect in effects.values()):
        raise ValueError(f"no head of {len(effects)} has an exact effect")
    return list(effects.values())


def _ground(axes: Axes, frame: Frame, effects: Sequence[_Effect]) -> Ground:
    """Lay out the plane, with the line on which estimate and exact effect are the same."""
    xs = round_marks(*_ends([of.estimate for of in effects]), 10 if frame.right - frame.left > 500 else 5)
    ys = round_marks(*_ends([of.exact for of in effects if of.exact is not None]), 6)
    ground = Ground(axes, frame, (xs[0], xs[-1]), (ys[0], ys[-1]))
    ground.rules({y: minus(f"{y:g}") for y in ys}, strong=0.0)
    ground.places({x: minus(f"{x:g}") for x in xs})
    for x, colour in ((ground.across(0.0), "quiet"), (frame.left, "line")):
        axes.plot([x, x], [frame.top, frame.bottom], color=INK[colour], linewidth=1, zorder=0)
    both = max(xs[0], ys[0]), min(xs[-1], ys[-1])
    if both[0] < both[1]:
        line = [ground.across(end) for end in both], [ground.up(end) for end in both]
        axes.plot(*line, _EQUAL.line, color=_EQUAL.colour, linewidth=1.2, zorder=1)
    return ground


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return min(0.0, *values), max(0.0, *values)


def _draw_effects(axes: Axes, ground: Ground, frame: Frame, entry: Entry, effects: Sequence[_Effect]) -> None:
    """Draw the points of one kind; those that were only estimated as short strokes on the axis."""
    xs = [ground.across(of.estimate) for of in effects]
    ys = [frame.bottom - 5 if of.exact is None else ground.up(of.exact) for of in effects]
    size, edge = {_CHECKED: (7.0, 1.0), _SWEPT: (4.5, 1.0), _ESTIMATED: (8.0, 0.7)}[entry]
    points = axes.plot(xs, ys, entry.marker, color=entry.colour, markersize=size, markeredgewidth=edge, zorder=2)
    if entry.hollow:
        points[0].set_markerfacecolor("none")


def _draw_head_names(axes: Axes, ground: Ground, frame: Frame, effects: Sequence[_Effect]) -> None:
    """Name the marked heads and draw a ring around each; no name lies on a point or on the line of equals."""
    points = {of: (ground.across(of.estimate), ground.up(of.exact)) for of in effects if of.exact is not None}
    taken = [Frame(x - 4, x + 4, y - 4, y + 4) for x, y in points.values()]
    taken += [Frame(x - 3, x + 3, y - 3, y + 3) for x, y in _equals(ground, frame)]
    marked = [(of, *point) for of, point in points.items() if of.marked]
    for _, x, y in marked:
        axes.plot(x, y, "o", color=INK["ink"], markerfacecolor="none", markersize=10, markeredgewidth=1.4, zorder=3)
    draw_names(axes, [Named(x, y, of.head) for of, x, y in marked], frame, taken)


def _equals(ground: Ground, frame: Frame) -> Iterator[tuple[float, float]]:
    """Places on the line of equals, close enough that no name fits between them."""
    (x0, y0), (x1, y1) = ((ground.across(value), ground.up(value)) for value in (0.0, 1.0))
    slope = (y1 - y0) / (x1 - x0)
    for x in range(int(frame.left), int(frame.right), 3):
        yield x, y0 + slope * (x - x0)


def _words(effects: Sequence[_Effect], estimate: str, exact: str, recall: str) -> str:
    named = ", ".join(f"{of.head} {of.estimate:.3g} and {of.exact:.3g}" for of in effects if of.marked)
    checked = sum(of.checked for of in effects)
    parts = [
        *([recall] if recall else []),
        f"{estimate} and {exact} of {len(effects)} heads, {checked} of them checked",
        *([minus(f"estimate and exact effect: {named}")] if named else []),
    ]
    return "; ".join(parts) + "."
