"""Tiles: parts of a picture that a model takes in as grids of cells, with the attention on each cell."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["WHOLE", "Box", "Tile"]


class Box(NamedTuple):
    """Where something lies, in fractions of a picture from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Whether it lies over another one."""
        across = min(self.right, other.right) - max(self.left, other.left)
        return across > _ROUNDING and min(self.bottom, other.bottom) - max(self.top, other.top) > _ROUNDING


_ROUNDING = 1e-6
WHOLE = Box(0.0, 0.0, 1.0, 1.0)
"""All of a picture."""


@dataclass(frozen=True, eq=False)
class Tile:
    """A part of a picture that the model took in as a grid of cells, one token each.

    Args:
        values: (rows, cols) attention on each cell, as a share; a difference of two may be negative.
        box: where it lies; all of the picture if left out.

    Raises:
        ValueError: the values are no grid of finite numbers, or the box is empty or outside of the picture.
    """

    values: NDArray[np.floating[Any]]
    box: Box = WHOLE

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or not self.values.size or not np.isfinite(self.values).all():
            raise ValueError(f"a tile is a grid of finite numbers, found an array of shape {self.values.shape}")
        left, top, right, bottom = self.box
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise ValueError(f"a tile lies within its picture, in fractions of it, found {tuple(self.box)}")

    @property
    def cut(self) -> str:
        """Into what it is cut, as "24 × 24"."""
        return " × ".join(map(str, self.values.shape))

    @property
    def covers_all(self) -> bool:
        """Whether it covers all of the picture."""
        return self.box == WHOLE
