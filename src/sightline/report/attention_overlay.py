"""A plot of attention on the picture that the model saw: of the whole model, without some heads, and the difference."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes

from sightline.report.attention_map import Notes, Picture, Underlay, Upsampling
from sightline.report.attention_scale import BAR_HEIGHT, Scale, draw_bar
from sightline.report.attention_tiles import Tile
from sightline.report.canvas import SMALL, Grid, say, wrapped
from sightline.report.plot import Plot
from sightline.report.shown import minus

__all__ = ["Overlay", "attention_overlay"]


@dataclass(frozen=True, eq=False)
class Overlay:
    """Attention on a picture, all of its tiles.

    Args:
        title: whose it is, as "whole model" or "without L0H3".
        tiles: parts of the picture. Where there are several, one that covers all of it is the thumbnail, and the
            others do not lie over each other.

    Raises:
        ValueError: there are no tiles, or some lie over each other.
    """

    title: str
    tiles: tuple[Tile, ...]

    def __post_init__(self) -> None:
        if not self.tiles:
            raise ValueError(f"{self.title} has no tiles")
        for one, other in (pair for level in self.levels() for pair in combinations(level, 2)):
            if one.box.meets(other.box):
                raise ValueError(f"{self.title}: tiles at {tuple(one.box)} and {tuple(other.box)} lie over each other")

    def levels(self) -> list[tuple[Tile, ...]]:
        """The tiles that stand side by side, and the thumbnail by itself; in the order in which they first come."""
        of = {whole: tuple(tile for tile in self.tiles if tile.covers_all is whole) for whole in (True, False)}
        first = self.tiles[0].covers_all if self.tiles else True
        return [level for level in (of[first], of[not first]) if level]

    def less(self, other: "Overlay") -> "Overlay":
        """This attention less another one, cell by cell.

        Raises:
            ValueError: the two are not cut into the same tiles.
        """
        own, its = ([(tile.cut, tile.box) for tile in each.tiles] for each in (self, other))
        if own != its:
            raise ValueError(f"{self.title} and {other.title} are not cut into the same tiles: {own} and {its}")
        pairs = zip(self.tiles, other.tiles, strict=True)
        tiles = tuple(Tile(mine.values - theirs.values, mine.box) for mine, theirs in pairs)
        return Overlay(f"{self.title} − {other.title}", tiles)


def attention_overlay(
    picture: Picture,
    panels: Sequence[Overlay],
    width_pt: float = 1120,
    *,
    caption_note: str,
    clip: float | None = 99.0,
    upsampling: Upsampling = "nearest",
    of: str = "the head's attention",
) -> Plot:
    """Draw attention on a picture: the picture, every panel, and what the others have more or less than the first.

    All panels share one scale, all differences another one around nought. Tiles and thumbnail stand in rows of their
    own.

    Args:
        picture: (H, W, 3) of uint8, as the model saw it.
        panels: the first is what the others are held against.
        width_pt: of the whole, in points; what stands side by side is wrapped to fit.
        caption_note: layer, head and query token.
        clip: the percentile of all cells at which colours end; at the highest if None.
        upsampling: how cells grow to pixels.
        of: what the values are shares of.

    Raises:
        ValueError: there are no panels, their tiles differ, a share is negative, or picture or percentile are none.
    """
    if not panels:
        raise ValueError("attention on a picture needs a panel at least, found none")
    changes = [panel.less(panels[0]) for panel in panels[1:]]
    scales = [Scale.over((tile for panel in panels for tile in panel.tiles), clip)]
    maps = [_Map(panel, panel.title, scales[0]) for panel in panels]
    if changes:
        scales.append(Scale.over((tile for change in changes for tile in change.tiles), clip, signed=True))
        titles = ["difference"] if len(changes) == 1 else [change.title for change in changes]
        maps += [_Map(change, title, scales[1]) for change, title in zip(changes, titles, strict=True)]
    sheet = _Sheet(picture, maps, width_pt - 4, upsampling)
    notes = Notes(caption_note, scales, upsampling, sheet.inner)
    grid = Grid(width_pt, sheet.inner, notes.height + sheet.height + sheet.bars_height(len(scales)), 1)
    figure = grid.figure("Attention on the picture")
    axes = grid.panel(figure, 0)
    notes.draw(axes)
    sheet.draw(axes, notes.height)
    sheet.draw_bars(axes, notes.height + sheet.height, scales, of)
    return Plot(figure, _table(maps), _words(maps, caption_note))


class _Map(NamedTuple):
    """Attention under its title, on its scale."""

    overlay: Overlay
    title: str
    scale: Scale

    def told(self, tiles: Iterable[Tile]) -> str:
        """All attention on some tiles."""
        total = 100 * sum(float(tile.values.sum()) for tile in tiles)
        rounded = round(total, 1) + 0.0  # no negative nought
        return minus(f"{rounded:+.1f} points in all" if self.scale.signed else f"{rounded:.1f} % in all")


class _Sheet:
    """Picture and maps side by side, wrapped to fit a width, a block of them for each level of tiles."""

    def __init__(self, picture: Picture, maps: Sequence[_Map], inner: float, upsampling: Upsampling) -> None:
        self.inner, self._maps, self._upsampling = inner, maps, upsampling
        number = 1 + len(maps)
        fitting = max(1, int((inner + _BETWEEN) // (_LEAST + _BETWEEN)))
        self._rows = -(-number // fitting)
        self._columns = -(-number // self._rows)
        self._step = min(_MOST, (inner + _BETWEEN) / self._columns - _BETWEEN) + _BETWEEN
        self._underlay = Underlay(picture, self._step - _BETWEEN)
        titles = ("picture", *(each.title for each in maps))
        self._titles = [wrapped(title, self._step - _BETWEEN, bold=True) for title in titles]
        self._head = 16.0 * max(map(len, self._titles)) + 22
        self._row_height = self._head + self._underlay.height_pt + 12
        self.height = self._row_height * self._rows * len(maps[0].overlay.levels())

    def draw(self, axes: Axes, top: float) -> None:
        """Draw picture and maps, beginning at a height."""
        levels = [each.overlay.levels() for each in self._maps]
        for block, tiles in enumerate(levels[0]):
            above = top + block * self._rows * self._row_height
            cut = _cut(tiles) if len(levels[0]) == 1 or len(tiles) > 1 else f"thumbnail, {_cut(tiles)}"
            self._draw_one(axes, above, 0, cut, self._underlay.plain, tiles)
            for place, (each, of) in enumerate(zip(self._maps, levels, strict=True), start=1):
                pixels = self._underlay.laid_over(of[block], each.scale, self._upsampling)
                self._draw_one(axes, above, place, each.told(of[block]), pixels, tiles)

    def _draw_one(
        self, axes: Axes, above: float, place: int, beneath: str, pixels: Picture, tiles: Sequence[Tile]
    ) -> None:
        """Draw one picture under its title and a smaller line."""
        row, column = divmod(place, self._columns)
        x, y = column * self._step, above + row * self._row_height
        for number, line in enumerate(reversed(self._titles[place])):
            say(axes, x, y + self._head - 28 - 16 * number, line, bold=True)
        say(axes, x, y + self._head - 11, beneath, size=SMALL, quiet=True)
        self._underlay.draw(axes, pixels, x, y + self._head, tiles)

    @property
    def _abreast(self) -> bool:
        """Whether each bar finds room beneath the maps that it explains."""
        return self._rows == 1 and self._step >= _LEAST_BAR

    def bars_height(self, bars: int) -> float:
        """Room for the bars of colours."""
        return (BAR_HEIGHT + 8) * (1 if self._abreast else bars)

    def draw_bars(self, axes: Axes, top: float, scales: Sequence[Scale], of: str) -> None:
        """Draw the bars of colours, beneath the first map of each scale where there is room."""
        for place, scale in enumerate(scales):
            words = f"difference, percentage points of {of}" if scale.signed else f"percent of {of}"
            if self._abreast:
                own = [number for number, each in enumerate(self._maps, start=1) if each.scale is scale]
                width = min(_MOST, len(own) * self._step - _BETWEEN)
                draw_bar(axes, own[0] * self._step, top, width, scale, words)
            else:
                draw_bar(axes, 0, top + place * (BAR_HEIGHT + 8), min(_MOST, self.inner), scale, words)


_LEAST, _MOST, _BETWEEN = 160.0, 360.0, 14.0
"""Width of a picture at least and at most; between two."""
_LEAST_BAR = 240.0
"""Width of a bar at least, for its words."""


def _cut(tiles: Sequence[Tile]) -> str:
    """Into what a picture is cut, as "4 tiles of 24 × 24"."""
    cuts = {tile.cut for tile in tiles}
    if len(tiles) == 1:
        return f"{'' if tiles[0].covers_all else 'a part of it, '}{tiles[0].cut} cells"
    cells = sum(tile.values.size for tile in tiles)
    return f"{len(tiles)} tiles of {cuts.pop()}" if len(cuts) == 1 else f"{len(tiles)} tiles, {cells:,} cells in all"


def _table(maps: Sequence[_Map]) -> pa.Table:
    """One row a cell."""
    parts = []
    for each in maps:
        for number, tile in enumerate(each.overlay.tiles):
            rows, columns = np.indices(tile.values.shape)
            size = tile.values.size
            parts.append(
                pa.table(
                    {
                        "panel": [each.title] * size,
                        "tile": np.full(size, number),
                        "row": rows.ravel(),
                        "col": columns.ravel(),
                        "value": tile.values.ravel().astype(np.float32),
                    }
                )
            )
    return pa.concat_tables(parts)


def _words(maps: Sequence[_Map], note: str) -> str:
    told = []
    for each in maps:
        tiles = each.overlay.tiles
        number = max(range(len(tiles)), key=lambda place: float(np.abs(tiles[place].values).max()))
        values = tiles[number].values
        row, column = np.unravel_index(np.abs(values).argmax(), values.shape)
        where = f"row {row}, column {column}" + (f" of tile {number}" if len(tiles) > 1 else "")
        most = minus(f"{100 * values[row, column]:{'+' if each.scale.signed else ''}.2g}")
        told.append(f"{each.title}: {each.told(tiles)}, most at {where} ({most})")
    return f"Attention on the picture, {note}. " + "; ".join(told) + "."
