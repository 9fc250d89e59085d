"""What people said, entry by entry. Entries are only added: who changes their mind adds one that takes another back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sightline.audit.items import AMBIGUOUS

__all__ = ["Act", "Entry", "Outcome", "Stage", "State", "outcomes_of", "standing"]


class Act(StrEnum):
    """What an entry does."""

    VERDICT = "verdict"
    SKIP = "skip"
    """Left to somebody else; not a verdict."""
    UNDO = "undo"
    """Takes an earlier entry of the same person back."""


class Stage(StrEnum):
    """As what somebody looks."""

    LABEL = "label"
    """One of two who do not see each other."""
    ADJUDICATE = "adjudicate"
    """The third, who sees both."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One act of one person.

    Args:
        number: its place in the order of all entries, from 1.
        item: the key of the item.
        person: who.
        stage: as what.
        act: what.
        word: the verdict; None of what is no verdict.
        note: what they wrote beside it, or "".
        at: when the server stored it, ISO 8601 in UTC.
        seconds: for how long it was looked at, as the page measured; None where unknown.
        wording: the question as it was shown.
        undoes: of an undo, the number of the entry it takes back.
    """

    number: int
    item: str
    person: str
    stage: Stage
    act: Act
    word: str | None
    note: str
    at: str
    seconds: float | None
    wording: str
    undoes: int | None = None


class State(StrEnum):
    """How far an item is."""

    UNSEEN = "unseen"
    SEEN_ONCE = "seen once"
    CONFLICT = "to be adjudicated"
    """Two labellers differ, or one of them cannot say."""
    AGREED = "agreed"
    ADJUDICATED = "adjudicated"


class Outcome(NamedTuple):
    """What entries come to for one item.

    Args:
        state: how far it is.
        word: what it is found to be; None as long as that is open.
        labels: labeller → verdict, in the order in which they came.
        adjudicator: who decided, where somebody did.
    """

    state: State
    word: str | None
    labels: Mapping[str, str]
    adjudicator: str | None = None


def standing(entries: Iterable[Entry]) -> list[Entry]:
    """The verdicts and skips that nothing took back, in their order."""
    kept = list(entries)
    undone = {entry.undoes for entry in kept if entry.act is Act.UNDO}
    return [entry for entry in kept if entry.act is not Act.UNDO and entry.number not in undone]


def outcomes_of(entries: Iterable[Entry], looks: int = 2) -> dict[str, Outcome]:
    """What has been said of each item, and whether it is decided.

    An item is decided when the labellers agree on a word other than "ambiguous"; whatever else they say, a third person
    decides. With one look an item is decided by it, "ambiguous" included.

    Args:
        entries: all, in their order.
        looks: labellers of each item: 2, or 1 for a quick audit without a second opinion.

    Returns:
        Item → its outcome; items of which nothing stands are not in it.
    """
    labels: dict[str, dict[str, str]] = {}
    decided: dict[str, Entry] = {}
    for entry in standing(entries):
        if entry.act is Act.VERDICT and entry.word is not None:
            if entry.stage is Stage.LABEL:
                labels.setdefault(entry.item, {})[entry.person] = entry.word
            else:
                decided[entry.item] = entry
    return {key: _outcome(labels.get(key, {}), decided.get(key), looks) for key in {**labels, **decided}}


def _outcome(labels: Mapping[str, str], decided: Entry | None, looks: int) -> Outcome:
    if decided is not None:
        return Outcome(State.ADJUDICATED, decided.word, labels, decided.person)
    words = set(labels.values())
    if len(labels) < looks:
        return Outcome(State.SEEN_ONCE, None, labels)
    if len(words) == 1 and (looks == 1 or words != {AMBIGUOUS}):
        return Outcome(State.AGREED, words.pop(), labels)
    return Outcome(State.CONFLICT, None, labels)
