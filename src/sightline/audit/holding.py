"""Who has which item, and for how long.

An item has as many slots for labellers as it gets looks, and one for an adjudicator. Somebody who is given an item
takes a slot until their lease runs out; a verdict keeps the slot for good, a skip gives it back, and so does a lease
that ran out before anything was said. Who had an item and lost it keeps a row without a slot.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, case, func, insert, literal_column, select, update

from sightline.audit.entries import Stage
from sightline.audit.people import Acting
from sightline.audit.tables import assignments, queue, slots

__all__ = [
    "Having",
    "Hold",
    "Seat",
    "Terms",
    "count_labellers",
    "give_up_all",
    "had",
    "let_go",
    "put_seats",
    "read_seats",
    "seat",
    "set_held",
    "take_back_expired",
]


class Hold(StrEnum):
    """How somebody has an item."""

    HELD = "held"
    SAID = "said"
    SKIPPED = "skipped"
    LEFT = "left"
    """Their lease ran out."""


class Having(NamedTuple):
    """What somebody has, or had, of an item.

    Args:
        number: of its row.
        item: the number of the item.
        stage: as what they look, or looked.
        state: whether they have it.
    """

    number: int
    item: int
    stage: Stage
    state: Hold


class Seat(NamedTuple):
    """How somebody has, or had, an item, as its row says.

    Args:
        stage: as what they look, or looked.
        slot: which of the slots of this stage; None: they have it no more.
        state: whether they have it.
    """

    stage: Stage
    slot: int | None
    state: Hold


class Terms(NamedTuple):
    """What holds for every item.

    Args:
        looks: labellers of each.
        lease_s: for how long somebody may look before others are asked, in seconds.
    """

    looks: int
    lease_s: float


_ROW = assignments.c
_HAD = select(_ROW.number, _ROW.item, _ROW.stage, _ROW.state).where(
    _ROW.item == bindparam("of_item"), _ROW.person == bindparam("of_person")
)
_TAKEN = select(_ROW.slot).where(
    _ROW.item == bindparam("of_item"), _ROW.stage == bindparam("of_stage"), _ROW.slot.is_not(None)
)
_SLOTS = select(slots.c.slot).where(slots.c.stage == bindparam("of_stage"))
_FREE = _SLOTS.where(slots.c.slot.not_in(_TAKEN)).order_by(slots.c.slot).limit(1)
_OWN = select(_ROW.number).where(_ROW.item == bindparam("of_item"), _ROW.person == bindparam("of_person"))
_SEAT = select(_FREE.scalar_subquery(), _OWN.scalar_subquery())
_ADD = insert(assignments)
_CHANGE = (
    update(assignments)
    .where(_ROW.number == bindparam("of_number"))
    .values({name: bindparam(name) for name in ("stage", "slot", "state", "until", "turn")})
)
_KEEP = (
    update(assignments)
    .where(_ROW.number == bindparam("of_number"))
    .values({name: bindparam(name) for name in ("state", "until", "turn")})
)
_EXPIRED = select(_ROW.number, _ROW.item, _ROW.stage).where(
    _ROW.until.is_not(None), _ROW.until < bindparam("now"), _ROW.state == literal_column("'held'")
)
_OF_LABELLERS = select(_ROW.person).where(
    _ROW.item == bindparam("of_item"), _ROW.stage == literal_column("'label'"), _ROW.slot.is_not(None)
)
_LABELLERS = _OF_LABELLERS.subquery()
_COUNT = (  # of nobody the least is NULL
    update(queue)
    .where(queue.c.item == bindparam("of_item"))
    .values(
        taken=select(func.count()).select_from(_LABELLERS).scalar_subquery(),
        half_by=select(case((func.count() < bindparam("looks"), func.min(_LABELLERS.c.person)))).scalar_subquery(),
    )
)


def had(connection: Connection, item: int, person: int) -> Having | None:
    """What somebody has, or had, of an item."""
    row = connection.execute(_HAD, {"of_item": item, "of_person": person}).one_or_none()
    return None if row is None else Having(row.number, row.item, Stage(row.stage), Hold(row.state))


def seat(
    connection: Connection, person: Acting, item: int, stage: Stage, until: float, terms: Terms, turn: int = 0
) -> bool:
    """Give somebody an item, where a slot is free.

    Args:
        connection: to the database, writing.
        person: who.
        item: the number of the item.
        stage: as what they look.
        until: when the lease runs out, in seconds since 1970.
        terms: how many may look.
        turn: what is to be shown sooner has a lower one.

    Returns:
        Whether a slot was free.
    """
    wanted = {"of_item": item, "of_stage": stage.value, "of_person": person.number}
    free, before = connection.execute(_SEAT, wanted).one()
    if free is None:
        return False
    values = {"stage": stage.value, "slot": free, "state": Hold.HELD.value, "until": until, "turn": turn}
    if before is None:
        connection.execute(_ADD, [values | {"item": item, "person": person.number}])
    else:
        connection.execute(_CHANGE, values | {"of_number": before})
    _count_labellers(connection, item, stage, terms)
    return True


def set_held(connection: Connection, having: Having, state: Hold, until: float | None = None, turn: int = 0) -> None:
    """Change how somebody has an item that they keep."""
    values = {"of_number": having.number, "state": state.value, "until": until, "turn": turn}
    connection.execute(_KEEP, values)


def let_go(connection: Connection, having: Having, state: Hold, terms: Terms) -> None:
    """Free the slot of an item that somebody skipped or left."""
    values = {"stage": having.stage.value, "slot": None, "state": state.value, "until": None, "turn": 0}
    connection.execute(_CHANGE, values | {"of_number": having.number})
    _count_labellers(connection, having.item, having.stage, terms)


def take_back_expired(connection: Connection, now: float, terms: Terms) -> None:
    """Free what was opened and left for too long."""
    for row in connection.execute(_EXPIRED, {"now": now}).all():
        let_go(connection, Having(row.number, row.item, Stage(row.stage), Hold.HELD), Hold.LEFT, terms)


def give_up_all(connection: Connection, person: int, terms: Terms) -> None:
    """Free what somebody holds and has said nothing of."""
    held = select(_ROW.number, _ROW.item, _ROW.stage).where(_ROW.person == person, _ROW.state == Hold.HELD.value)
    for row in connection.execute(held).all():
        let_go(connection, Having(row.number, row.item, Stage(row.stage), Hold.HELD), Hold.LEFT, terms)


def read_seats(connection: Connection) -> dict[tuple[int, int], Seat]:
    """(item, person) → how they have it, of everybody who has or had one."""
    rows = connection.execute(select(_ROW.item, _ROW.person, _ROW.stage, _ROW.slot, _ROW.state))
    return {(row.item, row.person): Seat(Stage(row.stage), row.slot, Hold(row.state)) for row in rows}


def put_seats(connection: Connection, seats: Mapping[tuple[int, int], Seat]) -> None:
    """Note that people have said something of items, or left them to others.

    Args:
        connection: to the database, writing.
        seats: (item, person) → how they have it now; nobody holds it any more.
    """
    there = {
        (row.item, row.person): row.number for row in connection.execute(select(_ROW.item, _ROW.person, _ROW.number))
    }
    fresh, changed = [], []
    for (item, person), own in sorted(seats.items(), key=lambda each: each[1].slot is not None):  # what is freed first
        values = {"stage": own.stage.value, "slot": own.slot, "state": own.state.value, "until": None, "turn": 0}
        if (item, person) in there:
            changed.append(values | {"of_number": there[item, person]})
        else:
            fresh.append(values | {"item": item, "person": person})
    if changed:
        connection.execute(_CHANGE, changed)
    if fresh:
        connection.execute(_ADD, fresh)


def count_labellers(connection: Connection, numbers: Iterable[int], terms: Terms) -> None:
    """Bring up to date how many labellers items have."""
    connection.execute(_COUNT, [{"of_item": number, "looks": terms.looks} for number in numbers])


def _count_labellers(connection: Connection, item: int, stage: Stage, terms: Terms) -> None:
    if stage is Stage.LABEL:
        count_labellers(connection, [item], terms)
