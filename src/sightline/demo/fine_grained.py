"""Is one wrong detail noticed among right ones? FINER on rendered scenes, by how much a question says."""

from typing import Any

import pyarrow as pa

from sightline.demo.findings import Finding
from sightline.demo.shown import percent
from sightline.evaluation.by_elements import ALL, by_elements_table
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.report_elements import element_plots
from sightline.report.plot import figure_of
from sightline.report.sections import Column, Part, Section, Show, Table

__all__ = ["fine_grained_found"]

_FEWEST = 10
"""Pairs that a figure in the terminal rests on, at least."""

_RATES = (
    Column("paired_accuracy", "both right", Show.PERCENT, ("paired_accuracy_low", "paired_accuracy_high")),
    Column("positive_accuracy", "true one right", Show.PERCENT, ("positive_accuracy_low", "positive_accuracy_high")),
    Column("negative_accuracy", "false one right", Show.PERCENT, ("negative_accuracy_low", "negative_accuracy_high")),
)


def fine_grained_found(settings: Evaluation, levels: Evaluation | None) -> Finding:
    """What becomes of paired accuracy as questions say more.

    Args:
        settings: replies to FINER's four settings.
        levels: replies to its levels of granularity; None where no scene has enough in it.
    """
    by_size = by_elements_table(settings)
    parts: list[Part] = [
        *_figures(by_size, "Paired accuracy by number of elements"),
        Table(
            "finer",
            "Pairs of a true and a false question, percent with 95 % intervals",
            by_size,
            (Column("split", "setting"), Column("elements", "at once", Show.COUNT), _pairs(), *_RATES),
        ),
    ]
    lines = [_across(by_size, "objects"), _across(by_size, "relations")]
    if levels is not None:
        by_contradiction = by_elements_table(levels)
        by_level = _of_all(by_contradiction)
        parts += _figures(by_contradiction, "Accuracy by level")
        columns = (Column("split", "level of granularity"), _pairs(), *_RATES)
        parts.append(
            Table("finer_levels", "The same wrong detail among more and more that is right", by_level, columns)
        )
        lines.append(_down(by_level))
    return Finding(
        "details (FINER)",
        tuple(line for line in lines if line),
        Section(
            "Is one wrong detail noticed?",
            (
                "Questions about several true objects, attributes or relations at once, and the same with one of them "
                "false. A pair counts only if both are answered right; guessing gets 4 % of pairs, and 25 % of levels.",
                "The more a question says, the less it is checked. The model was taught so: of questions about one "
                "thing half were false, of those about many next to none.",
            ),
            tuple(parts),
        ),
    )


def _figures(table: pa.Table, caption: str) -> list[Part]:
    return [figure_of(name, caption, draw) for name, draw in element_plots(table).items()]


def _pairs() -> Column:
    return Column("n", "pairs", Show.COUNT)


def _of_all(table: pa.Table) -> pa.Table:
    rows = [row for row in table.to_pylist() if row["contradiction"] == ALL]
    return pa.Table.from_pylist(rows, schema=table.schema)


def _across(table: pa.Table, setting: str) -> str:
    """From one element to as many as enough pairs have."""
    rows = [row for row in table.to_pylist() if row["split"] == setting and row["n"] >= _FEWEST]
    if len(rows) < 2:
        return ""
    return f"both right in {_listed(rows)} about {rows[0]['elements']} to {rows[-1]['elements']} {setting} at once"


def _down(levels: pa.Table) -> str:
    return f"in {_listed(levels.to_pylist())} from level 1 to 7 of granularity"


def _listed(rows: list[dict[str, Any]]) -> str:
    """Paired accuracies as one list: "99, 92, 34 %"."""
    return ", ".join(percent(row["paired_accuracy"]).removesuffix(" %") for row in rows) + " % of pairs"
