"""The questions of a benchmark, found by what a reply may say of them, and files of questions that ids index."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from sightline.core import Benchmark, Claim, Question, SourceFile
from sightline.errors import DataError
from sightline.records.json_rows import read_rows

__all__ = ["Inventory", "Pair", "QuestionFile", "read_question_file"]

Pair = tuple[str, Claim]
"""The name of an image, and what is asked about it."""


class Inventory:
    """The questions of a benchmark, found by what a reply may say of them."""

    def __init__(self, benchmark: Benchmark, questions: Sequence[Question]) -> None:
        self.benchmark = benchmark
        self.questions = questions
        self.splits = tuple(split for split in benchmark.splits if any(q.split == split for q in questions))
        self.by_id: dict[str, dict[str, int]] = {split: {} for split in self.splits}
        self.by_pair: dict[str, dict[Pair, list[int]]] = {split: defaultdict(list) for split in self.splits}
        self.everywhere: dict[Pair, list[int]] = defaultdict(list)
        self.stems: dict[str, str] = {}
        for position, question in enumerate(questions):
            image = question.images[0].name
            pair = (image, question.claims[0])
            self.by_id[question.split][question.id.split("/", 1)[1]] = position
            self.by_pair[question.split][pair].append(position)
            self.everywhere[pair].append(position)
            self.stems[image] = self.stems[PurePosixPath(image).stem] = image
        self._claims: dict[str, Claim | None] = {}

    def claim(self, asked: str | None) -> Claim | None:
        """The claim a reply's question asks about, where it tells."""
        if asked is None:
            return None
        if asked not in self._claims:
            self._claims[asked] = self.benchmark.claim_asked(asked)
        return self._claims[asked]

    def image(self, name: str | None) -> str | None:
        """The benchmark's name of an image, which replies may give without its suffix."""
        return None if name is None else self.stems.get(name, name)

    def asks(self, question: Question, asked: str) -> bool:
        """Whether a text asks what a question asks."""
        return self.claim(asked) == question.claims[0]


class QuestionFile(NamedTuple):
    """A file of questions that the ids of replies index.

    Args:
        source: the file.
        pairs: id → image, claim, and the split where the file names it.
    """

    source: SourceFile
    pairs: Mapping[str, tuple[str, Claim, str | None]]


def read_question_file(benchmark: Benchmark, path: str | Path) -> QuestionFile:
    """Read a file of questions with question_id, image and text, and their split under category or split.

    Raises:
        DataError: a row has no id, image or question, or an id occurs twice.
    """
    rows = read_rows(path)
    pairs: dict[str, tuple[str, Claim, str | None]] = {}
    for record, row in zip(rows.records, rows.numbers, strict=True):
        text, image, question_id = (
            record.get("text", record.get("question")),
            record.get("image"),
            record.get("question_id"),
        )
        claim = benchmark.claim_asked(text) if isinstance(text, str) else None
        if claim is None or not isinstance(image, str) or not isinstance(question_id, int | str):
            raise DataError(
                f"question_id {question_id!r}, image {image!r}, text {text!r}: not a question of {benchmark.name}",
                file=rows.source.name,
                row=row,
            )
        if str(question_id) in pairs:
            raise DataError(f"question_id {question_id} occurs twice", file=rows.source.name, row=row)
        split = record.get("category", record.get("split"))
        known = split if isinstance(split, str) and split in benchmark.splits else None
        pairs[str(question_id)] = (PurePosixPath(image).name, claim, known)
    return QuestionFile(rows.source, pairs)
