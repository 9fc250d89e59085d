"""Where the tokens of an image lie on the picture: the values, and the arithmetic that families share.

What a model sees of a picture are blocks of cells: a centre crop, the picture with padding around it, tiles of it, a
thumbnail. Each is told by two rectangles in the same pixels: what is seen, and where the picture lies.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sightline.errors import RequestError

__all__ = ["WHOLE", "Box", "Grid", "Shown", "Tile", "blocks", "merged_patches", "on_picture"]

Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
"""All of a picture, in fractions of it."""


@dataclass(frozen=True, eq=False)
class Tile:
    """A block of image tokens, and what of the picture it shows, in cells of equal size.

    Args:
        places: (rows, columns) int64, where in the prompt the tokens stand.
        box: in fractions of the upright picture; beyond 0 to 1 lies padding.
    """

    places: NDArray[np.int64]
    box: Box


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture as it was given to a model.

    Args:
        config: of the model.
        processor: of the model.
        tokens: (n,) int64, where in the prompt the tokens of the image stand, separators included.
        inputs: what the processor made of the picture.
        width: of the picture, in pixels.
        height: of the picture, in pixels.
    """

    config: Any
    processor: Any
    tokens: NDArray[np.int64]
    inputs: Mapping[str, Any]
    width: int
    height: int


Grid = Callable[[Shown], tuple[Tile, ...]]
"""Says where the tokens of an image lie on the picture."""


def blocks(tokens: NDArray[np.int64], count: int, rows: int, columns: int) -> NDArray[np.int64]:
    """Cut tokens into blocks that follow each other, each row by row.

    Returns:
        (count, rows, columns).

    Raises:
        RequestError: there are more or fewer tokens.

    Example:
        >>> blocks(np.arange(4, 10), 1, 2, 3).tolist()
        [[[4, 5, 6], [7, 8, 9]]]
    """
    if len(tokens) != count * rows * columns:
        raise RequestError(
            f"The image has {len(tokens)} tokens where {count} × {rows} × {columns} were expected: model and processor "
            "do not belong together, or were given a picture of another size."
        )
    return tokens.reshape(count, rows, columns)


def on_picture(seen: Box, picture: Box) -> Box:
    """Say in fractions of the picture what is seen.

    Args:
        seen: in any pixels.
        picture: where the picture lies, in the same pixels.

    Example:
        >>> on_picture((0, 0, 200, 200), picture=(-100, 0, 300, 200))
        (0.25, 0.0, 0.75, 1.0)
    """
    left, top, right, bottom = picture
    width, height = right - left, bottom - top
    return (seen[0] - left) / width, (seen[1] - top) / height, (seen[2] - left) / width, (seen[3] - top) / height


def merged_patches(shown: Shown) -> tuple[Tile, ...]:
    """The grid where the picture is scaled to a whole number of cells, each of them several patches merged."""
    _, down, across = shown.inputs["image_grid_thw"][0].tolist()
    merged = shown.config.vision_config.spatial_merge_size
    return (Tile(blocks(shown.tokens, 1, down // merged, across // merged)[0], WHOLE),)
