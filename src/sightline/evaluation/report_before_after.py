"""A model before and after it was changed, as sections of a page, as a plot, and as a page of its own."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from sightline.errors import RequestError
from sightline.evaluation.before_after import BeforeAfter
from sightline.evaluation.before_after_summary import rate_words, summary
from sightline.evaluation.record import record_of
from sightline.report.dumbbells import dumbbells
from sightline.report.page import write
from sightline.report.plot import Plot, figure_of
from sightline.report.sections import Column, Facts, Part, Report, Section, Show, Table

__all__ = ["before_after_plot", "before_after_sections", "is_drawn", "write_before_after"]

_NEGATIVE = re.compile(r"-(?=\d)")


def is_drawn(rates: pa.Table) -> bool:
    """Whether there is a share in which anything changed."""
    return any(row["unit"] == "percent" and row["verdict"] != "unchanged" for row in rates.to_pylist())


def before_after_plot(rates: pa.Table, width_pt: float = 1120) -> Plot:
    """Draw all shares in which anything changed; means have no place on a scale of percent.

    Args:
        rates: as `before_after` gives them.
        width_pt: of the whole, in points.

    Raises:
        RequestError: nothing changed.
    """
    rows = [row for row in rates.to_pylist() if row["unit"] == "percent" and row["verdict"] != "unchanged"]
    if not rows:
        raise RequestError("No reply that is scored is other than before, so there is nothing to draw.")
    drawn = [
        {
            "group": _place(row, rates),
            "name": rate_words(row),
            **{name: row[name] for name in ("before", "after", "difference", "low", "high")},
            "verdict": _kind(row["verdict"]),
        }
        for row in rows
    ]
    return dumbbells(pa.Table.from_pylist(drawn), width_pt)


def _kind(verdict: str) -> str:
    if verdict == "no difference seen":
        return "none"
    return verdict if verdict.removeprefix("perhaps ") in ("better", "worse") else "other"


def _place(row: dict[str, Any], rates: pa.Table) -> str:
    """Benchmark and split, with the label set where there are several."""
    several = len(set(rates["labels"].to_pylist())) > 1
    return ", ".join([row["benchmark"], *([row["labels"]] if several else []), row["split"]])


def before_after_sections(found: BeforeAfter) -> Iterator[Section]:
    """Sections on what became of a model: what is worse, a plot, and a table for each benchmark."""
    parts: list[Part] = []
    if is_drawn(found.rates):
        caption = f"{found.before['name']} before, {found.after['name']} after"
        parts.append(figure_of("before_after", caption, partial(before_after_plot, found.rates)))
    told = tuple(_NEGATIVE.sub("−", sentence) for sentence in summary(found.rates))
    yield Section("Before and after", (*told, *found.notes), tuple(parts))
    prose = (
        "Every rate on the questions that both have replies to, with the paired difference in the same draws. Better "
        "or worse: p below 5 % after Holm's correction over all rates in which anything changed; perhaps: only without "
        "it.",
    )
    yield Section("All rates", prose, tuple(_tables(found.rates)))


def _tables(rates: pa.Table) -> Iterator[Table]:
    rows = [{**row, "place": _place(row, rates), "words": rate_words(row)} for row in rates.to_pylist()]
    for benchmark in dict.fromkeys(row["benchmark"] for row in rows):
        for unit, show, change in (("percent", Show.PERCENT, Show.POINTS), ("number", Show.NUMBER, Show.NUMBER)):
            own = [row for row in rows if (row["benchmark"], row["unit"]) == (benchmark, unit)]
            if own:
                caption = f"{benchmark}, percent" if unit == "percent" else f"{benchmark}, means"
                data = pa.Table.from_pylist(own)
                yield Table(f"before_after_{benchmark}_{unit}", caption, data, _columns(show, change), "place")


def _columns(show: Show, change: Show) -> tuple[Column, ...]:
    return (
        Column("words", "Rate"),
        Column("before", "Before", show, ("before_low", "before_high")),
        Column("after", "After", show, ("after_low", "after_high")),
        Column("difference", "Difference", change, ("low", "high"), note="after less before, in the same draws"),
        Column("p", "p", Show.PROBABILITY, note="two-sided, from the draws"),
        Column("p_holm", "p, Holm", Show.PROBABILITY, note="corrected over all rates in which anything changed"),
        Column("verdict", "Verdict"),
        Column("n", "n", Show.COUNT, note="questions, or groups of them"),
    )


def write_before_after(found: BeforeAfter, out: Path, title: str | None = None) -> Path:
    """Write a page on what became of a model, which needs nothing else.

    Args:
        found: the comparison.
        out: the page.
        title: its heading.

    Raises:
        DataError: it cannot be written.
    """
    facts = record_of(found.rates)
    settings = facts["benchmarks"][0]["settings"]
    items = (
        ("Before", f"{found.before['name']}, {found.before['hash'][:12]}…, {found.before['dtype']}"),
        ("After", f"{found.after['name']}, {found.after['hash'][:12]}…, {found.after['dtype']}"),
        *((f"Adapter {name}", value) for name, value in _adapter(found)),
        ("Benchmarks", ", ".join(dict.fromkeys(found.rates["benchmark"].to_pylist()))),
        ("Intervals", f"95 %, {settings['draws']:,} draws of whole images or groups, seed {settings['seed']}"),
    )
    files = Table("files", "Files read, with their hashes", _files(facts), _FILE_COLUMNS, "of", folded=True)
    report = Report(
        title or f"From {found.before['name']} to {found.after['name']}",
        "A model before and after it was changed, on the same questions.",
        (*before_after_sections(found), Section("Made of", parts=(Facts(items), files))),
        f"Made by sightline {facts['sightline']}.",
    )
    write(report, out)
    return out


def _adapter(found: BeforeAfter) -> list[tuple[str, str]]:
    """What the second model's adapter is, where it is one."""
    details = found.after.get("details", {})
    return [(name.removeprefix("adapter "), details[name]) for name in _ADAPTER if name in details]


_ADAPTER = ("adapter rank", "adapter targets", "adapter is")
_FILE_COLUMNS = (
    Column("name", "File", Show.CODE),
    Column("rows", "Rows", Show.COUNT),
    Column("sha256", "SHA-256", Show.CODE),
)


def _files(facts: dict[str, Any]) -> pa.Table:
    rows = []
    for of in facts["benchmarks"]:
        for name, files in of["label_sets"].items():
            rows += [{"of": f"{of['benchmark']}, labels: {name}", **file} for file in files]
        for name, model in of["models"].items():
            rows += [{"of": f"{of['benchmark']}, {name}", **file} for file in model["files"]]
    return pa.Table.from_pylist([{key: row[key] for key in ("of", "name", "rows", "sha256")} for row in rows])
