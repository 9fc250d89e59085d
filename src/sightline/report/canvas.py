"""What plots are drawn on: panels laid out in points, and text that is measured before it is written."""

from collections.abc import Sequence
from functools import cache
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from sightline.report.plot import FONT, INK

__all__ = ["SLANT", "SMALL", "TEXT", "Grid", "say", "shortened", "spread", "text_width", "wrapped"]

TEXT, SMALL = 11.5, 9.5
"""Sizes of text, in points."""
SLANT = 40.0
"""Degrees by which slanted text rises."""
_PT_PER_INCH = 72


def spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Move positions apart as little as it takes for each two to keep a gap.

    Example:
        >>> spread([0.0, 2.0, 50.0], 10)
        [-4.0, 6.0, 50.0]
    """
    groups: list[list[float]] = []  # of each group its members' wanted positions, less their places within it
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    for index in order:
        groups.append([wanted[index]])
        while len(groups) > 1:
            (upper, above), (lower, below) = ((sum(g) / len(g), g) for g in groups[-2:])
            if upper + gap * len(above) <= lower:
                break
            groups[-2:] = [above + [value - gap * len(above) for value in below]]
    placed = [sum(group) / len(group) + gap * place for group in groups for place in range(len(group))]
    return [position for _, position in sorted(zip(order, placed, strict=True))]


class Grid:
    """Panels of one size, in rows that fit a width, a gutter left of each row; every block begins a new row."""

    _margin, _between, _header = 2.0, 24.0, 30.0

    def __init__(
        self, width: float, least_panel: float, panel_height: float, panels: int, blocks: int = 1, gutter: float = 0.0
    ) -> None:
        inner = width - 2 * self._margin - gutter
        fitting = max(1, int((inner + self._between) // (least_panel + self._between)))
        self.rows = -(-panels // fitting)
        self.columns = -(-panels // self.rows)
        self.panel_width = max(least_panel, (inner + self._between) / self.columns - self._between)
        self.panel_height = panel_height
        self.left = self._margin + gutter
        self.width = self.left + self.columns * (self.panel_width + self._between) - self._between + self._margin
        self.height = self._header + self.rows * blocks * panel_height + self._margin

    def figure(self, header: str) -> Figure:
        """An empty figure under a line of text."""
        figure = Figure((self.width / _PT_PER_INCH, self.height / _PT_PER_INCH), dpi=_PT_PER_INCH)
        FigureCanvasAgg(figure)
        axes = self._axes(figure, self._margin, 0, self.width - 2 * self._margin, self._header)
        say(axes, 0, 12, header, quiet=True)
        return figure

    def panel(self, figure: Figure, place: int, block: int = 0) -> Axes:
        """One panel, its axes in points from its upper left corner."""
        row, column = divmod(place, self.columns)
        x = self.left + column * (self.panel_width + self._between)
        y = self._header + (block * self.rows + row) * self.panel_height
        return self._axes(figure, x, y, self.panel_width, self.panel_height)

    def _axes(self, figure: Figure, x: float, y: float, width: float, height: float) -> Axes:
        place = (x / self.width, 1 - (y + height) / self.height, width / self.width, height / self.height)
        axes: Axes = figure.add_axes(place)
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.axis("off")
        return axes


@cache
def _renderer() -> RendererAgg:
    return RendererAgg(1, 1, _PT_PER_INCH)  # type: ignore[no-untyped-call]


def text_width(text: str, size: float, bold: bool = False) -> float:
    """The width of a text, in points."""
    font = FontProperties(family=FONT, size=size, weight="bold" if bold else "normal")
    size_and_descent = _renderer().get_text_width_height_descent(text, font, ismath=False)  # type: ignore[no-untyped-call]
    return float(size_and_descent[0])


def shortened(text: str, most: float, size: float = TEXT, bold: bool = False) -> str:
    """Leave out the middle of a text that is too wide."""
    if text_width(text, size, bold) <= most:
        return text
    kept = len(text)
    while kept > 2 and text_width(f"{text[: kept // 2]}…{text[-(kept // 2) :]}", size, bold) > most:
        kept -= 1
    return f"{text[: kept // 2]}…{text[-(kept // 2) :]}"


def wrapped(text: str, most: float, size: float = TEXT, bold: bool = False) -> list[str]:
    """Break a text at its spaces into lines that fit a width; a word that is too wide loses its middle.

    A no-break space holds words together.

    Example:
        >>> wrapped("without L0H3, L11H15", 100)
        ['without L0H3,', 'L11H15']
    """
    lines: list[str] = []
    for word in (shortened(word, most, size, bold) for word in text.split(" ")):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold) <= most:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def say(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    side: Literal["left", "center", "right"] = "left",
    *,
    size: float = TEXT,
    quiet: bool = False,
    bold: bool = False,
    on_lines: bool = False,
    slanted: bool = False,
) -> None:
    """Write a line of text, on a patch of paper where it may stand on grid lines; slanted, it ends at x."""
    patch = {"facecolor": INK["paper"], "edgecolor": "none", "pad": 1.5} if on_lines else None
    axes.text(
        x,
        y,
        text,
        ha=side,
        va="center",
        color=INK["quiet" if quiet else "ink"],
        fontfamily=FONT,
        fontsize=size,
        fontweight="bold" if bold else "normal",
        parse_math=False,
        bbox=patch,
        rotation=SLANT if slanted else 0,
        rotation_mode="anchor" if slanted else "default",
    )
