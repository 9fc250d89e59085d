"""Negatives without a language model: what the scene graphs of a data set say is plausible, and false here.

Objects are taken from names of the true object's kind and those that are often seen with what is in the image;
attributes from those of the same class that such objects have elsewhere; relations by putting in the opposite
predicate, or an object that the predicate takes elsewhere and that suits the subject. All must pass the rules strictly
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
from sightline.readers.attribute_classes import attribute_class, attributes_named
from sightline.readers.parts import is_attached
from sightline.readers.predicates import canonical, excluded_by
from sightline.readers.synonyms import concepts_of, is_seldom_listed, kinds_of, narrow_kinds_of, plain_name
from sightline.scenes.scene_graphs.graph import SceneGraph

__all__ = ["BY", "FEW", "NO_CLASS", "UNKNOWN_NAME", "Statistics", "learn", "negatives_of"]

BY = "statistics"

FEW = f"only {{number}} of {NEGATIVES} negatives are surely wrong"
NO_CLASS = "the tables do not know of what class the attribute is"
UNKNOWN_NAME = "the tables do not know what the name means"

MOST_PLAUSIBLE = 8
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

_TOGETHER = 2.0
"""So many times as often as by chance two names are in one image that go together."""

_ENOUGH = 2
"""In so many images something must have been seen to be the rule.

What goes with so many names of a scene suits it; what is of the true one's kind in a wide sense, with half of them."""

_SHARE = 0.2
"""The share of the names of a scene that it must go with where there are many."""

_HAVING = "has"
_LACKING = "without"

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


def negatives_of(
    element: Element,
    graph: SceneGraph,
    statistics: Statistics,
    draw: random.Random,
    barred: Sequence[Claim] = (),
    wide: bool = True,
) -> tuple[list[Negative], list[tuple[Negative | None, str]]]:
    """Up to four negatives of an element, all of which pass the rules strictly.

    Args:
        element: what they are to stand beside.
        graph: the scene graph of its image.
        statistics: of the data set.
        draw: what they are drawn with; ``random.Random(f"{seed}/{element.key}")`` makes them independent of the order
            of images.
        barred: claims that must not be given again.
        wide: whether what is of the same kind, but was not seen in such surroundings, fills up where little else was:
            a small data set cannot count enough, and then has few negatives without it.

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
            return [], [(None, UNKNOWN_NAME)]
    if isinstance(claim, Attribute) and attribute_class(claim.attribute) is None:
        return [], [(None, NO_CLASS)]
    facts = facts_of(graph)
    kept: list[Negative] = []
    refused: list[tuple[Negative | None, str]] = []
    for candidate in _candidates(claim, facts, statistics, draw, wide):
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


def _candidates(
    claim: Claim, facts: SceneFacts, statistics: Statistics, draw: random.Random, wide: bool
) -> Iterator[Claim]:
    """Claims that may be negatives, the most plausible first."""
    if isinstance(claim, Relation):
        yield from (replace(claim, predicate=each) for each in _other_predicates(claim.predicate))
    for open_ in (False, True) if wide else (False,):
        match claim:
            case Presence():
                yield from (Presence(name) for name in _objects(claim, facts, statistics, draw, open_))
            case Attribute():
                others = _other_attributes(claim, facts, statistics, draw, open_)
                yield from (replace(claim, attribute=each) for each in others)
            case Relation():
                others = _other_partners(claim, facts, statistics, draw, open_)
                yield from (replace(claim, object=each) for each in others)


def _objects(
    claim: Presence, facts: SceneFacts, statistics: Statistics, draw: random.Random, wide: bool
) -> Iterator[str]:
    """Names that may be put in for an object."""
    scores = _plausible(claim.object, facts, statistics, wide)
    yield from (statistics.names[place] for place in _drawn(scores, draw))


def _other_attributes(
    claim: Attribute, facts: SceneFacts, statistics: Statistics, draw: random.Random, wide: bool
) -> Iterator[str]:
    """Attributes of the same class: first those that such an object has elsewhere, then those of its kind.

    Of what is completely annotated, anything may have any.
    """
    of = attribute_class(claim.attribute) or ""
    offered = {claim.attribute}
    counted = _attributes_of(statistics, plain_name(claim.object) or claim.object, of, 1 if wide else _ENOUGH)
    if facts.graph.complete:
        counted = (*counted, _attributes_of_anything(statistics, of))
    for counts in counted:
        often = [each for each, _ in counts.most_common(2 * MOST_PLAUSIBLE) if each not in offered]
        yield from draw.sample(often, len(often))
        offered.update(often)


@lru_cache(maxsize=64)
def _attributes_of_anything(statistics: Statistics, of: str) -> Counter[str]:
    """The attributes of a class that things of all names have."""
    return _counts(statistics, np.ones(len(statistics.names), bool), statistics.attributes, of)


@lru_cache(maxsize=1 << 12)
def _attributes_of(statistics: Statistics, name: str, of: str, fewest: int) -> tuple[Counter[str], ...]:
    """The attributes of a class that things of a name have, and those of its kind, as wide as they are shared."""
    own = statistics.attributes.get((name, of), Counter())
    place = statistics.places.get(name)
    if place is None:
        return (own,)
    kinds = _kinds_and_name(name)
    if of == "colour" and "coat fur" in kinds:
        return ()  # of people and of animals
    if of == "colour" and not kinds.isdisjoint(_OF_ONE_COLOUR):
        return (_natural(own, kinds),)
    near = _repeated(_counts(statistics, statistics.akin[place], statistics.attributes, of), fewest)
    if of in _PARTICULAR:
        return own, near
    return own, near, _repeated(_counts(statistics, statistics.alike[place] >= _KIN, statistics.attributes, of), fewest)


def _natural(counts: Counter[str], kinds: frozenset[str]) -> Counter[str]:
    """The colours that what lives may have."""
    if kinds.isdisjoint(_LIVING) or not kinds.isdisjoint(_OF_ANY_COLOUR):
        return counts
    barred = _UNNATURAL if not kinds.isdisjoint(_GREEN_BY_NATURE) else _UNNATURAL | {"green"}
    named = {colour: attributes_named(colour) for colour in counts}
    return Counter({each: number for each, number in counts.items() if barred.isdisjoint(named[each])})


def _other_predicates(predicate: str) -> Iterator[str]:
    """Predicates that do not hold where this one does, with as much of its wording as can be kept."""
    said = canonical(predicate).split(" ")
    for other in excluded_by(predicate):
        words = other.split(" ")
        swapped = [pair for pair in zip(said, words, strict=False) if pair[0] != pair[1]]
        if other == _LACKING:
            continue  # what an image does not show may still be there
        if len(said) == len(words) and len(swapped) == 1 and swapped[0][0] in predicate.split(" "):
            yield " ".join(swapped[0][1] if word == swapped[0][0] else word for word in predicate.split(" "))
        else:
            yield other


def _other_partners(
    claim: Relation, facts: SceneFacts, statistics: Statistics, draw: random.Random, wide: bool
) -> Iterator[str]:
    """Names that the predicate takes elsewhere and that suit the subject, best with the same subject."""
    predicate = canonical(claim.predicate)
    own, near = _partners_of(statistics, plain_name(claim.subject) or "", predicate)
    suits = np.zeros(len(statistics.names), bool)
    suits[[each for each, number in (*own.items(), *near.items()) if number >= _ENOUGH]] = True
    place = statistics.places.get(plain_name(claim.object) or "")
    taken = _partner_places(statistics, predicate)
    if facts.graph.complete:
        suits[taken] = True
    elif place is not None and predicate != _HAVING:
        suits[list(own)] = True
        if not is_attached(claim.subject):  # a part is on what has it
            suits[taken] |= statistics.alike[place, taken] >= _KIN
    elif place is not None:
        suits[list(own)] |= statistics.akin[place, list(own)]
        suits &= (statistics.alike[place] >= _KIN) | (_attached(statistics) == is_attached(claim.object))
    if wide and place is not None:
        suits[taken] |= statistics.alike[place, taken] >= _KIN
        suits &= _attached(statistics) == is_attached(claim.object)
    scores = np.where(suits, _plausible(claim.object, facts, statistics, wide), -np.inf)
    scores[list(own)] += _SEEN_WITH
    yield from (statistics.names[place] for place in _drawn(scores, draw))


@lru_cache(maxsize=1 << 12)
def _partners_of(statistics: Statistics, subject: str, predicate: str) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """Places of what a predicate takes, and in how many images: with a subject, and with others of its kind."""
    own = statistics.partners.get((subject, predicate), Counter[str]())
    place = statistics.places.get(subject)
    near = Counter[str]()
    if place is not None:
        near = _counts(statistics, statistics.akin[place], statistics.partners, predicate)
    return _placed(statistics, own), _placed(statistics, near)


def _placed(statistics: Statistics, counts: Counter[str]) -> Mapping[int, int]:
    return {statistics.places[name]: number for name, number in counts.items()}


def _counts(
    statistics: Statistics, which: NDArray[np.bool_], counted: Mapping[tuple[str, str], Counter[str]], of: str
) -> Counter[str]:
    """What is counted over several names."""
    summed: Counter[str] = Counter()
    for place in np.flatnonzero(which):
        summed.update(counted.get((statistics.names[place], of), Counter()))
    return summed


def _repeated(counts: Counter[str], fewest: int) -> Counter[str]:
    """What was seen in so many images."""
    return Counter({each: number for each, number in counts.items() if number >= fewest})


def _drawn(scores: NDArray[np.float32], draw: random.Random) -> Iterator[int]:
    """The places of the best scores, the first of them in drawn order."""
    number = min(_MOST_TRIED, len(scores))
    best = np.argpartition(-scores, number - 1)[:number] if number else np.zeros(0, np.int64)
    ranked = [int(place) for place in best[np.lexsort((best, -scores[best]))] if scores[place] >= _LEAST]
    yield from draw.sample(ranked[:MOST_PLAUSIBLE], len(ranked[:MOST_PLAUSIBLE]))
    yield from ranked[MOST_PLAUSIBLE:]


def _plausible(name: str, facts: SceneFacts, statistics: Statistics, wide: bool) -> NDArray[np.float32]:
    """How plausible each name is in place of one of a scene; minus infinity where it may well be there, or is odd.

    Of what is completely annotated, anything may be in any scene; where little is plausible (``wide``), anything of the
    kind of the true one.
    """
    scores = _absent(statistics, facts).copy()
    place = statistics.places.get(plain_name(name) or "")
    company = _company(statistics, facts)
    enough = max(_ENOUGH, len(_known(statistics, facts)) * _SHARE)
    suits = (company >= enough) | facts.graph.complete
    if place is not None:
        scores += statistics.alike[place]
        kin = (statistics.alike[place] >= _KIN) & (wide | (2 * company >= enough))
        suits |= statistics.akin[place] | (kin & ~_meant(statistics, _FOR_OCCASIONS))
        suits &= _in_place(statistics, facts) | (statistics.alike[place] >= _KIN)
    scores[~suits | (_attached(statistics) & ~_owned(statistics, facts))] = -np.inf
    if not is_attached(name):
        scores[_attached(statistics)] = -np.inf
    return scores


@lru_cache(maxsize=8)
def _in_place(statistics: Statistics, facts: SceneFacts) -> NDArray[np.bool_]:
    """Which names are not of what only people wear where nobody is named, nor of places, of which a scene has one."""
    peopled = any("person" in narrow_kinds_of(name) for name in facts.names)
    return facts.graph.complete | ~_meant(statistics, _PLACES if peopled else _PLACES | _WORN)


@lru_cache(maxsize=16)
def _meant(statistics: Statistics, kinds: frozenset[str]) -> NDArray[np.bool_]:
    """Which names are of some kinds."""
    return np.array([not kinds.isdisjoint(_kinds_and_name(name)) for name in statistics.names], bool)


@lru_cache(maxsize=1 << 14)
def _kinds_and_name(name: str) -> frozenset[str]:
    return concepts_of(name) | kinds_of(name)


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
        own, _ = _partners_of(statistics, statistics.names[place], _HAVING)
        owned[[part for part, number in own.items() if number >= _ENOUGH]] = True
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
    kin = _of_one([categories.get(name) or kinds_of(name) for name in names])
    often = (images / (images + 1)).astype(np.float32)
    alike: NDArray[np.float32] = rows @ rows.T * often + np.float32(_KIN) * kin
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
    together: NDArray[np.bool_] = (both > _ENOUGH - 1 / 2) & (
        both * number >= (_TOGETHER - 1e-3) * images * images[:, None]
    )
    return together


def _meant_by(names: Iterable[str]) -> dict[str, NDArray[np.int64]]:
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        for meaning in concepts_of(name):
            found.setdefault(meaning, []).append(place)
    return {meaning: np.array(places, np.int64) for meaning, places in found.items()}
