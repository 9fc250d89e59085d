"""Replies that others recorded, in the formats people have.

- LLaVA's JSON lines: question_id, prompt, text, model_id.
- POPE's answer files: question, answer; nothing else, so only the order of lines says which question is meant.
- RePOPE's answers: one object, split → id → {text, response, …}.
- lmms-eval's samples: doc, filtered_resps.
- Any JSON lines or array with a reply under a usual name, with or without image, question and split.

What a row says is kept as it stands; to which question it belongs is found out later, by those who know the questions.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from sightline.core import RecordedReplies, RecordedReply
from sightline.errors import DataError
from sightline.records.json_rows import read_rows

__all__ = ["RecordedReplies", "RecordedReply", "read_recorded_replies"]

_REPLY = ("response", "prediction", "output", "reply", "generated_text")
_ASKED = ("prompt", "question", "query")
_IMAGE = ("image", "image_name", "image_source", "image_file", "file_name")
_SPLIT = ("category", "split", "subset")
_MODEL = ("model_id", "model")
_ID = ("question_id", "id")


def read_recorded_replies(path: str | Path) -> RecordedReplies:
    """Read a file of replies.

    Raises:
        DataError: the file is broken, or a row has no reply.
    """
    rows = read_rows(path)
    file = rows.source.name
    first = rows.records[0]
    if len(rows.records) == 1 and first and all(isinstance(value, dict) for value in first.values()):
        nested = _nested(first, file)
        return RecordedReplies(nested, replace(rows.source, rows=len(nested)))
    if "doc" in first and ("filtered_resps" in first or "resps" in first):
        records = [_lmms_eval(record, file, row) for record, row in zip(rows.records, rows.numbers, strict=True)]
    else:
        records = rows.records
    reply, asked = _fields(records[0], file, rows.numbers[0])
    replies = [_row(record, reply, asked, file, row) for record, row in zip(records, rows.numbers, strict=True)]
    return RecordedReplies(replies, rows.source)


def _fields(record: Mapping[str, Any], file: str, row: int) -> tuple[str, str | None]:
    """Find the fields that hold the reply and the question, from the first row."""
    asked = next((name for name in _ASKED if name in record), None)
    for name in _REPLY:
        if name in record:
            return name, asked or ("text" if "text" in record else None)
    if "text" in record and not ("answer" in record and asked is None):
        return "text", asked
    if "answer" in record:
        return "answer", asked or ("text" if "text" in record else None)
    raise DataError(
        f"there is no reply in this row; its fields are {', '.join(record)}",
        file=file,
        row=row,
        hint=f"A reply is expected under text, answer, {', '.join(_REPLY)}.",
    )


def _row(record: Mapping[str, Any], reply: str, asked: str | None, file: str, row: int) -> RecordedReply:
    text = record.get(reply)
    if not isinstance(text, str):
        found = f"the reply ({reply}) is {text!r}" if reply in record else f"there is no reply ({reply})"
        raise DataError(f"{found}, expected text", file=file, row=row, hint="An empty reply is written as ''.")
    image = _first_text(record, _IMAGE)
    return RecordedReply(
        row,
        text,
        _first_text(record, _ID),
        _first_text(record, (asked,)) if asked else None,
        PurePosixPath(image).name if image else None,
        _first_text(record, _SPLIT),
        _first_text(record, _MODEL),
    )


def _first_text(record: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = record.get(name)
        if isinstance(value, str) or type(value) is int:
            return str(value)
    return None


def _lmms_eval(record: Mapping[str, Any], file: str, row: int) -> dict[str, Any]:
    """Flatten a sample of lmms-eval's log: the document it asked about and the reply after its filters."""
    document = record.get("doc")
    replies = record.get("filtered_resps", record.get("resps"))
    while isinstance(replies, list) and len(replies) == 1:
        replies = replies[0]
    if not isinstance(document, dict) or not isinstance(replies, str):
        raise DataError("expected one reply in filtered_resps and the document in doc", file=file, row=row)
    kept = {name: value for name, value in document.items() if name != "answer"}
    return {**kept, "response": replies}


def _nested(record: Mapping[str, Any], file: str) -> list[RecordedReply]:
    """Flatten RePOPE's answers: split → id → row."""
    replies: list[RecordedReply] = []
    for split, rows in record.items():
        for question_id, row in rows.items():
            number = len(replies) + 1
            if not isinstance(row, dict) or not isinstance(row.get("response"), str):
                raise DataError(f"{split}/{question_id} has no response", file=file, row=number)
            asked = row.get("text")
            replies.append(
                RecordedReply(
                    number, row["response"], str(question_id), asked if isinstance(asked, str) else None, split=split
                )
            )
    if not replies:
        raise DataError("the file holds no replies", file=file)
    return replies
