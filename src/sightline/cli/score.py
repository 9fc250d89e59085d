"""``sightline score``."""

from typing import TYPE_CHECKING, Any, NamedTuple

from cyclopts import App

from sightline.cli import options as o

if TYPE_CHECKING:
    import pyarrow as pa

    from sightline.core import Benchmark

_COLUMNS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced",
    "precision": "precision",
    "recall": "recall",
    "tnr": "TNR",
    "f1": "F1",
    "yes_ratio": "yes ratio",
    "unreadable": "unreadable",
}
_NARROWER = (
    tuple(_COLUMNS),
    ("accuracy", "precision", "recall", "f1", "yes_ratio", "unreadable"),
    ("accuracy", "precision", "recall", "f1"),
    ("accuracy", "f1"),
)
"""The rates shown in narrower and narrower windows."""


class Shown(NamedTuple):
    """A rate as a column: its name, its heading, and what its values are multiplied with."""

    name: str
    heading: str
    times: int = 100


def shown_rates(benchmark: "Benchmark") -> list[tuple[Shown, ...]]:
    """The columns of a benchmark's rates, for narrower and narrower windows."""
    if (own := benchmark.scoring) is None:
        return [tuple(Shown(name, _COLUMNS[name]) for name in names) for names in _NARROWER]
    every = tuple(
        Shown(rate.name, rate.name.replace("_", " "), 100 if rate.unit == "percent" else 1) for rate in own.rates
    )
    return [every[:most] for most in (len(every), 4, 2, 1) if most <= len(every)]


def register(app: App) -> None:
    """Add the verb."""
    app.command(score)


def score(
    benchmark: str,
    *,
    given: o.Given = o.NOTHING,
    reader: o.ReaderName = None,
    draws: o.Draws = 2000,
    seed: o.Seed = 0,
    format: o.Format = "table",
    out: o.Out = None,
) -> None:
    """Score recorded replies under one or several label sets.

    Every rate stands with its 95 % interval, drawn over whole images, and with the number of unreadable replies. Under
    labels that an audit has checked in part, the score that a complete audit would give stands beside the raw one.

    Parameters
    ----------
    benchmark
        The benchmark; sightline benchmarks lists them.
    """
    from sightline.cli.corrected import corrected, corrected_notes, score_tables
    from sightline.cli.tables import console, notes, print_machine, show
    from sightline.evaluation.known_versions import version_notes
    from sightline.evaluation.scorer import scorer

    evaluation = given.judged(benchmark, reader)
    how = scorer(evaluation.benchmark)
    readers = o.names_in([reader or how.reader])
    table = how.scores(evaluation, readers, draws, seed)
    partly = corrected(evaluation, readers)
    more = {} if partly is None or partly.table is None else {"corrected": partly.table}
    if out is not None:
        from sightline.records.tables import write_tables

        write_tables(out, {"scores": table, **more, "replies": how.replies(evaluation)})
    if format != "table":
        print_machine({"scores": table, **more}, format)
        return
    screen = console()
    hidden, columns = 0, shown_rates(evaluation.benchmark)
    for name in dict.fromkeys(table["labels"].to_pylist()):
        for used in dict.fromkeys(table["reader"].to_pylist()):
            hidden = max(hidden, show(screen, *(_table(table, name, used, rates) for rates in columns)))
    for narrower in score_tables(more["corrected"]) if more else ():
        hidden = max(hidden, show(screen, *narrower))
    _print_notes(table, evaluation.benchmark, hidden > 0, version_notes(evaluation.benchmark, evaluation.label_sets))
    if partly is not None:
        notes(screen, corrected_notes(partly))
    if out is not None:
        files = ", ".join(f"{name}.csv, {name}.parquet" for name in ("scores", *more, "replies"))
        screen.print(f"Written to {out}: {files}, record.json")


def _table(table: "pa.Table", labels: str, reader: str, rates: tuple[Shown, ...]) -> Any:
    own = [row for row in table.to_pylist() if (row["labels"], row["reader"]) == (labels, reader)]
    return score_rows(own, rates)


def score_rows(own: list[dict[str, Any]], rates: tuple[Shown, ...]) -> Any:
    """The table of the rows of one label set and reader."""
    from sightline.cli.tables import plain_table, rate_cell

    rows: list[list[Any]] = []
    shown: str | None = None
    for row in own:
        if row["model"] != shown:
            rows += [[], [row["model"], "", *[""] * len(rates)]]
            shown = row["model"]
        cells = [rate_cell(row[r.name], row[f"{r.name}_low"], row[f"{r.name}_high"], r.times) for r in rates]
        rows.append([f"  {row['split']}", row["n"], *cells])
    headings = [("model, split", "left"), ("n", "right"), *((r.heading, "right") for r in rates)]
    means = "" if all(r.times == 100 for r in rates) else ", means as they are"
    title = f"labels: {own[0]['labels']}   reader: {own[0]['reader']}   (percent{means}, 95 % interval)"
    return plain_table(title, headings, rows[1:])


def _print_notes(table: "pa.Table", benchmark: "Benchmark", narrow: bool, versions: list[str]) -> None:
    from sightline.cli.tables import console, notes
    from sightline.evaluation.record import record_of
    from sightline.evaluation.score import MEAN

    record = record_of(table)
    rows = table.to_pylist()
    lines = _unread(table, rows) if benchmark.scoring is None else [benchmark.scoring.notes]
    together = (MEAN,) if benchmark.scoring is None else benchmark.scoring.pooled
    first = rows[0]["model"], rows[0]["reader"]
    for name in record["label_sets"]:
        left_out = [
            f"{row['not_scored']} {row['split']}"
            for row in rows
            if row["labels"] == name and (row["model"], row["reader"]) == first and row["not_scored"]
            if row["split"] not in together
        ]
        if left_out:
            lines.append(f"{name} leaves out as ambiguous or unlabelled: {', '.join(left_out)}.")
    lines += [*join_notes(record), *versions]
    if narrow:
        lines.append("A wider window shows more rates; --format csv gives every column.")
    notes(console(), filter(None, lines))


def _unread(table: "pa.Table", rows: list[dict[str, Any]]) -> list[str]:
    """Say how many replies each reader could not read, and how many the others read otherwise."""
    from sightline.evaluation.score import MEAN

    lines: list[str] = []
    for used, rule in dict.fromkeys((row["reader"], row["unreadable_counts_as"]) for row in rows):
        found = [row for row in rows if row["reader"] == used and row["split"] != MEAN]
        read = [row for row in found if row["labels"] == found[0]["labels"]]
        unreadable = sum(row["unreadable_yes"] + row["unreadable_no"] for row in read)
        lines.append(
            f"{used}: {unreadable:,} of {sum(row['n'] for row in read):,} replies unreadable, counted as: {rule}."
        )
        others = [column for column in table.column_names if column.startswith("otherwise_")]
        counts = {column.removeprefix("otherwise_"): sum(row[column] for row in read) for column in others}
        counts.pop(used.split("@")[0])
        lines.append("Read otherwise by " + ", ".join(f"{name}: {count:,}" for name, count in counts.items()) + ".")
    return lines


def join_notes(record: dict[str, Any]) -> list[str]:
    """Say how replies were put to questions, and what is missing."""
    lines = []
    for model, found in record["models"].items():
        by = "; ".join(dict.fromkeys(file["joined_by"] for file in found["files"]))
        lines.append(f"{model}: joined by {by}.")
        if found["missing"]:
            counts = ", ".join(f"{n} {split}" for split, n in found["missing"].items())
            lines.append(f"{model}: no reply to {counts} questions; they are left out.")
        if unknown := sum(file["unknown_rows"] for file in found["files"]):
            lines.append(f"{model}: {unknown} rows belong to no question; they are left out.")
    return lines + [_judged(voice) for voice in record.get("judges", ())]


def _judged(voice: dict[str, Any]) -> str:
    """Say who judged, and how much of that came to something."""
    prompt = f", asked with {voice['prompt']} (sha256 {voice['prompt_sha256'][:12]})" if voice["prompt"] else ""
    line = f"judged by {voice['name']}{prompt}: {voice['used']:,} replies"
    kinds = {"unreadable": "could not be read", "nothing": "came to nothing", "missing": "were left unjudged"}
    return line + "".join(f", {voice[name]:,} {words}" for name, words in kinds.items() if voice[name]) + "."
