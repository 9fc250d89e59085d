"""What TextVQA and VQAv2 share: a word or a phrase, held against what ten people answered.

A reply counts as much as people agree with it, three being enough; each of the ten is left out in turn, so that a reply
is held against nine people, as each of them would be.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from sightline.benchmarks.question_rows import QuestionRow
from sightline.core import Counted, Labelled, LabelSet, Question, Rate, Reply, Shown, SourceFile
from sightline.errors import DataError
from sightline.readers.vqa_answer import VQA_READERS, vqa_accuracy, vqa_reader

__all__ = ["RATES", "SHORT", "Asked", "Count", "TenAnswers", "counter", "labelled", "reference", "show"]

SHORT = "{question}\nAnswer the question using a single word or phrase."
"""The line that LLaVA, lmms-eval and most papers add."""

RATES = (
    Rate("vqa_accuracy", "agreed", "replies", "higher"),
    Rate("anybody_agrees", "anybody", "replies", "higher"),
    Rate("unreadable", "unreadable", "replies", "lower"),
    Rate("readers_disagree", "disagree", "replies"),
)

_OURS = next(iter(VQA_READERS))
_COUNTS = ("replies", "agreed", "anybody", "unreadable", "disagree")


@dataclass(frozen=True, slots=True)
class TenAnswers:
    """What a reply is held against.

    Args:
        answers: what people answered, as a rule ten of them.
    """

    answers: tuple[str, ...]

    @property
    def usual(self) -> str:
        """What most people answered."""
        return max(dict.fromkeys(self.answers), key=self.answers.count)


Asked = tuple[Question, TenAnswers, QuestionRow]
"""A question, what its replies are held against, and its row."""


def labelled(name: str, asked: Sequence[Asked], sources: Sequence[SourceFile]) -> Labelled:
    """Make questions and answer key of what files hold.

    Raises:
        DataError: an id occurs twice, or nobody answered a question.
    """
    references: dict[str, object] = {}
    for question, held, row in asked:
        if question.id in references:
            raise row.wrong(f"question {question.id} occurs twice")
        if len(held.answers) < 2:
            raise row.wrong(
                f"question {question.id} has {len(held.answers)} answers; people are left out in turn, which needs two"
            )
        references[question.id] = held
    if not asked:
        raise DataError(f"label set {name!r}: there are no questions", file=sources[0].name if sources else None)
    labels = LabelSet(name, {}, absent=None, sources=tuple(sources), references=MappingProxyType(references))
    return Labelled(tuple(question for question, _, _ in asked), labels)


def reference(labels: LabelSet, question: Question) -> TenAnswers | None:
    """What a question is held against; None where the label set does not list it."""
    found = labels.references.get(question.id)
    if found is not None and not isinstance(found, TenAnswers):
        raise TypeError(f"{question.id} has a reference of another benchmark")
    return found


Count = Callable[[Sequence[Question], LabelSet, Sequence[Reply | None], str | None], Counted]


def counter(official: str) -> Count:
    """The count of a benchmark of short answers: a row for each reply.

    Args:
        official: the reader of the benchmark's own code; replies that it scores otherwise than ours are counted.
    """

    def count(
        questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None
    ) -> Counted:
        rows: list[tuple[float, ...]] = []
        asked: list[Question] = []
        for question, reply in zip(questions, replies, strict=True):
            held = reference(labels, question)
            if reply is not None and held is not None:
                rows.append(_row(reply.text, held.answers, reader, official))
                asked.append(question)
        columns = np.array(rows, dtype=np.float64).reshape(-1, len(_COUNTS)).T
        clusters = tuple(question.images[0].name for question in asked)
        return Counted(clusters, tuple(q.split for q in asked), dict(zip(_COUNTS, columns, strict=True)))

    return count


def _row(reply: str, answers: Sequence[str], reader: str | None, official: str) -> tuple[float, ...]:
    used = reader or _OURS
    compared = {name: vqa_reader(name).compared(reply, answers) for name in dict.fromkeys((used, _OURS, official))}
    scores = {name: vqa_accuracy(each) for name, each in compared.items()}
    own = compared[used]
    return 1.0, scores[used], own.said in own.answers, not own.said, scores[_OURS] != scores[official]


def show(question: Question, labels: LabelSet, reply: Reply | None, reader: str | None) -> Shown:
    """How a reply is shown: as it is compared, with what it is worth, beside what most people answered."""
    held = reference(labels, question)
    if held is None:
        return Shown(None, None)
    if reply is None:
        return Shown(None, held.usual)
    compared = vqa_reader(reader or _OURS).compared(reply.text, held.answers)
    worth = f"{100 * vqa_accuracy(compared):.0f} %"
    return Shown(f"{compared.said} ({worth})" if compared.said else "unreadable", held.usual)
