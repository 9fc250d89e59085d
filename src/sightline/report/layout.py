"""Things in rows that fit a width."""

from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Spot", "in_rows"]


class Spot(NamedTuple):
    """Where a thing stands: how far from the left, and in which row."""

    x: float
    row: int


def in_rows(widths: Iterable[float], width: float, gap: float = 18.0, start: float = 0.0) -> list[Spot]:
    """Set things one after the other, in as many rows as it takes.

    Args:
        widths: of the things.
        width: of a row; what is wider has a row of its own.
        gap: between two things.
        start: where the first row begins.

    Example:
        >>> in_rows([40, 40, 40], 100)
        [Spot(x=0.0, row=0), Spot(x=58.0, row=0), Spot(x=0.0, row=1)]
    """
    spots: list[Spot] = []
    x, row = start, 0
    for needed in widths:
        if x > 0 and x + needed > width:
            x, row = 0.0, row + 1
        spots.append(Spot(x, row))
        x += needed + gap
    return spots
