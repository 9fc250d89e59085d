"""Attention laid over a picture, which turns grey and pale beneath, so that colour means attention and nothing else."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from PIL import Image

from sightline.report.attention_scale import PALE, Scale, draw_pixels
from sightline.report.attention_tiles import Tile
from sightline.report.canvas import SMALL, say, wrapped

__all__ = ["Notes", "Picture", "Underlay", "Upsampling"]

Picture = NDArray[np.uint8]
"""(H, W, 3) an image as the model saw it."""
Upsampling = Literal["nearest", "bilinear"]
"""How cells grow to pixels: as rectangles, or with a smooth way between their middles."""


class Underlay:
    """A picture at the size at which it is drawn, to lay attention over.

    Args:
        picture: as the model saw it.
        width_pt: of the drawing.

    Raises:
        ValueError: the picture is not (H, W, 3) of uint8.
    """

    def __init__(self, picture: Picture, width_pt: float) -> None:
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or not picture.size:
            raise ValueError(
                f"a picture is (height, width, 3) of uint8, found {picture.dtype} of shape {picture.shape}"
            )
        height, width = picture.shape[:2]
        self.width_pt, self.height_pt = width_pt, width_pt * height / width
        self._size = (round(_PIXELS * self.width_pt), max(1, round(_PIXELS * self.height_pt)))
        self.plain: Picture = np.asarray(Image.fromarray(picture).resize(self._size, Image.Resampling.LANCZOS))
        grey = np.asarray(Image.fromarray(self.plain).convert("L"), dtype=np.float32) / 255
        steps = np.round(_GREYS * grey) / _GREYS  # few greys, so that a page stays small
        self._pale = (PALE[0] + (PALE[1] - PALE[0]) * steps)[..., None]

    def laid_over(self, tiles: Sequence[Tile], scale: Scale, upsampling: Upsampling) -> Picture:
        """The pale picture with the attention of tiles over it."""
        drawn = np.repeat(self._pale, 3, axis=-1)
        width, height = self._size
        for tile in tiles:
            left, right = (round(width * edge) for edge in (tile.box.left, tile.box.right))
            top, bottom = (round(height * edge) for edge in (tile.box.top, tile.box.bottom))
            cells = Image.fromarray(np.asarray(tile.values, np.float32))
            grown = cells.resize((max(1, right - left), max(1, bottom - top)), _RESAMPLING[upsampling])
            part = drawn[top:bottom, left:right]
            rgb, dense = scale.colours(np.asarray(grown)[: part.shape[0], : part.shape[1]])
            part[:] = part * (1 - dense) + rgb * dense
        return np.round(drawn).astype(np.uint8)

    def draw(self, axes: Axes, pixels: Picture, x: float, y: float, tiles: Sequence[Tile] = ()) -> None:
        """Draw pixels at a place, with lines between tiles where there are several."""
        draw_pixels(axes, pixels, x, y, self.width_pt, self.height_pt)
        for tile in tiles if len(tiles) > 1 else ():
            left, top = x + self.width_pt * tile.box.left, y + self.height_pt * tile.box.top
            size = self.width_pt * (tile.box.right - tile.box.left), self.height_pt * (tile.box.bottom - tile.box.top)
            axes.add_patch(Rectangle((left, top), *size, fill=False, edgecolor="white", linewidth=1.2, zorder=2))


_PIXELS, _GREYS = 2.0, 16
"""Pixels a point; how many greys there are."""
_RESAMPLING = {"nearest": Image.Resampling.NEAREST, "bilinear": Image.Resampling.BILINEAR}


class Notes:
    """What stands above maps: whose attention it is, how cells grew, and where colours end.

    Args:
        note: layer, head and query token.
        scales: all that are used.
        upsampling: how cells grew to pixels.
        width: at which lines break.
    """

    def __init__(self, note: str, scales: Sequence[Scale], upsampling: Upsampling, width: float) -> None:
        self._note = wrapped(note, width)
        self._words = wrapped(" ".join([_UPSAMPLED[upsampling], *(scale.words for scale in scales)]), width, SMALL)
        self.height = 18.0 * len(self._note) + 15.0 * len(self._words) + 10

    def draw(self, axes: Axes) -> None:
        """Write them at the top of a panel."""
        for place, line in enumerate(self._note):
            say(axes, 0, 8 + 18 * place, line)
        for place, line in enumerate(self._words):
            say(axes, 0, 8 + 18 * len(self._note) + 15 * place, line, size=SMALL, quiet=True)


_UPSAMPLED: dict[Upsampling, str] = {
    "nearest": "Every cell as a rectangle (nearest neighbour).",
    "bilinear": "Cells smoothed (bilinear).",
}
