"""How plausible names are in place of one of a scene: what goes with its things, is of the kind, and is not there."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sightline.queries.scene_facts import SceneFacts
from sightline.queries.statistics.learned import ENOUGH, KIN, Statistics, kinds_and_name
from sightline.queries.statistics.partners import HAVING, partners_of
from sightline.readers.parts import is_attached
from sightline.readers.synonyms import is_seldom_listed, narrow_kinds_of, plain_name

__all__ = ["attached", "plausible"]

_BESIDE = 2.0
"""What standing beside the things of an image counts for."""

_SHARE = 0.2
"""The share of the names of a scene that it must go with where there are many."""

_FOR_OCCASIONS = frozenset(
    (
        *("wetsuit", "swimsuit", "costume", "uniform", "helmet", "suit", "apron", "robe", "gown", "wedding dress"),
        *("mask", "life jacket", "shin guard", "knee pad", "goggles", "baseball glove"),
    )
)
"""What is worn for one thing only, so that it must go with a scene itself."""

_WORN = frozenset(("clothes", "jewelry", "eyewear", "handbag", "backpack"))
"""What is not put in where nobody is named who could wear it."""

_PLACES = frozenset(("place", "room"))
"""What is put in for its like only: a scene is in one place."""


def plausible(name: str, facts: SceneFacts, statistics: Statistics, wide: bool) -> NDArray[np.float32]:
    """How plausible each name is in place of one of a scene; minus infinity where it may well be there, or is odd.

    Of what is completely annotated, anything may be in any scene; where little is plausible (``wide``), anything of the
    kind of the true one.
    """
    scores = _absent(statistics, facts).copy()
    place = statistics.places.get(plain_name(name) or "")
    company = _company(statistics, facts)
    enough = max(ENOUGH, len(_known(statistics, facts)) * _SHARE)
    suits = (company >= enough) | facts.graph.complete
    if place is not None:
        scores += statistics.alike[place]
        kin = (statistics.alike[place] >= KIN) & (wide | (2 * company >= enough))
        suits |= statistics.akin[place] | (kin & ~_meant(statistics, _FOR_OCCASIONS))
        suits &= _in_place(statistics, facts) | (statistics.alike[place] >= KIN)
    scores[~suits | (attached(statistics) & ~_owned(statistics, facts))] = -np.inf
    if not is_attached(name):
        scores[attached(statistics)] = -np.inf
    return scores


@lru_cache(maxsize=8)
def _in_place(statistics: Statistics, facts: SceneFacts) -> NDArray[np.bool_]:
    """Which names are not of what only people wear where nobody is named, nor of places, of which a scene has one."""
    peopled = any("person" in narrow_kinds_of(name) for name in facts.names)
    return facts.graph.complete | ~_meant(statistics, _PLACES if peopled else _PLACES | _WORN)


@lru_cache(maxsize=16)
def _meant(statistics: Statistics, kinds: frozenset[str]) -> NDArray[np.bool_]:
    """Which names are of some kinds."""
    return np.array([not kinds.isdisjoint(kinds_and_name(name)) for name in statistics.names], bool)


@lru_cache(maxsize=8)
def _company(statistics: Statistics, facts: SceneFacts) -> NDArray[np.int64]:
    """With how many names of a scene each name goes together."""
    company: NDArray[np.int64] = statistics.together[_known(statistics, facts)].sum(axis=0)
    return company


@lru_cache(maxsize=8)
def _owned(statistics: Statistics, facts: SceneFacts) -> NDArray[np.bool_]:
    """Which names are known as parts of what is in a scene."""
    owned = np.zeros(len(statistics.names), bool)
    for place in _known(statistics, facts):
        own, _ = partners_of(statistics, statistics.names[place], HAVING)
        owned[[part for part, number in own.items() if number >= ENOUGH]] = True
    return owned


def _known(statistics: Statistics, facts: SceneFacts) -> list[int]:
    """Places of the names of a scene, each once."""
    plain = dict.fromkeys(plain_name(name) or "" for name in facts.names)
    return [statistics.places[name] for name in plain if name in statistics.places]


@lru_cache(maxsize=8)
def _absent(statistics: Statistics, facts: SceneFacts) -> NDArray[np.float32]:
    """How well each name goes with what is in a scene; minus infinity where it may well be there itself."""
    known = _known(statistics, facts)
    scores = np.zeros(len(statistics.names), np.float32)
    if known:
        scores += _BESIDE * statistics.beside[known].mean(axis=0)
    closed = facts.named | facts.implied | facts.unowned | (frozenset() if facts.graph.complete else facts.likely)
    for meaning in closed:
        if (places := statistics.meant_by.get(meaning)) is not None:
            scores[places] = -np.inf
    if not facts.graph.complete:
        scores[_overlooked(statistics)] = -np.inf
    return scores


@lru_cache(maxsize=8)
def _overlooked(statistics: Statistics) -> NDArray[np.bool_]:
    return np.array([is_seldom_listed(name) for name in statistics.names], bool)


@lru_cache(maxsize=8)
def attached(statistics: Statistics) -> NDArray[np.bool_]:
    """Which names are of parts of other things."""
    return np.array([is_attached(name) for name in statistics.names], bool)
