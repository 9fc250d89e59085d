"""Scores under labels that people have checked in part, as the verbs that score show them."""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

    from sightline.audit.partial_scores import CorrectedScores
    from sightline.evaluation.evaluation import Evaluation

__all__ = ["corrected", "corrected_notes", "rank_tables", "score_tables"]


class _Rate(NamedTuple):
    name: str
    heading: str


_RATES = (
    _Rate("accuracy", "accuracy"),
    _Rate("precision", "precision"),
    _Rate("recall", "recall"),
    _Rate("f1", "F1"),
)
_NARROWER = (_RATES, _RATES[::3], _RATES[3:])
"""The rates shown in narrower and narrower windows."""


def corrected(evaluation: "Evaluation", readers: list[str], shared: bool = False) -> "CorrectedScores | None":
    """Scores under label sets that were checked in part; None where there is none."""
    if not any(labels.provenance for labels in evaluation.label_sets) or evaluation.benchmark.scoring is not None:
        return None
    from sightline.audit.partial_scores import corrected_scores

    return corrected_scores(evaluation, readers, shared)


def score_tables(scores: "pa.Table") -> list[list[Any]]:
    """A table for each label set and reader, each for narrower and narrower windows."""
    rows = scores.to_pylist()
    return [
        [_score_table([row for row in rows if (row["labels"], row["reader"]) == of], rates) for rates in _NARROWER]
        for of in dict.fromkeys((row["labels"], row["reader"]) for row in rows)
    ]


def _score_table(rows: list[dict[str, Any]], rates: tuple[_Rate, ...]) -> Any:
    from sightline.cli.tables import plain_table, rate_cell

    found = {(row["model"], row["split"], row["rate"]): row for row in rows}
    cells: list[list[Any]] = []
    for model in dict.fromkeys(row["model"] for row in rows):
        cells += [[], [model, *[""] * (2 * len(rates))]]
        for split in dict.fromkeys(row["split"] for row in rows):
            own = [found[model, split, rate.name] for rate in rates]
            values = [[rate_cell(r["raw"]), rate_cell(r["estimate"], r["low"], r["high"])] for r in own]
            cells.append([f"  {split}", *(cell for pair in values for cell in pair)])
    headings = [("model, split", "left")]
    for rate in rates:
        headings += [(f"{rate.heading} raw", "right"), ("corrected", "right")]
    return plain_table(f"{_partly(rows)}   reader: {rows[0]['reader']}   (percent)", headings, cells[1:])


def _partly(rows: list[dict[str, Any]]) -> str:
    whole = rows[0]["looked"] + rows[0]["rest"]
    return f"labels: {rows[0]['labels']}, of which {rows[0]['looked']:,} of {whole:,} were checked"


def rank_tables(scores: "pa.Table", metric: str) -> list[Any]:
    """For each label set the ranks of models as it stands, and as if it had been checked whole."""
    import pyarrow.compute as pc

    from sightline.audit.partial_scores import corrected_ranks
    from sightline.cli.tables import plain_table, rate_cell

    tables = []
    for name in dict.fromkeys(scores["labels"].to_pylist()):
        own = scores.filter(pc.equal(scores["labels"], name))
        rows: list[list[Any]] = []
        shown: str | None = None
        for row in corrected_ranks(own, metric).to_pylist():
            if row["split"] != shown:
                rows += [[], [row["split"], *[""] * 4]]
                shown = row["split"]
            estimate = rate_cell(row["estimate"], row["low"], row["high"])
            rows.append([f"  {row['model']}", rate_cell(row["raw"]), row["rank_raw"], estimate, row["rank"]])
        headings = [("split, model", "left"), (f"{metric} raw", "right"), ("rank", "right")]
        headings += [(f"{metric} corrected", "right"), ("rank", "right")]
        tables.append(plain_table(f"{_partly(own.slice(0, 1).to_pylist())}   (percent)", headings, rows[1:]))
    return tables


def corrected_notes(found: "CorrectedScores") -> list[str]:
    """What raw and corrected scores are, and what could not be corrected."""
    lines = [f"{name}: checked in part, and not corrected: {why.rstrip('.')}." for name, why in found.refused.items()]
    if found.table is None:
        return lines
    for row in {row["labels"]: row for row in found.table.to_pylist()}.values():
        waiting = f" ({row['waiting']:,} of these were looked at)" if row["waiting"] else ""
        lines.append(
            f"{row['labels']}: {row['control']:,} of the labels that were checked were drawn at random and stand for "
            f"the {row['rest']:,} that are not decided{waiting}; before, labels were those of {row['checked']}."
        )
    lines.append(
        "raw: errors found so far are mended, all else is as it was; that flatters models whose replies said where to "
        "look. corrected: as if every label had been checked, estimated from the drawn ones, with the 95 % interval of "
        "what nobody has looked at (not of other images)."
    )
    return lines
