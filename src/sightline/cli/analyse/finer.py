"""``sightline analyse finer`` and ``sightline analyse finer_levels``."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sightline.cli import options as o

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["finer", "finer_levels"]

_Row = dict[str, Any]


def finer(
    *,
    given: o.Given = o.NOTHING,
    reader: str | None = None,
    draws: o.Draws = 2000,
    seed: o.Seed = 0,
    format: o.Format = "table",
    out: o.Out = None,
) -> None:
    """Tell FINER's paired accuracy by number of elements, and where among the options models choose.

    With --out, accuracy by number of elements is drawn as SVG and PNG, with the CSV behind it.

    Parameters
    ----------
    reader
        How replies are read: choice (the default) or finer.
    """
    from sightline.evaluation.by_elements import by_elements_table
    from sightline.evaluation.positions import position_table

    evaluation = given.evaluation("finer")
    tables = {
        "by_elements": by_elements_table(evaluation, reader, draws, seed),
        "positions": position_table(evaluation, reader, draws, seed),
    }
    _hand_out(tables, format, out, _print_elements)


def finer_levels(
    *,
    given: o.Given = o.NOTHING,
    reader: str | None = None,
    draws: o.Draws = 2000,
    seed: o.Seed = 0,
    format: o.Format = "table",
    out: o.Out = None,
) -> None:
    """Tell accuracy by level of granularity and by what is contradicted: an object, an attribute or a relation.

    With --out, both accuracies are drawn by level as SVG and PNG, with the CSV behind them.

    Parameters
    ----------
    reader
        How replies are read: strict (the default), pope, llava, repope, lmms-eval or vlmevalkit.
    """
    from sightline.evaluation.by_elements import by_elements_table

    evaluation = given.evaluation("finer_levels")
    _hand_out({"by_level": by_elements_table(evaluation, reader, draws, seed)}, format, out, _print_levels)


_Tables = dict[str, "pa.Table"]


def _hand_out(tables: _Tables, format_: str, out: Path | None, print_: Callable[[_Tables], None]) -> None:
    """Write tables and plots where asked, and print."""
    from sightline.cli.score import join_notes
    from sightline.cli.tables import console, notes, print_machine
    from sightline.evaluation.record import record_of

    first = next(iter(tables.values()))
    plots: list[Path] = []
    if out is not None:
        from sightline.evaluation.report_elements import element_plots
        from sightline.records.tables import write_tables

        write_tables(out, tables)
        plots = [path for name, draw in element_plots(first).items() for path in draw().save(out, name)]
    if format_ != "table":
        print_machine(tables, format_)
        return
    print_(tables)
    screen = console()
    notes(screen, join_notes(record_of(first)))
    if out is not None:
        screen.print(f"Written to {out}: {', '.join(f'{n}.csv, {n}.parquet' for n in tables)}, record.json")
        screen.print("Plots: " + ", ".join(path.name for path in plots))


def _print_elements(tables: _Tables) -> None:
    from sightline.cli.tables import console, notes, show

    screen = console()
    for rows in _by_labels(tables["by_elements"]):
        show(screen, _rates(rows, "paired_accuracy", "elements", "split"))
    for rows in _by_labels(tables["positions"]):
        show(screen, _places(rows))
        show(screen, _accuracies(rows))
    notes(screen, _ELEMENTS)


def _print_levels(tables: _Tables) -> None:
    from sightline.cli.tables import console, notes, show
    from sightline.evaluation.by_elements import LEVEL_EXAMPLES

    screen = console()
    for rows in _by_labels(tables["by_level"]):
        show(screen, _rates(rows, "paired_accuracy", "split", "contradiction"))
        show(screen, _rates(rows, "negative_accuracy", "split", "contradiction", counted=False))
    notes(screen, _LEVELS)
    notes(screen, [f"level {level}, for example: {text}" for level, text in LEVEL_EXAMPLES.items()])


_ELEMENTS = (
    "paired accuracy: pairs of which both questions are answered right; with five options guessing gets 4 % of them.",
    "bias: half the sum, over places, of the differences between how often they are chosen and right, of the replies "
    "that can be read.",
    "floor: its mean where options are shuffled again and every reply follows its option; p: shuffles with as much.",
)
_LEVELS = (
    "paired accuracy: pairs of which the true and the false question are both answered right. negative accuracy: wrong "
    "details that are denied, which is what the paper reports.",
)


def _by_labels(table: "pa.Table") -> list[list[_Row]]:
    """The rows of each label set."""
    rows = table.to_pylist()
    return [[row for row in rows if row["labels"] == name] for name in dict.fromkeys(row["labels"] for row in rows)]


def _title(about: str, rows: list[_Row]) -> str:
    return f"{about}\nlabels: {rows[0]['labels']}   reader: {rows[0]['reader']}   (percent, 95 % interval)"


def _rates(rows: list[_Row], rate: str, down: str, across: str, counted: bool = True) -> Any:
    """A rate of every model by two columns, after how many pairs stand behind it."""
    from sightline.cli.tables import plain_table, rate_cell

    lines = sorted({row[down] for row in rows})
    columns = list(dict.fromkeys(row[across] for row in rows))
    blank = [""] * len(columns)
    table: list[list[Any]] = []
    if counted:
        counts = [[[r["n"] for r in rows if (r[down], r[across]) == (x, y)] for y in columns] for x in lines]
        table += [[], ["pairs", *blank]]
        table += [[f"  {x}", *map(_range, numbers)] for x, numbers in zip(lines, counts, strict=True)]
    for model in dict.fromkeys(row["model"] for row in rows):
        own = {(row[down], row[across]): row for row in rows if row["model"] == model}
        table += [[], [model, *blank]]
        for line in lines:
            found = [own.get((line, column)) for column in columns]
            cells = [rate_cell(row[rate], row[f"{rate}_low"], row[f"{rate}_high"]) if row else "" for row in found]
            table.append([f"  {line}", *cells])
    by = "number of elements" if down == "elements" else "level and contradiction"
    headings = [("", "left"), *((str(column), "right") for column in columns)]
    return plain_table(_title(f"{rate.replace('_', ' ')} by {by}", rows), headings, table[1:])


def _range(numbers: Sequence[int]) -> str:
    """How many pairs, as they differ between models."""
    ends = dict.fromkeys((min(numbers), max(numbers))) if numbers else ()
    return "–".join(f"{number:,}" for number in ends)


def _places(rows: list[_Row]) -> Any:
    """How often places are chosen and right, with the bias that comes of it."""
    from rich.text import Text

    from sightline.cli.tables import probability

    def cell(row: _Row | None) -> Text | str:
        if row is None or row["chosen_share"] is None:
            return "–"
        return Text(f"{100 * row['chosen_share']:.1f}\n").append(f"{100 * row['right_share']:.1f}", style="dim")

    def after(row: _Row) -> list[str]:
        told = [row["bias"], row["bias_floor"]]
        shares = ["–" if value is None else f"{100 * value:.1f}" for value in told]
        return [*shares, probability(row["bias_p"]), f"{row['n']:,}", f"{row['unreadable']:,}"]

    more = ("bias", "floor", "p", "n", "unreadable")
    return _by_place(rows, "places chosen, and beneath how often the right option stands there", cell, more, after)


def _accuracies(rows: list[_Row]) -> Any:
    """How often models are right where the right option stands at a place."""
    from sightline.cli.tables import rate_cell

    def cell(row: _Row | None) -> Any:
        return rate_cell(row["accuracy"], row["accuracy_low"], row["accuracy_high"]) if row else "–"

    return _by_place(rows, "accuracy by the place of the right option", cell)


def _by_place(
    rows: list[_Row],
    about: str,
    cell: Callable[[_Row | None], Any],
    more: Sequence[str] = (),
    after: Callable[[_Row], list[str]] = lambda row: [],
) -> Any:
    """A line for each model and setting, a column for each place, and more of the setting after them."""
    from sightline.cli.tables import plain_table

    places = sorted({row["place"] for row in rows})
    headings = [("model, setting", "left"), *((name, "right") for name in (*places, *more))]
    table: list[list[Any]] = []
    for model in dict.fromkeys(row["model"] for row in rows):
        table += [[], [model, *[""] * (len(headings) - 1)]]
        of_model = [row for row in rows if row["model"] == model]
        for split in dict.fromkeys(row["split"] for row in of_model):
            own = {row["place"]: row for row in of_model if row["split"] == split}
            table.append([f"  {split}", *(cell(own.get(place)) for place in places), *after(own["A"])])
    return plain_table(_title(about, rows), headings, table[1:])
