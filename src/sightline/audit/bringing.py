"""What people said elsewhere is stored as entries like any other: all of a file, or nothing of it.

Whatever the page guarantees holds here too: an item has no more labellers than it gets looks, nobody who saw what
others said counts as blind, an adjudicator decides only where labellers differ or are unsure, and entries are added in
one order without gaps. What is stored already is left alone, so that the same file twice adds nothing.

An entry's time is the one that the file tells, except that it is neither before the last entry nor after now; what the
file told is kept in the column ``clock``.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from sightline.audit import people
from sightline.audit.entries import Act, Entry, Stage, State, outcomes_of, standing
from sightline.audit.holding import Hold, Seat, Terms, count_labellers, put_seats, read_seats, take_back_expired
from sightline.audit.items import Item
from sightline.audit.people import Role
from sightline.audit.refusals import Reason, RefusedError
from sightline.audit.saying import Saying, check_saying, read_entries, set_waiting
from sightline.audit.tables import entries, items
from sightline.audit.times import Moment

__all__ = ["Brought", "UnfitEntryError", "bring_in"]


class Brought(NamedTuple):
    """What became of entries that were brought in.

    Args:
        added: those that were stored, with their numbers and times here.
        known: how many were stored before.
        undone: how many of these were taken back here since, and stay so.
        people: names of those who were added.
    """

    added: tuple[Entry, ...]
    known: int
    undone: int
    people: tuple[str, ...]


class UnfitEntryError(RefusedError):
    """An entry cannot be brought in, and none was.

    Args:
        reason: why, for programs.
        message: why, for people.
        number: which of those that were given.
    """

    def __init__(self, reason: Reason, message: str, number: int) -> None:
        self.number = number
        super().__init__(reason, message)


class _Known:
    """What the store holds, kept up to date while entries come in."""

    def __init__(self, connection: Connection, looks: int) -> None:
        self.looks = looks
        self.items: dict[str, Item] = {}
        self.numbers: dict[str, int] = {}
        for row in connection.execute(select(items.c.number, items.c.key, items.c.text, items.c.choices)):
            self.items[row.key] = Item(row.key, "", row.text, None, tuple(row.choices), None, (), ())
            self.numbers[row.key] = row.number
        self.people = {person.name: person for person in people.everybody(connection)}
        self.person_numbers = people.numbers(connection)
        every = read_entries(connection)
        self.last = every[-1].at if every else ""
        self.said: dict[str, list[Entry]] = {}
        for entry in every:
            self.said.setdefault(entry.item, []).append(entry)
        self.standing = {(e.person, e.item, e.stage, e.act): e for e in standing(every)}
        requests = connection.execute(select(entries.c.number, entries.c.person, entries.c.request))
        self.requests = {(row.person, row.request): row.number for row in requests}
        self.seats: dict[tuple[int, int], Seat] = {}
        self.taken: dict[tuple[int, Stage], dict[int, Hold]] = {}
        for (item, person), seat in read_seats(connection).items():
            self.sit(item, person, seat)

    def sit(self, item: int, person: int, seat: Seat) -> None:
        before = self.seats.get((item, person))
        if before is not None and before.slot is not None:
            del self.taken[item, before.stage][before.slot]
        self.seats[item, person] = seat
        if seat.slot is not None:
            self.taken.setdefault((item, seat.stage), {})[seat.slot] = seat.state

    def free_slot(self, item: int, stage: Stage) -> int | None:
        slots = range(1, (self.looks if stage is Stage.LABEL else 1) + 1)
        return next((slot for slot in slots if slot not in self.taken.get((item, stage), {})), None)

    def is_waiting(self, key: str) -> bool:
        outcome = outcomes_of(self.said.get(key, []), self.looks).get(key)
        return outcome is not None and outcome.state is State.CONFLICT


def bring_in(
    connection: Connection, given: Sequence[Entry], now: Moment, terms: Terms, add_people: bool = False
) -> Brought:
    """Store entries that were made elsewhere.

    Args:
        connection: to the database, writing.
        given: verdicts and skips in the order in which they were made; their numbers only tell them apart.
        now: when.
        terms: how many may look.
        add_people: add whoever is named and does not take part yet; nobody has their link before it is made.

    Raises:
        UnfitEntryError: one of them cannot be stored; the reason tells why.
    """
    take_back_expired(connection, now.seconds, terms)
    added_people = _meet(connection, given, now, add_people)
    known = _Known(connection, terms.looks)
    added: list[Entry] = []
    rows: list[dict[str, Any]] = []
    count = undone = 0
    last = known.last
    for entry in given:
        request = _request(entry)
        stored = _stored(known, entry, request)
        if stored is not None:
            count += 1
            undone += not stored
            continue
        seat = _seat(known, entry)
        last = min(max(entry.at, last), now.at)
        own = replace(entry, number=now.entries + len(added) + 1, at=last)
        item, person = known.numbers[own.item], known.person_numbers[own.person]
        known.sit(item, person, seat)
        known.said.setdefault(own.item, []).append(own)
        known.standing[own.person, own.item, own.stage, own.act] = own
        known.requests[person, request] = own.number
        rows.append(_row(own, item, person, request, entry.at))
        added.append(own)
    _store(connection, known, added, rows, terms)
    return Brought(tuple(added), count, undone, added_people)


def _meet(connection: Connection, given: Iterable[Entry], now: Moment, add_people: bool) -> tuple[str, ...]:
    """See to it that everybody who is named takes part."""
    there = {person.name for person in people.everybody(connection)}
    stages: dict[str, set[Stage]] = {}
    for entry in given:
        if entry.person not in there:
            stages.setdefault(entry.person, set()).add(entry.stage)
            if not add_people:
                problem = f"nobody in this audit is called {entry.person!r}"
                raise UnfitEntryError(Reason.UNKNOWN, problem, entry.number)
    for name, own in stages.items():
        role = Role.BOTH if len(own) > 1 else Role.LABELLER if Stage.LABEL in own else Role.ADJUDICATOR
        people.add(connection, name, role, now.at)
    return tuple(stages)


def _request(entry: Entry) -> str:
    """What an entry is called that is the same however often it is brought in."""
    content = [entry.item, entry.stage, entry.act, entry.word, entry.note]
    return "import " + hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


def _stored(known: _Known, entry: Entry, request: str) -> bool | None:
    """Whether an entry that was stored before still stands; None where it was not stored.

    Raises:
        UnfitEntryError: something else of this person stands.
    """
    before = known.standing.get((entry.person, entry.item, entry.stage, entry.act))
    number = known.requests.get((known.person_numbers[entry.person], request))
    if number is not None:
        return before is not None and before.number == number
    if before is None:
        return None
    if entry.word == before.word and entry.note in ("", before.note):
        return True
    there, here = _worded(entry), _worded(before)
    problem = f"{entry.person} says {there} of item {entry.item}, and in this audit {here}"
    raise UnfitEntryError(Reason.SAID, problem, entry.number)


def _worded(entry: Entry) -> str:
    return (entry.word or "to skip it") + (f" (“{entry.note}”)" if entry.note else "")


def _seat(known: _Known, entry: Entry) -> Seat:
    """How somebody has an item once this is stored."""
    person, item = known.people[entry.person], known.items.get(entry.item)
    if item is None:
        raise UnfitEntryError(Reason.UNKNOWN, f"there is no item {entry.item!r} in this audit", entry.number)
    _check(entry, item)
    if not person.role.may(entry.stage):
        problem = f"{person.name} is {person.role}, and has no part in the stage {entry.stage.value!r}"
        raise UnfitEntryError(Reason.ROLE, problem, entry.number)
    number = known.numbers[item.key]
    before = known.seats.get((number, known.person_numbers[person.name]))
    if before is not None and (before.state is Hold.SAID or before.stage is not entry.stage):
        problem = f"{person.name} has had item {item.key} already, in the stage {before.stage.value!r}"
        raise UnfitEntryError(Reason.SAID, problem, entry.number)
    if entry.act is Act.SKIP:
        return Seat(entry.stage, None, Hold.SKIPPED)
    if entry.stage is Stage.ADJUDICATE and not known.is_waiting(item.key):
        problem = f"item {item.key} is not to be adjudicated: its labellers agree, or have not all looked"
        raise UnfitEntryError(Reason.TAKEN, problem, entry.number)
    slot = known.free_slot(number, entry.stage) if before is None or before.slot is None else before.slot
    if slot is None:
        raise UnfitEntryError(Reason.TAKEN, _full(known, number, entry), entry.number)
    return Seat(entry.stage, slot, Hold.SAID)


def _check(entry: Entry, item: Item) -> None:
    try:
        check_saying(_saying(entry))
    except RefusedError as error:
        raise UnfitEntryError(error.reason, str(error), entry.number) from None
    if entry.act is Act.VERDICT and entry.word not in item.words:
        problem = f"{entry.word!r} cannot be said of item {item.key}; expected {', '.join(item.words)}"
        raise UnfitEntryError(Reason.UNFIT, problem, entry.number)


def _saying(entry: Entry) -> Saying:
    return Saying(entry.item, entry.stage, entry.act, entry.word, entry.note, entry.seconds, entry.wording)


def _full(known: _Known, item: int, entry: Entry) -> str:
    holds = known.taken[item, entry.stage].values()
    done = "labelled" if entry.stage is Stage.LABEL else "decided on"
    if Hold.HELD in holds:
        return f"item {entry.item} is open before somebody, so that nobody else can be heard on it now"
    most = f" by {known.looks}, as many as look at each" if entry.stage is Stage.LABEL else ""
    return f"item {entry.item} is {done}{most}, and {entry.person} is none of them"


def _row(entry: Entry, item: int, person: int, request: str, clock: str) -> dict[str, Any]:
    return {
        "number": entry.number,
        "item": item,
        "person": person,
        "stage": entry.stage.value,
        "act": entry.act.value,
        "word": entry.word,
        "note": entry.note,
        "at": entry.at,
        "clock": clock,
        "seconds": entry.seconds,
        "wording": entry.wording,
        "undoes": None,
        "request": request,
    }


def _store(
    connection: Connection, known: _Known, added: Sequence[Entry], rows: Sequence[dict[str, Any]], terms: Terms
) -> None:
    if not added:
        return
    connection.execute(insert(entries), rows)
    touched = {(known.numbers[entry.item], known.person_numbers[entry.person]) for entry in added}
    put_seats(connection, {place: known.seats[place] for place in touched})
    keys = dict.fromkeys(entry.item for entry in added)
    count_labellers(connection, [known.numbers[key] for key in keys], terms)
    waits = {known.numbers[key]: known.said[key][-1].number if known.is_waiting(key) else None for key in keys}
    set_waiting(connection, waits)
