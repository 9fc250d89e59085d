"""A plot of attention mass by layer: what share of its attention a token spends on each role, before and after.

Above, the whole model (solid) and the model without some heads (dashed); below, the paired difference of the two.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
from matplotlib.axes import Axes

from sightline.report.canvas import SMALL, Grid, say, shortened
from sightline.report.legend import END_GAP, EndNames, Entry, Frame, RowNames
from sightline.report.line_panel import Ground, Line, Stroke, read_lines, round_marks
from sightline.report.plot import INK, MARKERS, SERIES, Plot

__all__ = ["mass_lines"]


def mass_lines(
    masses: pa.Table,
    differences: pa.Table,
    width_pt: float = 1120,
    *,
    knocked_out: Sequence[int] = (),
    measure: str = "Attention of the last token",
) -> Plot:
    """Draw attention mass by layer on each role, in one run or two, and the paired difference beneath.

    Args:
        masses: columns run, role, layer, mean, low, high; shares in [0, 1] with their 95 % intervals over samples. The
            first run is drawn solid, the second dashed, as "whole model" and "without L0H3". Roles take their colours
            in order, and the first lie on top.
        differences: columns role, layer, mean, low, high; the second run less the first, paired by sample.
        width_pt: of the whole, in points.
        knocked_out: layers that lack heads in the second run, to be marked.
        measure: whose attention it is.

    Raises:
        ValueError: a column is missing or unknown, a line has two means at one layer, there are more than two runs or
            seven roles, the roles of runs and differences are not the same, or a share lies outside of [0, 1].

    Example:
        >>> at = {"role": ["image"], "layer": [0]}
        >>> mass = pa.table({"run": ["whole model"], **at, "mean": [0.25], "low": [0.2], "high": [0.3]})
        >>> change = pa.table({**at, "mean": [0.125], "low": [0.1], "high": [0.15]})
        >>> mass_lines(mass, change, measure="Attention").description.removeprefix("Attention by layer, ")
        'the highest share on each role. image: whole model 25 % (layer 0); largest difference +12.5 points (layer 0).'
    """
    seen = _read(masses, differences)
    series = [Entry(role, SERIES[place], MARKERS[place], "-") for place, role in enumerate(seen.changes)]
    inner, ends = width_pt - 4, EndNames(series)
    key = RowNames(_key(seen, knocked_out), inner)
    least, right = END_GAP * len(series), inner - ends.beside
    upper = _frame(key.above, right, max(least, 270 if width_pt >= _ROOMY else 230))
    lower = _frame(upper.bottom + _LAYERS, right, max(least, 190 if width_pt >= _ROOMY else 160))
    grid = Grid(width_pt, inner, lower.bottom + _LAYERS + 14, 1)
    figure = grid.figure(shortened(f"{measure}, by layer", inner))
    axes = grid.panel(figure, 0)
    key.draw(axes, upper, [])
    say(axes, 0, upper.top - 16, "percent, mean with 95 % band over samples", size=SMALL, quiet=True)
    say(axes, 0, lower.top - 16, "paired difference, percentage points", size=SMALL, quiet=True)
    say(axes, (upper.left + upper.right) / 2, lower.bottom + _LAYERS + 2, "layer", "center", quiet=True)
    shares = _Panel(axes, upper, [line for of in seen.runs.values() for line in of.values()], knocked_out)
    changes = _Panel(axes, lower, seen.changes.values(), knocked_out)
    for of, style in zip(seen.runs.values(), _STYLES, strict=False):
        last = [shares.ground.draw(of[entry.name], _stroke(entry, style)) for entry in reversed(series)]
    ends.draw(axes, upper, last[::-1])
    last = [changes.ground.draw(seen.changes[entry.name], _stroke(entry)) for entry in reversed(series)]
    ends.draw(axes, lower, last[::-1])
    return Plot(figure, _joined(masses, differences), _words(seen, measure))


_ROOMY = 600.0
"""Width from which on grounds are higher."""
_LAYERS = 28.0
"""Room for the numbers of layers."""
_STYLES = ("-", "--")


def _frame(above: float, right: float, height: float) -> Frame:
    """The ground beneath a line of words."""
    return Frame(34, right, above + 28, above + 28 + height)


class _Seen(NamedTuple):
    """What is to be drawn: of each run and of the differences the line of each role."""

    runs: Mapping[str, Mapping[str, Line]]
    changes: Mapping[str, Line]


def _read(masses: pa.Table, differences: pa.Table) -> _Seen:
    changes = {role: line for (role,), line in read_lines(differences, ["role"], "layer").items()}
    runs: dict[str, dict[str, Line]] = {}
    for (run, role), line in read_lines(masses, ["run", "role"], "layer").items():
        runs.setdefault(run, {})[role] = line
        for spot in line:
            if not 0 <= spot.mean <= 1:
                raise ValueError(f"{run}, {role} at layer {spot.x}: found {spot.mean}, expected a share in [0, 1]")
    if len(runs) > len(_STYLES) or len(changes) > len(SERIES):
        raise ValueError(
            f"found {len(runs)} runs and {len(changes)} roles, expected {len(_STYLES)} and {len(SERIES)} at most"
        )
    for run, of in runs.items():
        if of.keys() != changes.keys():
            raise ValueError(f"{run} has roles {', '.join(of)}, the differences {', '.join(changes)}")
    return _Seen(runs, changes)


def _key(seen: _Seen, knocked_out: Sequence[int]) -> list[Entry]:
    runs = [Entry(run, INK["ink"], "", style) for run, style in zip(seen.runs, _STYLES, strict=False)]
    return [*runs, *([Entry("layers with a head knocked out", INK["quiet"], "", ":")] if knocked_out else [])]


def _stroke(entry: Entry, style: str = "-") -> Stroke:
    """A role's line; where runs are two, the solid one carries the markers."""
    return Stroke(entry.colour, style, 1.6, entry.marker if style == "-" else "", _EVERY)


_EVERY = 4
"""Layers from marker to marker."""


class _Panel:
    """A ground with its scale: layers across, percent upwards, and marks at layers that lack heads."""

    def __init__(self, axes: Axes, frame: Frame, lines: Iterable[Line], knocked_out: Sequence[int]) -> None:
        spots = [spot for line in lines for spot in line]
        values = [100 * value for spot in spots for value in spot[1:] if value is not None]
        marks = round_marks(min(0.0, *values), max(0.0, *values))
        first, last = min(spot.x for spot in spots), max(spot.x for spot in spots)
        self.ground = Ground(axes, frame, (first - 0.5, last + 0.5), (marks[0] / 100, marks[-1] / 100))
        signed = "+g" if marks[0] < 0 else "g"
        self.ground.rules({mark / 100: f"{mark:{signed if mark else 'g'}}".replace("-", "−") for mark in marks}, 0.0)
        every = next(step for step in (1, 2, 4, 5, 10, 20) if (last - first) / step * 18 <= frame.right - frame.left)
        self.ground.places({layer: str(layer) for layer in range(int(first), int(last) + 1, every)})
        for layer in sorted(set(knocked_out)):
            x = self.ground.across(layer)
            axes.plot([x, x], [frame.top, frame.bottom], ":", color=INK["quiet"], linewidth=1.4, zorder=1)


def _joined(masses: pa.Table, differences: pa.Table) -> pa.Table:
    """Both tables as one, the differences as a run of this name."""
    runs = pa.array(["difference"] * differences.num_rows, pa.string())
    return pa.concat_tables(
        [masses, differences.append_column("run", runs).select(masses.column_names)], promote_options="permissive"
    )


def _words(seen: _Seen, measure: str) -> str:
    told = []
    for role, change in seen.changes.items():
        tops = [(run, max(of[role], key=lambda spot: spot.mean)) for run, of in seen.runs.items()]
        highest = ", ".join(f"{run} {100 * top.mean:.3g} % (layer {top.x:g})" for run, top in tops)
        largest = max(change, key=lambda spot: abs(spot.mean))
        points = f"{100 * largest.mean:+.3g}".replace("-", "−")
        told.append(f"{role}: {highest}; largest difference {points} points (layer {largest.x:g})")
    return f"{measure} by layer, the highest share on each role. " + ". ".join(told) + "."
