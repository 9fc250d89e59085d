"""Every reply with what each reader makes of it and what each label set says."""

from collections.abc import Sequence

import pyarrow as pa

from sightline.core import Answer
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.record import with_record
from sightline.readers.yes_no import YES_NO_READERS, yes_no_reader

__all__ = ["LABEL", "READS", "asked_and_said", "reply_table"]

READS, LABEL = "reads:", "label:"
"""What the names of the columns of readers and of label sets begin with."""

_WORDS: dict[Answer | None, str | None] = {
    Answer.HOLDS: "yes",
    Answer.DOES_NOT_HOLD: "no",
    Answer.AMBIGUOUS: "ambiguous",
    Answer.UNCERTAIN: "ambiguous",
    None: None,
}


def asked_and_said(evaluation: Evaluation) -> dict[str, list[str | None]]:
    """What was asked and said, model by model, questions in their order."""
    questions, models = evaluation.questions, evaluation.models
    asked: dict[str, list[str | None]] = {
        "question_id": [question.id for question in questions],
        "split": [question.split for question in questions],
        "image": [question.images[0].name if question.images else None for question in questions],
        "question": [question.text for question in questions],
    }
    replies = [reply for model in models for reply in evaluation.replies[model]]
    judged = [None if reply is None else reply.judgement or None for reply in replies]
    return {
        "model": [model for model in models for _ in questions],
        **{name: values * len(models) for name, values in asked.items()},
        "reply": [None if reply is None else reply.text for reply in replies],
        **({"judgement": judged} if evaluation.judgements else {}),
        "source": [None if reply is None else reply.source for reply in replies],
    }


def reply_table(evaluation: Evaluation, readers: Sequence[str] = tuple(YES_NO_READERS)) -> pa.Table:
    """List every model's reply to every question, model by model, questions in their order.

    Columns: model, question_id, split, image, question; reply (null where there is none) and source (``file:row``);
    ``reads:NAME`` for every reader: yes, no or unreadable, null where there is no reply; ``label:NAME`` for every label
    set: yes, no or ambiguous, null where it says nothing. The schema's metadata hold the record.

    Raises:
        RequestError: a reader is unknown.
    """
    used = [yes_no_reader(name) for name in readers]
    questions, models = evaluation.questions, evaluation.models
    columns = asked_and_said(evaluation)
    texts = columns["reply"]
    for reader in used:
        readings = {text: reader.read(text).answer or "unreadable" for text in set(texts) if text is not None}
        columns[READS + reader.name] = [None if text is None else readings[text] for text in texts]
    for label_set in evaluation.label_sets:
        labels = [
            _WORDS[label_set.answer(question.images[0].name, question.claims[0])]
            if not label_set.splits or question.split in label_set.splits
            else None
            for question in questions
        ]
        columns[LABEL + label_set.name] = labels * len(models)
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    return with_record(table, evaluation, {"readers": [str(reader) for reader in used]})
