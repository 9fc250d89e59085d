"""Argilla's JSON (2.x): records to log there, with what was said so far as responses, and its export read back.

A record, as ``dataset.records.to_json`` writes and ``from_json`` reads it::

    {"id": "0f3a…", "fields": {"image": "https://…/a.jpg", "question": "Is there a dog in the image?"},
     "metadata": {"item": "0f3a…", "image_name": "a.jpg", "told": "[…]"}, "suggestions": {}, "vectors": {},
     "responses": {"verdict": [{"value": "yes", "user_id": "5f0c…", "status": "submitted"}], "note": […]}}

A discarded response is a skip here, never "ambiguous"; drafts are nobody's verdict. Argilla knows neither when somebody
answered nor for how long they looked, so that goes along as ``told``, a text of JSON in the metadata; a dataset has to
allow extra metadata. Argilla's own export leaves the status of responses out, and with it what was a draft or
discarded: filter its records by ``response.status == "submitted"`` before they are exported. Its images are made
smaller; they are addresses here, and never read back.
"""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from sightline.audit.entries import Act, Entry
from sightline.audit.interchange.incoming import Imported, Said, entry_time, imported, person_named, seconds_looked
from sightline.audit.interchange.outgoing import Shown, choices_listed, information, shown
from sightline.audit.items import Item
from sightline.errors import DataError
from sightline.records.json_rows import Layout, encode_rows, read_rows

__all__ = ["argilla_records", "argilla_user", "read_argilla"]

_VERDICT, _NOTE = "verdict", "note"
_USERS = uuid.UUID("2f6c1a53-8f0e-4c57-9f2b-6d4d5b0f1f6e")
_SUBMITTED, _DISCARDED, _DRAFT = "submitted", "discarded", "draft"


def argilla_user(person: str) -> str:
    """The id that somebody has in records as long as it is not said who they are there.

    Example:
        >>> argilla_user("ann")
        '1975c941-6a85-57e7-b80b-5b6a1698f4db'
    """
    return str(uuid.uuid5(_USERS, person))


def argilla_records(
    items: Sequence[Item],
    entries: Iterable[Entry] = (),
    adjudicated: Mapping[str, str] = MappingProxyType({}),
    people: Mapping[str, str] = MappingProxyType({}),
    images: str = "",
    with_old: bool = False,
) -> bytes:
    """Write items as records, and what labellers said as responses.

    Args:
        items: what there is to look at.
        entries: all, in their order; what stands of labellers goes out, none for records that are to be done blindly.
        adjudicated: item → what was decided; goes along in the metadata, to be read.
        people: name here → id of the user there; others get `argilla_user`, which no server knows.
        images: what stands before the name of an image.
        with_old: let the label that is checked go along in the metadata, where labellers can see it.
    """
    times: dict[str, int] = {}
    records = []
    for own in shown(items, entries):
        place = times[own.item.key] = times.get(own.item.key, 0) + 1
        choices = {"choices": choices_listed(own.item)} if own.item.choices else {}
        metadata = {"item": own.item.key, "image_name": own.item.image}
        records.append(
            {
                "id": own.item.key if place == 1 else f"{own.item.key}-{place}",
                "fields": {"image": images + own.item.image, "question": own.wording, **choices},
                "metadata": {
                    **metadata,
                    **information(own.item, adjudicated, with_old),
                    "told": json.dumps(list(_told(own, people))),
                },
                "suggestions": {},
                "responses": _responses(own, people),
                "vectors": {},
            }
        )
    return encode_rows(records, Layout(indent=1))


def _user(entry: Entry, people: Mapping[str, str]) -> str:
    return people.get(entry.person, argilla_user(entry.person))


def _told(own: Shown, people: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """What responses cannot hold, one record for each act."""
    for entry in own.entries:
        told = {"user_id": _user(entry, people), "person": entry.person, "word": entry.word}
        yield {**told, "at": entry.at, "seconds": entry.seconds, "note": entry.note}


def _responses(own: Shown, people: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    responses: dict[str, list[dict[str, Any]]] = {}
    decided = {entry.person for entry in own.entries if entry.act is Act.VERDICT}
    for entry in own.entries:
        if entry.act is Act.SKIP and entry.person in decided:
            continue  # a user has one response; that they skipped it before stands in what is told
        status = _DISCARDED if entry.act is Act.SKIP else _SUBMITTED
        answered = {"user_id": _user(entry, people), "status": status}
        responses.setdefault(_VERDICT, []).append({"value": entry.word, **answered})
        if entry.note:
            responses.setdefault(_NOTE, []).append({"value": entry.note, **answered})
    return responses


class _Response(NamedTuple):
    """What a user answered to one record."""

    user: str | None
    word: str | None
    note: str
    status: str


def read_argilla(
    path: str | Path, items: Sequence[Item], at: str, people: Mapping[str, str] = MappingProxyType({})
) -> Imported:
    """Read Argilla's records.

    Args:
        path: the file.
        items: what was looked at.
        at: the time of responses that were not told one, ISO 8601 in UTC.
        people: id of a user there → name here; "none" → who is meant where nobody is named.

    Raises:
        DataError: the file is broken or another tool's, or says what no labeller of this audit can have said.
    """
    rows = read_rows(path)
    file = rows.source.name
    said: list[Said] = []
    drafts = 0
    for record, row in zip(rows.records, rows.numbers, strict=True):
        fields, metadata = record.get("fields"), record.get("metadata")
        if not isinstance(fields, dict) or not isinstance(metadata, dict) or "responses" not in record:
            problem = f"a record has fields, metadata and responses; this one has {', '.join(record)}"
            hint = "Write Argilla's records with dataset.records(with_responses=True).to_json(PATH)."
            raise DataError(problem, file=file, row=row, hint=hint)
        told = _read_told(metadata.get("told"), file, row)
        responses = list(_answered(record["responses"], file, row))
        drafts += sum(response.status == _DRAFT for response in responses)
        wording = fields.get("question")
        whole = _Record(row, metadata.get("item"), wording if isinstance(wording, str) else "", at, file)
        said += _said(whole, [each for each in responses if each.status != _DRAFT], told, people)
    return imported(said, items, file, drafts)


class _Record(NamedTuple):
    """Where a record stands, what it is about, and the time of what has none."""

    row: int
    item: object
    wording: str
    at: str
    file: str


def _said(
    record: _Record, responses: Sequence[_Response], told: Sequence[Mapping[str, Any]], people: Mapping[str, str]
) -> Iterator[Said]:
    """Responses with what was told of them, and skips that were told only."""
    row, file = record.row, record.file
    left = list(told)
    for response in responses:
        word = None if response.status == _DISCARDED else response.word
        mine = next((each for each in left if (each["user_id"], each["word"]) == (response.user, word)), None)
        if mine is not None:
            left.remove(mine)
        named = people if mine is None else {mine["user_id"]: mine["person"], **people}
        person = person_named(response.user, named, file, row, own_name=False)
        time = entry_time(mine and mine["at"], record.at, file, row)
        seconds = seconds_looked(mine and mine["seconds"], file, row)
        yield Said(row, record.item, person, word, time, seconds, response.note, record.wording)
    for each in left:
        if each["word"] is None:
            person = person_named(each["user_id"], {each["user_id"]: each["person"], **people}, file, row, False)
            time, seconds = entry_time(each["at"], record.at, file, row), seconds_looked(each["seconds"], file, row)
            yield Said(row, record.item, person, None, time, seconds, each["note"], record.wording)


_TOLD = frozenset(("user_id", "person", "word", "at", "seconds", "note"))


def _read_told(text: object, file: str, row: int) -> list[dict[str, Any]]:
    if text is None:
        return []
    try:
        told = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        told = None
    if not isinstance(told, list) or not all(isinstance(each, dict) and each.keys() == _TOLD for each in told):
        problem = f"told, in the metadata, is {text!r}, which was not written here"
        raise DataError(problem, file=file, row=row, hint="Leave it as it was, or out.")
    return told


def _answered(responses: object, file: str, row: int) -> Iterator[_Response]:
    """Responses by user, in either of the two shapes: question → answers, as exported, or one for each user."""
    if isinstance(responses, list) and all(isinstance(each, dict) for each in responses):
        for each in responses:
            values = each.get("values") or {}
            word, note = (_value(values.get(name), file, row) for name in (_VERDICT, _NOTE))
            yield _response(each.get("user_id"), word, note, each.get("status"), file, row)
        return
    if not isinstance(responses, dict) or not all(isinstance(each, list) for each in responses.values()):
        raise DataError(f"responses are {responses!r}, expected those of Argilla 2", file=file, row=row)
    if foreign := responses.keys() - {_VERDICT, _NOTE}:
        problem = f"a response answers {min(foreign)!r}, expected {_VERDICT} and {_NOTE}"
        raise DataError(problem, file=file, row=row, hint="This is a dataset of another kind.")
    notes = {str(each.get("user_id")): _value(each, file, row) for each in responses.get(_NOTE, [])}
    for each in responses.get(_VERDICT, []):
        note = notes.get(str(each.get("user_id")))
        yield _response(each.get("user_id"), _value(each, file, row), note, each.get("status"), file, row)


def _value(answer: object, file: str, row: int) -> str | None:
    value = answer.get("value") if isinstance(answer, dict) else answer
    if value is not None and not isinstance(value, str):
        raise DataError(f"a response is {value!r}, expected a word", file=file, row=row)
    return value


def _response(user: object, word: str | None, note: str | None, status: object, file: str, row: int) -> _Response:
    if status not in (None, _SUBMITTED, _DISCARDED, _DRAFT):
        raise DataError(f"the status of a response is {status!r}", file=file, row=row)
    known = str(status or (_SUBMITTED if word else _DRAFT))
    if known == _SUBMITTED and word is None:
        raise DataError("a response was submitted without a verdict", file=file, row=row)
    return _Response(None if user in (None, "None") else str(user), word, note or "", known)
