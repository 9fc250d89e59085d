"""Plots for reports and papers: ranks under several label sets, and what a change of labels does to the counts.

Everything is drawn on figures of their own, never on pyplot's state, and laid out in points, so that text keeps its
size whatever the number of models.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sightline.report.canvas import SMALL, TEXT, Grid, say, shortened, spread, text_width
from sightline.report.plot import INK, MARKERS, SERIES, Plot

__all__ = ["INK", "SERIES", "Plot", "change", "rank_shift"]

_GAP = 28.0
"""Least distance between two labels of two lines."""


def rank_shift(ranks: pa.Table, width_pt: float = 1120) -> Plot:
    """Draw how the ranks of models shift from one label set to the next, one panel a split.

    Args:
        ranks: columns labels, split, model, metric, value, low, high, rank; the order of rows is the order shown.
        width_pt: of the whole, in points; the panels are wrapped to fit, the narrowest standing one below the other.
    """
    rows = ranks.to_pylist()
    labels, splits, models = (_distinct(rows, name) for name in ("labels", "split", "model"))
    metric = _TITLES.get(rows[0]["metric"], rows[0]["metric"].replace("_", " ").capitalize())
    names = {model: shortened(model, 190) for model in models}
    gutter = max(max(text_width(name, TEXT) for name in names.values()), text_width("00.00  00.0–00.0", SMALL)) + 14
    left = (72.0 if len(labels) > 1 else 34.0) + text_width(str(len(models)), SMALL) - text_width("1", SMALL)
    step = 50.0 if len(labels) > 1 else 0.0
    grid = Grid(width_pt, left + step * (len(labels) - 1) + gutter, 60 + 42 * len(models), len(splits))
    header = f"{metric} in percent with 95 % intervals; the best rank on top"
    figure = grid.figure(header)
    stretch = (grid.panel_width - left - gutter) / max(len(labels) - 1, 1)
    at = {name: left + place * stretch for place, name in enumerate(labels)}
    for place, split in enumerate(splits):
        axes = grid.panel(figure, place)
        say(axes, 0, 10, split, bold=True)
        for name, x in at.items():
            say(axes, x, 32, name, "center", quiet=True)
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
        say(axes, 0, 66 + 42 * rank, str(rank + 1), size=SMALL, quiet=True)
    first, last = next(iter(at)), list(at)[-1]
    for place, model in enumerate(models):
        points = [(x, heights[labels, model]) for labels, x in at.items() if (labels, model) in heights]
        moved = len({row["rank"] for row in rows if row["model"] == model}) > 1
        axes.plot(
            *zip(*points, strict=True),
            color=SERIES[place % len(SERIES)],
            marker=MARKERS[place % len(MARKERS)],
            markersize=7.5,
            linewidth=2.6 if moved else 1.3,
            zorder=3 if moved else 2,
        )
    found = {(row["labels"], row["model"]): row for row in rows}
    for labels, side in ((first, -1), (last, 1)) if len(at) > 1 else ((last, 1),):
        own = [model for model in models if (labels, model) in heights]
        apart = spread([heights[labels, model] for model in own], _GAP)
        for model, y in zip(own, apart, strict=True):
            value, interval = _rate_words(found[labels, model])
            if side < 0:
                say(axes, at[labels] - 12, y - 7, value, "right", size=SMALL)
                say(axes, at[labels] - 12, y + 7, interval, "right", size=SMALL, quiet=True)
                continue
            x = at[labels] + 12
            say(axes, x, y - 7, names[model])
            say(axes, x, y + 7, value, size=SMALL)
            say(axes, x + text_width(value + "  ", SMALL), y + 7, interval, size=SMALL, quiet=True)


def change(changes: pa.Table, width_pt: float = 1120) -> Plot:
    """Draw the true and false positives of every model under the first and under the second label set.

    Args:
        changes: columns labels_from, labels_to, split, model, n_from, n_to, tp_from, tp_to, fp_from, fp_to.
        width_pt: of the whole, in points; the panels of a row are wrapped to fit.
    """
    rows = changes.to_pylist()
    splits, models = _distinct(rows, "split"), _distinct(rows, "model")
    pairs = list(dict.fromkeys((row["labels_from"], row["labels_to"]) for row in rows))
    names = {model: shortened(model, min(190, 0.3 * width_pt)) for model in models}
    left = max(text_width(name, TEXT) for name in names.values()) + 14
    blocks = [(pair, measure) for pair in pairs for measure in _MEASURES]
    grid = Grid(width_pt, 200, 92 + 30 * len(models), len(splits), len(blocks), gutter=left)
    key = "\u2003\u2003".join(f"○ {before}\u2003● {after}" for before, after in pairs)
    figure = grid.figure(f"{key}\u2003and the difference")
    for block, (pair, measure) in enumerate(blocks):
        own = [row for row in rows if (row["labels_from"], row["labels_to"]) == pair]
        counts = [row[f"{measure}_{end}"] for row in own for end in ("from", "to")]
        digits = max(text_width(f"{count:,}", SMALL) for count in counts)
        scale, ticks = _scale(counts, digits + 14, grid.panel_width - digits - 72)
        for place, split in enumerate(splits):
            axes = grid.panel(figure, place, block)
            start = 0 if place % grid.columns else -left
            of_split = [row for row in own if row["split"] == split]
            say(axes, start, 10, f"{_MEASURES[measure][0]}, {split}", bold=True)
            between = f"{pair[0]} → {pair[1]}, " if len(pairs) > 1 else ""
            say(axes, start, 28, between + _question_counts(of_split), size=SMALL, quiet=True)
            bottom = 54 + 30 * len(models)
            for tick in ticks:
                axes.plot([scale(tick)] * 2, [42, bottom], color=INK["line"], linewidth=1, zorder=0)
                say(axes, scale(tick), bottom + 10, f"{tick:,.0f}", "center", size=SMALL, quiet=True)
            for row in of_split:
                y = 60 + 30 * models.index(row["model"])
                if start:
                    say(axes, start, y, names[row["model"]])
                _dumbbell(axes, y, row[f"{measure}_from"], row[f"{measure}_to"], scale, _MEASURES[measure][1])
    return Plot(figure, changes, _change_words(rows))


def _dumbbell(axes: Axes, y: float, before: int, after: int, scale: Callable[[float], float], colour: str) -> None:
    """Draw both counts, each written on its outer side so that they never meet, and the difference at the right."""
    axes.plot([scale(before), scale(after)], [y, y], color=colour, linewidth=2, zorder=2)
    for value, fill, size in ((before, INK["paper"], 9.5), (after, colour, 8.0)):
        axes.plot(scale(value), y, "o", color=colour, markerfacecolor=fill, markeredgewidth=1.8, markersize=size)
    low, high = sorted((before, after))
    if low < high:
        say(axes, scale(low) - 9, y, f"{low:,}", "right", size=SMALL, on_lines=True)
    say(axes, scale(high) + 9, y, f"{high:,}", size=SMALL, on_lines=True)
    difference = f"{after - before:+,}".replace("-", "−") if low < high else "0"
    say(axes, axes.get_xlim()[1] - 8, y, difference, "right", bold=True)


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
