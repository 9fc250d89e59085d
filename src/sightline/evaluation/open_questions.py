"""Replies put to questions that are known by their ids, or by their image, rather than by a claim.

Ids come first. Where rows have none, the image says which question is meant; of an image with several questions, the
question as it was asked does. Where an image has one question only, its words do not matter: a caption is a caption,
however it was asked for.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

from sightline.core import Benchmark, Question, RecordedReplies, RecordedReply
from sightline.errors import DataError, MissingError
from sightline.evaluation.join import Join

__all__ = ["OpenQuestions", "join_open"]


class OpenQuestions:
    """The questions of a benchmark, found by their ids and by their images."""

    def __init__(self, benchmark: Benchmark, questions: Sequence[Question]) -> None:
        self.benchmark = benchmark
        self.questions = questions
        self.by_id: dict[str, list[int]] = defaultdict(list)
        self.by_image: dict[str, list[int]] = defaultdict(list)
        self.stems: dict[str, str] = {}
        for position, question in enumerate(questions):
            self.by_id[question.id].append(position)
            own = question.id.removeprefix(f"{question.split}/")
            if own != question.id:
                self.by_id[own].append(position)  # an id that begins anew in every split
            for image in question.images[:1]:
                self.by_image[image.name].append(position)
                self.stems[image.name] = self.stems[PurePosixPath(image.name).stem] = image.name

    def image(self, name: str) -> str:
        """The benchmark's name of an image, which replies may give without its suffix."""
        return self.stems.get(name, name)

    def asks(self, question: Question, asked: str) -> bool:
        """Whether a text asks what a question asks, whatever stands before and after it."""
        return " ".join(question.text.split()) in " ".join(asked.split())

    def alone(self, question: Question) -> bool:
        """Whether no other question is asked about its image."""
        return bool(question.images) and len(self.by_image[question.images[0].name]) == 1


_Find = Callable[[RecordedReply], tuple[int, ...]]


def join_open(
    questions: OpenQuestions, replies: RecordedReplies, split: str | None = None, allow_missing: bool = False
) -> Join:
    """Find the question of each row.

    Args:
        questions: the questions there are.
        replies: the rows.
        split: the split they are of, where the user says so.
        allow_missing: leave rows out that belong to no question, and count them.

    Raises:
        DataError: it cannot be told which questions are meant.
        MissingError: rows belong to no question.
    """
    rows, file = replies.rows, replies.source.name
    best: tuple[int, str, list[tuple[int, ...]]] = (0, "", [])
    for by, find in _ways(questions, rows, split):
        positions = [find(row) for row in rows]
        fitting = sum(bool(found) for found in positions)
        if fitting == len(rows):
            return Join(replies.source, len(rows), tuple(positions), by)
        best = max(best, (fitting, by, positions), key=lambda way: way[0])
    fitting, by, positions = best
    name = questions.benchmark.name
    if not fitting:
        hint = f"A row needs the question_id of {name}, or the image and, where that has several questions, the prompt."
        raise DataError(
            f"no row fits a question of {name}; the first is {_describe(rows[0])}",
            file=file,
            row=rows[0].row,
            hint=hint,
        )
    unknown = [row for row, found in zip(rows, positions, strict=True) if not found]
    if not allow_missing:
        raise MissingError(
            f"{_describe(unknown[0])} is no question of {name}; {len(unknown):,} of {len(rows):,} rows are unknown, "
            f"going by {by}",
            file=file,
            row=unknown[0].row,
            hint="Name the label set that lists them (--labels NAME=PATH), or leave such rows out: --allow-missing.",
        )
    return Join(replies.source, len(rows), tuple(positions), by, len(unknown))


def _ways(questions: OpenQuestions, rows: Sequence[RecordedReply], split: str | None) -> Iterator[tuple[str, _Find]]:
    """What rows may be joined by, as far as all of them tell it."""
    splits = {question.split for question in questions.questions}

    def meant(row: RecordedReply, positions: Sequence[int]) -> tuple[int, ...]:
        place = split or (row.split if row.split in splits else None)
        found = [p for p in positions if place in (None, questions.questions[p].split)]
        return tuple(found) if len(found) == 1 and _agrees(questions, row, found[0]) else ()

    if all(row.question_id is not None for row in rows):
        yield "question id", lambda row: meant(row, questions.by_id.get(row.question_id or "", ()))
    if all(row.image is not None for row in rows):

        def by_image(row: RecordedReply) -> tuple[int, ...]:
            positions = questions.by_image.get(questions.image(row.image or ""), [])
            if len(positions) > 1 and row.asked is not None:
                positions = [p for p in positions if questions.asks(questions.questions[p], row.asked)]
            return meant(row, positions)

        yield "image" if all(row.asked is None for row in rows) else "image and question", by_image


def _agrees(questions: OpenQuestions, row: RecordedReply, position: int) -> bool:
    question = questions.questions[position]
    if row.image is not None and questions.image(row.image) not in [image.name for image in question.images]:
        return False
    return row.asked is None or questions.alone(question) or questions.asks(question, row.asked)


def _describe(row: RecordedReply) -> str:
    parts = {"question_id": row.question_id, "question": row.asked, "image": row.image}
    return ", ".join(f"{name} {value!r}" for name, value in parts.items() if value is not None) or repr(row.text)
