"""Up to four claims that are false of an image, the most plausible first; the rules have the last word."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sightline.core import Attribute, Claim, Presence, Relation
from sightline.queries.element import NEGATIVES, Element, Negative
from sightline.queries.rules import MEANT_OF_OTHERS, refusal, same_claim
from sightline.queries.scene_facts import SceneFacts, facts_of
from sightline.queries.statistics.attributes import attributes_of, attributes_of_anything
from sightline.queries.statistics.learned import ENOUGH, KIN, Statistics
from sightline.queries.statistics.partners import HAVING, partner_places, partners_of
from sightline.queries.statistics.plausible import attached, plausible
from sightline.readers.attribute_classes import attribute_class
from sightline.readers.parts import is_attached
from sightline.readers.predicates import canonical, excluded_by
from sightline.readers.synonyms import plain_name
from sightline.scenes.scene_graphs.graph import SceneGraph

__all__ = ["BY", "FEW", "NO_CLASS", "UNKNOWN_NAME", "negatives_of"]

BY = "statistics"

FEW = f"only {{number}} of {NEGATIVES} negatives are surely wrong"
NO_CLASS = "the tables do not know of what class the attribute is"
UNKNOWN_NAME = "the tables do not know what the name means"

_MOST_PLAUSIBLE = 8
"""Among so many of the most plausible names the negatives are drawn, so that not every image gets the same."""

_MOST_TRIED = 64
"""How many are tried before an element is given up."""

_LEAST = 0.3
"""Names below this score are of no kind with the true one, and seldom seen in surroundings like these."""

_SEEN_WITH = 0.5
"""What having been the object of the same subject and predicate counts for."""

_LACKING = "without"


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
        >>> from sightline.queries.statistics import learn
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
    scores = plausible(claim.object, facts, statistics, wide)
    yield from (statistics.names[place] for place in _drawn(scores, draw))


def _other_attributes(
    claim: Attribute, facts: SceneFacts, statistics: Statistics, draw: random.Random, wide: bool
) -> Iterator[str]:
    """Attributes of the same class: first those that such an object has elsewhere, then those of its kind.

    Of what is completely annotated, anything may have any.
    """
    of = attribute_class(claim.attribute) or ""
    offered = {claim.attribute}
    counted = attributes_of(statistics, plain_name(claim.object) or claim.object, of, 1 if wide else ENOUGH)
    if facts.graph.complete:
        counted = (*counted, attributes_of_anything(statistics, of))
    for counts in counted:
        often = [each for each, _ in counts.most_common(2 * _MOST_PLAUSIBLE) if each not in offered]
        yield from draw.sample(often, len(often))
        offered.update(often)


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
    own, near = partners_of(statistics, plain_name(claim.subject) or "", predicate)
    suits = np.zeros(len(statistics.names), bool)
    suits[[each for each, number in (*own.items(), *near.items()) if number >= ENOUGH]] = True
    place = statistics.places.get(plain_name(claim.object) or "")
    taken = partner_places(statistics, predicate)
    if facts.graph.complete:
        suits[taken] = True
    elif place is not None and predicate != HAVING:
        suits[list(own)] = True
        if not is_attached(claim.subject):  # a part is on what has it
            suits[taken] |= statistics.alike[place, taken] >= KIN
    elif place is not None:
        suits[list(own)] |= statistics.akin[place, list(own)]
        suits &= (statistics.alike[place] >= KIN) | (attached(statistics) == is_attached(claim.object))
    if wide and place is not None:
        suits[taken] |= statistics.alike[place, taken] >= KIN
        suits &= attached(statistics) == is_attached(claim.object)
    scores = np.where(suits, plausible(claim.object, facts, statistics, wide), -np.inf)
    scores[list(own)] += _SEEN_WITH
    yield from (statistics.names[place] for place in _drawn(scores, draw))


def _drawn(scores: NDArray[np.float32], draw: random.Random) -> Iterator[int]:
    """The places of the best scores, the first of them in drawn order."""
    number = min(_MOST_TRIED, len(scores))
    best = np.argpartition(-scores, number - 1)[:number] if number else np.zeros(0, np.int64)
    ranked = [int(place) for place in best[np.lexsort((best, -scores[best]))] if scores[place] >= _LEAST]
    yield from draw.sample(ranked[:_MOST_PLAUSIBLE], len(ranked[:_MOST_PLAUSIBLE]))
    yield from ranked[_MOST_PLAUSIBLE:]
