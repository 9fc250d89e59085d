"""A model and what became of it, on all benchmarks that both were asked."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from sightline.cli import options as o

if TYPE_CHECKING:
    from sightline.evaluation.before_after import BeforeAfter

__all__ = ["Sides", "show_before_after"]

_many = Parameter(consume_multiple=True, negative="", show_default=False)


@Parameter(name="*")
@dataclass(frozen=True)
class Sides:
    """The options that say what a model was, and what became of it."""

    before: Annotated[
        list[str],
        _many,
        Parameter(help="Run folders of a model before it was changed, or folders that hold them; of any benchmarks."),
    ] = field(default_factory=list)
    after: Annotated[list[str], _many, Parameter(help="Those of what became of it. All rates are compared.")] = field(
        default_factory=list
    )
    general: Annotated[
        list[str],
        _many,
        Parameter(help="What was not meant to change, each as BENCHMARK[@SPLIT]: what is worse there is said first."),
    ] = field(default_factory=list)


def show_before_after(
    sides: Sides,
    given: o.Given,
    benchmark: str | None,
    reader: str | None,
    draws: int | None,
    seed: int,
    format: str,
    out: Path | None,
) -> None:
    """Compare a model with what became of it, and print what is found."""
    from sightline.cli.tables import console, notes, print_machine, show
    from sightline.errors import RequestError
    from sightline.evaluation.before_after import BEFORE_AFTER_DRAWS, before_after
    from sightline.evaluation.before_after_summary import summary

    if given.replies or given.questions or given.example:
        raise RequestError("Between --before and --after run folders are compared; leave --replies and others out.")
    found = before_after(
        sides.before,
        sides.after,
        labels=o.names_in(given.labels),
        general=o.names_in(sides.general),
        splits=o.names_in(given.split),
        only=benchmark,
        reader=reader,
        draws=BEFORE_AFTER_DRAWS if draws is None else draws,
        seed=seed,
        allow_missing=given.allow_missing,
        judgements=given.judgements,
    )
    written = [] if out is None else _write_before_after(found, out)
    if format != "table":
        print_machine({"before_after": found.rates}, format)
        return
    screen = console()
    if any(row["verdict"] != "unchanged" for row in found.rates.to_pylist()):
        show(screen, *(_rates_table(found, narrow) for narrow in (False, True)))
    notes(screen, [*summary(found.rates), *found.notes, *_how_judged(found)])
    if written:
        screen.print(f"Written to {out}: {', '.join(written)}", markup=False, soft_wrap=True)


def _write_before_after(found: "BeforeAfter", out: Path) -> list[str]:
    from sightline.evaluation.report_before_after import before_after_plot, is_drawn, write_before_after
    from sightline.records.tables import write_tables

    tables = write_tables(out, {"before_after": found.rates})
    plots = before_after_plot(found.rates).save(out, "before_after_plot") if is_drawn(found.rates) else []
    page = write_before_after(found, out / "before_after.html")
    return [path.name for path in (*tables, *plots, page)]


def _rates_table(found: "BeforeAfter", narrow: bool) -> Any:
    """All rates in which anything changed, under their benchmark and split."""
    from sightline.cli.tables import plain_table, probability
    from sightline.evaluation.before_after_summary import rate_words, short_verdict, signed, value_words

    sets = {(row["benchmark"], row["labels"]) for row in found.rates.to_pylist()}
    rows: list[list[Any]] = []
    shown: tuple[str, ...] | None = None
    for row in found.rates.to_pylist():
        if row["verdict"] == "unchanged":
            continue
        place = row["benchmark"], row["labels"], row["split"]
        if place != shown:
            several = len({labels for name, labels in sets if name == row["benchmark"]}) > 1
            name = ", ".join([row["benchmark"], *([row["labels"]] if several else []), row["split"]])
            rows += [[], [name + (" (general)" if row["general"] else ""), *[""] * (4 if narrow else 5), row["n"]]]
            shown = place
        ends = f"{signed(row, row['low'], 1)} to {signed(row, row['high'], 1)}"
        tests = [] if narrow else [probability(row["p"])]
        values = [value_words(row, row[side]) for side in ("before", "after")]
        change = f"{signed(row, row['difference'])} ({ends})"
        rows.append([f"  {rate_words(row)}", *values, change, *tests, short_verdict(row["verdict"]), ""])
    headings = [("benchmark, split", "left"), ("before", "right"), ("after", "right"), ("difference", "right")]
    headings += [] if narrow else [("p", "right")]
    title = f"Before: {found.before['name']}   After: {found.after['name']}   (percent, 95 % interval)"
    return plain_table(title, [*headings, ("", "left"), ("n", "right")], rows[1:])


def _how_judged(found: "BeforeAfter") -> list[str]:
    """How p-values came about, and what the table leaves out."""
    rows = found.rates.to_pylist()
    tested = sum(row["p"] is not None for row in rows)
    left_out = len(rows) - tested
    lines = ["Paired on the same questions."]
    if tested:
        lines[0] += (
            f" ▲ ▼: p below 5 % after Holm's correction over the {tested} rates in which anything changed; △ ▽ and ?: "
            "only without it."
        )
    if left_out:
        lines[0] += f" {left_out} rates in which nothing changed are not listed."
    means = [row for row in rows if row["unit"] == "number" and row["verdict"] != "unchanged"]
    if numbers := dict.fromkeys(row["rate"].replace("_", " ") for row in means):
        lines.append(f"Means, and no percentages: {', '.join(numbers)}.")
    return lines
