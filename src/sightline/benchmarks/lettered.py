"""What benchmarks of lettered options share: one option is right, and questions count in groups that are right whole.

A group is a pair (MMVP), a circle of shifted copies (CRPE), or a single question (V*). It is scored once all its
questions have a reply; a group of which some have none is left out, and counted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from sightline.core import Counted, Labelled, LabelSet, Question, Reading, Reply, Shown, SourceFile
from sightline.errors import DataError
from sightline.readers.published_letters import letter_reader

__all__ = [
    "Count",
    "LetterRead",
    "Lettered",
    "Mark",
    "counter",
    "labelled",
    "marker",
    "place_of",
    "read_letter",
    "reference",
    "shower",
    "unlike_ours",
]


@dataclass(frozen=True, slots=True)
class Lettered:
    """What a reply is held against.

    Args:
        options: in the order in which they are offered.
        right: the place of the right one.
        group: what the question counts with.
        cluster: the smallest unit that shares an image or a group with others; intervals draw these.
    """

    options: tuple[str, ...]
    right: int
    group: str
    cluster: str


LetterRead = Callable[[str, Sequence[str], str | None], Reading]
"""(reply, options, name of the reader or None for the benchmark's own) → the letter of an option."""

Mark = Callable[[Reply, Lettered, str | None], bool | None]
"""(reply, what it is held against, name of the reader or None) → whether it is right; None where it is unreadable."""

Count = Callable[[Sequence[Question], LabelSet, Sequence[Reply | None], str | None], Counted]

_COUNTS = ("groups", "whole", "replies", "right", "unreadable", "floor", "disagree", "half_groups")


def labelled(name: str, questions: Sequence[tuple[Question, Lettered, int]], sources: Sequence[SourceFile]) -> Labelled:
    """Make questions and answer key of what files hold.

    Args:
        name: of the label set.
        questions: each with what its replies are held against, and its row, for messages.
        sources: the files.

    Raises:
        DataError: an id occurs twice.
    """
    seen: dict[str, int] = {}
    file = sources[0].name if len(sources) == 1 else None
    for question, _, row in questions:
        if question.id in seen:
            raise DataError(f"question {question.id} stands in row {seen[question.id]} already", file=file, row=row)
        seen[question.id] = row
    references = MappingProxyType({question.id: held for question, held, _ in questions})
    labels = LabelSet(name, {}, absent=None, sources=tuple(sources), references=references)
    return Labelled(tuple(question for question, _, _ in questions), labels)


def reference(labels: LabelSet, question: Question) -> Lettered | None:
    """What a question is held against; None where the label set does not list it."""
    found = labels.references.get(question.id)
    if found is not None and not isinstance(found, Lettered):
        raise TypeError(f"{question.id} has a reference of another benchmark")
    return found


def read_letter(text: str, options: Sequence[str], reader: str | None) -> Reading:
    """The option that a reply names: by our own reader, or one of those that are published.

    Raises:
        RequestError: there is no such reader.
    """
    return letter_reader(reader or "choice").read(text, options)


def place_of(reading: Reading, options: Sequence[str]) -> int | None:
    """The place of the option whose letter was read; None where none was, or where it is beyond the options.

    Example:
        >>> place_of(Reading("B"), ("a dog", "a cat")), place_of(Reading("C"), ("a dog", "a cat"))
        (1, None)
    """
    place = -1 if reading.answer is None else ord(reading.answer) - ord("A")
    return place if 0 <= place < len(options) else None


def unlike_ours(read: LetterRead, other: str) -> Callable[[Reply, Lettered], bool]:
    """Whether another reader makes another option of a reply than the benchmark's own does."""

    def differs(reply: Reply, held: Lettered) -> bool:
        ours, theirs = (place_of(read(reply.text, held.options, name), held.options) for name in (None, other))
        return ours != theirs

    return differs


def marker(read: LetterRead) -> Mark:
    """Marks replies by the option that they name."""

    def mark(reply: Reply, held: Lettered, reader: str | None) -> bool | None:
        place = place_of(read(reply.text, held.options, reader), held.options)
        return None if place is None else place == held.right

    return mark


def counter(mark: Mark, size: int, differs: Callable[[Reply, Lettered], bool] | None = None) -> Count:
    """The count of a benchmark of groups: a row for each that has all its replies, and for each that has some.

    Args:
        mark: whether a reply is right.
        size: questions in a group.
        differs: whether readers disagree on a reply; such replies are counted.
    """

    def count(
        questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None
    ) -> Counted:
        groups: dict[str, list[tuple[Question, Lettered, Reply]]] = {}
        for question, reply in zip(questions, replies, strict=True):
            held = reference(labels, question)
            if reply is not None and held is not None:
                groups.setdefault(held.group, []).append((question, held, reply))
        rows = [_row(own, mark, size, differs, reader) for own in groups.values()]
        columns = np.array(rows, dtype=np.float64).reshape(-1, len(_COUNTS)).T
        first = [own[0] for own in groups.values()]
        counts = dict(zip(_COUNTS, columns, strict=True))
        return Counted(tuple(held.cluster for _, held, _ in first), tuple(q.split for q, _, _ in first), counts)

    return count


def _row(
    own: Sequence[tuple[Question, Lettered, Reply]],
    mark: Mark,
    size: int,
    differs: Callable[[Reply, Lettered], bool] | None,
    reader: str | None,
) -> tuple[float, ...]:
    if len(own) < size:
        return (*(0.0,) * (len(_COUNTS) - 1), 1.0)
    marks = [mark(reply, held, reader) for _, held, reply in own]
    return (
        1.0,
        all(marks),
        float(size),
        sum(each is True for each in marks),
        sum(each is None for each in marks),
        float(np.prod([1 / len(held.options) for _, held, _ in own])),
        0.0 if differs is None else sum(differs(reply, held) for _, held, reply in own),
        0.0,
    )


def shower(read: LetterRead) -> Callable[[Question, LabelSet, Reply | None, str | None], Shown]:
    """How a reply is shown: the option that it names beside the right one."""

    def show(question: Question, labels: LabelSet, reply: Reply | None, reader: str | None) -> Shown:
        held = reference(labels, question)
        if held is None:
            return Shown(None, None)
        label = held.options[held.right]
        if reply is None:
            return Shown(None, label)
        place = place_of(read(reply.text, held.options, reader), held.options)
        return Shown("unreadable" if place is None else held.options[place], label)

    return show
