"""``sightline compare``."""

from typing import TYPE_CHECKING, Any

from cyclopts import App

from sightline.cli import options as o

if TYPE_CHECKING:
    import pyarrow as pa


def register(app: App) -> None:
    """Add the verb."""
    app.command(compare)


def compare(
    benchmark: str,
    *,
    replies: o.Replies = [],  # noqa: B006 (read by cyclopts, never changed)
    labels: o.Labels = [],  # noqa: B006
    questions: o.Questions = [],  # noqa: B006
    split: o.Splits = [],  # noqa: B006
    reader: o.ReaderName = "strict",
    metric: o.Metric = "f1",
    draws: o.Draws = 2000,
    seed: o.Seed = 0,
    allow_missing: o.AllowMissing = False,
    example: o.Example = False,
    format: o.Format = "table",
    out: o.Out = None,
) -> None:
    """Compare models under several label sets: ranks and their shifts, paired differences, TP and FP.

    With --out, the rank-shift plot and the TP/FP-change plot are written as SVG and PNG, with the CSV behind them.

    Parameters
    ----------
    benchmark
        The benchmark: pope.
    """
    from sightline.cli.score import join_notes
    from sightline.cli.tables import console, notes, print_machine, show
    from sightline.evaluation.compare import compare as compare_models
    from sightline.evaluation.record import record_of

    evaluation = o.evaluation_from(benchmark, replies, labels, questions, split, allow_missing, example)
    found = compare_models(evaluation, reader, metric, draws, seed)
    written = []
    if out is not None:
        from sightline.records.tables import write_tables
        from sightline.report.figures import change, rank_shift

        write_tables(out, found._asdict())
        written += rank_shift(found.ranks).save(out, "rank_shift")
        if found.changes.num_rows:
            written += change(found.changes).save(out, "tp_fp_change")
    if format != "table":
        print_machine(found._asdict(), format)
        return
    screen = console()
    record = record_of(found.ranks)
    show(screen, _ranks(found.ranks, metric, evaluation.splits))
    if len(evaluation.models) > 1:
        for name in dict.fromkeys(found.pairs["labels"].to_pylist()):
            show(screen, _pairs(found.pairs, name, metric))
    if found.changes.num_rows:
        show(screen, _changes(found.changes))
    shared = record["settings"]["questions_shared"]
    notes(
        screen,
        [
            f"Compared on the {shared:,} of {record['questions']:,} questions that every model has a reply to "
            f"({record['distinct_questions']:,} distinct); read by {record['settings']['reader']}.",
            "rank 95 %: the ranks that 95 % of the draws give. shift: ▲ won, ▼ lost against the first labels.",
            "p differs: share of draws in which the rank is another than under the first labels.",
            "Holm's correction is over the pairs of a label set and split.",
            "p reversed: share of draws in which the two stand in the other order.",
            *join_notes(record),
        ],
    )
    if out is not None:
        screen.print(f"Written to {out}: ranks, pairs and changes as .csv and .parquet, record.json")
        screen.print("Plots: " + ", ".join(path.name for path in written))


def _ranks(table: "pa.Table", metric: str, splits: tuple[str, ...]) -> Any:
    from sightline.cli.tables import plain_table, probability, rate_cell

    rows: list[list[Any]] = []
    shown: tuple[str, str] | None = None
    for row in sorted(table.to_pylist(), key=lambda row: _place(row["split"], splits)):
        place = (row["split"], row["labels"])
        if shown not in (None, place):
            rows.append([])
        shift = _shift(row["shift"])
        rows.append(
            [
                *(("", "") if shown == place else place),
                row["rank"],
                row["model"],
                rate_cell(row["value"], row["low"], row["high"]),
                f"{row['rank_low']}–{row['rank_high']}",
                shift,
                "" if row["p_rank_differs"] is None else probability(row["p_rank_differs"]),
            ]
        )
        shown = place
    headings = ["split", "labels", "rank", "model", metric, "rank 95 %", "shift", "p differs"]
    sides = ["left", "left", "right", "left", "right", "right", "right", "right"]
    return plain_table(f"Ranks by {metric}", list(zip(headings, sides, strict=True)), rows)


def _shift(shift: int | None) -> str:
    if shift is None:
        return ""
    return f"{'▲' if shift < 0 else '▼'}{abs(shift)}" if shift else "="


def _place(split: str, splits: tuple[str, ...]) -> int:
    return splits.index(split) if split in splits else len(splits)


def _pairs(table: "pa.Table", labels: str, metric: str) -> Any:
    from sightline.cli.tables import plain_table, probability, signed_cell

    rows: list[list[Any]] = []
    shown: str | None = None
    for row in table.to_pylist():
        if row["labels"] != labels:
            continue
        if row["split"] != shown:
            rows += [[], [row["split"], *[""] * 6]]
            shown = row["split"]
        rows.append(
            [
                f"  {row['model_a']}\n  − {row['model_b']}",
                row["n"],
                signed_cell(row["difference"], row["low"], row["high"]),
                probability(row["p_holm"]),
                "–" if row["only_a"] is None else f"{row['only_a']} : {row['only_b']}",
                probability(row["p_mcnemar_holm"]),
                probability(row["p_reversed"]),
            ]
        )
    headings = ["split, pair", "n", f"Δ {metric}", "p", "only one right", "McNemar p", "p reversed"]
    sides = ["left", *["right"] * 6]
    title = f"Paired differences under {labels}   (points, 95 % interval; p-values corrected after Holm)"
    return plain_table(title, list(zip(headings, sides, strict=True)), rows[1:])


def _changes(table: "pa.Table") -> Any:
    from sightline.cli.tables import plain_table

    rows: list[list[Any]] = []
    shown: tuple[str, str] | None = None
    for row in table.to_pylist():
        place = (row["split"], f"{row['labels_from']} → {row['labels_to']}")
        if shown not in (None, place):
            rows.append([])
        positives = f"{row['tp_from']} → {row['tp_to']}", f"{row['fp_from']} → {row['fp_to']}"
        rows.append([*(("", "") if shown == place else place), row["model"], *positives])
        shown = place
    headings = [("split", "left"), ("labels", "left"), ("model", "left"), ("TP", "right"), ("FP", "right")]
    return plain_table("True and false positives", headings, rows)
