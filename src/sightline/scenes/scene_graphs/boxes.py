"""Boxes around objects and regions, and how far they cover one another."""

from typing import NamedTuple

__all__ = ["Box", "covered", "overlap"]


class Box(NamedTuple):
    """A box, in pixels.

    Args:
        x: its left edge.
        y: its upper edge.
        width: in pixels.
        height: in pixels.
    """

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """In square pixels."""
        return self.width * self.height


def overlap(one: Box, other: Box) -> float:
    """What two boxes share, of all that they cover together: 0 apart, 1 where they are one (IoU).

    Example:
        >>> overlap(Box(0, 0, 10, 10), Box(5, 0, 10, 10))
        0.3333333333333333
    """
    shared = _shared(one, other)
    return shared / (one.area + other.area - shared) if shared else 0.0


def covered(one: Box, other: Box) -> float:
    """The share of the smaller of two boxes that lies within the larger one.

    Example:
        >>> covered(Box(0, 0, 100, 100), Box(95, 0, 10, 10)), covered(Box(0, 0, 100, 100), Box(20, 20, 10, 10))
        (0.5, 1.0)
    """
    shared = _shared(one, other)
    return shared / min(one.area, other.area) if shared else 0.0


def _shared(one: Box, other: Box) -> float:
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return max(width, 0) * max(height, 0)
