"""A plot of attention along a reply: one small picture for every token, with what the token attends to."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.report.attention_map import Notes, Picture, Underlay, Upsampling
from sightline.report.attention_scale import BAR_HEIGHT, Scale, draw_bar
from sightline.report.attention_tiles import Tile
from sightline.report.canvas import SMALL, Grid, say, shortened
from sightline.report.plot import Plot
from sightline.report.token_table import seen

__all__ = ["attention_strip"]


def attention_strip(
    picture: Picture,
    tokens: Sequence[str],
    values: NDArray[np.floating[Any]],
    width_pt: float = 1120,
    *,
    caption_note: str,
    clip: float | None = 99.0,
    upsampling: Upsampling = "nearest",
    of: str = "the head's attention",
) -> Plot:
    """Draw the attention of every generated token on the picture, all on one scale.

    Args:
        picture: (H, W, 3) of uint8, as the model saw it.
        tokens: the query tokens, as they are read.
        values: (tokens, rows, cols) attention on each cell, the cells covering all of the picture.
        width_pt: of the whole, in points; small pictures fill as many rows as it takes.
        caption_note: layer and head.
        clip: the percentile of all cells at which colours end; at the highest if None.
        upsampling: how cells grow to pixels.
        of: what the values are shares of.

    Raises:
        ValueError: there are no tokens or not as many as maps, a share is negative, or picture or percentile are none.
    """
    if not tokens or len(tokens) != len(values):
        raise ValueError(f"every token needs its map, found {len(tokens)} tokens and {len(values)} maps")
    tiles = [Tile(cells) for cells in values]
    scale = Scale.over(tiles, clip)
    inner = width_pt - 4
    columns = min(len(tokens), max(1, int((inner + _BETWEEN) // (_LEAST + _BETWEEN))))
    width = min(_MOST, (inner + _BETWEEN) / columns - _BETWEEN)
    underlay, notes = Underlay(picture, width), Notes(caption_note, [scale], upsampling, inner)
    row_height = _HEAD + underlay.height_pt + 10
    bottom = notes.height + row_height * -(-len(tokens) // columns)
    grid = Grid(width_pt, inner, bottom + BAR_HEIGHT, 1)
    figure = grid.figure("Attention on the picture, token by token")
    axes = grid.panel(figure, 0)
    notes.draw(axes)
    for place, (token, tile) in enumerate(zip(tokens, tiles, strict=True)):
        row, column = divmod(place, columns)
        x, y = column * (width + _BETWEEN), notes.height + row * row_height
        say(axes, x, y + 9, shortened(seen(token), width, bold=True), bold=True)
        say(axes, x, y + 24, f"{100 * tile.values.sum():.1f} % in all", size=SMALL, quiet=True)
        underlay.draw(axes, underlay.laid_over([tile], scale, upsampling), x, y + _HEAD)
    draw_bar(axes, 0, bottom, min(_BAR, inner), scale, f"percent of {of}")
    return Plot(figure, _table(tokens, tiles), _words(tokens, tiles, caption_note))


_LEAST, _MOST, _BETWEEN, _BAR = 104.0, 200.0, 10.0, 360.0
"""Width of a small picture at least and at most; between two; width of the bar at most."""
_HEAD = 34.0
"""Room for the words above a picture."""


def _table(tokens: Sequence[str], tiles: Sequence[Tile]) -> pa.Table:
    """One row a cell of a token's map."""
    rows, columns = np.indices(tiles[0].values.shape)
    return pa.table(
        {
            "place": np.repeat(np.arange(len(tokens)), rows.size),
            "token": np.repeat(np.array(tokens, dtype=object), rows.size),
            "row": np.tile(rows.ravel(), len(tokens)),
            "col": np.tile(columns.ravel(), len(tokens)),
            "value": np.concatenate([tile.values.ravel() for tile in tiles]).astype(np.float32),
        }
    )


def _words(tokens: Sequence[str], tiles: Sequence[Tile], note: str) -> str:
    told = [f"“{seen(token)}” {100 * tile.values.sum():.1f} %" for token, tile in zip(tokens, tiles, strict=True)]
    return f"Attention on the picture of every generated token, {note}; in all: {', '.join(told)}."
