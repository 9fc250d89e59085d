"""How series are named: at the ends of their lines, or in rows above the plot; never on the data."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes

from sightline.report.canvas import TEXT, say, shortened, spread, text_width
from sightline.report.plot import INK

__all__ = ["END_GAP", "EndNames", "Entry", "Frame", "RowNames"]

END_GAP = 17.0
"""Least distance between two names at the ends of lines."""
_ROW = 20.0
_WIDEST = 190.0
"""Width at most of a name."""
_LEADER = 22.0
"""Length of the line from the end of a curve to its name."""
_SWATCH = 26.0


class Entry(NamedTuple):
    """A series as it is drawn.

    Args:
        name: what it is called.
        colour: of marker and line.
        marker: matplotlib's, none where it has no points.
        line: matplotlib's style, none where its points are not joined.
        hollow: whether its markers are.
    """

    name: str
    colour: str
    marker: str
    line: str
    hollow: bool = False

    @property
    def fill(self) -> str:
        """What its markers are filled with."""
        return INK["paper"] if self.hollow else self.colour


class Frame(NamedTuple):
    """The edges of the ground of a plot, in points from the upper left corner of its panel."""

    left: float
    right: float
    top: float
    bottom: float


class EndNames:
    """Names right of the plot, each at the height at which its line ends."""

    above = 0.0

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = [entry._replace(name=shortened(entry.name, _WIDEST)) for entry in entries]
        self.beside = _LEADER + 12 + max(text_width(entry.name, TEXT) for entry in self._entries)

    def draw(self, axes: Axes, frame: Frame, ends: Sequence[tuple[float, float]]) -> None:
        """Write the names, moved where two would meet, with a thin line from the end of each curve."""
        x = frame.right + _LEADER
        heights = _apart([end[1] for end in ends], frame.top, frame.bottom)
        for entry, end, y in zip(self._entries, ends, heights, strict=True):
            axes.plot([end[0], x], [end[1], y], ":", color=entry.colour, linewidth=1.2, zorder=1)
            axes.plot(x, y, entry.marker, color=entry.colour, markerfacecolor=entry.fill, markersize=7)
            say(axes, x + 9, y, entry.name)


class RowNames:
    """Names above the plot, in rows that fit a width, the first row at the top; no names take no room."""

    beside = 0.0

    def __init__(self, entries: Sequence[Entry], width: float, top: float = 0.0) -> None:
        self._places: list[tuple[Entry, float, float]] = []
        x, y = 0.0, top + _ROW / 2
        for entry in entries:
            name = shortened(entry.name, min(_WIDEST, width - _SWATCH))
            needed = _SWATCH + text_width(name, TEXT)
            if x > 0 and x + needed > width:
                x, y = 0.0, y + _ROW
            self._places.append((entry._replace(name=name), x, y))
            x += needed + 18
        self.above = y + _ROW / 2 + 6 if entries else top

    def draw(self, axes: Axes, _frame: Frame, _ends: Sequence[tuple[float, float]]) -> None:
        """Write the names, each behind a piece of its line."""
        for entry, x, y in self._places:
            axes.plot([x, x + 20], [y, y], linestyle=entry.line, color=entry.colour, linewidth=1.6)
            axes.plot(x + 10, y, entry.marker, color=entry.colour, markerfacecolor=entry.fill, markersize=7)
            say(axes, x + _SWATCH, y, entry.name)


def _apart(wanted: Sequence[float], top: float, bottom: float) -> list[float]:
    """Move names apart, and back where that has pushed them over an edge.

    Example:
        >>> _apart([10.0, 0.0], 0, 100)
        [17.0, 0.0]
    """
    apart = spread(wanted, END_GAP)
    order = sorted(range(len(apart)), key=apart.__getitem__)
    for place, index in enumerate(order):
        apart[index] = max(apart[index], top + END_GAP * place)
    for place, index in enumerate(reversed(order)):
        apart[index] = min(apart[index], bottom - END_GAP * place)
    return apart
