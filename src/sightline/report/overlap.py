"""How far sets of heads agree, as those found on several tasks or in several models: a small matrix."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from sightline.report.canvas import SLANT, SMALL, TEXT, Grid, say, shortened, text_width
from sightline.report.plot import INK, SERIES, Plot

__all__ = ["overlap"]

_COLUMNS = ("a", "b", "shared", "jaccard")
_ROOMY = 600.0
_DENSEST = 0.55
"""Opacity of the colour of sets that are the same: text in ink can be read on it, on white and on black."""
_LEAST, _MOST = 34.0, 96.0
"""Width of a cell."""
_HEIGHT = 40.0
_SLANTED = 150.0
"""Width at most of slanted names."""


class _Shared(NamedTuple):
    heads: int
    jaccard: float


def overlap(data: pa.Table, width_pt: float = 1120) -> Plot:
    """Draw how many heads each two sets share.

    Args:
        data: columns a and b (names of sets), shared (heads in both) and jaccard (those, divided by the heads in
            either, in [0, 1]); of two sets one order is enough. Sets stand in the order in which they first occur.
        width_pt: of the whole, in points; more sets than fit make it wider.

    Raises:
        ValueError: a column is missing, there are no rows, two rows of the same sets differ, or an index is none.

    Example:
        >>> rows = {"a": ["counting"], "b": ["colour"], "shared": [2], "jaccard": [0.5]}
        >>> overlap(pa.table(rows)).description
        'Heads that sets share, and their Jaccard index. counting and colour: 2 (0.50).'
    """
    pairs = _read(data)
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    inner = width_pt - 4
    told = [shortened(name, 0.3 * inner if width_pt < _ROOMY else 190) for name in names]
    left = max(text_width(name, TEXT) for name in told) + 12
    cell = max(_LEAST, min(_MOST, (inner - left) / len(names)))
    slanted = any(text_width(name, SMALL) > cell - 6 for name in told)
    below = [shortened(name, min(_SLANTED, left)) for name in names] if slanted else told
    longest = max(text_width(name, SMALL) for name in below)
    under = 16 + longest * math.sin(math.radians(SLANT)) if slanted else 22.0
    grid = Grid(width_pt, max(inner, left + cell * len(names)), _HEIGHT * len(names) + under, 1)
    figure = grid.figure(shortened(_HEADER if width_pt >= _ROOMY else _SHORT, inner))
    axes = grid.panel(figure, 0)
    bottom = _HEIGHT * len(names)
    for row, a in enumerate(names):
        say(axes, left - 8, _HEIGHT * (row + 0.5), told[row], "right")
        x = left + cell * (row + 0.5)
        if slanted:
            say(axes, x + 3, bottom + 10, below[row], "right", size=SMALL, slanted=True)
        else:
            say(axes, x, bottom + 12, below[row], "center", size=SMALL, quiet=True)
        for column, b in enumerate(names):
            _draw_cell(axes, left + cell * column, _HEIGHT * row, cell, pairs.get((a, b)) or pairs.get((b, a)))
    return Plot(figure, data, _words(pairs))


_HEADER = "Heads that two sets share: the Jaccard index (shared heads, divided by those in either), and their number"
_SHORT = "Jaccard index, and the heads shared"


def _read(data: pa.Table) -> dict[tuple[str, str], _Shared]:
    """Read the pairs, each in one order."""
    if absent := [name for name in _COLUMNS if name not in data.column_names]:
        raise ValueError(f"an overlap has columns {', '.join(_COLUMNS)}; {', '.join(absent)} not found")
    pairs: dict[tuple[str, str], _Shared] = {}
    for row in data.to_pylist():
        a, b, shared = row["a"], row["b"], _Shared(row["shared"], row["jaccard"])
        if shared.jaccard is None or not 0 <= shared.jaccard <= 1:
            raise ValueError(f"{a} and {b}: the Jaccard index is {shared.jaccard}, expected one in [0, 1]")
        if shared != (known := pairs.get((a, b)) or pairs.get((b, a)) or shared):
            raise ValueError(f"{a} and {b} share {known.heads} heads and {shared.heads}")
        if (b, a) not in pairs:
            pairs[a, b] = shared
    if not pairs:
        raise ValueError("an overlap needs two sets at least, found none")
    return pairs


def _draw_cell(axes: Axes, x: float, y: float, width: float, shared: _Shared | None) -> None:
    """Draw a cell: the index, and beneath it the number; a dash where nothing is known."""
    face = to_rgba(SERIES[0], _DENSEST * shared.jaccard) if shared else "none"
    axes.add_patch(Rectangle((x, y), width, _HEIGHT, facecolor=face, edgecolor=INK["line"], linewidth=0.8))
    middle = x + width / 2
    if shared is None:
        say(axes, middle, y + _HEIGHT / 2, "–", "center", quiet=True)
        return
    say(axes, middle, y + 0.35 * _HEIGHT, f"{shared.jaccard:.2f}", "center")
    say(axes, middle, y + 0.73 * _HEIGHT, f"{shared.heads:,}", "center", size=SMALL)


def _words(pairs: Mapping[tuple[str, str], _Shared]) -> str:
    told = "; ".join(
        f"{a} and {b}: {shared.heads} ({shared.jaccard:.2f})" for (a, b), shared in pairs.items() if a != b
    )
    return f"Heads that sets share, and their Jaccard index. {told}."
