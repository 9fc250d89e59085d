"""What every format says out: an item as it was shown, and what labellers said of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sightline.audit.entries import Act, Entry, Stage, standing
from sightline.audit.items import Item

__all__ = ["Shown", "choices_listed", "information", "shown"]


class Shown(NamedTuple):
    """An item in one wording, and what stands of what labellers said when they read it so.

    Args:
        item: the item.
        wording: the question as it was shown.
        entries: verdicts and skips of labellers, in their order.
    """

    item: Item
    wording: str
    entries: tuple[Entry, ...]


def shown(items: Sequence[Item], entries: Iterable[Entry]) -> Iterator[Shown]:
    """Put entries to items: every item once, and once more for each other wording that somebody read.

    Adjudications are not among them: whoever decides has seen what the labellers said, and in the other tools would
    look like a third labeller.
    """
    of: dict[str, dict[str, list[Entry]]] = {item.key: {} for item in items}
    for entry in standing(entries):
        if entry.stage is Stage.LABEL and entry.act in (Act.VERDICT, Act.SKIP):
            of[entry.item].setdefault(entry.wording, []).append(entry)
    for item in items:
        for wording, said in (of[item.key] or {item.text: []}).items():
            yield Shown(item, wording, tuple(said))


def choices_listed(item: Item) -> str:
    """The choices of an item with their letters, one a line; "" where it is yes or no.

    Example:
        >>> print(choices_listed(Item("k", "a.jpg", "What is red?", None, ("a cup", "a hat"), "A", (), ())))
        A. a cup
        B. a hat
    """
    return "\n".join(f"{letter}. {choice}" for letter, choice in zip(item.words, item.choices, strict=False))


def information(item: Item, adjudicated: Mapping[str, str], with_old: bool) -> dict[str, str]:
    """What goes along to be read and never comes back: the old label, and what was decided, where there is any."""
    told = {"adjudicated": adjudicated.get(item.key), "old_label": item.old if with_old else None}
    return {name: word for name, word in told.items() if word is not None}
