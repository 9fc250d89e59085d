"""What an audit is about: whose labels are checked, and the items with all that labellers must not see."""

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from sightline.audit.entries import Stage
from sightline.audit.items import Item
from sightline.audit.tables import audit, items, queue, slots
from sightline.core import claim_from_record, claim_record
from sightline.errors import RequestError

__all__ = ["About", "image_of", "keys", "put_about", "put_items", "read_about", "read_item", "read_items", "set_images"]


@dataclass(frozen=True, slots=True)
class About:
    """What is audited, and how.

    Args:
        benchmark: the benchmark's name.
        label_set: the name of the labels that are checked.
        wording: how the questions are put to people, in a sentence or two; "" where the questions speak for themselves.
        images: the folder that holds the images.
        looks: labellers of each item: 2, or 1.
        seed: of the draw that the control sample comes from.
        control_every: of so many items that a person is given, one is of the control sample.
        label_set_sha256: hash of the labels, where they came from a file.
        created: when, ISO 8601 in UTC; the store fills it in.
    """

    benchmark: str
    label_set: str
    wording: str = ""
    images: str | None = None
    looks: int = 2
    seed: int = 0
    control_every: int = 10
    label_set_sha256: str | None = None
    created: str = ""


def put_about(connection: Connection, about: About) -> None:
    """Store what is audited.

    Raises:
        RequestError: a number is out of its range.
    """
    if about.looks not in (1, 2):
        raise RequestError(f"looks is {about.looks}; every item is labelled by 2 people, or by 1.")
    if about.control_every < 1:
        raise RequestError(f"control_every is {about.control_every}; every 10th item, say, is of the control sample.")
    connection.execute(insert(audit).values(one=1, **asdict(about)))
    allowed = [(Stage.LABEL, slot) for slot in range(1, about.looks + 1)] + [(Stage.ADJUDICATE, 1)]
    connection.execute(insert(slots), [{"stage": stage.value, "slot": slot} for stage, slot in allowed])


def put_items(connection: Connection, given: Sequence[Item], seed: int) -> None:
    """Store items, and draw each one's number for the control sample.

    Raises:
        RequestError: there are none, or two have the same key.
    """
    if not given:
        raise RequestError("There is nothing to look at: no items.")
    seen: set[str] = set()
    for item in given:
        if item.key in seen:
            raise RequestError(f"Two items have the key {item.key} (image {item.image}, {item.text!r}).")
        seen.add(item.key)
    draw = random.Random(seed)
    connection.execute(insert(items), [_row(number, item) for number, item in enumerate(given, 1)])
    connection.execute(
        insert(queue), [{"item": number, "draw": draw.random(), "taken": 0} for number in range(1, len(given) + 1)]
    )


def read_about(connection: Connection) -> About:
    """What is audited."""
    found = dict(connection.execute(select(audit)).one()._mapping)
    del found["one"]
    return About(**found)


def read_items(connection: Connection) -> tuple[Item, ...]:
    """All items, in their order."""
    return tuple(_item(row) for row in connection.execute(select(items).order_by(items.c.number)))


def read_item(connection: Connection, key: str) -> Item:
    """One item.

    Raises:
        RequestError: there is none of this key.
    """
    row = connection.execute(select(items).where(items.c.key == key)).one_or_none()
    if row is None:
        raise RequestError(f"This audit has no item {key!r}.")
    return _item(row)


def image_of(connection: Connection, key: str) -> str:
    """The name of an item's image.

    Raises:
        RequestError: there is no item of this key.
    """
    found: str | None = connection.execute(select(items.c.image).where(items.c.key == key)).scalar()
    if found is None:
        raise RequestError(f"This audit has no item {key!r}.")
    return found


def keys(connection: Connection) -> dict[str, int]:
    """Key → number, of all items."""
    return {row.key: row.number for row in connection.execute(select(items.c.key, items.c.number))}


def set_images(connection: Connection, folder: str) -> None:
    """Note where the images lie now."""
    connection.execute(update(audit).values(images=folder))


def _row(number: int, item: Item) -> dict[str, Any]:
    return {
        "number": number,
        "key": item.key,
        "image": item.image,
        "text": item.text,
        "claim": None if item.claim is None else claim_record(item.claim),
        "choices": list(item.choices),
        "old": item.old,
        "splits": list(item.splits),
        "questions": list(item.questions),
    }


def _item(row: Row[Any]) -> Item:
    claim = None if row.claim is None else claim_from_record(row.claim)
    return Item(
        row.key, row.image, row.text, claim, tuple(row.choices), row.old, tuple(row.splits), tuple(row.questions)
    )
