"""Several models on one benchmark: ranks, paired differences, true and false positives."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sightline.cli import options as o

if TYPE_CHECKING:
    import pyarrow as pa

    from sightline.core import Benchmark

__all__ = ["show_ranked"]

_REVERSED = "p reversed: share of draws in which the two stand in the other order."


def show_ranked(
    benchmark: str,
    given: o.Given,
    reader: str | None,
    metric: str | None,
    draws: int,
    seed: int,
    show_only: str,
    format: str,
    out: Path | None,
) -> None:
    """Compare several models on one benchmark, and print what is found."""
    from sightline.cli.corrected import corrected, corrected_notes, rank_tables
    from sightline.cli.tables import console, notes, print_machine, show
    from sightline.evaluation.scorer import scorer

    evaluation = given.judged(benchmark, reader)
    how = scorer(evaluation.benchmark)
    metric = metric or how.metric
    found = how.load_compare()(evaluation, reader or how.reader, metric, draws, seed)
    partly = corrected(evaluation, [reader or how.reader], shared=True)
    more = {} if partly is None or partly.table is None else {"corrected": partly.table}
    times = _times(evaluation.benchmark, metric)
    written = []
    if out is not None:
        from sightline.records.tables import write_tables
        from sightline.report.figures import change, rank_shift

        write_tables(out, found._asdict() | more)
        if times == 100:  # the plot writes percent
            written += rank_shift(found.ranks).save(out, "rank_shift")
        if found.changes.num_rows:
            written += change(found.changes).save(out, "tp_fp_change")
    if format != "table":
        print_machine(found._asdict() | more, format)
        return
    screen = console()
    if show_only in ("all", "ranks"):
        show(screen, *(_ranks(found.ranks, metric, times, evaluation.splits, narrow) for narrow in (False, True)))
        for table in rank_tables(more["corrected"], metric) if more else ():
            show(screen, table)
    if show_only in ("all", "pairs") and found.pairs.num_rows:
        for name in dict.fromkeys(found.pairs["labels"].to_pylist()):
            show(screen, *(_pairs(found.pairs, name, metric, times, narrow) for narrow in (False, True)))
    if show_only in ("all", "changes") and found.changes.num_rows:
        show(screen, _changes(found.changes))
    notes(screen, _remarks(found.ranks, found.pairs if show_only in ("all", "pairs") else None))
    if partly is not None and show_only in ("all", "ranks"):
        notes(screen, corrected_notes(partly))
    if out is not None:
        tables = "ranks, pairs, changes and corrected" if more else "ranks, pairs and changes"
        screen.print(f"Written to {out}: {tables} as .csv and .parquet, record.json")
        screen.print("Plots: " + ", ".join(path.name for path in written))


def _times(benchmark: "Benchmark", metric: str) -> int:
    """What the values of a rate are multiplied with: shares are shown in percent, means as they are."""
    rates = () if benchmark.scoring is None else benchmark.scoring.rates
    return 1 if any(rate.name == metric and rate.unit == "number" for rate in rates) else 100


def _remarks(ranks: "pa.Table", pairs: "pa.Table | None") -> list[str]:
    from sightline.cli.score import join_notes
    from sightline.evaluation.record import record_of

    record = record_of(ranks)
    tests = "" if pairs is None or not pairs.num_rows else "p and McNemar p" if _is_tested(pairs) else "p"
    return [
        f"Compared on the {record['settings']['questions_shared']:,} of {record['questions']:,} questions that every "
        f"model has a reply to ({record['distinct_questions']:,} distinct); read by {record['settings']['reader']}.",
        "rank: the rank, and those that 95 % of the draws give. shift: ▲ won, ▼ lost against the first labels.",
        "p differs: share of draws in which the rank is another than under the first labels.",
        *([f"{tests}: corrected after Holm over the pairs of a label set and split.", _REVERSED] if tests else ()),
        *join_notes(record),
    ]


def _ranks(table: "pa.Table", metric: str, times: int, splits: tuple[str, ...], narrow: bool = False) -> Any:
    """Models by rank under the first label set, the other label sets beside it."""
    from sightline.cli.tables import plain_table, probability, rate_cell

    found = {(row["split"], row["labels"], row["model"]): row for row in table.to_pylist()}
    label_sets = list(dict.fromkeys(labels for _, labels, _ in found))
    headings = [("split, model", "left")]
    for labels in label_sets:
        headings += [(f"{labels}: {metric}", "right"), ("rank", "right")]
        if labels != label_sets[0]:
            headings += [("shift", "right"), *([] if narrow else [("p differs", "right")])]
    rows: list[list[Any]] = []
    for split in dict.fromkeys(sorted((split for split, *_ in found), key=lambda split: _place(split, splits))):
        rows += [[], [split, *[""] * (len(headings) - 1)]]
        for model in [model for place, labels, model in found if (place, labels) == (split, label_sets[0])]:
            cells: list[Any] = [f"  {model}"]
            for labels in label_sets:
                row = found[split, labels, model]
                cells.append(rate_cell(row["value"], row["low"], row["high"], times))
                cells.append(f"{row['rank']}\n{row['rank_low']}–{row['rank_high']}")
                if labels != label_sets[0]:
                    cells += [_shift(row["shift"]), *([] if narrow else [probability(row["p_rank_differs"])])]
            rows.append(cells)
    unit = "percent, " if times == 100 else ""
    return plain_table(f"Ranks by {metric}   ({unit}95 % intervals)", headings, rows[1:])


def _shift(shift: int | None) -> str:
    if shift is None:
        return ""
    return f"{'▲' if shift < 0 else '▼'}{abs(shift)}" if shift else "="


def _place(split: str, splits: tuple[str, ...]) -> int:
    return splits.index(split) if split in splits else len(splits)


def _is_tested(pairs: "pa.Table") -> bool:
    """Whether any pair has McNemar's test, which needs right and wrong."""
    return any(value is not None for value in pairs["p_mcnemar"].to_pylist())


def _pairs(table: "pa.Table", labels: str, metric: str, times: int, narrow: bool = False) -> Any:
    from sightline.cli.tables import plain_table, probability, signed_cell

    headings = [
        "split, pair",
        f"Δ {metric}",
        "p",
        "McNemar p",
        *([] if narrow else ["only one right", "p reversed", "n"]),
    ]
    tested = _is_tested(table)
    if not tested:
        headings = [heading for heading in headings if heading not in ("McNemar p", "only one right")]
    rows: list[list[Any]] = []
    shown: str | None = None
    for row in table.to_pylist():
        if row["labels"] != labels:
            continue
        if row["split"] != shown:
            rows += [[], [row["split"], *[""] * (len(headings) - 1)]]
            shown = row["split"]
        only = "–" if row["only_a"] is None else f"{row['only_a']} : {row['only_b']}"
        cells = [
            f"  {row['model_a']}\n  − {row['model_b']}",
            signed_cell(row["difference"], row["low"], row["high"], times),
            probability(row["p_holm"]),
            *([probability(row["p_mcnemar_holm"]), only] if tested else []),
            probability(row["p_reversed"]),
            row["n"],
        ]
        rows.append(cells[: len(headings)])
    unit = "points, " if times == 100 else ""
    title = f"Paired differences under {labels}   ({unit}95 % interval; p after Holm)"
    sides = ["left", *["right"] * (len(headings) - 1)]
    return plain_table(title, list(zip(headings, sides, strict=True)), rows[1:])


def _changes(table: "pa.Table") -> Any:
    from sightline.cli.tables import plain_table

    rows: list[list[Any]] = []
    shown: tuple[str, str] | None = None
    for row in table.to_pylist():
        place = (row["split"], f"{row['labels_from']} → {row['labels_to']}")
        if shown != place:
            rows += [[], [f"{place[0]}, {place[1]}", "", ""]]
            shown = place
        positives = f"{row['tp_from']} → {row['tp_to']}", f"{row['fp_from']} → {row['fp_to']}"
        rows.append([f"  {row['model']}", *positives])
    return plain_table(
        "True and false positives", [("split, labels", "left"), ("TP", "right"), ("FP", "right")], rows[1:]
    )
