"""How replies change: one bar for each set of heads, divided by what becomes of the replies."""

import math
from collections.abc import Mapping, Sequence

import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from sightline.report.canvas import SMALL, TEXT, Grid, say, shortened, text_width
from sightline.report.layout import Spot, in_rows
from sightline.report.plot import INK, SERIES, Plot

__all__ = ["stacked_bars"]

_COLUMNS = ("set", "category", "share", "n")
_ROOMY = 600.0
"""Width from which on sets are named beside their bars and not above them."""
_BAR = 22.0
_SWATCH = 22.0
_WIDEST = 190.0
"""Width at most of a set's name beside its bar."""
_PALE = 0.42
"""Opacity of colours: text in ink can be read on all of them, on white and on black."""


def stacked_bars(data: pa.Table, width_pt: float = 1120, *, measure: str) -> Plot:
    """Draw for each set of heads how its replies are divided.

    Args:
        data: columns set, category, share (in [0, 1], those of a set make up 1) and n (replies of the set). Sets and
            categories stand in the order in which they first occur; a category that a set lacks has no share of it.
        width_pt: of the whole, in points.
        measure: what is divided.

    Raises:
        ValueError: a column is missing, there are no rows, a category comes twice, or shares do not make up a whole.

    Example:
        >>> rows = {"set": ["best 3"] * 2, "category": ["same", "true"], "share": [0.4, 0.6], "n": [50, 50]}
        >>> stacked_bars(pa.table(rows), measure="Replies").description
        'Replies, in percent. best 3 (n 50): same 40.0, true 60.0.'
    """
    shares, counts = _read(data)
    colours = _Colours(list(dict.fromkeys(category for of in shares.values() for category in of)))
    roomy, inner = width_pt >= _ROOMY, width_pt - 4
    names = {name: shortened(name, _WIDEST if roomy else inner - 80) for name in shares}
    left = max(text_width(name, TEXT) for name in names.values()) + 14 if roomy else 0.0
    right = inner - (max(text_width(f"n {count:,}", SMALL) for count in counts.values()) + 8 if roomy else 0.0)
    first = next(iter(shares.values()))
    direct = roomy and all(_fits(category, first.get(category, 0.0) * (right - left)) for category in colours.of)
    above = 20.0 if direct else colours.height(inner)
    pitch = _BAR + (10 if roomy else 24)
    grid = Grid(width_pt, inner, above + pitch * len(shares) + 4, 1)
    figure = grid.figure(shortened(f"{measure}, percent", inner))
    axes = grid.panel(figure, 0)
    if not direct:
        colours.draw_key(axes, inner)
    for place, (name, of) in enumerate(shares.items()):
        bottom = above + pitch * (place + 1) - (4 if roomy else 2)
        y = bottom - _BAR / 2 if roomy else bottom - _BAR - 9
        say(axes, 0, y, names[name])
        say(axes, inner, y, f"n {counts[name]:,}", "right", size=SMALL, quiet=True)
        _draw_bar(axes, of, colours, left, right, bottom - _BAR)
    if direct:
        _name_segments(axes, first, left, right)
    return Plot(figure, data, _words(shares, counts, measure))


def _read(data: pa.Table) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    """Read shares.

    Returns:
        Set → category → share, and set → replies.
    """
    if absent := [name for name in _COLUMNS if name not in data.column_names]:
        raise ValueError(f"bars have columns {', '.join(_COLUMNS)}; {', '.join(absent)} not found")
    shares: dict[str, dict[str, float]] = {}
    counts: dict[str, int] = {}
    for row in data.to_pylist():
        of = shares.setdefault(row["set"], {})
        if row["category"] in of:
            raise ValueError(f"{row['set']} has two shares of {row['category']}")
        if row["share"] is None or not 0 <= row["share"] <= 1:
            raise ValueError(f"{row['set']}, {row['category']}: the share is {row['share']}, expected one in [0, 1]")
        if counts.setdefault(row["set"], row["n"]) != row["n"]:
            raise ValueError(f"{row['set']} has {counts[row['set']]} and {row['n']} replies")
        of[row["category"]] = row["share"]
    if not shares:
        raise ValueError("bars need a set of heads at least, found none")
    for name, of in shares.items():
        if not math.isclose(whole := math.fsum(of.values()), 1, abs_tol=1e-6):
            raise ValueError(f"the shares of {name} make up {whole:g}, expected 1")
    return shares, counts


_COLOURS = (*SERIES[:5], SERIES[6])
"""Colours that stay apart when they are pale: the second blue of the palette is left out."""


class _Colours:
    """A colour for each category; where there are more of these than colours, the next ones are hatched."""

    _row = 20.0

    def __init__(self, categories: Sequence[str]) -> None:
        self.of = {category: place for place, category in enumerate(categories)}

    def height(self, width: float) -> float:
        """Room for the key."""
        return self._row * (self._spots(width)[-1].row + 1) + 6

    def draw_key(self, axes: Axes, width: float) -> None:
        """Name the categories, each behind a piece of its colour."""
        for category, spot in zip(self.of, self._spots(width), strict=True):
            y = self._row * (spot.row + 0.5)
            self.fill(axes, category, spot.x, y - 7, 16, 14)
            say(axes, spot.x + _SWATCH, y, shortened(category, width - _SWATCH))

    def fill(self, axes: Axes, category: str, x: float, y: float, width: float, height: float) -> None:
        """Draw a segment."""
        colour = _COLOURS[self.of[category] % len(_COLOURS)]
        face = to_rgba(colour, _PALE)
        axes.add_patch(Rectangle((x, y), width, height, facecolor=face, edgecolor=INK["paper"], linewidth=1.5))
        if self.of[category] >= len(_COLOURS):
            axes.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor=colour, linewidth=0, hatch="////"))

    def _spots(self, width: float) -> list[Spot]:
        return in_rows((_SWATCH + text_width(category, TEXT) for category in self.of), width)


def _draw_bar(axes: Axes, of: Mapping[str, float], colours: _Colours, left: float, right: float, top: float) -> None:
    """Draw a bar, and write each share that its segment has room for."""
    x = left
    for category in (category for category in colours.of if of.get(category)):
        width = (right - left) * of[category]
        colours.fill(axes, category, x, top, width, _BAR)
        share = f"{100 * of[category]:.0f}"
        if _fits(share, width):
            hatched = colours.of[category] >= len(_COLOURS)
            say(axes, x + width / 2, top + _BAR / 2, share, "center", size=SMALL, on_lines=hatched)
        x += width


def _fits(text: str, width: float) -> bool:
    return text_width(text, SMALL) + 6 <= width


def _name_segments(axes: Axes, of: Mapping[str, float], left: float, right: float) -> None:
    """Write the names of categories above the first bar."""
    x = left
    for category, share in of.items():
        width = (right - left) * share
        say(axes, x + width / 2, 12, category, "center", size=SMALL, quiet=True)
        x += width


def _words(shares: Mapping[str, Mapping[str, float]], counts: Mapping[str, int], measure: str) -> str:
    told = (
        f"{name} (n {counts[name]:,}): " + ", ".join(f"{category} {100 * share:.1f}" for category, share in of.items())
        for name, of in shares.items()
    )
    return f"{measure}, in percent. {'; '.join(told)}."
