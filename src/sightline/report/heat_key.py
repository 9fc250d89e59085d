"""The key of a map of heads: the scale of its colours, and what its cells look like."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle
from matplotlib.path import Path

from sightline.report.canvas import SMALL, say, text_width
from sightline.report.heat_cells import Cells, Scale, opacity
from sightline.report.layout import in_rows
from sightline.report.plot import INK, SERIES
from sightline.report.shown import Show, short

__all__ = ["HeatKey", "fill", "outline"]

_LEFT, _BAR, _ROW, _SWATCH = 16.0, 200.0, 18.0, 20.0
_TOP, _HEIGHT = 2.0, 12.0
_SHADES = 24
"""Steps of the bar of colours."""


class HeatKey:
    """The scale of colours, and a swatch for each kind of cell that occurs, in rows that fit a width."""

    def __init__(self, cells: Cells, scale: Scale, show: Show, groups: bool, width: float) -> None:
        self._scale, self._show = scale, show
        said = {
            "marked": "chosen" if cells.marked else "",
            "weak": "not significant" if any(not cell.significant for cell in cells.swept) else "",
            "absent": "not swept" if len(cells.swept) < len(cells.at) else "",
            "group": "heads that share keys and values" if groups else "",
        }
        self._kinds = {kind: text for kind, text in said.items() if text}
        widths = (_SWATCH + text_width(text, SMALL) for text in self._kinds.values())
        self._spots = in_rows(widths, width, start=_LEFT + _BAR + 32)
        self.height = max([32.0, *(self._y(spot.row) + 12 for spot in self._spots)])

    def _y(self, row: int) -> float:
        """The middle of a row; the second one stands below the marks of the bar."""
        return 24 + _ROW * row if row else 8.0

    def draw(self, axes: Axes) -> None:
        """Draw the bar of colours with its marks, and a swatch before each text."""
        scale = self._scale
        middle = _LEFT + (_BAR / 2 if scale.signed else 0.0)
        for side in (1, -1) if scale.signed else (1,):
            _draw_shades(axes, middle, side * _BAR / (2 if scale.signed else 1))
        outline(axes, _LEFT, _TOP, _BAR, _HEIGHT)
        for value in scale.marks():
            x = _LEFT + _BAR * (value - scale.low) / (scale.high - scale.low)
            axes.plot([x, x], [_TOP + _HEIGHT, _TOP + _HEIGHT + 3], color=INK["quiet"], linewidth=1)
            say(axes, x, 24, short(self._show, value), "center", size=SMALL, quiet=True)
        for (kind, text), spot in zip(self._kinds.items(), self._spots, strict=True):
            _draw_swatch(axes, kind, spot.x, self._y(spot.row))
            say(axes, spot.x + _SWATCH, self._y(spot.row), text, size=SMALL, quiet=True)


def _draw_shades(axes: Axes, x: float, length: float) -> None:
    """Draw colours from none to full; each step lies on all that follow, so that no seam shows between them."""
    before = 0.0
    colour = SERIES[0 if length > 0 else 1]
    for step in range(_SHADES):
        wanted = opacity((step + 0.5) / _SHADES)
        start, end = x + length * step / _SHADES, x + length
        place = (min(start, end), _TOP)
        alpha = 1 - (1 - wanted) / (1 - before)
        axes.add_patch(
            Rectangle(place, abs(end - start), _HEIGHT, facecolor=colour, alpha=alpha, linewidth=0, clip_on=False)
        )
        before = wanted


def _draw_swatch(axes: Axes, kind: str, x: float, y: float) -> None:
    match kind:
        case "marked":
            outline(axes, x, y - 6, 14, 12, "ink")
        case "weak":
            outline(axes, x, y - 6, 14, 12)
            fill(axes, [(x + 7, y)], [0.8], 7, 7)
        case "absent":
            axes.plot([x, x + 14], [y + 6, y - 6], color=INK["line"], linewidth=1)
        case _:
            axes.plot([x + 7, x + 7], [y - 7, y + 7], color=INK["quiet"], linewidth=0.8)


def fill(
    axes: Axes, middles: Sequence[tuple[float, float]], weights: Sequence[float], width: float, height: float
) -> None:
    """Lay colours on pieces of paper of one size.

    Args:
        axes: the panel, in points.
        middles: of the pieces.
        weights: of the colours; 1 and −1 are the full ones.
        width: of each piece.
        height: of each piece.
    """
    x, y = width / 2 / 72, height / 2 / 72
    piece = Path([(-x, -y), (x, -y), (x, y), (-x, y), (-x, -y)], closed=True)
    colours = [to_rgba(SERIES[0 if weight >= 0 else 1], opacity(weight)) for weight in weights]
    pieces = PathCollection(
        [piece],
        offsets=middles,
        offset_transform=axes.transData,
        facecolors=colours,
        linewidths=0,
        clip_on=False,
        zorder=2,
    )
    pieces.set_transform(axes.figure.dpi_scale_trans)
    axes.add_collection(pieces, autolim=False)


def outline(axes: Axes, x: float, y: float, width: float, height: float, ink: str = "line", name: str = "") -> None:
    """Draw a frame: a hairline, or in ink a thick one."""
    line, zorder = (1.8, 4) if ink == "ink" else (0.6, 3)
    frame = Rectangle((x, y), width, height, fill=False, edgecolor=INK[ink], linewidth=line, zorder=zorder)
    frame.set_gid(name or None)
    axes.add_patch(frame)
