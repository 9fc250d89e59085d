"""Every reply to a benchmark that counts what it will, with what is made of it."""

from collections.abc import Sequence

import pyarrow as pa

from sightline.core import LabelSet, Question, Reply, Shown
from sightline.evaluation.counted import reader_of, scoring_of
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.keys import is_covered
from sightline.evaluation.record import with_record
from sightline.evaluation.replies import LABEL, READS, asked_and_said

__all__ = ["counted_reply_table"]


def counted_reply_table(evaluation: Evaluation, readers: Sequence[str] = ()) -> pa.Table:
    """List every model's reply to every question, model by model, questions in their order.

    Columns: model, question_id, split, image, question; reply (null where there is none), judgement (where replies were
    judged; null where the judge said nothing) and source (``file:row``);
    ``reads:NAME`` for every reader and ``label:NAME`` for every label set, in the words of the benchmark. Readings are
    those under the first label set.

    Args:
        evaluation: what to list.
        readers: names of readers; all that the benchmark has where none is named.

    Raises:
        RequestError: a reader is unknown.
    """
    names = [name.split("@")[0] for name in readers or scoring_of(evaluation.benchmark).readers]
    used = [reader_of(evaluation.benchmark, name) for name in names]
    columns = asked_and_said(evaluation)
    pairs = [pair for of in evaluation.replies.values() for pair in zip(evaluation.questions, of, strict=True)]
    first = evaluation.label_sets[0]
    for name in names:
        columns[READS + name] = [_shown(evaluation, q, first, reply, name).reading for q, reply in pairs]
    for label_set in evaluation.label_sets:
        columns[LABEL + label_set.name] = [_shown(evaluation, q, label_set, None, names[0]).label for q, _ in pairs]
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    return with_record(table, evaluation, {"readers": used})


def _shown(evaluation: Evaluation, question: Question, labels: LabelSet, reply: Reply | None, reader: str) -> Shown:
    show = scoring_of(evaluation.benchmark).show
    if show is None or not is_covered(labels, question):
        return Shown(None, None)
    return show(question, labels, reply, reader)
