"""Negatives without a language model: what the scene graphs of a data set say is plausible, and false here.

Objects are taken from names that are often seen beside what is in the image, in the same surroundings as the true
object, and of its kind; attributes from those of the same class, best ones that such an object has elsewhere; relations
by putting in the opposite predicate, or an object that the predicate takes elsewhere. All must pass the rules strictly
(`sightline.queries.rules`). Where fewer than four do, fewer are given and it is said why: none is guessed.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sightline.core import Attribute, Claim, Presence, Relation
from sightline.queries.element import NEGATIVES, Element, Negative
from sightline.queries.rules import MEANT_OF_OTHERS, refusal, same_claim
from sightline.queries.scene_facts import SceneFacts, facts_of
from sightline.readers.attribute_classes import attribute_class
from sightline.readers.parts import is_attached
from sightline.readers.predicates import canonical, excluded_by
from sightline.readers.synonyms import concepts_of, is_seldom_listed, kinds_of, plain_name
from sightline.scenes.scene_graphs.graph import SceneGraph

__all__ = ["BY", "FEW", "NO_CLASS", "UNKNOWN_NAME", "Statistics", "learn", "negatives_of"]

BY = "statistics"

FEW = f"only {{number}} of {NEGATIVES} negatives are surely wrong"
NO_CLASS = "the tables do not know of what class the attribute {attribute!r} is"
UNKNOWN_NAME = "the tables do not know what {name!r} is"

MOST_PLAUSIBLE = 16
"""Among so many of the most plausible names the negatives are drawn, so that not every image gets the same."""

_MOST_TRIED = 64
"""How many are tried before an element is given up."""

_LEAST = 0.3
"""Names below this score are of no kind with the true one, and seldom seen in surroundings like these."""

_KIN = 1.0
"""What being of one kind counts for, where the same surroundings count for 1 at most."""

_BESIDE = 2.0
"""What standing beside the things of an image counts for."""

_SEEN_WITH = 0.5
"""What having been the object of the same subject and predicate counts for."""


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
        attributes: (name, class) → attributes of this class that things of this name have, and in how many images.
        attributes_of_class: class → the same over all names.
        partners: (subject, predicate) → names of the objects, and in how many images.
        partners_of_predicate: predicate → the same over all subjects.
        places: name → its place.
        meant_by: meaning, as the tables of synonyms call it → places of the names that have it.
    """

    names: tuple[str, ...]
    images: NDArray[np.int64]
    beside: NDArray[np.float32]
    alike: NDArray[np.float32]
    attributes: Mapping[tuple[str, str], Counter[str]]
    attributes_of_class: Mapping[str, Counter[str]]
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
        attributes,
        _summed((key[1], counts) for key, counts in attributes.items()),
        partners,
        _summed((key[1], counts) for key, counts in partners.items()),
        places,
        _meant_by(places),
    )


def negatives_of(
    element: Element,
    graph: SceneGraph,
    statistics: Statistics,
    draw: random.Random,
    barred: Sequence[Claim] = (),
) -> tuple[list[Negative], list[tuple[Negative | None, str]]]:
    """Up to four negatives of an element, all of which pass the rules strictly.

    Args:
        element: what they are to stand beside.
        graph: the scene graph of its image.
        statistics: of the data set.
        draw: what they are drawn with; ``random.Random(f"{seed}/{element.key}")`` makes them independent of the order
            of images.
        barred: claims that must not be given again.

    Returns:
        The negatives, and what was refused with the reason; None stands for those that are lacking.

    Example:
        >>> from sightline.scenes.scene_graphs.graph import GraphObject
        >>> cups = [GraphObject("1", "cup", (colour,)) for colour in ("red", "blue", "green")]
        >>> graphs = [SceneGraph(f"{number}.jpg", (cup,), complete=True) for number, cup in enumerate(cups)]
        >>> element = Element("0.jpg", Attribute("cup", "red"), "1")
        >>> negatives, refused = negatives_of(element, graphs[0], learn(graphs), random.Random("0/0.jpg"))
        >>> sorted(each.claim.attribute for each in negatives), refused
        (['blue', 'green'], [(None, 'only 2 of 4 negatives are surely wrong')])
    """
    claim = element.claim
    name = claim.subject if isinstance(claim, Relation) else claim.object
    for each in (name, claim.object):
        if plain_name(each) is None and not isinstance(claim, Attribute):
            return [], [(None, UNKNOWN_NAME.format(name=each))]
    if isinstance(claim, Attribute) and attribute_class(claim.attribute) is None:
        return [], [(None, NO_CLASS.format(attribute=claim.attribute))]
    facts = facts_of(graph)
    kept: list[Negative] = []
    refused: list[tuple[Negative | None, str]] = []
    for candidate in _candidates(claim, facts, statistics, draw):
        if any(same_claim(candidate, each) for each in (*barred, *(negative.claim for negative in kept))):
            continue
        reason = refusal(candidate, claim, facts, strict=True)
        if reason is None:
            kept.append(Negative(candidate, BY))
        else:
            refused.append((Negative(candidate, BY), reason))
        if len(kept) == NEGATIVES:
            return kept, refused
        if reason == MEANT_OF_OTHERS and isinstance(claim, Attribute):
            break  # as it is of every other attribute of the class
    return kept, [*refused, (None, FEW.format(number=len(kept)))]


def _candidates(claim: Claim, facts: SceneFacts, statistics: Statistics, draw: random.Random) -> Iterator[Claim]:
    """Claims that may be negatives, the most plausible first."""
    match claim:
        case Presence():
            yield from (Presence(name) for name in _objects(claim, facts, statistics, draw))
        case Attribute():
            yield from (replace(claim, attribute=each) for each in _other_attributes(claim, statistics, draw))
        case Relation():
            yield from (replace(claim, predicate=each) for each in _other_predicates(claim.predicate))
            yield from (replace(claim, object=each) for each in _other_partners(claim, facts, statistics, draw))


def _objects(claim: Presence, facts: SceneFacts, statistics: Statistics, draw: random.Random) -> Iterator[str]:
    """Names that may be put in for an object."""
    scores = _plausible(claim.object, facts, statistics)
    yield from (statistics.names[place] for place in _drawn(scores, draw))


def _other_attributes(claim: Attribute, statistics: Statistics, draw: random.Random) -> Iterator[str]:
    """Attributes of the same class: first those that such an object has elsewhere."""
    of = attribute_class(claim.attribute) or ""
    name = plain_name(claim.object) or claim.object
    offered = {claim.attribute}
    for counts in (statistics.attributes.get((name, of)), statistics.attributes_of_class.get(of)):
        often = [each for each, _ in (counts or Counter()).most_common(MOST_PLAUSIBLE) if each not in offered]
        yield from draw.sample(often, len(often))
        offered.update(often)


def _other_predicates(predicate: str) -> Iterator[str]:
    """Predicates that do not hold where this one does, with as much of its wording as can be kept."""
    said = canonical(predicate).split(" ")
    for other in excluded_by(predicate):
        words = other.split(" ")
        swapped = [pair for pair in zip(said, words, strict=False) if pair[0] != pair[1]]
        if len(said) == len(words) and len(swapped) == 1 and swapped[0][0] in predicate.split(" "):
            yield " ".join(swapped[0][1] if word == swapped[0][0] else word for word in predicate.split(" "))
        else:
            yield other


def _other_partners(claim: Relation, facts: SceneFacts, statistics: Statistics, draw: random.Random) -> Iterator[str]:
    """Names that the predicate takes elsewhere, best with the same subject."""
    predicate = canonical(claim.predicate)
    places = _partner_places(statistics, predicate)
    scores = np.full(len(statistics.names), -np.inf, np.float32)
    scores[places] = _plausible(claim.object, facts, statistics)[places]
    own = statistics.partners.get((plain_name(claim.subject) or "", predicate), ())
    scores[[statistics.places[name] for name in own]] += _SEEN_WITH
    yield from (statistics.names[place] for place in _drawn(scores, draw))


def _drawn(scores: NDArray[np.float32], draw: random.Random) -> Iterator[int]:
    """The places of the best scores, the first of them in drawn order."""
    number = min(_MOST_TRIED, len(scores))
    best = np.argpartition(-scores, number - 1)[:number] if number else np.zeros(0, np.int64)
    ranked = [int(place) for place in best[np.lexsort((best, -scores[best]))] if scores[place] >= _LEAST]
    yield from draw.sample(ranked[:MOST_PLAUSIBLE], len(ranked[:MOST_PLAUSIBLE]))
    yield from ranked[MOST_PLAUSIBLE:]


def _plausible(name: str, facts: SceneFacts, statistics: Statistics) -> NDArray[np.float32]:
    """How plausible each name is in place of one of a scene; minus infinity where it may well be there."""
    scores = _absent(statistics, facts).copy()
    place = statistics.places.get(plain_name(name) or "")
    if place is not None:
        scores += statistics.alike[place]
    if not is_attached(name):
        scores[_attached(statistics)] = -np.inf
    return scores


@lru_cache(maxsize=8)
def _absent(statistics: Statistics, facts: SceneFacts) -> NDArray[np.float32]:
    """How well each name goes with what is in a scene; minus infinity where it may well be there itself."""
    plain = (plain_name(name) or "" for name in facts.names)
    known = [statistics.places[name] for name in plain if name in statistics.places]
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
def _attached(statistics: Statistics) -> NDArray[np.bool_]:
    return np.array([is_attached(name) for name in statistics.names], bool)


@lru_cache(maxsize=1 << 12)
def _partner_places(statistics: Statistics, predicate: str) -> NDArray[np.int64]:
    names = statistics.partners_of_predicate.get(predicate, ())
    return np.array([statistics.places[name] for name in names], np.int64)


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
    kinds = [categories.get(name) or kinds_of(name) for name in names]
    columns = {kind: column for column, kind in enumerate(sorted(set().union(*kinds)))}
    members = np.zeros((len(names), len(columns)), np.float32)
    for row, own in enumerate(kinds):
        members[row, [columns[kind] for kind in own]] = 1
    often = (images / (images + 1)).astype(np.float32)
    alike: NDArray[np.float32] = rows @ rows.T * often + np.float32(_KIN) * (members @ members.T > 0)
    return alike


def _meant_by(names: Iterable[str]) -> dict[str, NDArray[np.int64]]:
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        for meaning in concepts_of(name):
            found.setdefault(meaning, []).append(place)
    return {meaning: np.array(places, np.int64) for meaning, places in found.items()}
