"""The attributes that things of a name have elsewhere, and those of its kind, but for what is odd by nature."""

from collections import Counter
from functools import lru_cache

import numpy as np

from sightline.queries.statistics.learned import KIN, Statistics, kinds_and_name, summed_counts
from sightline.readers.attribute_classes import attributes_named

__all__ = ["attributes_of", "attributes_of_anything"]

_PARTICULAR = frozenset(("material", "shape", "pattern", "texture", "posture", "hair", "straightness", "sleeves"))
"""Classes of attributes that things share with few others: a stool is not of paper as a bag is."""

_OF_ONE_COLOUR = frozenset(
    (
        *("animal", "plant", "greenery", "body part", "weather", "person", "body of water", "water", "land", "ground"),
        *(
            "sky",
            "celestial body",
            "food",
            "hair",
            "snow",
            "rock",
            "stone",
            "skin",
            "mountain",
            "fire",
            "body",
            "trunk",
        ),
        *("stem", "branch", "bark", "stick", "trunk of elephant", "horn", "shadow", "smoke", "wood", "road", "path"),
    )
)
"""Kinds whose members have colours of their own, by nature."""

_LIVING = frozenset(("animal", "body part", "plant", "hair", "skin", "body"))
_UNNATURAL = frozenset(("blue", "purple", "turquoise", "teal", "cyan", "magenta", "silver", "gold"))
_OF_ANY_COLOUR = frozenset(
    ("bird", "fish", "insect", "reptile", "flower", "eye", "nail", "wing", "beak", "feather", "fin", "tooth", "fruit")
)
_GREEN_BY_NATURE = frozenset(("plant", "greenery"))
"""Kinds of what lives, whose members have none of the unnatural colours, but for those that may have any."""


@lru_cache(maxsize=64)
def attributes_of_anything(statistics: Statistics, of: str) -> Counter[str]:
    """The attributes of a class that things of all names have."""
    return summed_counts(statistics, np.ones(len(statistics.names), bool), statistics.attributes, of)


@lru_cache(maxsize=1 << 12)
def attributes_of(statistics: Statistics, name: str, of: str, fewest: int) -> tuple[Counter[str], ...]:
    """The attributes of a class that things of a name have, and those of its kind, as wide as they are shared."""
    own = statistics.attributes.get((name, of), Counter())
    place = statistics.places.get(name)
    if place is None:
        return (own,)
    kinds = kinds_and_name(name)
    if of == "colour" and "coat fur" in kinds:
        return ()  # of people and of animals
    if of == "colour" and not kinds.isdisjoint(_OF_ONE_COLOUR):
        return (_natural(own, kinds),)
    near = _repeated(summed_counts(statistics, statistics.akin[place], statistics.attributes, of), fewest)
    if of in _PARTICULAR:
        return own, near
    kin = summed_counts(statistics, statistics.alike[place] >= KIN, statistics.attributes, of)
    return own, near, _repeated(kin, fewest)


def _natural(counts: Counter[str], kinds: frozenset[str]) -> Counter[str]:
    """The colours that what lives may have."""
    if kinds.isdisjoint(_LIVING) or not kinds.isdisjoint(_OF_ANY_COLOUR):
        return counts
    barred = _UNNATURAL if not kinds.isdisjoint(_GREEN_BY_NATURE) else _UNNATURAL | {"green"}
    named = {colour: attributes_named(colour) for colour in counts}
    return Counter({each: number for each, number in counts.items() if barred.isdisjoint(named[each])})


def _repeated(counts: Counter[str], fewest: int) -> Counter[str]:
    """What was seen in so many images."""
    return Counter({each: number for each, number in counts.items() if number >= fewest})
