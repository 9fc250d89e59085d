"""What is counted over the scene graphs of a data set: what is seen together, of one kind, and said of one name."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sightline.readers.attribute_classes import attribute_class
from sightline.readers.predicates import canonical
from sightline.readers.synonyms import concepts_of, kinds_of, narrow_kinds_of, plain_name
from sightline.scenes.scene_graphs.graph import SceneGraph

__all__ = ["ENOUGH", "KIN", "Statistics", "kinds_and_name", "learn", "summed_counts"]

KIN = 1.0
"""What being of one kind counts for, where the same surroundings count for 1 at most."""

_TOGETHER = 2.0
"""So many times as often as by chance two names are in one image that go together."""

ENOUGH = 2
"""In so many images something must have been seen to be the rule.

What goes with so many names of a scene suits it; what is of the true one's kind in a wide sense, with half of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """What is counted over the images of a data set.

    Args:
        names: names of objects, in the singular and without what is said before them, in the order of their first
            image; those that the tables of synonyms do not know are left out, since they may name anything.
        images: (n,) in how many images each is.
        beside: (n, n) in [0, 1), how often two are in one image: images with both, over the root of the product of the
            images with each and one more, so that what was seen once is no rule; zero on the diagonal.
        alike: (n, n) in [0, 2), how well the second stands for the first: the cosine of their rows in `beside`, times
            the share n/(n+1) for n images with the second; and 1 more where they are of one kind.
        akin: (n, n), whether two are of one kind in a narrow sense; each is so with itself.
        together: (n, n), whether two are together in several images, and at least twice as often as by chance.
        attributes: (name, class) → attributes of this class that things of this name have, and in how many images.
        partners: (subject, predicate) → names of the objects, and in how many images.
        partners_of_predicate: predicate → the same over all subjects.
        places: name → its place.
        meant_by: meaning, as the tables of synonyms call it → places of the names that have it.
    """

    names: tuple[str, ...]
    images: NDArray[np.int64]
    beside: NDArray[np.float32]
    alike: NDArray[np.float32]
    akin: NDArray[np.bool_]
    together: NDArray[np.bool_]
    attributes: Mapping[tuple[str, str], Counter[str]]
    partners: Mapping[tuple[str, str], Counter[str]]
    partners_of_predicate: Mapping[str, Counter[str]]
    places: Mapping[str, int]
    meant_by: Mapping[str, NDArray[np.int64]]


def learn(graphs: Iterable[SceneGraph]) -> Statistics:
    """Count what is in the images of a data set.

    Example:
        >>> from sightline.scenes.scene_graphs.graph import GraphObject
        >>> cat, dog, sofa = (GraphObject(name, name) for name in ("cat", "dog", "sofa"))
        >>> graphs = [SceneGraph(f"{n}.jpg", of) for n, of in enumerate([(cat, sofa), (dog,), (sofa,)])]
        >>> learned = learn(graphs)
        >>> learned.names, learned.images.tolist(), learned.beside[0, 2].item(), f"{learned.beside[0, 1]:.3f}"
        (('cat', 'sofa', 'dog'), [1, 2, 1], 0.0, '0.408')
    """
    places: dict[str, int] = {}
    scenes: list[list[int]] = []
    categories: dict[str, set[str]] = {}
    attributes: dict[tuple[str, str], Counter[str]] = {}
    partners: dict[tuple[str, str], Counter[str]] = {}
    for graph in graphs:
        plain = {each.id: plain_name(each.name) for each in graph.objects}
        scenes.append([places.setdefault(name, len(places)) for name in dict.fromkeys(plain.values()) if name])
        for each in graph.objects:
            if (name := plain[each.id]) and each.category:
                categories.setdefault(name, set()).add(each.category)
        for key, attribute in _attributes(graph, plain):
            attributes.setdefault(key, Counter())[attribute] += 1
        for pair, partner in _partners(graph, plain):
            partners.setdefault(pair, Counter())[partner] += 1
    images, beside = _beside(scenes, len(places))
    return Statistics(
        tuple(places),
        images,
        beside,
        _alike(images, beside, tuple(places), categories),
        _of_one([categories.get(name) or narrow_kinds_of(name) for name in places]),
        _together(images, beside, len(scenes)),
        attributes,
        partners,
        _summed((key[1], counts) for key, counts in partners.items()),
        places,
        _meant_by(places),
    )


def summed_counts(
    statistics: Statistics, which: NDArray[np.bool_], counted: Mapping[tuple[str, str], Counter[str]], of: str
) -> Counter[str]:
    """What is counted over several names."""
    summed: Counter[str] = Counter()
    for place in np.flatnonzero(which):
        summed.update(counted.get((statistics.names[place], of), Counter()))
    return summed


@lru_cache(maxsize=1 << 14)
def kinds_and_name(name: str) -> frozenset[str]:
    """What a name means, and what kinds that is of."""
    return concepts_of(name) | kinds_of(name)


def _attributes(graph: SceneGraph, plain: Mapping[str, str | None]) -> Iterable[tuple[tuple[str, str], str]]:
    """(name, class), and an attribute; each once an image."""
    found: dict[tuple[tuple[str, str], str], None] = {}
    for each in graph.objects:
        for attribute in each.attributes:
            of = attribute_class(attribute)
            if (name := plain[each.id]) and of:
                found[(name, of), attribute] = None
    return found


def _partners(graph: SceneGraph, plain: Mapping[str, str | None]) -> Iterable[tuple[tuple[str, str], str]]:
    """(subject, predicate), and the name of the object; each once an image."""
    found: dict[tuple[tuple[str, str], str], None] = {}
    for each in graph.relations:
        if (subject := plain[each.subject]) and (partner := plain[each.object]):
            found[(subject, canonical(each.predicate)), partner] = None
    return found


def _summed(counted: Iterable[tuple[str, Counter[str]]]) -> dict[str, Counter[str]]:
    summed: dict[str, Counter[str]] = {}
    for key, counts in counted:
        summed.setdefault(key, Counter()).update(counts)
    return summed


def _beside(scenes: Sequence[Sequence[int]], number: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """In how many images each name is, and how often two are in one image."""
    together = np.zeros((number, number), np.float32)
    for places in scenes:
        together[np.ix_(places, places)] += 1
    images = together.diagonal().astype(np.int64)
    np.fill_diagonal(together, 0)
    root = np.sqrt(images + 1).astype(np.float32)
    return images, together / root / root[:, None]


def _alike(
    images: NDArray[np.int64], beside: NDArray[np.float32], names: Sequence[str], categories: Mapping[str, set[str]]
) -> NDArray[np.float32]:
    """How well one name stands for another."""
    length = np.sqrt((beside**2).sum(axis=1, keepdims=True))
    rows = np.divide(beside, length, out=np.zeros_like(beside), where=length > 0)
    kin = _of_one([categories.get(name) or kinds_of(name) for name in names])
    often = (images / (images + 1)).astype(np.float32)
    alike: NDArray[np.float32] = rows @ rows.T * often + np.float32(KIN) * kin
    return alike


def _of_one(kinds: Sequence[Iterable[str]]) -> NDArray[np.bool_]:
    """Which names share a kind."""
    columns = {kind: column for column, kind in enumerate(sorted(set().union(*kinds)))}
    members = np.zeros((len(kinds), len(columns)), np.float32)
    for row, own in enumerate(kinds):
        members[row, [columns[kind] for kind in own]] = 1
    shared: NDArray[np.bool_] = members @ members.T > 0
    return shared


def _together(images: NDArray[np.int64], beside: NDArray[np.float32], number: int) -> NDArray[np.bool_]:
    """Which names are in one image more often than by chance."""
    root = np.sqrt(images + 1).astype(np.float32)
    both = beside * root * root[:, None]
    together: NDArray[np.bool_] = (both > ENOUGH - 1 / 2) & (
        both * number >= (_TOGETHER - 1e-3) * images * images[:, None]
    )
    return together


def _meant_by(names: Iterable[str]) -> dict[str, NDArray[np.int64]]:
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        for meaning in concepts_of(name):
            found.setdefault(meaning, []).append(place)
    return {meaning: np.array(places, np.int64) for meaning, places in found.items()}
