"""Names beside points of a plot, each where it covers neither a point nor another name."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes

from sightline.report.canvas import SMALL, say, text_width
from sightline.report.legend import Frame
from sightline.report.plot import INK

__all__ = ["Named", "draw_names", "place_names"]

_REACHES = (11.0, 15.0, 20.0, 27.0, 38.0, 52.0, 70.0, 90.0)
"""How far from its point a name may stand, the nearest tried first."""
_TURNS = (0, 4, 1, 7, 3, 5, 2, 6)
"""Directions in which it may stand, in eighths of a turn: right and left are tried first."""
_HEIGHT = 12.0
_POINT = 8.0
_LEADER = 14.0
"""From which distance on a line leads from the point to its name."""


class Named(NamedTuple):
    """A point with its name.

    Args:
        x: from the left, in points of the paper.
        y: from the top.
        name: what it is called.
    """

    x: float
    y: float
    name: str


def place_names(points: Sequence[Named], frame: Frame, taken: Iterable[Frame] = ()) -> list[Frame]:
    """Find a place for each name: the nearest one that is free, within the frame.

    Args:
        points: in the order in which they choose.
        frame: where names may stand.
        taken: what they are not to cover.

    Returns:
        For each name the box of its text; where no place is free, the one that covers the least, and where none is
        within the frame, one outside.

    Example:
        >>> place_names([Named(10, 50, "a")], Frame(0, 100, 0, 100))[0].left
        21.0
    """
    covered = [*taken, *(_around(point) for point in points)]
    places: list[Frame] = []
    for point in points:
        boxes = list(_candidates(point))
        within = [box for box in boxes if _inside(box, frame)] or boxes
        free = (box for box in within if not any(_shared(box, other) for other in covered))
        place = next(free, None) or min(within, key=lambda box: sum(_shared(box, other) for other in covered))
        places.append(place)
        covered.append(place)
    return places


def draw_names(axes: Axes, points: Sequence[Named], frame: Frame, taken: Iterable[Frame] = ()) -> None:
    """Write the names, and lead a line to those that stand apart from their points."""
    for point, box in zip(points, place_names(points, frame, taken), strict=True):
        x = min(max(point.x, box.left), box.right)
        y = min(max(point.y, box.top), box.bottom)
        if math.hypot(x - point.x, y - point.y) > _LEADER:
            axes.plot([point.x, x], [point.y, y], color=INK["quiet"], linewidth=0.8, zorder=1)
        say(axes, box.left, (box.top + box.bottom) / 2, point.name, size=SMALL, on_lines=True)


def _around(point: Named) -> Frame:
    """The box of a point with its ring, and of the margin of a name beside it."""
    return Frame(point.x - _POINT, point.x + _POINT, point.y - _POINT, point.y + _POINT)


def _candidates(point: Named) -> Iterable[Frame]:
    """Boxes of its name around a point; right and left of it the name begins or ends, else it stands in the middle."""
    width = text_width(point.name, SMALL)
    for reach in _REACHES:
        for turn in _TURNS:
            across, up = math.cos(turn * math.pi / 4), math.sin(turn * math.pi / 4)
            x, y = point.x + reach * across, point.y - reach * up
            left = x - width / 2 if turn in (2, 6) else x if across > 0 else x - width
            yield Frame(left, left + width, y - _HEIGHT / 2, y + _HEIGHT / 2)


def _inside(box: Frame, frame: Frame) -> bool:
    beside = box.left >= frame.left and box.right <= frame.right
    return beside and box.top >= frame.top and box.bottom <= frame.bottom


def _shared(a: Frame, b: Frame) -> float:
    """The area that two boxes share."""
    across = min(a.right, b.right) - max(a.left, b.left)
    down = min(a.bottom, b.bottom) - max(a.top, b.top)
    return max(across, 0.0) * max(down, 0.0)
