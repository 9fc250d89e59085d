"""Seven levels of granularity: the same contradiction hidden among more and more that is true.

FINER's motivating study asks yes or no, and the right answer is always no. Here the contradiction of a scene stays the
same from level to level, so that only what surrounds it changes, and every level has its true twin as a control: a
model that always says no is right about all contradictions and about no twin.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from sightline.core import Attribute, Claim, Presence, Relation
from sightline.queries.element import Element
from sightline.queries.fine_question import LEVELS, FineQuestion
from sightline.queries.phrases import Named, attributes_phrase, clause, follows
from sightline.queries.questions import QUESTION, Made, by_subject, one_of_each_class, one_to_each_object
from sightline.scenes.scene_graphs.graph import SceneGraph

__all__ = [
    "CONTRADICTIONS",
    "FIRST_LEVEL",
    "NOTHING_INSTEAD",
    "NO_ANCHOR",
    "Anchor",
    "Contradiction",
    "level_phrase",
    "make_levels",
]

Contradiction = Literal["object", "attribute", "relation"]

CONTRADICTIONS: tuple[Contradiction, ...] = ("object", "attribute", "relation")

FIRST_LEVEL: dict[Contradiction, int] = {"object": 1, "attribute": 2, "relation": 5}
"""The first level at which there is something to contradict."""

NO_ANCHOR = "no object has two attributes and two relations that all levels can speak of"
NOTHING_INSTEAD = "the levels have nothing to put in the place of their {contradiction}"


class Anchor(NamedTuple):
    """What a scene's levels speak of: an object, its attributes, and how it stands to two others.

    Attributes stand before their nouns, so that each phrase says of what they are.

    Args:
        name: what it is.
        colour: the attribute named first.
        more: another of its attributes.
        predicate: how it stands to the second object.
        other: the second object.
        of_other: an attribute of that.
        further: a second relation of the object, to a third one.
    """

    name: Named
    colour: str
    more: str
    predicate: str
    other: Named
    of_other: str
    further: tuple[str, Named]


def level_phrase(anchor: Anchor, level: int, articles: bool) -> str:
    """What is asked at a level.

    Example:
        >>> cup, key = Named("cup"), Named("key")
        >>> anchor = Anchor(Named("moon"), "red", "large", "left of", cup, "blue", ("above", key))
        >>> for level in range(1, 8):
        ...     print(level, level_phrase(anchor, level, articles=True))
        1 a moon
        2 a red moon
        3 a red moon and a cup
        4 a red moon and a blue cup
        5 a red moon that is left of the blue cup
        6 a large red moon that is left of the blue cup
        7 a large red moon that is left of the blue cup and above the key
    """
    said = [[], [anchor.colour], [anchor.colour, anchor.more]][(level > 1) + (level > 5)]
    phrase = attributes_phrase(anchor.name, said, articles)
    if level in (3, 4):
        other = attributes_phrase(anchor.other, [anchor.of_other] if level == 4 else [], articles)
        return f"{phrase} and {other}"
    if level < 3:
        return phrase
    described = anchor.other._replace(name=f"{anchor.of_other} {anchor.other.name}")
    relations = [(anchor.predicate, described), anchor.further][: 2 if level == 7 else 1]
    return f"{phrase} {clause(anchor.name, relations, articles)}"


def make_levels(
    graphs: Sequence[SceneGraph],
    elements: Iterable[Element],
    articles: bool = False,
    contradictions: Sequence[Contradiction] = CONTRADICTIONS,
    seed: int = 0,
) -> Made:
    """Make the questions of all levels, of one anchor for each image.

    Args:
        graphs: the scenes.
        elements: their elements, with negatives.
        articles: whether phrases have articles and numbers.
        contradictions: what may be false: the object, its first attribute, its first relation.
        seed: of all draws.

    Returns:
        For each image, contradiction and level a pair; images that have no anchor for all seven levels are left out,
        and contradictions for which there is no negative.
    """
    own: dict[str, list[Element]] = {}
    for element in elements:
        own.setdefault(element.image, []).append(element)
    questions: list[FineQuestion] = []
    left_out: dict[str, list[str]] = {}
    for graph in graphs:
        draw = random.Random(f"{seed}/{graph.image}/levels")
        anchors = list(_anchors(graph, own.get(graph.image, [])))
        if not anchors:
            left_out.setdefault(NO_ANCHOR, []).append(graph.image)
            continue
        anchor, changes = draw.choice(anchors)
        for contradiction in contradictions:
            if contradiction in changes:
                questions += _pairs(graph.image, anchor, contradiction, changes[contradiction], articles)
            else:
                reason = NOTHING_INSTEAD.format(contradiction=contradiction)
                left_out.setdefault(reason, []).append(graph.image)
    return Made(tuple(questions), left_out)


_Changes = dict[Contradiction, Element]


def _anchors(graph: SceneGraph, elements: Sequence[Element]) -> Iterator[tuple[Anchor, _Changes]]:
    """Every object of which all seven levels can speak, with what of it can be contradicted."""
    objects = {each.id: each for each in graph.objects}
    present = {element.subject: element for element in elements if element.kind == "object"}
    attributes = by_subject(element for element in elements if _stands_before(element.claim))

    def named(id_: str) -> Named:
        return Named(objects[id_].name, objects[id_].number)

    for id_, related in by_subject(element for element in elements if element.kind == "relation").items():
        own = one_to_each_object(related)
        said = one_of_each_class(attributes.get(id_, []))
        first = next((each for each in own if each.negatives and each.object in attributes), None)
        if len(said) < 2 or not said[0].negatives or first is None or len(own) < 2:
            continue
        further = next(each for each in own if each is not first)
        anchor = Anchor(
            named(id_),
            _said(said[0].claim),
            _said(said[1].claim),
            _said(first.claim),
            named(first.object),
            _said(attributes[first.object][0].claim),
            (_said(further.claim), named(further.object)),
        )
        changes: _Changes = {"attribute": said[0], "relation": first}
        if id_ in present and present[id_].negatives:
            changes["object"] = present[id_]
        yield anchor, changes


def _stands_before(claim: Claim) -> bool:
    """Whether a claim is of an attribute that stands before its noun."""
    return isinstance(claim, Attribute) and not follows(claim.attribute)


def _said(claim: Claim) -> str:
    """The word of a claim that is changed: attribute or predicate."""
    assert isinstance(claim, Attribute | Relation)
    return claim.attribute if isinstance(claim, Attribute) else claim.predicate


def _contradicted(anchor: Anchor, negative: Claim) -> Anchor:
    if isinstance(negative, Presence):
        return anchor._replace(name=Named(negative.object, anchor.name.number))
    if isinstance(negative, Attribute):
        return anchor._replace(colour=negative.attribute)
    assert isinstance(negative, Relation)
    if negative.predicate != anchor.predicate:
        return anchor._replace(predicate=negative.predicate)
    return anchor._replace(other=Named(negative.object, anchor.other.number))


def _pairs(
    image: str, anchor: Anchor, contradiction: Contradiction, changed: Element, articles: bool
) -> Iterator[FineQuestion]:
    false = _contradicted(anchor, changed.negatives[0].claim)
    for level in range(FIRST_LEVEL[contradiction], 8):
        name = f"{LEVELS[level - 1]}/{contradiction}/{image}"
        texts = level_phrase(anchor, level, articles), level_phrase(false, level, articles)
        for sign, phrase in zip("+-", texts, strict=True):
            yield FineQuestion(
                name + sign,
                name,
                image,
                LEVELS[level - 1],
                "positive" if sign == "+" else "negative",
                level,
                QUESTION.format(phrase=phrase),
                ("Yes", "No"),
                0 if sign == "+" else 1,
                0,
                *texts,
                changed.claim,
                changed.negatives[0].by,
            )
