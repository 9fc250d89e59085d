"""What FINER's settings and levels share: pairs of a true and a false question, of which both must be answered right.

A pair counts only if both questions are answered right (FINER, section 2.4). Accuracies of the two kinds of question
stand beside it, and how often the model denies: pairs hold as many true as false questions, so an unbiased model denies
half of what it is asked.
"""

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from sightline.core import (
    Counted,
    ImageRef,
    Labelled,
    LabelSet,
    Question,
    Rate,
    Reading,
    Reply,
    Shown,
    SourceFile,
)
from sightline.errors import DataError
from sightline.queries.fine_question import FineQuestion

__all__ = ["LEAST_RATES", "Read", "counter", "labelled", "reference", "shower"]

Read = Callable[[str, Sequence[str], str | None], Reading]
"""(reply, options, name of the reader or None for the benchmark's own) → the letter of an option."""

LEAST_RATES = (
    Rate("paired_accuracy", "paired", "pairs", "higher"),
    Rate("accuracy", "right", "replies", "higher"),
    Rate("positive_accuracy", "right_positive", "pairs", "higher"),
    Rate("negative_accuracy", "right_negative", "pairs", "higher"),
    Rate("denied", "denied", "replies"),
    Rate("unreadable", "unreadable", "replies", "lower"),
    Rate("random_floor", "floor", "pairs"),
)
"""The rates of both."""

_COUNTS = (
    *("pairs", "paired", "replies", "right", "right_positive", "right_negative", "denied", "unreadable", "floor"),
    *("disagree", "half_pairs"),
)


class _Answered(NamedTuple):
    """A question and where its reply points: the place of an option, or None."""

    question: FineQuestion
    chosen: int | None
    disagrees: bool

    @property
    def right(self) -> bool:
        return self.chosen == self.question.right


def labelled(
    name: str, questions: Sequence[FineQuestion], sources: Sequence[SourceFile], rows: Sequence[int]
) -> Labelled:
    """Make questions and answer key of what a file holds.

    Args:
        name: of the label set.
        questions: in file order.
        sources: the files.
        rows: for each question its row, for messages.

    Raises:
        DataError: an id occurs twice, or a pair is not one true and one false question about one image.
    """
    pairs: dict[str, list[tuple[FineQuestion, int]]] = {}
    seen: dict[str, int] = {}
    file = sources[0].name if len(sources) == 1 else None
    for question, row in zip(questions, rows, strict=True):
        if question.id in seen:
            raise DataError(f"question_id {question.id} stands in row {seen[question.id]} already", file=file, row=row)
        seen[question.id] = row
        pairs.setdefault(question.pair, []).append((question, row))
    for pair, both in pairs.items():
        kinds = sorted(question.polarity for question, _ in both)
        if kinds != ["negative", "positive"]:
            problem = f"pair {pair} has {' and '.join(kinds)}, expected one positive and one negative question"
            raise DataError(problem, file=file, row=both[0][1], hint="Both questions of a pair have the same pair.")
        if len({(question.image, question.setting) for question, _ in both}) > 1:
            raise DataError(f"the questions of pair {pair} differ in image or setting", file=file, row=both[1][1])
    made = tuple(Question(q.id, q.text, (ImageRef(q.image),), q.setting, (), q.choices) for q in questions)
    references = MappingProxyType({question.id: question for question in questions})
    return Labelled(made, LabelSet(name, {}, absent=None, sources=tuple(sources), references=references))


def reference(labels: LabelSet, question: Question) -> FineQuestion | None:
    """What a question is held against; None where the label set does not list it."""
    found = labels.references.get(question.id)
    if found is not None and not isinstance(found, FineQuestion):
        raise TypeError(f"{question.id} has a reference of another benchmark")
    return found


Count = Callable[[Sequence[Question], LabelSet, Sequence[Reply | None], str | None], Counted]


def counter(read: Read, other: str | None = None) -> Count:
    """The count of a benchmark of pairs: a row for each pair that has both replies, and for each that has one.

    Args:
        read: the reader.
        other: another reader, with which ours is compared: replies that the two read otherwise are counted.
    """

    def count(
        questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None
    ) -> Counted:
        pairs: dict[str, list[_Answered]] = {}
        for question, reply in zip(questions, replies, strict=True):
            asked = reference(labels, question)
            if reply is not None and asked is not None:
                pairs.setdefault(asked.pair, []).append(_answered(asked, reply.text, read, reader, other))
        rows = [_row(own) for own in pairs.values()]
        columns = np.array(rows, dtype=np.float64).reshape(-1, len(_COUNTS)).T
        first = [own[0].question for own in pairs.values()]
        counts = dict(zip(_COUNTS, columns, strict=True))
        return Counted(tuple(q.image for q in first), tuple(q.setting for q in first), counts)

    return count


def _answered(asked: FineQuestion, text: str, read: Read, reader: str | None, other: str | None) -> _Answered:
    letter = read(text, asked.choices, reader).answer
    disagrees = other is not None and read(text, asked.choices, other).answer != read(text, asked.choices, None).answer
    return _Answered(asked, None if letter is None else _place(letter, asked), disagrees)


def _place(letter: str, asked: FineQuestion) -> int | None:
    """The place of an option; a letter beyond the options points nowhere."""
    place = ord(letter) - ord("A")
    return place if place < len(asked.choices) else None


def _row(own: Sequence[_Answered]) -> tuple[float, ...]:
    if len(own) < 2:
        return (*(0.0,) * (len(_COUNTS) - 1), 1.0)
    right = {each.question.polarity: each.right for each in own}
    return (
        1.0,
        all(right.values()),
        2.0,
        sum(right.values()),
        right["positive"],
        right["negative"],
        sum(each.chosen is not None and each.chosen != each.question.affirms for each in own),
        sum(each.chosen is None for each in own),
        float(np.prod([1 / len(each.question.choices) for each in own])),
        sum(each.disagrees for each in own),
        0.0,
    )


def shower(read: Read) -> Callable[[Question, LabelSet, Reply | None, str | None], Shown]:
    """How a reply is shown: the option it names beside the right one."""

    def show(question: Question, labels: LabelSet, reply: Reply | None, reader: str | None) -> Shown:
        asked = reference(labels, question)
        if asked is None:
            return Shown(None, None)
        label = asked.choices[asked.right]
        if reply is None:
            return Shown(None, label)
        chosen = _answered(asked, reply.text, read, reader, None).chosen
        return Shown("unreadable" if chosen is None else asked.choices[chosen], label)

    return show
