"""Replies as others recorded them, before it is known which questions they answer."""

from typing import NamedTuple

from sightline.core.labels import SourceFile

__all__ = ["RecordedReplies", "RecordedReply"]


class RecordedReply(NamedTuple):
    """One row of a file of replies; None for what the row does not say.

    Args:
        row: its line, or its place in an array, from one.
        text: the reply, untouched.
        question_id: the id of the question, as text.
        asked: the question as it was asked.
        image: the image, without folders.
        split: the split, or another category.
        model: who replied.
    """

    row: int
    text: str
    question_id: str | None = None
    asked: str | None = None
    image: str | None = None
    split: str | None = None
    model: str | None = None


class RecordedReplies(NamedTuple):
    """The rows of a file, and the file."""

    rows: list[RecordedReply]
    source: SourceFile
