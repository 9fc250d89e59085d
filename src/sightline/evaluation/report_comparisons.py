"""The sections of a report that compare: models with each other, and label sets with each other."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sightline.evaluation.codes import encode
from sightline.evaluation.compare import Comparison, compare
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.keys import AnswerKeys
from sightline.evaluation.label_changes import label_changes
from sightline.report.figures import change, rank_shift
from sightline.report.plot import figure_of
from sightline.report.sections import Column, Part, Section, Show, Table

__all__ = ["comparisons"]


def comparisons(evaluation: Evaluation, reader: str, draws: int, seed: int) -> Iterator[Section]:
    """Sections on ranks, differences and label changes: those that several models or label sets give rise to.

    Args:
        evaluation: what to compare.
        reader: name of the reader.
        draws: bootstrap draws of whole images.
        seed: of the draws.
    """
    several_models, several_labels = len(evaluation.models) > 1, len(evaluation.label_sets) > 1
    if not several_models and not several_labels:
        return
    shared: NDArray[np.bool_] = np.all(encode(evaluation).replies >= 0, axis=0, keepdims=False)
    if not shared.any():
        yield Section("Comparison", ("There is no question that every model has a reply to, so nothing is compared.",))
        return
    found = compare(evaluation, reader, "f1", draws, seed)
    asked = f"On the {int(shared.sum()):,} of {len(shared):,} questions that every model has a reply to."
    if several_models:
        yield _ranks(found, asked, several_labels)
        yield _pairs(found, asked)
    if several_labels:
        yield _label_changes(evaluation, found, asked)


def _ranks(found: Comparison, asked: str, several_labels: bool) -> Section:
    columns = [
        Column("model", "Model"),
        Column("labels", "Labels"),
        Column(
            "rank", "Rank", Show.COUNT, ("rank_low", "rank_high"), note="beneath: the ranks that 95 % of the draws give"
        ),
        Column("value", "F1", Show.PERCENT, ("low", "high")),
    ]
    parts: list[Part] = []
    if several_labels:
        columns += [
            Column("shift", "Shift", Show.SHIFT, note="▲ ranks won, ▼ ranks lost, against the first label set"),
            Column(
                "p_rank_differs",
                "P(rank differs)",
                Show.PROBABILITY,
                note="share of draws in which the rank is another",
            ),
        ]
        caption = "Ranks by F1; a thick line changes rank"
        parts.append(figure_of("rank_shift", caption, partial(rank_shift, found.ranks)))
    order = list(dict.fromkeys(found.ranks["split"].to_pylist()))
    ranks = found.ranks.take(
        np.argsort([order.index(split) for split in found.ranks["split"].to_pylist()], kind="stable")
    )
    parts.append(
        Table("ranks", "Ranks with their intervals", ranks, tuple(columns), groups="split", folded=several_labels)
    )
    return Section("Ranks", (asked,), tuple(parts))


_PAIR_COLUMNS = (
    Column("pair", "Models"),
    Column("difference", "Δ F1, points", Show.POINTS, ("low", "high"), note="first less second, in percentage points"),
    Column(
        "p_holm", "p", Show.PROBABILITY, note="two-sided, from the draws; Holm's correction over the pairs of a split"
    ),
    Column("only_a", "Only first right", Show.COUNT, note="questions that only the first model has right"),
    Column("only_b", "Only second right", Show.COUNT, note="questions that only the second model has right"),
    Column(
        "p_mcnemar_holm",
        "McNemar's p",
        Show.PROBABILITY,
        note="exact, with Holm's correction; takes questions as independent",
    ),
    Column("p_reversed", "P(reversed)", Show.PROBABILITY, note="share of draws in which their order is the opposite"),
)


def _pairs(found: Comparison, asked: str) -> Section:
    pairs = pc.binary_join_element_wise(found.pairs["model_a"], found.pairs["model_b"], " − ")
    table = found.pairs.append_column("pair", pairs)
    names = dict.fromkeys(table["labels"].to_pylist())
    tables = (
        Table(
            f"pairs_{name}",
            f"Paired differences under {name}",
            table.filter(pc.equal(table["labels"], name)),
            _PAIR_COLUMNS,
            "split",
        )
        for name in names
    )
    folded = table.num_rows > _MOST_PAIRS
    parts = tuple(Table(t.name, t.caption, t.data, t.columns, t.groups, folded) for t in tables)
    return Section(
        "Differences", (asked + " Every two models are compared on the same questions, in the same draws.",), parts
    )


_MOST_PAIRS = 24
"""Rows up to which the differences stand open."""


def _label_changes(evaluation: Evaluation, found: Comparison, asked: str) -> Section:
    first = evaluation.label_sets[0]
    parts: list[Part] = []
    for other in evaluation.label_sets[1:]:
        keys = AnswerKeys(evaluation.questions, (first, other))
        counts = label_changes(evaluation.benchmark, first.name, other.name, keys).counts.to_pylist()
        kinds = list(dict.fromkeys(row["change"] for row in counts))
        splits = dict.fromkeys(row["split"] for row in counts)
        of = {(row["split"], row["change"]): row["n"] for row in counts}
        rows = [{"split": split, **{kind: of.get((split, kind), 0) for kind in kinds}} for split in splits]
        columns = (Column("split", "Questions"), *(Column(kind, _arrow(kind), Show.COUNT) for kind in kinds))
        caption = f"Labels that change from {first.name} to {other.name}"
        parts.append(Table(f"labels_{first.name}_{other.name}", caption, pa.Table.from_pylist(rows), columns))
    parts.append(figure_of("tp_fp_change", "True and false positives", partial(change, found.changes)))
    parts.append(Table("changes", "The counts", found.changes, _CHANGE_COLUMNS, groups="split", folded=True))
    return Section("Label changes", ("Models are compared " + asked[0].lower() + asked[1:],), tuple(parts))


def _arrow(kind: str) -> str:
    """Set a kind of change as a heading, which may break after the arrow where it is long."""
    return kind.replace("→", "\u00a0→\u00a0" if len(kind) < _SHORT else "\u00a0→ ")


_SHORT = 8
_CHANGE_COLUMNS = (
    Column("model", "Model"),
    Column("labels_to", "Labels"),
    Column("n_to", "Scored", Show.COUNT, before="n_from"),
    Column("tp_to", "True positives", Show.COUNT, before="tp_from"),
    Column("fp_to", "False positives", Show.COUNT, before="fp_from"),
)
