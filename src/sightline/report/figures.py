"""Plots for reports and papers: ranks under several label sets, and what a change of labels does to the counts.

Everything is drawn on figures of their own, never on pyplot's state, and laid out in points, so that text keeps its
size whatever the number of models. Series differ in colour (Okabe and Ito's palette, safe for colour-blind people), in
marker and in the name beside them.
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import MaxNLocator

from sightline.records.atomic import write_bytes
from sightline.records.tables import csv_bytes

__all__ = ["INK", "SERIES", "Plot", "change", "rank_shift"]

SERIES = ("#0072b2", "#d55e00", "#009e73", "#b8578f", "#b07d00", "#3c8dbc", "#555555")
"""Colours of models, in order: Okabe and Ito's, the light ones darkened to stand out from white at three to one."""
INK = {"ink": "#1b1f24", "quiet": "#5b6570", "line": "#d4d9de", "paper": "#fffffe"}
"""Colours of text, of text that stands back, of grid lines, and of the ground inside of hollow markers."""
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "h", "<", ">")
_FONT = "DejaVu Sans"
_DPI = 144
_PT_PER_INCH = 72
_TEXT, _SMALL = 11.5, 9.5
_GAP = 28.0
"""Least distance between two labels of two lines."""


@dataclass(frozen=True)
class Plot:
    """A plot and the numbers behind it.

    Args:
        figure: the drawing.
        data: its numbers.
        description: what it shows, for those who cannot see it.
    """

    figure: Figure
    data: pa.Table
    description: str

    def svg(self) -> str:
        """The drawing as an SVG document; its text is text."""
        return self._print("svg", metadata={"Date": None, "Creator": None}).decode()

    def png(self) -> bytes:
        """The drawing as PNG, two pixels a point, on white."""
        return self._print("png", dpi=_DPI, facecolor="white")

    def inline_svg(self, name: str) -> str:
        """The drawing as an element of a page.

        Colours become the page's own (``var(--ink)``, ``var(--series-1)``, …) with the present ones to fall back to,
        the font the page's, and ids begin with the name, so that several drawings can stand in one page.
        """
        svg = re.sub(r"\A.*?(?=<svg)|<metadata>.*?</metadata>|<style.*?</style>", "", self.svg(), flags=re.DOTALL)
        svg = re.sub(r'(<[^>]*?\bid="|url\(#|<use [^>]*?href="#)', rf"\g<1>{name}-", svg)
        svg = svg.replace(f"font-family: '{_FONT}'", "font-family: inherit")
        variables = {**INK, **{f"series-{place}": colour for place, colour in enumerate(SERIES, start=1)}}
        for variable, colour in variables.items():
            svg = svg.replace(colour, f"var(--{variable}, {colour})")
        return re.sub(r'<svg (.*?)width="[\d.]+pt" (.*?)height="[\d.]+pt"', r"<svg \1\2", svg, count=1)

    def csv(self) -> str:
        """The numbers as CSV."""
        return csv_bytes(self.data).decode()

    def save(self, folder: Path, stem: str) -> list[Path]:
        """Write ``stem.svg``, ``stem.png`` and ``stem.csv`` into a folder.

        Raises:
            DataError: a file cannot be written.
        """
        contents = {"svg": self.svg().encode(), "png": self.png(), "csv": self.csv().encode()}
        return [write_bytes(folder / f"{stem}.{suffix}", data) for suffix, data in contents.items()]

    def _print(self, format_: str, **options: Any) -> bytes:
        buffer = io.BytesIO()
        with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "sightline"}):
            self.figure.savefig(buffer, format=format_, **{"transparent": format_ == "svg", **options})
        return buffer.getvalue()


def rank_shift(ranks: pa.Table, width_pt: float = 1120) -> Plot:
    """Draw how the ranks of models shift from one label set to the next, one panel a split.

    Args:
        ranks: columns labels, split, model, metric, value, low, high, rank; the order of rows is the order shown.
        width_pt: of the whole, in points; the panels are wrapped to fit, the narrowest standing one below the other.
    """
    rows = ranks.to_pylist()
    labels, splits, models = (_distinct(rows, name) for name in ("labels", "split", "model"))
    metric = _TITLES.get(rows[0]["metric"], rows[0]["metric"].replace("_", " ").capitalize())
    names = {model: _shortened(model, 190) for model in models}
    gutter = max(max(_width(name, _TEXT) for name in names.values()), _width("00.00  00.0–00.0", _SMALL)) + 14
    left = (72.0 if len(labels) > 1 else 34.0) + _width(str(len(models)), _SMALL) - _width("1", _SMALL)
    step = 50.0 if len(labels) > 1 else 0.0
    grid = _Grid(width_pt, left + step * (len(labels) - 1) + gutter, 60 + 42 * len(models), len(splits))
    header = f"{metric} in percent with 95 % intervals; the best rank on top"
    figure = grid.figure(header)
    stretch = (grid.panel_width - left - gutter) / max(len(labels) - 1, 1)
    at = {name: left + place * stretch for place, name in enumerate(labels)}
    for place, split in enumerate(splits):
        axes = grid.panel(figure, place)
        _say(axes, 0, 10, split, bold=True)
        for name, x in at.items():
            _say(axes, x, 32, name, "center", quiet=True)
            axes.plot([x, x], [44, grid.panel_height - 8], color=INK["line"], linewidth=1, zorder=0)
        _slopes(axes, [row for row in rows if row["split"] == split], models, names, at)
    return Plot(figure, ranks, _rank_words(rows, metric, labels, splits[-1]))


def _slopes(
    axes: Axes,
    rows: Sequence[Mapping[str, Any]],
    models: Sequence[str],
    names: Mapping[str, str],
    at: Mapping[str, float],
) -> None:
    """Draw the lines of one panel, and the labels at both ends."""
    heights: dict[tuple[str, str], float] = {}
    for labels in at:
        tied: dict[int, int] = {}
        for row in (row for row in rows if row["labels"] == labels):
            tied[row["rank"]] = tied.get(row["rank"], -1) + 1
            heights[labels, row["model"]] = 66 + 42 * (row["rank"] - 1) + 9 * tied[row["rank"]]
    for rank in range(len(models)):
        _say(axes, 0, 66 + 42 * rank, str(rank + 1), size=_SMALL, quiet=True)
    first, last = next(iter(at)), list(at)[-1]
    for place, model in enumerate(models):
        points = [(x, heights[labels, model]) for labels, x in at.items() if (labels, model) in heights]
        moved = len({row["rank"] for row in rows if row["model"] == model}) > 1
        axes.plot(
            *zip(*points, strict=True),
            color=SERIES[place % len(SERIES)],
            marker=_MARKERS[place % len(_MARKERS)],
            markersize=7.5,
            linewidth=2.6 if moved else 1.3,
            zorder=3 if moved else 2,
        )
    found = {(row["labels"], row["model"]): row for row in rows}
    for labels, side in ((first, -1), (last, 1)) if len(at) > 1 else ((last, 1),):
        own = [model for model in models if (labels, model) in heights]
        spread = _spread([heights[labels, model] for model in own], _GAP)
        for model, y in zip(own, spread, strict=True):
            value, interval = _rate_words(found[labels, model])
            if side < 0:
                _say(axes, at[labels] - 12, y - 7, value, "right", size=_SMALL)
                _say(axes, at[labels] - 12, y + 7, interval, "right", size=_SMALL, quiet=True)
                continue
            x = at[labels] + 12
            _say(axes, x, y - 7, names[model])
            _say(axes, x, y + 7, value, size=_SMALL)
            _say(axes, x + _width(value + "  ", _SMALL), y + 7, interval, size=_SMALL, quiet=True)


def change(changes: pa.Table, width_pt: float = 1120) -> Plot:
    """Draw the true and false positives of every model under the first and under the second label set.

    Args:
        changes: columns labels_from, labels_to, split, model, n_from, n_to, tp_from, tp_to, fp_from, fp_to.
        width_pt: of the whole, in points; the panels of a row are wrapped to fit.
    """
    rows = changes.to_pylist()
    splits, models = _distinct(rows, "split"), _distinct(rows, "model")
    pairs = list(dict.fromkeys((row["labels_from"], row["labels_to"]) for row in rows))
    names = {model: _shortened(model, min(190, 0.3 * width_pt)) for model in models}
    left = max(_width(name, _TEXT) for name in names.values()) + 14
    blocks = [(pair, measure) for pair in pairs for measure in _MEASURES]
    grid = _Grid(width_pt, 200, 92 + 30 * len(models), len(splits), len(blocks), gutter=left)
    key = "\u2003\u2003".join(f"○ {before}\u2003● {after}" for before, after in pairs)
    figure = grid.figure(f"{key}\u2003and the difference")
    for block, (pair, measure) in enumerate(blocks):
        own = [row for row in rows if (row["labels_from"], row["labels_to"]) == pair]
        counts = [row[f"{measure}_{end}"] for row in own for end in ("from", "to")]
        digits = max(_width(f"{count:,}", _SMALL) for count in counts)
        scale, ticks = _scale(counts, digits + 14, grid.panel_width - digits - 72)
        for place, split in enumerate(splits):
            axes = grid.panel(figure, place, block)
            start = 0 if place % grid.columns else -left
            of_split = [row for row in own if row["split"] == split]
            _say(axes, start, 10, f"{_MEASURES[measure][0]}, {split}", bold=True)
            between = f"{pair[0]} → {pair[1]}, " if len(pairs) > 1 else ""
            _say(axes, start, 28, between + _question_counts(of_split), size=_SMALL, quiet=True)
            bottom = 54 + 30 * len(models)
            for tick in ticks:
                axes.plot([scale(tick)] * 2, [42, bottom], color=INK["line"], linewidth=1, zorder=0)
                _say(axes, scale(tick), bottom + 10, f"{tick:,.0f}", "center", size=_SMALL, quiet=True)
            for row in of_split:
                y = 60 + 30 * models.index(row["model"])
                if start:
                    _say(axes, start, y, names[row["model"]])
                _dumbbell(axes, y, row[f"{measure}_from"], row[f"{measure}_to"], scale, _MEASURES[measure][1])
    return Plot(figure, changes, _change_words(rows))


def _dumbbell(axes: Axes, y: float, before: int, after: int, scale: Callable[[float], float], colour: str) -> None:
    """Draw both counts, each written on its outer side so that they never meet, and the difference at the right."""
    axes.plot([scale(before), scale(after)], [y, y], color=colour, linewidth=2, zorder=2)
    for value, fill, size in ((before, INK["paper"], 9.5), (after, colour, 8.0)):
        axes.plot(scale(value), y, "o", color=colour, markerfacecolor=fill, markeredgewidth=1.8, markersize=size)
    low, high = sorted((before, after))
    if low < high:
        _say(axes, scale(low) - 9, y, f"{low:,}", "right", size=_SMALL, on_lines=True)
    _say(axes, scale(high) + 9, y, f"{high:,}", size=_SMALL, on_lines=True)
    difference = f"{after - before:+,}".replace("-", "−") if low < high else "0"
    _say(axes, axes.get_xlim()[1] - 8, y, difference, "right", bold=True)


def _scale(counts: Sequence[int], x0: float, x1: float) -> tuple[Callable[[float], float], list[float]]:
    """A linear scale from counts to points, and the round numbers to mark on it."""
    low, high = min(counts), max(counts)
    span = max(high - low, 1)
    marks = MaxNLocator(nbins=max(1, min(4, int((x1 - x0) / 45))), integer=True)
    ticks = [float(tick) for tick in marks.tick_values(low, high) if low <= tick <= high]
    return lambda value: x0 + (x1 - x0) * (value - low) / span, ticks


_MEASURES = {"tp": ("True positives", SERIES[0]), "fp": ("False positives", SERIES[1])}
_TITLES = {"f1": "F1", "tnr": "True negative rate", "recall": "Recall"}


def _question_counts(rows: Sequence[Mapping[str, Any]]) -> str:
    counts = {(row["n_from"], row["n_to"]) for row in rows}
    if len(counts) != 1:
        return ""
    before, after = counts.pop()
    return f"of {before:,} → {after:,} questions"


def _rate_words(row: Mapping[str, Any]) -> tuple[str, str]:
    if row["value"] is None:
        return "–", ""
    known = row["low"] is not None and row["high"] is not None
    return f"{100 * row['value']:.2f}", f"{100 * row['low']:.1f}–{100 * row['high']:.1f}" if known else ""


def _rank_words(rows: Sequence[Mapping[str, Any]], metric: str, labels: Sequence[str], split: str) -> str:
    orders = []
    for name in labels:
        own = sorted((r for r in rows if (r["labels"], r["split"]) == (name, split)), key=lambda row: int(row["rank"]))
        orders.append(f"under {name}: " + ", ".join(f"{r['rank']} {r['model']} {_rate_words(r)[0]}" for r in own))
    return f"Ranks by {metric} ({split}) " + "; ".join(orders) + "."


def _change_words(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        f"{r['model']}, {r['split']}, {r['labels_from']} to {r['labels_to']}: "
        f"true positives {r['tp_from']} to {r['tp_to']}, false positives {r['fp_from']} to {r['fp_to']}"
        for r in rows
    ]
    return "True and false positives. " + "; ".join(lines) + "."


def _distinct(rows: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    return list(dict.fromkeys(row[name] for row in rows))


def _spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Move positions apart as little as it takes for each two to keep a gap.

    Example:
        >>> _spread([0.0, 2.0, 50.0], 10)
        [-4.0, 6.0, 50.0]
    """
    groups: list[list[float]] = []  # of each group its members' wanted positions, less their places within it
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    for index in order:
        groups.append([wanted[index]])
        while len(groups) > 1:
            (upper, above), (lower, below) = ((sum(g) / len(g), g) for g in groups[-2:])
            if upper + gap * len(above) <= lower:
                break
            groups[-2:] = [above + [value - gap * len(above) for value in below]]
    placed = [sum(group) / len(group) + gap * place for group in groups for place in range(len(group))]
    return [position for _, position in sorted(zip(order, placed, strict=True))]


class _Grid:
    """Panels of one size, in rows that fit a width, a gutter left of each row; every block begins a new row."""

    _margin, _between, _header = 2.0, 24.0, 30.0

    def __init__(
        self, width: float, least_panel: float, panel_height: float, panels: int, blocks: int = 1, gutter: float = 0.0
    ) -> None:
        inner = width - 2 * self._margin - gutter
        fitting = max(1, int((inner + self._between) // (least_panel + self._between)))
        self.rows = -(-panels // fitting)
        self.columns = -(-panels // self.rows)
        self.panel_width = max(least_panel, (inner + self._between) / self.columns - self._between)
        self.panel_height = panel_height
        self.left = self._margin + gutter
        self.width = self.left + self.columns * (self.panel_width + self._between) - self._between + self._margin
        self.height = self._header + self.rows * blocks * panel_height + self._margin

    def figure(self, header: str) -> Figure:
        """An empty figure under a line of text."""
        figure = Figure((self.width / _PT_PER_INCH, self.height / _PT_PER_INCH), dpi=_PT_PER_INCH)
        FigureCanvasAgg(figure)
        axes = self._axes(figure, self._margin, 0, self.width - 2 * self._margin, self._header)
        _say(axes, 0, 12, header, quiet=True)
        return figure

    def panel(self, figure: Figure, place: int, block: int = 0) -> Axes:
        """One panel, its axes in points from its upper left corner."""
        row, column = divmod(place, self.columns)
        x = self.left + column * (self.panel_width + self._between)
        y = self._header + (block * self.rows + row) * self.panel_height
        return self._axes(figure, x, y, self.panel_width, self.panel_height)

    def _axes(self, figure: Figure, x: float, y: float, width: float, height: float) -> Axes:
        place = (x / self.width, 1 - (y + height) / self.height, width / self.width, height / self.height)
        axes: Axes = figure.add_axes(place)
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.axis("off")
        return axes


@cache
def _renderer() -> RendererAgg:
    return RendererAgg(1, 1, _PT_PER_INCH)  # type: ignore[no-untyped-call]


def _width(text: str, size: float, bold: bool = False) -> float:
    """The width of a text, in points."""
    font = FontProperties(family=_FONT, size=size, weight="bold" if bold else "normal")
    size_and_descent = _renderer().get_text_width_height_descent(text, font, ismath=False)  # type: ignore[no-untyped-call]
    return float(size_and_descent[0])


def _shortened(text: str, most: float) -> str:
    """Leave out the middle of a text that is too wide."""
    if _width(text, _TEXT) <= most:
        return text
    kept = len(text)
    while kept > 2 and _width(f"{text[: kept // 2]}…{text[-(kept // 2) :]}", _TEXT) > most:
        kept -= 1
    return f"{text[: kept // 2]}…{text[-(kept // 2) :]}"


def _say(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    side: Literal["left", "center", "right"] = "left",
    *,
    size: float = _TEXT,
    quiet: bool = False,
    bold: bool = False,
    on_lines: bool = False,
) -> None:
    """Write a line of text, on a patch of paper where it may stand on grid lines."""
    patch = {"facecolor": INK["paper"], "edgecolor": "none", "pad": 1.5} if on_lines else None
    axes.text(
        x,
        y,
        text,
        ha=side,
        va="center",
        color=INK["quiet" if quiet else "ink"],
        fontfamily=_FONT,
        fontsize=size,
        fontweight="bold" if bold else "normal",
        parse_math=False,
        bbox=patch,
    )
