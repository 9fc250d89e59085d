"""In which order items are given: the latest ranking, and which rankings there were."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select, text, update

from sightline.audit.tables import items, queue, rankings
from sightline.audit.times import Moment
from sightline.errors import RequestError

__all__ = ["Place", "Ranking", "move", "note_ranking", "plan_moves", "put_first", "read_order", "read_rankings"]

_MOVED_AT_ONCE = 2000
_FIRST_ASKED = -1_000_000_000
_PLACES = {
    "sqlite": "SELECT value ->> 0 AS item, value ->> 1 AS place, value ->> 2 AS score FROM json_each(:places)",
    "postgresql": "SELECT (value ->> 0)::integer AS item, (value ->> 1)::integer AS place, "
    "(value ->> 2)::double precision AS score FROM json_array_elements(CAST(:places AS json))",
}
_MOVE = (
    "UPDATE queue SET place = CASE WHEN queue.place < 0 THEN queue.place ELSE moved.place END, score = moved.score "
    "FROM ({places}) AS moved WHERE queue.item = moved.item"
)


class Place(NamedTuple):
    """Where an item stands.

    Args:
        place: in the latest ranking, from 0, the item to look at first; below 0: somebody asked for it; None: in none.
        score: what it was ranked by; higher comes first.
        draw: a number drawn uniformly from 0 to 1: the control sample are those that drew lowest.
        control: whether its first labeller was given it by the draw; None where nobody was yet.
        ranking: the number of the ranking at that time.
    """

    place: int | None
    score: float | None
    draw: float
    control: bool | None
    ranking: int | None


class Ranking(NamedTuple):
    """How items were ordered once.

    Args:
        number: from 1.
        made: what made it, in words.
        models: the models whose replies it used.
        at: when, ISO 8601 in UTC.
        entries: how many entries there were.
        items: how many items it ordered.
    """

    number: int
    made: str
    models: tuple[str, ...]
    at: str
    entries: int
    items: int


def plan_moves(numbers: Mapping[str, int], ranked: Sequence[tuple[str, float]]) -> list[str]:
    """Where every item goes, in steps that each are written at once, the first places first.

    Args:
        numbers: key → number, of all items.
        ranked: keys of items and their scores, first the one to look at first; items that are not named get no place.

    Raises:
        RequestError: a key is unknown, or named twice.
    """
    moves: dict[int, tuple[int, int | None, float | None]] = {}
    for place, (key, score) in enumerate(ranked):
        if key not in numbers:
            raise RequestError(f"The ranking names {key!r}, which is no item of this audit.")
        if numbers[key] in moves:
            raise RequestError(f"The ranking names {key!r} twice.")
        moves[numbers[key]] = (numbers[key], place, float(score))
    every = [*moves.values(), *((number, None, None) for number in numbers.values() if number not in moves)]
    return [json.dumps(every[at : at + _MOVED_AT_ONCE]) for at in range(0, len(every), _MOVED_AT_ONCE)]


def move(connection: Connection, step: str) -> None:
    """Take one step."""
    connection.execute(text(_MOVE.format(places=_PLACES[connection.dialect.name])), {"places": step})


def note_ranking(connection: Connection, ordered: int, models: Sequence[str], made: str, now: Moment) -> Ranking:
    """Note that there is another ranking.

    Args:
        connection: to the database, writing.
        ordered: how many items it ordered.
        models: the models whose replies were used.
        made: what made it.
        now: when.
    """
    number = connection.execute(select(func.coalesce(func.max(rankings.c.number), 0) + 1)).scalar_one()
    ranking = Ranking(number, made, tuple(models), now.at, now.entries, ordered)
    connection.execute(insert(rankings).values(ranking._asdict() | {"models": list(models)}))
    return ranking


def put_first(connection: Connection, asked: Iterable[str], looks: int) -> int:
    """Put items before all others, in this order, behind those that were put there earlier.

    Returns:
        How many of them still are to be given to somebody.

    Raises:
        RequestError: a key is unknown.
    """
    last = connection.execute(select(func.max(queue.c.place)).where(queue.c.place < 0)).scalar()
    still_open = 0
    for place, key in enumerate(dict.fromkeys(asked), _FIRST_ASKED if last is None else last + 1):
        number = connection.execute(select(items.c.number).where(items.c.key == key)).scalar()
        if number is None:
            raise RequestError(f"This audit has no item {key!r}.")
        row = queue.c.item == number
        connection.execute(update(queue).where(row, queue.c.place.is_(None) | (queue.c.place >= 0)).values(place=place))
        still_open += connection.execute(select(queue.c.taken).where(row)).scalar_one() < looks
    return still_open


def read_order(connection: Connection) -> Mapping[str, Place]:
    """Key → where it stands, of all items."""
    columns = (queue.c.place, queue.c.score, queue.c.draw, queue.c.control, queue.c.ranking)
    found = connection.execute(select(items.c.key, *columns).join(items, items.c.number == queue.c.item))
    return {key: Place(*rest) for key, *rest in found}


def read_rankings(connection: Connection) -> tuple[Ranking, ...]:
    """All rankings, the latest last."""
    found = connection.execute(select(rankings).order_by(rankings.c.number))
    return tuple(Ranking(row.number, row.made, tuple(row.models), row.at, row.entries, row.items) for row in found)
