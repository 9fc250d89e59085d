"""What people are given to look at, and all they get to know of it.

A labeller is given what comes next by its place in the ranking and, one time in so many, what comes next by the draw:
the items that were drawn lowest are a uniform sample of all, however they came to be looked at. Which of so many that
is depends on seed and person, so that nobody can tell. Where the ranking is used up, or there is none, everything goes
by the draw. Items that somebody asked for have a place below 0 and come first.

Nothing here reads the old label, the splits, or the ids of questions (they would tell: POPE's true claims are asked in
all three splits), and what others said is read for adjudicators only.
"""

import random
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, exists, func, literal_column, nulls_last, select, update

from sightline.audit.entries import Stage
from sightline.audit.holding import Hold, Terms, had, seat, take_back_expired
from sightline.audit.items import Item
from sightline.audit.people import Acting
from sightline.audit.refusals import Reason, RefusedError
from sightline.audit.tables import assignments, entries, items, people, queue, rankings

__all__ = ["Lot", "Opinion", "Progress", "Work", "claim", "conflicts", "is_waiting", "next_items", "progress"]


class Opinion(NamedTuple):
    """What one of the labellers said, without who.

    Args:
        word: the verdict.
        note: what they wrote beside it.
    """

    word: str
    note: str


@dataclass(frozen=True, slots=True)
class Work:
    """An item as the person who looks at it may know it.

    Args:
        item: its key; the image is found by it.
        stage: as what they look.
        text: the question.
        choices: what there is to choose from; none: yes or no.
        words: what can be said, in the order of the keys.
        opinions: what the labellers said; only an adjudicator is told.
    """

    item: str
    stage: Stage
    text: str
    choices: tuple[str, ...]
    words: tuple[str, ...]
    opinions: tuple[Opinion, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one is, and all are.

    Args:
        items: how many there are to look at.
        looks: labellers of each.
        said: verdicts of all in this stage that stand.
        mine: verdicts of this person in this stage that stand.
        skipped: what this person left to others.
        held: what this person was given and has said nothing of.
        waiting: how many items this person may adjudicate; None of labellers, whom it would tell what others said.
    """

    items: int
    looks: int
    said: int
    mine: int
    skipped: int
    held: int
    waiting: int | None


class Lot(NamedTuple):
    """How the control sample is mixed in.

    Args:
        seed: of the audit.
        every: of so many claims of a person, one goes by the draw.
    """

    seed: int
    every: int

    def is_drawn(self, person: str, claims: int) -> bool:
        """Whether somebody's next item goes by the draw, after so many claims."""
        block, place = divmod(claims, self.every)
        return random.Random(f"{self.seed} {person} {block}").randrange(self.every) == place


_ROW = assignments.c
_SHOWN = (items.c.number, items.c.key, items.c.text, items.c.choices)
_HELD = (
    select(*_SHOWN, _ROW.until)
    .join(assignments, _ROW.item == items.c.number)
    .where(
        _ROW.person == bindparam("person"),
        _ROW.stage == bindparam("stage"),
        _ROW.state == literal_column("'held'"),
    )
    .order_by(_ROW.turn, _ROW.number)
)
_RENEW = (
    update(assignments)
    .where(
        _ROW.person == bindparam("of_person"),
        _ROW.stage == bindparam("of_stage"),
        _ROW.state == literal_column("'held'"),
    )
    .values(until=bindparam("high"))
)
_LATER = entries.alias("later")
_OPINIONS = (
    select(entries.c.word, entries.c.note)
    .where(
        entries.c.item == bindparam("item"),
        entries.c.stage == literal_column("'label'"),
        entries.c.word.is_not(None),
        ~exists().where(_LATER.c.undoes == entries.c.number),
    )
    .order_by(entries.c.number)
)


def _barred(stage: Stage) -> Any:
    """Whether somebody may not be given the item of a row of the queue: they have it, said, skipped or judged it."""
    left = _ROW.state == literal_column("'left'")
    if stage is Stage.LABEL:
        left = and_(left, _ROW.stage == literal_column("'label'"))  # who saw the verdicts is not blind any more
    return exists().where(_ROW.item == queue.c.item, _ROW.person == bindparam("person"), ~left)


def _fresh(order: str) -> Select[Any]:
    """The first item that nobody has."""
    by = queue.c[order]
    fresh = (
        select(*_SHOWN, by.label("rank"))
        .join(queue, queue.c.item == items.c.number)
        .where(queue.c.taken == literal_column("0"), by.is_not(None))
    )
    return fresh.where(~_barred(Stage.LABEL)).order_by(by).limit(1)


def _others(order: str) -> Select[Any]:
    """Whose first item comes first, of the items that one other labeller has.

    One search of an index for everybody who takes part, so that what this person has had already is never walked over.
    """
    by = queue.c[order]
    rank = select(by).where(*_half_of(people.c.number, order)).order_by(by).limit(1)
    ranks = select(people.c.number, rank.correlate(people).scalar_subquery().label("rank"))
    return ranks.where(people.c.number != bindparam("person")).order_by(nulls_last(literal_column("rank"))).limit(1)


def _half(order: str) -> Select[Any]:
    """The item of this rank that this other labeller has."""
    by = queue.c[order]
    half = select(*_SHOWN, by.label("rank")).join(queue, queue.c.item == items.c.number)
    return half.where(*_half_of(bindparam("other"), order), by == bindparam("rank")).limit(1)


def _half_of(person: Any, order: str) -> tuple[Any, ...]:
    return queue.c.half_by == person, queue.c.half_by.is_not(None), queue.c[order].is_not(None), ~_barred(Stage.LABEL)


_FIRST = {order: (_fresh(order), _others(order), _half(order)) for order in ("place", "draw")}
_JUDGED = assignments.alias("judged")
_WAITING = (
    select(*_SHOWN)
    .join(queue, queue.c.item == items.c.number)
    .where(queue.c.waiting.is_not(None))
    .where(
        ~exists().where(
            _JUDGED.c.item == queue.c.item,
            _JUDGED.c.stage == literal_column("'adjudicate'"),
            _JUDGED.c.slot.is_not(None),
        )
    )
    .order_by(queue.c.waiting)
)
_WAITING_FOR = _WAITING.where(~_barred(Stage.ADJUDICATE))
_NEXT_WAITING = _WAITING_FOR.limit(1)
_NOTE = (
    update(queue)
    .where(queue.c.item == bindparam("of_item"), queue.c.taken == literal_column("1"))
    .values(control=bindparam("drawn"), ranking=select(func.max(rankings.c.number)).scalar_subquery())
)
_COUNT_CLAIMS = (
    update(people).where(people.c.number == bindparam("of_person")).values(claims=people.c.claims + bindparam("more"))
)


def next_items(
    connection: Connection, person: Acting, stage: Stage, count: int, now: float, terms: Terms, lot: Lot
) -> tuple[Work, ...]:
    """What somebody is to look at: what they hold, then what they are given now; their leases begin anew.

    Args:
        connection: to the database, writing.
        person: who.
        stage: as what they look.
        count: how many.
        now: the time, in seconds since 1970.
        terms: how many may look, and for how long.
        lot: how the control sample is mixed in.
    """
    take_back_expired(connection, now, terms)
    held = connection.execute(_HELD, {"person": person.number, "stage": stage.value}).all()
    if any(row.until < now + terms.lease_s / 2 for row in held):  # what writes nothing does not wait for the disk
        until = {"of_person": person.number, "of_stage": stage.value, "high": now + terms.lease_s}
        connection.execute(_RENEW, until)
    rows = list(held[:count])
    rows += _claim_more(connection, person, stage, now, terms, lot, count - len(rows))
    return tuple(_work(connection, row, stage) for row in rows)


def claim(connection: Connection, person: Acting, stage: Stage, item: Any, now: float, terms: Terms) -> Work:
    """Give somebody one certain item.

    Raises:
        RefusedError: others have it, it is not to be adjudicated, or this person has said something of it.
    """
    take_back_expired(connection, now, terms)
    having = had(connection, item.number, person.number)
    if having is None or having.state is Hold.LEFT:
        judging = stage is Stage.ADJUDICATE
        if judging and not is_waiting(connection, item.number):
            raise RefusedError(Reason.TAKEN, f"{item.key} is not to be adjudicated.")
        if not judging and having is not None and having.stage is Stage.ADJUDICATE:
            raise RefusedError(Reason.SAID, f"{person.name} has seen what others say of {item.key}.")
        if not seat(connection, person, item.number, stage, now + terms.lease_s, terms):
            raise RefusedError(Reason.TAKEN, f"As many as may look at {item.key} have it.")
    elif having.state is not Hold.HELD or having.stage is not stage:
        raise RefusedError(Reason.SAID, f"{person.name} has had {item.key} already.")
    return _work(connection, item, stage)


def conflicts(connection: Connection, person: Acting | None) -> tuple[Work, ...]:
    """What waits for an adjudicator, in the order in which it came to, with what the labellers said.

    Args:
        connection: to the database.
        person: only what they may decide; None: all.
    """
    query, about = (_WAITING, {}) if person is None else (_WAITING_FOR, {"person": person.number})
    return tuple(_work(connection, row, Stage.ADJUDICATE) for row in connection.execute(query, about).all())


def is_waiting(connection: Connection, item: int) -> bool:
    """Whether an item is to be adjudicated."""
    return connection.execute(select(queue.c.waiting).where(queue.c.item == item)).scalar() is not None


def progress(connection: Connection, person: Acting, stage: Stage, looks: int) -> Progress:
    """How far one is, and all are, in a stage."""
    mine = select(_ROW.state, func.count()).where(_ROW.person == person.number, _ROW.stage == stage.value)
    of_state: dict[str, int] = {row[0]: row[1] for row in connection.execute(mine.group_by(_ROW.state))}
    said = select(func.count()).where(_ROW.stage == stage.value, _ROW.state == literal_column("'said'"))
    waiting = None
    if stage is Stage.ADJUDICATE:
        number = select(func.count()).select_from(_WAITING_FOR.subquery())
        waiting = connection.execute(number, {"person": person.number}).scalar_one()
    return Progress(
        items=connection.execute(select(func.count()).select_from(items)).scalar_one(),
        looks=looks,
        said=connection.execute(said).scalar_one(),
        mine=of_state.get(Hold.SAID, 0),
        skipped=of_state.get(Hold.SKIPPED, 0),
        held=of_state.get(Hold.HELD, 0),
        waiting=waiting,
    )


def _claim_more(
    connection: Connection, person: Acting, stage: Stage, now: float, terms: Terms, lot: Lot, count: int
) -> list[Any]:
    rows: list[Any] = []
    for claims in range(person.claims, person.claims + count):
        if stage is Stage.LABEL:
            row, drawn = _next_to_label(connection, person, lot.is_drawn(person.name, claims))
        else:
            row, drawn = connection.execute(_NEXT_WAITING, {"person": person.number}).one_or_none(), False
        if row is None:
            break
        seat(connection, person, row.number, stage, now + terms.lease_s, terms)
        if stage is Stage.LABEL:
            connection.execute(_NOTE, {"of_item": row.number, "drawn": drawn})
        rows.append(row)
    if rows and stage is Stage.LABEL:
        connection.execute(_COUNT_CLAIMS, {"of_person": person.number, "more": len(rows)})
    return rows


def _next_to_label(connection: Connection, person: Acting, drawn: bool) -> tuple[Any, bool]:
    for order in ("draw",) if drawn else ("place", "draw"):
        fresh, others, half = _FIRST[order]
        row = connection.execute(fresh, {"person": person.number}).one_or_none()
        other = connection.execute(others, {"person": person.number}).one_or_none()
        if other is not None and other.rank is not None and (row is None or other.rank <= row.rank):
            wanted = {"person": person.number, "other": other.number, "rank": other.rank}
            row = connection.execute(half, wanted).one()
        if row is not None:
            return row, order == "draw"
    return None, drawn


def _work(connection: Connection, row: Any, stage: Stage) -> Work:
    choices = tuple(row.choices)
    words = Item(row.key, "", row.text, None, choices, None, (), ()).words
    opinions: tuple[Opinion, ...] = ()
    if stage is Stage.ADJUDICATE:
        opinions = tuple(Opinion(*said) for said in connection.execute(_OPINIONS, {"item": row.number}))
    return Work(row.key, stage, row.text, choices, words, opinions)
