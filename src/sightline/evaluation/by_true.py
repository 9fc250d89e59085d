"""Rates of counting and colour by what is true: do models go along more readily where there is more to count?"""

from dataclasses import replace

import pyarrow as pa

from sightline.benchmarks.presupposed import Presupposed
from sightline.core import LabelSet, Question
from sightline.errors import RequestError
from sightline.evaluation.counted import rate_table
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.record import record_of, with_record
from sightline.stats.intervals import DRAWS

__all__ = ["by_true_table"]

_BETWEEN = "\t"
"""Between the split and what is true; no split has a tab in its name."""


def by_true_table(evaluation: Evaluation, reader: str | None = None, draws: int = DRAWS, seed: int = 0) -> pa.Table:
    """Score by split and by what is true: the number of things, or their colour.

    Args:
        evaluation: replies to counting or to colour.
        reader: name of the reader; the benchmark's own where None.
        draws: bootstrap draws of whole images.
        seed: of the draws.

    Returns:
        The columns of `rate_table`, and after split a column true; splits in their order, numbers from the smallest.

    Raises:
        RequestError: the benchmark does not presuppose numbers or colours.
    """
    tables = [_of_labels(evaluation, labels, reader, draws, seed) for labels in evaluation.label_sets]
    settings = record_of(tables[0])["settings"]
    names = list(dict.fromkeys(name for table in tables for name in table.column_names))
    return with_record(pa.concat_tables(tables, promote_options="default").select(names), evaluation, settings)


def _of_labels(evaluation: Evaluation, labels: LabelSet, reader: str | None, draws: int, seed: int) -> pa.Table:
    place = {split: at for at, split in enumerate(evaluation.splits)}

    def cell(question: Question) -> tuple[int, int | str]:
        return place[question.split], _true(labels, question)

    order = sorted(
        (n for n, q in enumerate(evaluation.questions) if q.id in labels.references),
        key=lambda n: cell(evaluation.questions[n]),
    )
    split = [
        replace(q, split=f"{q.split}{_BETWEEN}{_true(labels, q)}") for q in (evaluation.questions[n] for n in order)
    ]
    own = replace(
        evaluation,
        questions=tuple(split),
        label_sets=(labels,),
        replies={model: tuple(of[n] for n in order) for model, of in evaluation.replies.items()},
    )
    table = rate_table(own, [reader] if reader else (), draws, seed)
    parts = [text.split(_BETWEEN) for text in table["split"].to_pylist()]
    at = table.column_names.index("split")
    table = table.set_column(at, "split", pa.array([split for split, _ in parts]))
    known = {str(true): true for true in (_true(labels, question) for question in own.questions)}
    return table.add_column(at + 1, "true", pa.array([known[true] for _, true in parts]))


def _true(labels: LabelSet, question: Question) -> int | str:
    reference = labels.references.get(question.id)
    if not isinstance(reference, Presupposed):
        raise RequestError(f"{question.id} presupposes neither a number nor a colour, so there is nothing to sort by.")
    return reference.true
