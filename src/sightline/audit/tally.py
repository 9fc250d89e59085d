"""What became of the labels of an audit, counted over distinct items."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sightline.audit.entries import Outcome
from sightline.audit.items import AMBIGUOUS, Item

__all__ = ["Tally", "tally"]


class Tally(NamedTuple):
    """How many items came to what; together they are all items.

    Args:
        kept: the label was found to be right.
        flipped: "yes → no" → how many; where there was no label, "no label → yes".
        ambiguous: people cannot say.
        open: looked at, and not decided: a second look or an adjudicator is missing.
        unseen: nobody has looked.
    """

    kept: int
    flipped: Mapping[str, int]
    ambiguous: int
    open: int
    unseen: int


def tally(items: Sequence[Item], outcomes: Mapping[str, Outcome]) -> Tally:
    """Count what became of labels.

    Example:
        >>> from sightline.audit.entries import State
        >>> items = [Item(key, "a.jpg", "A dog?", None, (), "yes", (), ()) for key in "abc"]
        >>> found = {"a": Outcome(State.AGREED, "no", {}), "b": Outcome(State.CONFLICT, None, {})}
        >>> tally(items, found)
        Tally(kept=0, flipped={'yes → no': 1}, ambiguous=0, open=1, unseen=1)
    """
    flipped: Counter[str] = Counter()
    kept = ambiguous = still_open = unseen = 0
    for item in items:
        outcome = outcomes.get(item.key)
        if outcome is None:
            unseen += 1
        elif outcome.word is None:
            still_open += 1
        elif outcome.word == AMBIGUOUS:
            ambiguous += 1
        elif outcome.word == item.old:
            kept += 1
        else:
            flipped[f"{item.old or 'no label'} → {outcome.word}"] += 1
    return Tally(kept, dict(flipped.most_common()), ambiguous, still_open, unseen)
