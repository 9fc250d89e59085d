"""A map of heads: layers from top to bottom, the heads of each from left to right, a colour for each value.

Colours are those of series, laid more or less densely on the paper, so that the map follows the colours of a page.
"""

import math
from collections.abc import Iterable

import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from sightline.report.canvas import SMALL, Grid, say, shortened, text_width, wrapped
from sightline.report.heat_cells import Cell, Cells, Scale, check_groups, read_cells
from sightline.report.heat_key import HeatKey, fill, outline
from sightline.report.plot import INK, SERIES, Plot
from sightline.report.shown import Show, decimals, interval_shown, short, shown, unit

__all__ = ["heat_map"]


def heat_map(
    data: pa.Table,
    width_pt: float = 1120,
    *,
    measure: str,
    centre: float | None = None,
    head_groups: int | None = None,
    show: Show = Show.NUMBER,
    limits: tuple[float, float] | None = None,
) -> Plot:
    """Draw a value for every head of a model, and its mean for every layer.

    Args:
        data: columns layer, head, value (null: not swept), low, high (both null where there is no interval),
            significant, marked (outlined and named), and any others, which go into the CSV.
        width_pt: of the whole, in points.
        measure: what the values are, with their unit where ``show`` does not tell it.
        centre: the value between two colours, 0 for effects; None for one colour from zero, as for rates.
        head_groups: how many heads share keys and values.
        show: how values are written: PERCENT, POINTS or NUMBER.
        limits: the ends of the scale, to compare maps (``heat_cells.shared_limits``).

    Raises:
        ValueError: a column is missing, no head has a value, a head comes twice, heads do not fill their groups, or a
            value lies outside of the scale.
    """
    cells = read_cells(data)
    scale = Scale.of(cells, centre, limits)
    plane = _Plane(cells, check_groups(head_groups, cells.heads), width_pt)
    key = HeatKey(cells, scale, show, head_groups is not None, plane.inner)
    below = ", ".join(cell.name for cell in cells.marked) if plane.names == "below" else ""
    named = wrapped(below, plane.inner - _NAMED, SMALL) if below else []
    grid = Grid(width_pt, plane.inner, key.height + plane.height + 16 * len(named) + 6, 1)
    figure = grid.figure(shortened(measure + unit(show), plane.inner))
    axes = grid.panel(figure, 0)
    key.draw(axes)
    plane.top += key.height
    plane.draw_rulers(axes)
    plane.draw_grid(axes)
    _draw_cells(axes, plane, cells, scale)
    _draw_means(axes, plane, cells.means(), scale, show)
    if plane.names == "beside":
        _draw_names(axes, plane)
    for place, line in enumerate(named):
        y = plane.bottom + 14 + 16 * place
        say(axes, 0, y, "" if place else "outlined:", size=SMALL, quiet=True)
        say(axes, _NAMED, y, line, size=SMALL)
    return Plot(figure, data, _words(cells, scale, measure, show))


_ROOMY = 600.0
"""Width from which on names may stand beside the map."""
_LEFT = 30.0
"""Room for the names of layers."""
_HEADS = 34.0
"""Room for the numbers of heads."""
_GROUP = 4.0
"""Gap between groups of heads."""
_BESIDE = 14.0
"""Gap between the map, the means and the names."""
_NAMED = 54.0
"""Where the names of chosen heads begin beneath the map."""
_WEAK = 0.6
"""Side of a cell that is not significant, to the shorter side of another."""


class _Plane:
    """Where cells, means and names stand."""

    def __init__(self, cells: Cells, head_groups: int | None, width_pt: float) -> None:
        roomy = width_pt >= _ROOMY
        self.inner, self.top = width_pt - 4, _HEADS
        self.cells, self._groups, self._of = cells, head_groups, head_groups or cells.heads
        self.pitch = max(12.0, min(34.0 if roomy else 24.0, (500.0 if roomy else 390.0) / cells.layers))
        self.means = 130.0 if roomy else 66.0
        self._lay_out(beside=0.0)
        widest = max((text_width(cell.name, SMALL) for cell in cells.marked), default=0.0)
        self.names = "within" if widest + 6 <= self.cell and self.pitch >= 17 else "below"
        beside = max((text_width(line, SMALL) for line in self.names_of_layers().values()), default=0.0)
        if roomy and self.names == "below" and beside <= 0.25 * width_pt:
            self.names = "beside"
            self._lay_out(beside + _BESIDE)

    def _lay_out(self, beside: float) -> None:
        gaps = _GROUP * (self.cells.heads // self._of - 1)
        self.right = self.inner - beside - self.means - _BESIDE
        self.cell = (self.right - _LEFT - gaps) / self.cells.heads

    @property
    def bottom(self) -> float:
        """The lower edge of the map."""
        return self.top + self.pitch * self.cells.layers

    @property
    def height(self) -> float:
        """Height of the map with its numbers of heads."""
        return _HEADS + self.pitch * self.cells.layers

    def names_of_layers(self) -> dict[int, str]:
        """Layer → the names of its chosen heads from left to right."""
        names: dict[int, list[str]] = {}
        for cell in self.cells.marked:
            names.setdefault(cell.layer, []).append(cell.name)
        return {layer: "  ".join(of) for layer, of in names.items()}

    def middle(self, cell: Cell) -> tuple[float, float]:
        """Where the middle of a cell is."""
        return self._x(cell.head) + self.cell / 2, self.y(cell.layer)

    def y(self, layer: int) -> float:
        """Where the middle of a layer is."""
        return self.top + (layer + 0.5) * self.pitch

    def _x(self, head: int) -> float:
        return _LEFT + head * self.cell + head // self._of * _GROUP

    def draw_rulers(self, axes: Axes) -> None:
        """Write the names of layers and heads, and draw lines between groups of heads."""
        say(axes, 0, self.top - 26, "layer", size=SMALL, quiet=True)
        say(axes, (_LEFT + self.right) / 2, self.top - 26, "head", "center", size=SMALL, quiet=True)
        for layer in range(0, self.cells.layers, 1 if self.pitch >= 13 else 2):
            say(axes, _LEFT - 6, self.y(layer), f"L{layer}", "right", size=SMALL, quiet=True)
        widest = text_width(f"H{self.cells.heads - 1}", SMALL) + 5
        steps = (1, *((self._groups,) if self._groups else ()), 2, 4, 8, 16, self.cells.heads)
        for head in range(0, self.cells.heads, next(step for step in steps if step * self.cell >= widest)):
            say(axes, self._x(head) + self.cell / 2, self.top - 9, f"H{head}", "center", size=SMALL, quiet=True)

    def draw_grid(self, axes: Axes) -> None:
        """Draw lines between cells, and stronger ones between groups of heads."""
        blocks = [
            (self._x(head), self._x(head) + self._of * self.cell) for head in range(0, self.cells.heads, self._of)
        ]
        for left, right in blocks:
            rows = (self.top + self.pitch * layer for layer in range(self.cells.layers + 1))
            _rule(axes, [((left, y), (right, y)) for y in rows])
            columns = (left + self.cell * head for head in range(self._of + 1))
            _rule(axes, [((x, self.top), (x, self.bottom)) for x in columns])
        for left, _ in blocks[1:]:
            x = left - _GROUP / 2
            axes.plot([x, x], [self.top, self.bottom], color=INK["quiet"], linewidth=0.8, zorder=1)


def _draw_cells(axes: Axes, plane: _Plane, cells: Cells, scale: Scale) -> None:
    """Draw the cells: small where not significant, struck through where not swept, outlined where chosen."""
    width, height = plane.cell - 1, plane.pitch - 1
    weak = _WEAK * min(width, height)
    for significant, size in ((True, (width, height)), (False, (weak, weak))):
        of = [cell for cell in cells.swept if cell.significant is significant]
        fill(axes, [plane.middle(cell) for cell in of], [scale.weight(cell.value or 0.0) for cell in of], *size)
    absent = [plane.middle(cell) for cell in cells.at.values() if cell.value is None]
    half = width / 2, height / 2
    _rule(axes, [((x - half[0], y + half[1]), (x + half[0], y - half[1])) for x, y in absent])
    for cell in cells.marked:
        x, y = plane.middle(cell)
        outline(axes, x - half[0], y - half[1], width, height, "ink", f"marked-{cell.name}")
        if plane.names == "within":
            say(axes, x, y, cell.name, "center", size=SMALL, on_lines=True)


def _rule(axes: Axes, lines: Iterable[tuple[tuple[float, float], tuple[float, float]]]) -> None:
    """Draw thin lines as one path, which keeps a page small."""
    points = [point for start, end in lines for point in (start, end, (math.nan, math.nan))]
    if points:
        axes.plot(*zip(*points, strict=True), color=INK["line"], linewidth=0.8, zorder=1)


def _draw_means(axes: Axes, plane: _Plane, means: dict[int, float], scale: Scale, show: Show) -> None:
    """Draw the mean of each layer as a bar beside it, and name the ends of the longest ones."""
    low, high = min(*means.values(), scale.centre), max(*means.values(), scale.centre)
    left, right = plane.right + _BESIDE + 14, plane.right + _BESIDE + plane.means - 14
    stretch = (right - left) / ((high - low) or 1.0)
    middle = left + stretch * (scale.centre - low)
    height = 0.6 * plane.pitch
    for layer, mean in means.items():
        end = left + stretch * (mean - low)
        place = (min(middle, end), plane.y(layer) - height / 2)
        colour = SERIES[0 if mean >= scale.centre else 1]
        axes.add_patch(Rectangle(place, abs(end - middle), height, facecolor=colour, linewidth=0))
    axes.plot([middle, middle], [plane.top, plane.bottom], color=INK["quiet"], linewidth=1, zorder=4)
    title = "mean of layer" if plane.means > 100 else "mean"
    say(axes, (left + right) / 2, plane.top - 26, title, "center", size=SMALL, quiet=True)
    places = decimals(show, max(abs(low), abs(high)))
    for x, end in ((left, low), (right, high)):
        if end != scale.centre and (text := short(show, end, places)).strip("−0."):
            say(axes, x, plane.top - 9, text, "center", size=SMALL, quiet=True)


def _draw_names(axes: Axes, plane: _Plane) -> None:
    x = plane.right + _BESIDE + plane.means + _BESIDE
    say(axes, x, plane.top - 26, "outlined", size=SMALL, quiet=True)
    for layer, names in plane.names_of_layers().items():
        say(axes, x, plane.y(layer), names, size=SMALL)


def _words(cells: Cells, scale: Scale, measure: str, show: Show) -> str:
    swept, means = cells.swept, cells.means()
    far = sorted(swept, key=lambda cell: -abs(scale.weight(cell.value or 0.0)))
    highest = max(means, key=lambda layer: abs(scale.weight(means[layer])))
    parts = [
        f"{measure}{unit(show)}, for {len(swept)} of {len(cells.at)} heads ({cells.layers} layers of {cells.heads})",
        f"significant: {sum(cell.significant for cell in swept)}",
        *([f"chosen: {', '.join(_told(cell, show) for cell in cells.marked)}"] if cells.marked else []),
        f"farthest from {scale.centre:g}: {', '.join(_told(cell, show) for cell in far[:5])}",
        f"the layer whose mean is farthest: L{highest} {shown(show, means[highest])}",
    ]
    return "; ".join(parts) + "."


def _told(cell: Cell, show: Show) -> str:
    if cell.value is None:
        return f"{cell.name} not swept"
    between = f" ({interval_shown(show, *cell.interval)})" if cell.interval else ""
    return f"{cell.name} {shown(show, cell.value)}{between}"
