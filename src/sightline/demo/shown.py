"""How rates are written in the terminal, and laid into tables and plots."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from sightline.report.sections import Column, Show, Table
from sightline.stats.shares import Share

__all__ = ["curve_row", "percent", "rates_of", "share_table", "with_interval"]


def percent(value: float) -> str:
    """A rate in percent: whole from ten on, else with one decimal.

    Example:
        >>> percent(0.6024), percent(0.0084)
        ('60 %', '0.8 %')
    """
    return f"{100 * value:.0f} %" if value >= 0.0995 else f"{100 * value:.1f} %"


def with_interval(value: float, low: float, high: float) -> str:
    """A rate with its interval.

    Example:
        >>> with_interval(0.6024, 0.55, 0.65)
        '60.2 % (55.0–65.0)'
    """
    return f"{100 * value:.1f} % ({100 * low:.1f}–{100 * high:.1f})"


def rates_of(row: Mapping[str, Any], name: str) -> tuple[float, float, float]:
    """A rate of a table of scores and the ends of its interval."""
    value, low, high = (row[name + end] for end in ("", "_low", "_high"))
    return float(value), float(low), float(high)


def curve_row(series: str, x: str, row: Mapping[str, Any], name: str = "value") -> dict[str, Any]:
    """A point of a curve, from a row of scores, or of rates by sentence."""
    value, low, high = rates_of(row, name) if name != "value" else (row["value"], row["low"], row["high"])
    return {"series": series, "x": x, "value": value, "low": low, "high": high, "n": row.get("n", row.get("of"))}


def share_table(name: str, caption: str, heading: str, shares: Sequence[tuple[str, Share]], what: str) -> Table:
    """Shares as a table for the page, a line each."""
    rows = [{"of": of, **found._asdict()} for of, found in shares]
    columns = (
        Column("of", heading),
        Column("value", what, Show.PERCENT, ("low", "high")),
        Column("n", "questions", Show.COUNT),
        Column("clusters", "images", Show.COUNT),
    )
    return Table(name, caption, pa.Table.from_pylist(rows), columns)
