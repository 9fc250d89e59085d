"""LLaVA-OneVision: the image and its tiles through SigLIP, scaled down where they are many, before Qwen2.

The number of tokens depends on the image's size; the chat format is Qwen's.
"""

from collections.abc import Iterator
from itertools import pairwise
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers.image_processing_utils import select_best_resolution

from sightline.models.families.family import Family
from sightline.models.families.tiles import Box, Shown, Tile, blocks, on_picture

__all__ = ["FAMILY", "grid"]


def grid(shown: Shown) -> tuple[Tile, ...]:
    """The whole picture squeezed to a square, then its tiles, without lines of patches that are all padding.

    The patches of a tile may leave a few pixels over at its right and bottom, which nobody sees. Where there are too
    many, the lines of all tiles together are scaled down; they then come as one tile, over the unseen pixels as well,
    by which a cell may be off by less than half a patch.
    """
    vision = shown.config.vision_config
    side = vision.image_size // vision.patch_size
    base, rest = shown.tokens[: side**2], shown.tokens[side**2 :]
    picture = (0, 0, vision.image_size, vision.image_size)
    whole = Tile(blocks(base, 1, side, side)[0], on_picture(_covered(vision, 0, side, 0, side), picture))
    return whole, *_tiles(shown, rest, side)


def _tiles(shown: Shown, tokens: NDArray[np.int64], side: int) -> Iterator[Tile]:
    """The tiles, of so many patches a side."""
    vision = shown.config.vision_config
    height, width = select_best_resolution((shown.height, shown.width), shown.config.image_grid_pinpoints)
    picture = _picture(shown, width, height)
    top, bottom, left, right = _unpadded(shown, height // vision.image_size * side, width // vision.image_size * side)
    rows, columns = bottom - top, right - left
    most = int(shown.config.vision_aspect_ratio.removeprefix("anyres_max_"))
    ratio = sqrt(rows * columns / (most * side**2))
    scaled_down = ratio > 1.1
    if scaled_down:
        rows, columns = int(rows // ratio), int(columns // ratio)
    places = blocks(tokens, 1, rows, columns + 1)[0, :, :-1]
    if scaled_down:
        yield Tile(places, on_picture(_covered(vision, top, bottom, left, right), picture))
        return
    for upper, lower in _cut(top, bottom, side):
        for first, last in _cut(left, right, side):
            part = places[upper - top : lower - top, first - left : last - left]
            yield Tile(part, on_picture(_covered(vision, upper, lower, first, last), picture))


def _covered(vision: Any, top: int, bottom: int, left: int, right: int) -> Box:
    """What patches cover of the canvas of all tiles, in pixels."""

    def begin(patch: int) -> int:
        tile, within = divmod(patch, vision.image_size // vision.patch_size)
        return int(tile * vision.image_size + within * vision.patch_size)

    return begin(left), begin(top), begin(right - 1) + vision.patch_size, begin(bottom - 1) + vision.patch_size


def _picture(shown: Shown, width: int, height: int) -> Box:
    """Where the picture lies on the canvas of all tiles, in pixels."""
    across, down = width / shown.width, height / shown.height
    if across < down:
        scaled_width, scaled_height = width, min(ceil(shown.height * across), height)
    else:
        scaled_width, scaled_height = min(ceil(shown.width * down), width), height
    left, top = (width - scaled_width) // 2, (height - scaled_height) // 2
    return left, top, left + scaled_width, top + scaled_height


def _unpadded(shown: Shown, rows: int, columns: int) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of the patches that are kept, as the model cuts them."""
    if shown.width / shown.height > columns / rows:
        kept = int(round(shown.height * (columns / shown.width), 7))
        padding = (rows - kept) // 2
        return padding, rows - padding, 0, columns
    kept = int(round(shown.width * (rows / shown.height), 7))
    padding = (columns - kept) // 2
    return 0, rows, padding, columns - padding


def _cut(low: int, high: int, side: int) -> Iterator[tuple[int, int]]:
    """Cut a range of patches where tiles meet."""
    return pairwise([low, *range((low // side + 1) * side, high, side), high])


FAMILY = Family(
    name="LLaVA-OneVision",
    model_types=("llava_onevision",),
    language_model="model.language_model",
    layers="model.language_model.layers",
    needs="torchvision, for the video part of its processor",
    grid=grid,
)
