"""The points of curves, read from a table and held to what a plot of rates can show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

__all__ = ["Curves", "Point", "read_curves"]

_COLUMNS = ("series", "x", "value", "low", "high")


@dataclass(frozen=True, slots=True)
class Point:
    """A rate, and its interval where it has one.

    Example:
        >>> str(Point(0.4, (0.3, 0.5))), str(Point(0.4))
        ('40.0 (30.0–50.0)', '40.0')
    """

    value: float
    interval: tuple[float, float] | None = None

    def __str__(self) -> str:
        """The rate in percent, with its interval."""
        between = "" if self.interval is None else " ({:.1f}–{:.1f})".format(*(100 * end for end in self.interval))
        return f"{100 * self.value:.1f}{between}"


@dataclass(frozen=True, slots=True)
class Curves:
    """Rates of series along categories.

    Args:
        points: line → category → its point, those left out that have no value.
        lines: line → the series and the run it is of, the run empty where there are none.
        xs: the categories in order, those that no series has a value for among them.
        counts: category → how many stand behind its points, as a text; two numbers where series differ.
    """

    points: Mapping[str, Mapping[str, Point]]
    lines: Mapping[str, tuple[str, str]]
    xs: tuple[str, ...]
    counts: Mapping[str, str]

    @property
    def series(self) -> list[str]:
        """Each series once, in order."""
        return list(dict.fromkeys(series for series, _ in self.lines.values()))

    @property
    def runs(self) -> list[str]:
        """Each run once, in order; empty where there are none."""
        return list(dict.fromkeys(run for _, run in self.lines.values() if run))

    @property
    def highest(self) -> float:
        """The highest value or end of an interval."""
        every = (point for of in self.points.values() for point in of.values())
        return max(max(point.value, *(point.interval or (0.0,))) for point in every)

    @property
    def has_intervals(self) -> bool:
        """Whether any point has an interval."""
        return any(point.interval for of in self.points.values() for point in of.values())

    @property
    def end_together(self) -> bool:
        """Whether every series has a point at the last category."""
        return all(self.xs[-1] in of for of in self.points.values())


def read_curves(rates: pa.Table) -> Curves:
    """Read the points of curves.

    Args:
        rates: columns series, x, value, low, high and, where known, n and run; rates in [0, 1].

    Raises:
        ValueError: no row has a value, a column is missing or unknown, a point comes twice, a rate is no rate, or
            there are more than two runs.
    """
    names = set(rates.column_names)
    if not set(_COLUMNS) <= names <= {*_COLUMNS, "n", "run"}:
        raise ValueError(
            f"curves have columns {', '.join(_COLUMNS)} and perhaps n and run, found {', '.join(rates.column_names)}"
        )
    lines: dict[str, tuple[str, str]] = {}
    points: dict[str, dict[str, Point]] = {}
    counts: dict[str, list[int]] = {}
    for row in rates.to_pylist():
        series, run, x = str(row["series"]), str(row.get("run", "")), str(row["x"])
        line = f"{series}, {run}" if run else series
        numbers = counts.setdefault(x, [])
        if row.get("n") is not None:
            numbers.append(row["n"])
        if row["value"] is None:
            continue
        lines[line] = series, run
        if x in points.setdefault(line, {}):
            raise ValueError(f"{line} has two values at {x}")
        points[line][x] = _point(row)
    if not points:
        raise ValueError(f"curves need a value at least, found none in {rates.num_rows} rows")
    curves = Curves(points, lines, tuple(counts), {x: _range(numbers) for x, numbers in counts.items() if numbers})
    if len(curves.runs) > _MOST_RUNS:
        raise ValueError(f"expected {_MOST_RUNS} runs at most, found {', '.join(curves.runs)}")
    return curves


_MOST_RUNS = 2


def _point(row: Mapping[str, Any]) -> Point:
    for name in ("value", "low", "high"):
        if row[name] is not None and not 0 <= row[name] <= 1:
            raise ValueError(f"{row['series']} at {row['x']}: {name} is {row[name]}, expected a rate in [0, 1]")
    known = row["low"] is not None and row["high"] is not None
    return Point(row["value"], (row["low"], row["high"]) if known else None)


def _range(numbers: list[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"
