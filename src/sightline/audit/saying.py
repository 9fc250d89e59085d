"""What people say is stored: every act an entry, every request once, and nothing is ever changed.

Who changes their mind takes their latest standing entry back, which is an entry too, and has the item again. A labeller
cannot take back what an adjudicator looks at or has decided on: the decision rests on it, and mends what was wrong.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, exists, insert, literal_column, select, update

from sightline.audit.entries import Act, Entry, Stage, State, outcomes_of
from sightline.audit.giving import is_waiting
from sightline.audit.holding import Having, Hold, Terms, had, let_go, seat, set_held, take_back_expired
from sightline.audit.items import Item
from sightline.audit.people import Acting
from sightline.audit.refusals import Reason, RefusedError
from sightline.audit.tables import assignments, entries, items, people, queue
from sightline.audit.times import Moment

__all__ = ["Saying", "check_saying", "find_item", "read_entries", "say", "set_waiting", "take_back"]

_LONGEST_NOTE = 4000
_LONGEST_REQUEST = 100


@dataclass(frozen=True, slots=True)
class Saying:
    """What somebody says of an item, or that they leave it to others.

    Args:
        item: its key.
        stage: as what they look.
        act: a verdict or a skip.
        word: the verdict.
        note: what they write beside it.
        seconds: for how long they looked.
        wording: the question as it was shown.
    """

    item: str
    stage: Stage
    act: Act
    word: str | None
    note: str
    seconds: float | None
    wording: str


class _Target(NamedTuple):
    """An entry that is taken back, and what it is about."""

    entry: Entry
    item: int


_ENTRY = (
    select(
        entries.c.number,
        items.c.key,
        people.c.name,
        entries.c.stage,
        entries.c.act,
        entries.c.word,
        entries.c.note,
        entries.c.at,
        entries.c.seconds,
        entries.c.wording,
        entries.c.undoes,
    )
    .join(items, items.c.number == entries.c.item)
    .join(people, people.c.number == entries.c.person)
)
_SINCE = _ENTRY.where(entries.c.number > bindparam("since")).order_by(entries.c.number)
_OF_ITEM = _ENTRY.where(entries.c.item == bindparam("item")).order_by(entries.c.number)
_OF_REQUEST = _ENTRY.where(entries.c.person == bindparam("person"), entries.c.request == bindparam("request"))
_UNDO = entries.alias("undo")
_LATEST = (
    _ENTRY.add_columns(entries.c.item.label("of"))
    .where(entries.c.person == bindparam("person"), entries.c.act != literal_column("'undo'"))
    .where(~exists().where(_UNDO.c.undoes == entries.c.number))
    .order_by(entries.c.number.desc())
    .limit(1)
)
_ITEM = select(items.c.number, items.c.key, items.c.text, items.c.choices).where(items.c.key == bindparam("key"))
_ADD = insert(entries)
_SET_WAITING = (
    update(queue)
    .where(queue.c.item == bindparam("of_item"))
    .values(waiting=bindparam("since", type_=queue.c.waiting.type))
)


def read_entries(connection: Connection, since: int = 0) -> list[Entry]:
    """The entries after one, in their order."""
    return [_entry(row) for row in connection.execute(_SINCE, {"since": since})]


def find_item(connection: Connection, key: str) -> Any:
    """What people may know of an item: its number, key, text and choices.

    Raises:
        RefusedError: there is none of this key.
    """
    row = connection.execute(_ITEM, {"key": key}).one_or_none()
    if row is None:
        raise RefusedError(Reason.UNKNOWN, f"This audit has no item {key!r}.")
    return row


def say(connection: Connection, person: Acting, saying: Saying, request: str, now: Moment, terms: Terms) -> Entry:
    """Store a verdict or a skip.

    Args:
        connection: to the database, writing.
        person: who.
        saying: what.
        request: what the page calls this; the same again is not stored again.
        now: when.
        terms: how many may look, and for how long.

    Returns:
        The entry; of a request that was stored before, that one.

    Raises:
        RefusedError: it cannot be said; the reason tells why.
    """
    _check_request(request)
    check_saying(saying)
    if (earlier := _earlier(connection, person, request)) is not None:
        if _content(earlier) != saying:
            raise RefusedError(Reason.REUSED, f"Request {request!r} was stored already, with another content.")
        return earlier
    item = find_item(connection, saying.item)
    words = Item(item.key, "", item.text, None, tuple(item.choices), None, (), ()).words
    if saying.act is Act.VERDICT and saying.word not in words:
        raise RefusedError(Reason.UNFIT, f"{saying.word!r} cannot be said of {item.key}; expected {', '.join(words)}.")
    having = _having(connection, person, item, saying.stage, now, terms)
    entry = _store(connection, person, item.number, saying, request, now)
    if saying.act is Act.VERDICT:
        set_held(connection, having, Hold.SAID)
        _see_whether_it_waits(connection, item, terms)
    else:
        let_go(connection, having, Hold.SKIPPED, terms)
    return entry


def take_back(connection: Connection, person: Acting, request: str, now: Moment, terms: Terms) -> Entry:
    """Take somebody's latest standing entry back; they hold the item again, before all others.

    Of a skip the item comes back only where others have not taken the slot since.

    Args:
        connection: to the database, writing.
        person: who.
        request: what the page calls this; the same again takes nothing else back.
        now: when.
        terms: how many may look, and for how long.

    Returns:
        The entry that takes the other back.

    Raises:
        RefusedError: nothing of theirs stands, or an adjudicator decides on it, or has.
    """
    _check_request(request)
    if (earlier := _earlier(connection, person, request)) is not None:
        if earlier.act is not Act.UNDO:
            raise RefusedError(Reason.REUSED, f"Request {request!r} was stored already, with another content.")
        return earlier
    take_back_expired(connection, now.seconds, terms)
    target = _latest(connection, person)
    item = find_item(connection, target.entry.item)
    if target.entry.stage is Stage.LABEL and target.entry.act is Act.VERDICT and _is_judged(connection, target.item):
        raise RefusedError(Reason.RESTED, f"Somebody decides on {item.key} already; it cannot be taken back.")
    undo = replace(_content(target.entry), act=Act.UNDO, word=None, note="", seconds=None)
    entry = _store(connection, person, target.item, undo, request, now, target.entry.number)
    until, turn = now.seconds + terms.lease_s, -entry.number
    having = had(connection, target.item, person.number)
    if having is not None and having.state is Hold.SAID:
        set_held(connection, having, Hold.HELD, until, turn)
        _see_whether_it_waits(connection, item, terms)
    elif having is not None and not seat(connection, person, target.item, having.stage, until, terms, turn):
        let_go(connection, having, Hold.LEFT, terms)
    return entry


def check_saying(saying: Saying) -> None:
    """Refuse what cannot be stored.

    Raises:
        RefusedError: the note or the wording is too long or no text, or the seconds are none.
    """
    for name, text in (("note", saying.note), ("wording", saying.wording)):
        if len(text) > _LONGEST_NOTE or not _is_storable(text):
            raise RefusedError(
                Reason.UNFIT, f"The {name} cannot be stored; up to {_LONGEST_NOTE} characters of Unicode can."
            )
    if saying.seconds is not None and not (math.isfinite(saying.seconds) and saying.seconds >= 0):
        raise RefusedError(Reason.UNFIT, f"seconds is {saying.seconds}, expected a number from 0.")


def _check_request(request: str) -> None:
    if not 0 < len(request) <= _LONGEST_REQUEST or not request.isprintable():
        raise RefusedError(Reason.UNFIT, f"A request has a name of 1 to {_LONGEST_REQUEST} printable characters.")


def _is_storable(text: str) -> bool:
    try:
        return "\0" not in text and bool(text.encode() or True)
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can hold
        return False


def _having(connection: Connection, person: Acting, item: Any, stage: Stage, now: Moment, terms: Terms) -> Having:
    """What this person has of the item; had their lease run out, they take it again if nobody else has it."""
    having = had(connection, item.number, person.number)
    if having is None or having.stage is not stage or having.state is Hold.SKIPPED:
        raise RefusedError(Reason.NOT_GIVEN, f"{item.key} was not given to {person.name}, or they left it to others.")
    if having.state is Hold.SAID:
        raise RefusedError(Reason.SAID, f"{person.name} has said what {item.key} is; take it back first.")
    if stage is Stage.ADJUDICATE and not is_waiting(connection, item.number):
        raise RefusedError(Reason.TAKEN, f"{item.key} is not to be adjudicated any more.")
    if having.state is Hold.LEFT and not seat(connection, person, item.number, stage, now.seconds, terms):
        raise RefusedError(Reason.TAKEN, f"{item.key} was open for so long that it was given to somebody else.")
    return having


def _earlier(connection: Connection, person: Acting, request: str) -> Entry | None:
    row = connection.execute(_OF_REQUEST, {"person": person.number, "request": request}).one_or_none()
    return None if row is None else _entry(row)


def _latest(connection: Connection, person: Acting) -> _Target:
    row = connection.execute(_LATEST, {"person": person.number}).one_or_none()
    if row is None:
        raise RefusedError(Reason.NOTHING, f"Nothing that {person.name} said stands; there is nothing to take back.")
    return _Target(_entry(row[:-1]), row.of)


def _is_judged(connection: Connection, item: int) -> bool:
    judged = select(assignments.c.number).where(
        assignments.c.item == item, assignments.c.stage == Stage.ADJUDICATE.value, assignments.c.slot.is_not(None)
    )
    return connection.execute(judged).first() is not None


def _store(
    connection: Connection,
    person: Acting,
    item: int,
    saying: Saying,
    request: str,
    now: Moment,
    undoes: int | None = None,
) -> Entry:
    number = now.entries + 1
    entry = Entry(
        number=number,
        item=saying.item,
        person=person.name,
        stage=saying.stage,
        act=saying.act,
        word=saying.word,
        note=saying.note,
        at=now.at,
        seconds=saying.seconds,
        wording=saying.wording,
        undoes=undoes,
    )
    row = {
        "number": number,
        "item": item,
        "person": person.number,
        "stage": saying.stage.value,
        "act": saying.act.value,
        "word": saying.word,
        "note": saying.note,
        "at": now.at,
        "clock": now.clock,
        "seconds": saying.seconds,
        "wording": saying.wording,
        "undoes": undoes,
        "request": request,
    }
    connection.execute(_ADD, [row])
    return entry


def _see_whether_it_waits(connection: Connection, item: Any, terms: Terms) -> None:
    said = [_entry(row) for row in connection.execute(_OF_ITEM, {"item": item.number})]
    outcome = outcomes_of(said, terms.looks).get(item.key)
    waits = outcome is not None and outcome.state is State.CONFLICT
    set_waiting(connection, {item.number: said[-1].number if waits else None})


def set_waiting(connection: Connection, since: Mapping[int, int | None]) -> None:
    """Note of items since which entry they are to be adjudicated; None: they are not."""
    connection.execute(_SET_WAITING, [{"of_item": item, "since": entry} for item, entry in since.items()])


def _content(entry: Entry) -> Saying:
    return Saying(entry.item, entry.stage, entry.act, entry.word, entry.note, entry.seconds, entry.wording)


def _entry(row: Any) -> Entry:
    number, item, person, stage, act, *rest = row
    return Entry(number, item, person, Stage(stage), Act(act), *rest)
