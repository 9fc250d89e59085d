"""Which items were looked at because the ranking had come to them, and which stand for all others, drawn at random.

An item can be both. Whether the ranking has come to it must not depend on whether the draw had shown it before: what is
drawn would otherwise hold more errors than the rest it is to speak for, as the ranking's finds would be taken out of
the rest and not out of the draw. So an item that the draw showed first counts as come to as soon as the ranking has
given every item before it.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sightline.audit.entries import Outcome, State
from sightline.audit.ordering import Place

__all__ = ["Samples", "samples_of"]


class Samples(NamedTuple):
    """Why items were looked at.

    Args:
        control: the items that drew lowest, up to the last one that was given by the draw and of which all is said but
            an adjudicator's decision; a uniform sample of all items.
        ranked: those that the ranking has come to, or that somebody asked for or brought in, whether the draw had shown
            them already or not.
    """

    control: frozenset[str]
    ranked: frozenset[str]


def samples_of(order: Mapping[str, Place], outcomes: Mapping[str, Outcome]) -> Samples:
    """Tell why items were looked at, as `certificate` and `partial_score_table` take it.

    Args:
        order: where items stand, from `Store.order`.
        outcomes: what has been said of them, from `Store.outcomes`.

    Example:
        Three items in the ranking's order; the first was given by it, the second by the draw before.

        >>> order = {"a": Place(0, 0.9, 0.7, False, 1), "b": Place(1, 0.5, 0.1, True, 1)}
        >>> order["c"] = Place(2, 0.1, 0.4, None, 1)
        >>> found = samples_of(order, {"b": Outcome(State.AGREED, "yes", {})})
        >>> sorted(found.control), sorted(found.ranked)
        (['b'], ['a', 'b'])
    """
    seen = [key for key, place in order.items() if place.control and _is_seen(outcomes.get(key))]
    last = max((order[key].draw for key in seen), default=-1.0)
    control = frozenset(key for key, place in order.items() if place.draw <= last)
    given = (place.place for key, place in order.items() if _waits(key, place, outcomes) and place.place is not None)
    front = min((place for place in given if place >= 0), default=len(order))
    return Samples(control, frozenset(key for key in order if _is_come_to(key, order[key], front, outcomes)))


def _is_seen(outcome: Outcome | None) -> bool:
    return outcome is not None and (outcome.word is not None or outcome.state is State.CONFLICT)


def _waits(key: str, place: Place, outcomes: Collection[str]) -> bool:
    """Whether nobody was given it, and nobody brought it in."""
    return place.control is None and key not in outcomes


def _is_come_to(key: str, place: Place, front: int, outcomes: Collection[str]) -> bool:
    if place.control is None:
        return key in outcomes
    return not place.control or (place.place is not None and place.place < front)
