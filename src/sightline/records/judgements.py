"""Files of judgements: what judges said of replies, one a line, whoever judged.

A line names the reply by its question and by the hash of its text, so that a judgement is never taken for one of
another reply. ``sightline judge`` appends lines as they come; people's verdicts are written by hand in the same form,
with less in it: question_id, the reply (or reply_sha256), judge and text.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sightline.core import SourceFile
from sightline.errors import DataError
from sightline.records.json_rows import read_rows

__all__ = [
    "Judgement",
    "Judgements",
    "judgement_line",
    "judgement_of",
    "read_judgements",
    "reply_sha256",
    "told_sha256",
]


class Judgement(NamedTuple):
    """What a judge said of a reply.

    Args:
        question_id: the question that the reply answers.
        reply_sha256: hash of the reply's text.
        text: what the judge said, untouched; "" where nothing came of it.
        judge: the judge's name.
        judge_sha256: what makes the judge the same as another; "" where nobody has said.
        engine: what runs it.
        details: what else is known of it: revision, versions.
        prompt: the name of the prompt; "" for people.
        prompt_sha256: hash of the prompt without what differs from reply to reply.
        told_sha256: hash of what the judge was told of this reply: question, reference, reply.
        sample: which of several judgements of the same reply.
        problem: why nothing came of it, in words; "" where something did.
        prompt_tokens: tokens of what was asked.
        reply_tokens: tokens of the judgement.
        benchmark: the benchmark; "" where nobody has said.
        image: the image of the question, likewise.
        model: a model that gave this reply, likewise.
    """

    question_id: str
    reply_sha256: str
    text: str
    judge: str
    judge_sha256: str = ""
    engine: str = ""
    details: Mapping[str, str] = {}
    prompt: str = ""
    prompt_sha256: str = ""
    told_sha256: str = ""
    sample: int = 0
    problem: str = ""
    prompt_tokens: int = 0
    reply_tokens: int = 0
    benchmark: str = ""
    image: str = ""
    model: str = ""

    @property
    def voice(self) -> tuple[str, str, str, str, int]:
        """Who says it, asked how: two judgements of one reply by the same voice are one too many."""
        return self.judge, self.judge_sha256, self.prompt, self.prompt_sha256, self.sample


class Judgements(NamedTuple):
    """The judgements of a file, with the row of each, and the file."""

    rows: list[Judgement]
    numbers: list[int]
    source: SourceFile


def reply_sha256(text: str) -> str:
    """The hash by which a reply is known.

    Example:
        >>> reply_sha256("Yes")[:8]
        '85a39ab3'
    """
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def told_sha256(told: Mapping[str, str]) -> str:
    """The hash of what a judge was told of a reply."""
    return hashlib.sha256(json.dumps(sorted(told.items())).encode()).hexdigest()


def judgement_line(judgement: Judgement) -> dict[str, Any]:
    """A judgement as a line of a file."""
    made = judgement
    judge = {"name": made.judge, "sha256": made.judge_sha256, "engine": made.engine, "details": dict(made.details)}
    line: dict[str, Any] = {
        "benchmark": made.benchmark,
        "question_id": made.question_id,
        "image": made.image,
        "model": made.model,
        "reply_sha256": made.reply_sha256,
        "judge": judge,
        "prompt": {"name": made.prompt, "sha256": made.prompt_sha256},
        "told_sha256": made.told_sha256,
        "sample": made.sample,
        "text": made.text,
    }
    if made.problem:
        line["problem"] = made.problem
    return {**line, "prompt_tokens": made.prompt_tokens, "reply_tokens": made.reply_tokens}


def read_judgements(path: str | Path) -> Judgements:
    """Read a file of judgements.

    Raises:
        DataError: the file is broken, or a line does not say of which reply it is, who judged, or what was said.
    """
    found = read_rows(path)
    rows = [
        judgement_of(record, found.source.name, row) for record, row in zip(found.records, found.numbers, strict=True)
    ]
    return Judgements(rows, found.numbers, found.source)


def judgement_of(record: Mapping[str, Any], file: str, row: int) -> Judgement:
    """Read a line.

    Raises:
        DataError: see `read_judgements`.
    """
    judge, prompt = record.get("judge"), record.get("prompt") or {}
    if isinstance(judge, str):
        judge = {"name": judge}
    if not isinstance(judge, Mapping) or not isinstance(prompt, Mapping):
        hint = 'Write who judged, as "judge": "ann".'
        raise DataError(f"judge is {judge!r} and prompt {prompt!r}, expected names", file=file, row=row, hint=hint)
    text = _text(record, "text", file, row)
    problem = _optional(record, "problem", file, row)
    if not text and not problem:
        raise DataError("text is empty, expected what the judge said", file=file, row=row)
    details = judge.get("details") or {}
    return Judgement(
        _id(record, file, row),
        _hash(record, file, row),
        text,
        _text(judge, "name", file, row),
        _optional(judge, "sha256", file, row),
        _optional(judge, "engine", file, row),
        {str(name): str(value) for name, value in details.items()} if isinstance(details, Mapping) else {},
        _optional(prompt, "name", file, row),
        _optional(prompt, "sha256", file, row),
        _optional(record, "told_sha256", file, row),
        _number(record, "sample", file, row),
        problem,
        _number(record, "prompt_tokens", file, row),
        _number(record, "reply_tokens", file, row),
        *(_optional(record, name, file, row) for name in ("benchmark", "image", "model")),
    )


def _id(record: Mapping[str, Any], file: str, row: int) -> str:
    found = record.get("question_id")
    return str(found) if type(found) is int else _text(record, "question_id", file, row)


def _hash(record: Mapping[str, Any], file: str, row: int) -> str:
    """The hash of the reply, as it is told or as the reply itself gives it."""
    if "reply" in record:
        text = record["reply"]
        if not isinstance(text, str):
            raise DataError(f"reply is {text!r}, expected the text that was judged", file=file, row=row)
        return reply_sha256(text)
    return _text(record, "reply_sha256", file, row, "Write the text that was judged under reply.")


def _text(record: Mapping[str, Any], name: str, file: str, row: int, hint: str | None = None) -> str:
    found = record.get(name)
    if not isinstance(found, str) or (name != "text" and not found):
        raise DataError(f"{name} is {found!r}, expected text", file=file, row=row, hint=hint)
    return found


def _optional(record: Mapping[str, Any], name: str, file: str, row: int) -> str:
    found = record.get(name)
    if found is not None and not isinstance(found, str):
        raise DataError(f"{name} is {found!r}, expected text", file=file, row=row)
    return found or ""


def _number(record: Mapping[str, Any], name: str, file: str, row: int) -> int:
    found = record.get(name, 0)
    if type(found) is not int or found < 0:
        raise DataError(f"{name} is {found!r}, expected a whole number", file=file, row=row)
    return found
