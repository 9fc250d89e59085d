"""Tables on the terminal."""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "console",
    "notes",
    "plain_table",
    "print_machine",
    "print_named",
    "print_paragraphs",
    "probability",
    "rate_cell",
    "show",
    "signed_cell",
]

_PIPED_WIDTH = 200
"""Width where the output is not a terminal and $COLUMNS says nothing; rich would take 80 and cut cells off."""


def console() -> Console:
    """The console of standard output."""
    screen = Console(highlight=False)
    if screen.is_terminal or os.environ.get("COLUMNS"):
        return screen
    return Console(highlight=False, width=_PIPED_WIDTH)


def print_named(lines: Mapping[str, str], indent: int = 13) -> None:
    """Print values after their names; a value of several lines is indented.

    Args:
        lines: name → value.
        indent: columns that names take up.
    """
    screen = console()
    for name, value in lines.items():
        for place, line in enumerate(value.split("\n")):
            screen.print(f"{'' if place else name:<{indent}}{line}", markup=False, soft_wrap=True)


def print_paragraphs(texts: Mapping[str, str]) -> None:
    """Print texts beside their names, folded to the window."""
    grid = Table.grid(padding=(0, 2), expand=False)
    for name, text in texts.items():
        grid.add_row(Text(name, style="bold"), Text(text))
    screen = console()
    with screen.capture() as captured:
        screen.print(grid)
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def show(screen: Console, *tables: Table) -> int:
    """Print the first of several tables that fits the window, or the last; into a pipe without padding blanks.

    Args:
        screen: where to.
        tables: the same table with fewer and fewer columns.

    Returns:
        Which one was printed.
    """
    boundless = screen.options.update(width=10_000)
    widths = [Measurement.get(screen, boundless, table).maximum for table in tables]
    chosen = next((place for place, width in enumerate(widths) if width <= screen.width), len(tables) - 1)
    title, tables[chosen].title = tables[chosen].title, None  # printed apart: rich folds a title to its table's width
    screen.print(Text(str(title), style="bold"))
    if screen.is_terminal:
        screen.print(tables[chosen])
    else:
        with screen.capture() as captured:
            screen.print(tables[chosen])
        print("\n".join(line.rstrip() for line in captured.get().splitlines()))
    return chosen


def rate_cell(value: float | None, low: float | None = None, high: float | None = None, times: int = 100) -> Text:
    """A rate in percent, or a mean as it is (``times=1``), with its interval beneath."""
    if value is None:
        return Text("–\n")
    cell = Text(f"{times * value:.2f}\n")
    if low is not None and high is not None:
        cell.append(f"{times * low:.1f}–{times * high:.1f}", style="dim")
    return cell


def signed_cell(value: float | None, low: float | None, high: float | None, times: int = 100) -> Text:
    """A difference in percentage points, or as it is (``times=1``), with its interval beneath."""
    if value is None or low is None or high is None:
        return Text("–\n")
    cell = Text(f"{times * value:+.2f}\n")
    cell.append(f"{times * low:+.1f} to {times * high:+.1f}", style="dim")
    return cell


def probability(value: float | None) -> str:
    """A probability, as short as it can honestly be written."""
    if value is None:
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def plain_table(title: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]]) -> Table:
    """A table without frames.

    Args:
        title: its caption.
        columns: heading and justification ("left" or "right") of each.
        rows: cells; a row that is empty draws a line.
    """
    table = Table(title=title, box=SIMPLE_HEAD, pad_edge=False)
    for heading, side in columns:
        table.add_column(heading, justify="right" if side == "right" else "left", no_wrap=True)
    for row in rows:
        if row:
            table.add_row(*(cell if isinstance(cell, Text) else str(cell) for cell in row))
        else:
            table.add_section()
    return table


def notes(out: Console, lines: Iterable[str]) -> None:
    """Print remarks under a table."""
    for line in lines:
        out.print(Text(line), style="dim" if out.is_terminal else "")


def print_machine(tables: Mapping[str, "pa.Table"], format_: str) -> None:
    """Print tables as CSV (one after the other, an empty line between) or as one JSON object."""
    if format_ == "json":
        json.dump({name: table.to_pylist() for name, table in tables.items()}, sys.stdout, indent=1)
        print()
        return
    from pyarrow import csv

    for place, table in enumerate(tables.values()):
        if place:
            print()
        sys.stdout.flush()
        csv.write_csv(table, sys.stdout.buffer)
    sys.stdout.flush()
