"""The section of a report on labels that people have checked in part: ranks before, as they stand, and corrected."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.audit.partial_scores import corrected_ranks, corrected_scores
from sightline.evaluation.compare import compare
from sightline.evaluation.evaluation import Evaluation
from sightline.report.figures import rank_shift
from sightline.report.plot import figure_of
from sightline.report.sections import Column, Section, Show, Table

__all__ = ["corrected_section"]

_METRIC = "f1"


def corrected_section(evaluation: Evaluation, reader: str, draws: int, seed: int) -> Iterator[Section]:
    """What a complete audit would probably make of scores and ranks, where labels were checked in part.

    Args:
        evaluation: models under the old labels and those that were checked in part.
        reader: name of the reader.
        draws: bootstrap draws of whole images, for the scores that are not corrected.
        seed: of the draws.
    """
    found = corrected_scores(evaluation, [reader], shared=True)
    if found.refused:
        told = tuple(
            f"Scores under {name} are not corrected: {why.rstrip('.')}." for name, why in found.refused.items()
        )
        yield Section("Partly audited labels", told)
    if found.table is None:
        return
    before = compare(evaluation, reader, _METRIC, draws, seed).ranks.to_pylist()
    for name in dict.fromkeys(found.table["labels"].to_pylist()):
        yield _section(found.table.filter(pc.equal(found.table["labels"], name)), before)


def _section(scores: pa.Table, before: list[dict[str, Any]]) -> Section:
    first = scores.slice(0, 1).to_pylist()[0]
    name, checked = first["labels"], first["checked"]
    ranks = corrected_ranks(scores, _METRIC).to_pylist()
    old = {(row["split"], row["model"]): row for row in before if row["labels"] == checked}
    shown = [row for row in before if row["labels"] in (checked, name)]
    shown += [{**row, "labels": "corrected", "value": row["estimate"]} for row in ranks]
    columns = ("labels", "split", "model", "metric", "value", "low", "high", "rank")
    table = pa.Table.from_pylist([{column: row[column] for column in columns} for row in shown])
    rows = [
        {**row, "old": old[row["split"], row["model"]]["value"], "rank_old": old[row["split"], row["model"]]["rank"]}
        for row in ranks
        if (row["split"], row["model"]) in old
    ]
    splits = list(dict.fromkeys(row["split"] for row in before))
    order = np.argsort([splits.index(row["split"]) for row in rows], kind="stable")
    prose = (
        f"{first['looked']:,} of {first['looked'] + first['rest']:,} labels were checked. Under {name} what was found "
        "is mended and all else is as it was, which flatters models whose replies said where to look.",
        f"Corrected is the score as if every label had been checked: {first['control']:,} labels that were drawn at "
        f"random stand for the {first['rest']:,} that are not decided. Its 95 % interval is about what nobody has "
        "looked at, the others are about other images.",
    )
    caption = "Ranks by F1 before, with what was found, and corrected; a thick line changes rank"
    figure = figure_of("rank_shift_corrected", caption, partial(rank_shift, table))
    data = pa.Table.from_pylist([rows[place] for place in order])
    return Section(
        "Partly audited labels", prose, (figure, Table("corrected", _CAPTION, data, _columns(checked, name), "split"))
    )


_CAPTION = "F1 and ranks"


def _columns(checked: str, name: str) -> tuple[Column, ...]:
    return (
        Column("model", "Model"),
        Column("old", f"F1, {checked}", Show.PERCENT),
        Column("rank_old", "Rank", Show.COUNT),
        Column("raw", f"F1, {name}", Show.PERCENT, note="with what was found so far mended"),
        Column("rank_raw", "Rank", Show.COUNT),
        Column("estimate", "F1, corrected", Show.PERCENT, ("low", "high"), note="as if every label had been checked"),
        Column("rank", "Rank", Show.COUNT),
    )
