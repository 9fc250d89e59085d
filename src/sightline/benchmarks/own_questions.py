"""What a user's own multiple choice and yes/no questions share: their columns, groups that count whole, and clusters.

A row may name a group (a pair, a circle of shifted options, the questions about one fact): it counts only if all its
questions are answered right. Questions that share an image or a group, by whatever chain of others, lie in one cluster.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from sightline.benchmarks.question_rows import QuestionRow, question_files, question_rows
from sightline.core import Counted, ImageRef, Labelled, LabelSet, Question, Rate, Reply, SourceFile
from sightline.errors import DataError

__all__ = ["GROUP_RATES", "OVERALL", "SPLIT", "Count", "Marked", "OwnRow", "Place", "counter", "labelled", "read_own"]

SPLIT = "questions"
"""The split of questions without a category."""

GROUP_RATES = (Rate("group_accuracy", "whole", "groups", "higher"),)
"""Rates over groups; null where no row names one."""

OVERALL = "overall"
"""What all categories together are called."""

_IMAGE = ("image_filename", "file_name", "filename", "image_path", "image")
_GROUP = ("group", "pair", "circle")
_GROUP_COUNTS = ("groups", "whole", "half_groups")


@dataclass(frozen=True, slots=True)
class Place:
    """What a question shares with others.

    Args:
        group: what it counts with; "" where it counts alone.
        cluster: the smallest unit that shares an image or a group with others; intervals draw these.
    """

    group: str
    cluster: str


class OwnRow(NamedTuple):
    """A row: what every kind of question has.

    Args:
        row: the row itself.
        id: the question's; the row's number where it names none.
        text: what is asked, after the hint where there is one.
        images: their names; none for a question without image.
        split: its category.
        place: its group and cluster.
    """

    row: QuestionRow
    id: str
    text: str
    images: tuple[str, ...]
    split: str
    place: Place

    def question(self, choices: tuple[str, ...] = ()) -> Question:
        """The question as it is asked."""
        return Question(self.id, self.text, tuple(map(ImageRef, self.images)), self.split, (), choices)


def read_own(path: Path, name: str) -> tuple[list[OwnRow], list[SourceFile]]:
    """Read the rows of a file, or of all files of a folder.

    Raises:
        DataError: a file is broken, a row asks nothing, an id occurs twice, or a group has several categories.
    """
    read: list[tuple[QuestionRow, str, str]] = []
    sources: list[SourceFile] = []
    files = question_files(path, name, "Expected JSON lines, JSON, CSV, TSV or parquet.")
    for file in files:
        rows, source = question_rows(file)
        sources.append(source)
        read += [(row, _id(row, len(files) > 1), row.maybe(*_GROUP)) for row in rows]
    images = [_images(row) for row, _, _ in read]
    clusters = _clusters(
        [_keys(id_, group, own) for (_, id_, group), own in zip(read, images, strict=True)],
    )
    made = [
        OwnRow(row, id_, _text(row), own, row.maybe("category") or SPLIT, Place(group, cluster))
        for (row, id_, group), own, cluster in zip(read, images, clusters, strict=True)
    ]
    _check(made)
    return made, sources


def _keys(id_: str, group: str, images: Sequence[str]) -> tuple[str, ...]:
    """What a question may share with others; itself, where there is nothing."""
    shared = [f"image {image}" for image in images] + ([f"group {group}"] if group else [])
    return tuple(shared) or (f"question {id_}",)


def _id(row: QuestionRow, several: bool) -> str:
    number = f"{Path(row.file).stem}/{row.number}" if several else str(row.number)
    return row.maybe("question_id", "id", "index") or number


def _text(row: QuestionRow) -> str:
    hint, text = row.maybe("hint"), row.text("question", "text")
    return f"{hint}\n{text}" if hint else text


def _images(row: QuestionRow) -> tuple[str, ...]:
    if row.image:
        return (row.image,)
    if isinstance(row.value("images"), list):
        return row.texts("images")
    image = row.maybe(*_IMAGE, "images")
    return (image,) if image else ()


def _check(rows: Sequence[OwnRow]) -> None:
    seen: dict[str, int] = {}
    splits: dict[str, str] = {}
    for own in rows:
        if own.split == OVERALL:
            hint = "So all categories together are called; name it otherwise."
            raise own.row.wrong(f"category is {OVERALL!r}", hint)
        if own.id in seen:
            raise own.row.wrong(f"question {own.id} stands in row {seen[own.id]} already")
        seen[own.id] = own.row.number
        group = own.place.group
        if group and splits.setdefault(group, own.split) != own.split:
            problem = f"group {group} has questions of {splits[group]!r} and of {own.split!r}"
            raise own.row.wrong(problem, "A group counts whole, so all its questions are of one category.")


def _clusters(keys: Sequence[tuple[str, ...]]) -> list[str]:
    """For each question the name of its cluster: what is chained by common keys is one.

    Example:
        >>> _clusters([("a",), ("b",), ("a", "g"), ("c", "g"), ("c",)])
        ['c', 'b', 'c', 'c', 'c']
    """
    above: dict[str, str] = {}

    def top(key: str) -> str:
        while above.setdefault(key, key) != key:
            above[key] = key = above[above[key]]
        return key

    for own in keys:
        for key in own[1:]:
            above[top(key)] = top(own[0])
    return [top(own[0]) for own in keys]


def labelled(name: str, questions: Sequence[tuple[Question, object]], sources: Sequence[SourceFile]) -> Labelled:
    """Make questions and answer key, each question with what its replies are held against."""
    if not questions:
        raise DataError(f"label set {name!r}: there are no questions")
    references = MappingProxyType({question.id: held for question, held in questions})
    labels = LabelSet(name, {}, absent=None, sources=tuple(sources), references=references)
    return Labelled(tuple(question for question, _ in questions), labels)


class Marked(NamedTuple):
    """What a reply is worth.

    Args:
        place: of its question.
        counts: one value for each count of the benchmark.
        right: whether it is right; None where that is not known, and the group counts without it.
    """

    place: Place
    counts: tuple[float, ...]
    right: bool | None


Mark = Callable[[Question, LabelSet, Reply, str | None], Marked | None]
"""(question, label set, reply, reader) → what it is worth; None where the label set does not list the question."""

Count = Callable[[Sequence[Question], LabelSet, Sequence[Reply | None], str | None], Counted]


def counter(names: tuple[str, ...], mark: Mark, place_of: Callable[[object], Place]) -> Count:
    """The count of a benchmark of own questions: a row for each group, and for each question that has none.

    A group of which some questions have no reply counts as no group; the replies that are there count by themselves.

    Args:
        names: of the counts of a reply.
        mark: what a reply is worth.
        place_of: (what a reply is held against) → its question's place.
    """

    def count(
        questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None
    ) -> Counted:
        units: dict[str, list[tuple[Question, Marked | None]]] = {}
        for question, reply in zip(questions, replies, strict=True):
            held = labels.references.get(question.id)
            if held is None:
                continue
            marked = None if reply is None else mark(question, labels, reply, reader)
            group = place_of(held).group
            units.setdefault(f"group {group}" if group else f"question {question.id}", []).append((question, marked))
        kept = [(own[0][0], own, [each for _, each in own if each is not None]) for own in units.values()]
        kept = [unit for unit in kept if unit[2]]
        rows = [_row(len(own), marks, len(names)) for _, own, marks in kept]
        columns = np.array(rows, dtype=np.float64).reshape(-1, len(names) + len(_GROUP_COUNTS)).T
        clusters = tuple(marks[0].place.cluster for _, _, marks in kept)
        splits = tuple(question.split for question, _, _ in kept)
        return Counted(clusters, splits, dict(zip((*names, *_GROUP_COUNTS), columns, strict=True)))

    return count


def _row(size: int, marks: Sequence[Marked], counts: int) -> tuple[float, ...]:
    sums = [sum(each.counts[at] for each in marks) for at in range(counts)]
    if not marks[0].place.group:
        return (*sums, 0.0, 0.0, 0.0)
    known = [each.right for each in marks if each.right is not None]
    whole = len(marks) == size and bool(known)
    return (*sums, float(whole), float(whole and all(known)), float(len(marks) < size))
