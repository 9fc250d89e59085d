"""An audit replayed: known verdicts through two labellers who may err, and an adjudicator who sees what they differ on.

What comes out of a replay are entries like those of people, so that everything made of entries can be held against a
truth that is known: RePOPE's.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import NamedTuple

import numpy as np

from sightline.audit.entries import Act, Entry, Outcome, Stage, State, outcomes_of
from sightline.audit.items import AMBIGUOUS, WORD_OF, Item
from sightline.core import LabelSet
from sightline.errors import RequestError

__all__ = ["ADJUDICATOR", "PERFECT", "Recovery", "Simulated", "recovery", "replay", "truth_of"]


class Simulated(NamedTuple):
    """Somebody who is simulated.

    Args:
        name: who.
        flips: how often they say another of the words that are no way out: no for yes. Of what is truly ambiguous, any.
        unsure: how often they say "ambiguous" of what is not.
    """

    name: str
    flips: float = 0.0
    unsure: float = 0.0


PERFECT = (Simulated("first"), Simulated("second"))
"""Two labellers who never err."""

ADJUDICATOR = Simulated("third")
"""Somebody who decides, and never errs."""


def truth_of(items: Iterable[Item], labels: LabelSet) -> dict[str, str]:
    """What a label set says of items; pairs that it leaves out are what it says by that: RePOPE's are ambiguous.

    Raises:
        RequestError: it says nothing of an item, or cannot.
    """
    truth: dict[str, str] = {}
    for item in items:
        answer = None if item.claim is None else labels.answer(item.image, item.claim)
        if answer is None or answer not in WORD_OF:
            raise RequestError(f"{labels.name} says nothing of {item.text!r} about {item.image}.")
        truth[item.key] = WORD_OF[answer]
    return truth


def replay(
    items: Sequence[Item],
    truth: Mapping[str, str],
    labellers: Sequence[Simulated] = PERFECT,
    adjudicator: Simulated = ADJUDICATOR,
    seed: int = 0,
) -> list[Entry]:
    """Have simulated people go through items: each labeller through all, the adjudicator through the conflicts.

    Everybody errs on their own, whatever others say and however hard an item is; people err together on hard items, so
    that a real audit recovers less.

    Args:
        items: what they look at.
        truth: item → the right word.
        labellers: as many as look at each item, blind to each other.
        adjudicator: sees only what they do not agree on.
        seed: of the errors.
    """
    generator = np.random.default_rng(seed)
    numbers = count(1)
    entries: list[Entry] = []
    for labeller in labellers:
        said = _said(items, truth, labeller, generator)
        entries += [_entry(next(numbers), item, labeller, Stage.LABEL, said[item.key]) for item in items]
    found = outcomes_of(entries, looks=len(labellers))
    open_ = [item for item in items if found[item.key].state is State.CONFLICT]
    said = _said(open_, truth, adjudicator, generator)
    return entries + [_entry(next(numbers), item, adjudicator, Stage.ADJUDICATE, said[item.key]) for item in open_]


def _said(
    items: Sequence[Item], truth: Mapping[str, str], person: Simulated, generator: np.random.Generator
) -> dict[str, str]:
    """Item → what somebody says of it."""
    chances = generator.random((len(items), 2))
    words = {item.choices: item.words for item in items}
    said: dict[str, str] = {}
    for item, (chance, which) in zip(items, chances.tolist(), strict=True):
        right = truth[item.key]
        if chance < person.flips:
            others = [word for word in words[item.choices] if word not in (right, AMBIGUOUS)]
            said[item.key] = others[int(which * len(others))]
        elif chance < person.flips + person.unsure:
            said[item.key] = AMBIGUOUS
        else:
            said[item.key] = right
    return said


def _entry(number: int, item: Item, person: Simulated, stage: Stage, word: str) -> Entry:
    seconds, micro = divmod(number, 1_000_000)
    at = f"2026-01-01T00:00:{seconds:02d}.{micro:06d}+00:00"
    return Entry(number, item.key, person.name, stage, Act.VERDICT, word, "", at, None, item.text)


class Recovery(NamedTuple):
    """How well an audit finds what is true. Shares are in [0, 1], NaN where there is nothing to share.

    Args:
        right: items whose label is right after it, ambiguous ones included.
        wrong_found: of the labels that were wrong, those that are right after it.
        ambiguous_found: of the items that are ambiguous, those that are known to be.
        spoilt: of the labels that were right, those that are not right after it.
        adjudicated: items that a third person had to see.
        right_before: items whose label was right before it.
    """

    right: float
    wrong_found: float
    ambiguous_found: float
    spoilt: float
    adjudicated: float
    right_before: float


def recovery(items: Sequence[Item], truth: Mapping[str, str], outcomes: Mapping[str, Outcome]) -> Recovery:
    """Hold what an audit found against the truth; what it has not decided keeps its old label.

    Example:
        >>> item = Item("k", "a.jpg", "Is there a dog?", None, (), "yes", ("random",), ("random/1",))
        >>> entries = replay([item], {"k": "no"})
        >>> recovery([item], {"k": "no"}, outcomes_of(entries)).wrong_found
        1.0
    """
    old = np.array([item.old for item in items], dtype=object)
    true = np.array([truth[item.key] for item in items], dtype=object)
    found = [outcomes.get(item.key) for item in items]
    after = np.array([o.word if o and o.word else item.old for o, item in zip(found, items, strict=True)], dtype=object)
    adjudicated = np.array([o is not None and o.state is State.ADJUDICATED for o in found])
    right, ambiguous = after == true, true == AMBIGUOUS

    def share(hits: np.ndarray, among: np.ndarray) -> float:
        return float(hits[among].mean()) if among.any() else float("nan")

    everything = np.ones(len(items), dtype=bool)
    return Recovery(
        share(right, everything),
        share(right, (old != true) & ~ambiguous),
        share(right, ambiguous),
        share(~right, old == true),
        share(adjudicated, everything),
        share(old == true, everything),
    )
