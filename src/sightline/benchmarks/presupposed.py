"""What counting and colour share: a prompt that presupposes something false, and whether the reply goes along with it.

A file holds one question a line::

    {"question_id": 3, "image": "a.png", "text": "Describe the four moons in this image.", "split": "+1",
     "object": "moon", "number": 3, "asserted": 4}

The neutral question asserts nothing, and its ``asserted`` is null.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from sightline.core import (
    Answer,
    Claim,
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
from sightline.records.json_rows import Rows, read_rows

__all__ = ["NEUTRAL", "RATES", "Kind", "Presupposed", "counter", "read_presupposed", "shower"]

NEUTRAL = "neutral"
"""The split whose questions assert nothing."""

RATES = (
    Rate("prompt_match", "copied", "asserted", "lower"),
    Rate("true_rate", "true", "replies", "higher"),
    Rate("other", "other", "replies"),
    Rate("unreadable", "unreadable", "replies", "lower"),
)


@dataclass(frozen=True, slots=True)
class Presupposed:
    """What a reply is held against.

    Args:
        true: what holds: the number, or the colour.
        asserted: what the prompt says; None for the neutral question.
        object: what it is said of, in the singular.
    """

    true: int | str
    asserted: int | str | None
    object: str


class Kind(NamedTuple):
    """What counting and colour differ in.

    Args:
        name: of the benchmark.
        field: the field of a row that holds the truth: "number", "colour".
        type: of the truth.
        claim: (object, asserted) → the claim that the prompt presupposes.
        split: (true, asserted) → the split it belongs to; None where it can be any.
    """

    name: str
    field: str
    type: type[int] | type[str]
    claim: Callable[[str, Any], Claim]
    split: Callable[[Any, Any], str] | None = None


def read_presupposed(path: Path, name: str, kind: Kind) -> Labelled:
    """Read a file of questions, or a folder of such files.

    Raises:
        DataError: a file is broken, a field is missing or of another type, an id occurs twice, or two rows disagree.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files:
        hint = f"sightline build {kind.name} writes one."
        raise DataError(f"label set {name!r}: the folder holds no .jsonl files", file=path, hint=hint)
    questions: dict[str, Question] = {}
    references: dict[str, object] = {}
    answers: dict[tuple[str, Claim], Answer] = {}
    truths: dict[tuple[str, str], int | str] = {}
    sources: list[SourceFile] = []
    for file in files:
        rows = read_rows(file)
        sources.append(rows.source)
        for record, row in zip(rows.records, rows.numbers, strict=True):
            question, reference = _question(record, rows, row, kind)
            image = question.images[0].name
            if question.id in questions:
                raise DataError(f"question_id {question.id} occurs twice", file=file, row=row)
            known = truths.setdefault((image, reference.object), reference.true)
            if known != reference.true:
                problem = f"{kind.field} of {reference.object} in {image} is {reference.true!r}, and {known!r} above"
                raise DataError(problem, file=file, row=row)
            for claim in question.claims:
                holds = reference.asserted == reference.true
                answers[image, claim] = Answer.HOLDS if holds else Answer.DOES_NOT_HOLD
            questions[question.id], references[question.id] = question, reference
    labels = LabelSet(name, MappingProxyType(answers), sources=tuple(sources), references=MappingProxyType(references))
    return Labelled(tuple(questions.values()), labels)


def _question(record: Mapping[str, Any], rows: Rows, row: int, kind: Kind) -> tuple[Question, Presupposed]:
    id_ = record.get("question_id")
    texts = {field: record.get(field) for field in ("image", "text", "split", "object")}
    wrong = [field for field, value in texts.items() if not isinstance(value, str) or not value]
    if type(id_) not in (int, str):
        wrong.insert(0, "question_id")
    if type(record.get(kind.field)) is not kind.type:
        wrong.append(kind.field)
    if type(record.get("asserted")) not in (kind.type, type(None)):
        wrong.append("asserted")
    if wrong:
        field = wrong[0]
        found = f"{field} is {record[field]!r}" if field in record else f"there is no {field}"
        hint = f"A row has question_id, image, text, split, object, {kind.field} and asserted (null where neutral)."
        raise DataError(found, file=rows.source.name, row=row, hint=hint)
    true, asserted, split, object_ = record[kind.field], record.get("asserted"), record["split"], record["object"]
    expected = NEUTRAL if asserted is None else kind.split(true, asserted) if kind.split else split
    if split != expected or (split == NEUTRAL) is not (asserted is None):
        problem = f"split is {split!r} where {kind.field} is {true!r} and asserted {asserted!r}, expected {expected!r}"
        raise DataError(problem, file=rows.source.name, row=row)
    claims = () if asserted is None else (kind.claim(object_, asserted),)
    question = Question(str(id_), record["text"], (ImageRef(record["image"]),), split, claims)
    return question, Presupposed(true, asserted, object_)


Read = Callable[[str, str, str | None], Reading]
"""(reply, object, name of the reader or None) → what it says of the object."""

Count = Callable[[Sequence[Question], LabelSet, Sequence[Reply | None], str | None], Counted]


def counter(read: Read) -> Count:
    """The count of a benchmark of this kind: what each reply says, against what is true and what was asserted."""

    def count(
        questions: Sequence[Question], labels: LabelSet, replies: Sequence[Reply | None], reader: str | None
    ) -> Counted:
        rows: list[tuple[float, ...]] = []
        held: list[Question] = []
        for question, reply in zip(questions, replies, strict=True):
            if reply is None:
                continue
            reference = _reference(labels, question)
            said = read(reply.text, reference.object, reader).answer
            copied, true = said == _word(reference.asserted), said == str(reference.true)
            asserted = reference.asserted is not None
            unreadable = said is None
            other = not (unreadable or true or (asserted and copied))
            rows.append((1.0, asserted, asserted and copied, true, other, unreadable))
            held.append(question)
        names = ("replies", "asserted", "copied", "true", "other", "unreadable")
        columns = np.array(rows, dtype=np.float64).reshape(-1, len(names)).T
        images = tuple(question.images[0].name for question in held)
        return Counted(images, tuple(q.split for q in held), dict(zip(names, columns, strict=True)))

    return count


def shower(read: Read) -> Callable[[Question, LabelSet, Reply | None, str | None], Shown]:
    """How a reply is shown: what it says, and what that is."""

    def show(question: Question, labels: LabelSet, reply: Reply | None, reader: str | None) -> Shown:
        reference = _reference(labels, question)
        label = str(reference.true) if reference.asserted is None else f"{reference.true}, not {reference.asserted}"
        if reference.true == reference.asserted:
            label = str(reference.true)
        if reply is None:
            return Shown(None, label)
        said = read(reply.text, reference.object, reader).answer
        if said is None:
            return Shown("unreadable", label)
        kind = (
            "true" if said == str(reference.true) else "as asserted" if said == _word(reference.asserted) else "other"
        )
        return Shown(f"{said} ({kind})", label)

    return show


def _word(asserted: int | str | None) -> str | None:
    return None if asserted is None else str(asserted)


def _reference(labels: LabelSet, question: Question) -> Presupposed:
    reference = labels.references[question.id]
    if not isinstance(reference, Presupposed):
        raise TypeError(f"{question.id} has a reference of another benchmark")
    return reference
