"""FINER-Tuning's phrases and their edits from scene graphs, without a language model.

Phrases are drawn from the true elements of a scene. One unit, each as likely as the next, gets in its place what the
statistics of the data set say is plausible and the rules say is false (`sightline.queries.statistics`).
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sightline.core import Attribute, Presence, Relation
from sightline.preferences.finer.checks import NOT_COUNTED, is_overlooked, names_it
from sightline.preferences.finer.phrases import (
    KINDS,
    MOST,
    Beside,
    Edit,
    End,
    Kind,
    Phrase,
    Unit,
    is_uncounted,
    unit_text,
)
from sightline.preferences.finer.rejected import Rejected
from sightline.queries.element import Element, Negative, elements_of
from sightline.queries.phrases import Named, follows
from sightline.queries.questions import by_subject
from sightline.queries.rules import OVERLOOKED
from sightline.queries.scene_facts import facts_of
from sightline.queries.statistics import BY, Statistics, negatives_of
from sightline.readers.attribute_classes import attribute_class, attributes_named
from sightline.readers.parts import implies, is_attached
from sightline.readers.predicates import canonical
from sightline.readers.synonyms import concepts_of, may_be_same, plain_name
from sightline.scenes.scene_graphs import LeftOut, SceneGraph

__all__ = ["NONE_KNOWN", "NONE_WRONG", "Drawn", "Phrasing", "draw_edits"]

NONE_KNOWN = "{kind}: too little is known"
NONE_WRONG = "{kind}: nothing that is known can be changed to what is surely wrong"

_BETWEEN, _HAVING = "between", "has"

_OF_WAYS = frozenset(("down", "off", "out of", "past", "through", "toward", "towards", "up"))
"""Predicates of which a verb was left out: a building is not through a window, though it can be seen through it."""

_UNFINISHED = frozenset(
    (
        *("based", "called", "comprised", "connected", "covered", "defined", "depicted", "designed", "directed"),
        *("faced", "fashioned", "filled", "flanked", "formed", "joined", "labelled", "lined", "located", "made"),
        *("marked", "named", "placed", "positioned", "seen", "separated", "set", "settled", "shown", "situated"),
        *("surrounded", "topped", "used", "visible"),
    )
)
"""Attributes that say nothing without more words."""


@dataclass(frozen=True)
class Phrasing:
    """How phrases are drawn.

    Args:
        per_image: phrases of each kind, for each image.
        most: units of a phrase, at most, by kind; of those that are not named as in `MOST`.
        ends: which ends of a relation "what" questions ask for.
        seed: of all draws; each image, kind and number has its own.
    """

    per_image: int = 1
    most: Mapping[str, int] = field(default_factory=lambda: dict(MOST))
    ends: tuple[End, ...] = ("subject", "object")
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "most", {**MOST, **self.most})


@dataclass(frozen=True)
class Drawn:
    """What was drawn.

    Args:
        edits: image by image, kind by kind.
        rejected: what might have been put in, and was refused.
        left_out: reason → images that have no phrase of a kind for it.
    """

    edits: list[Edit]
    rejected: list[Rejected]
    left_out: LeftOut


def draw_edits(
    graphs: Sequence[SceneGraph],
    statistics: Statistics,
    how: Phrasing | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Drawn:
    """Draw phrases of all images, and edit each.

    Args:
        graphs: the scenes.
        statistics: of their data set.
        how: how phrases are drawn.
        progress: told how many images are done, of how many.
    """
    drawn = Drawn([], [], LeftOut())
    for done, graph in enumerate(graphs, start=1):
        scene = _Scene(graph, statistics, how or Phrasing())
        for kind in KINDS:
            own = list(scene.edits(kind))
            drawn.edits.extend(own)
            if not own:
                drawn.left_out.add((NONE_WRONG if scene.pools(kind) else NONE_KNOWN).format(kind=kind), graph.image)
        drawn.rejected.extend(scene.rejected)
        if progress is not None:
            progress(done, len(graphs))
    return drawn


_Pool = tuple[Element, ...]
"""Elements that may stand in one phrase: objects, or attributes or relations of one object."""


class _Scene:
    """One image, and what can be said of it."""

    def __init__(self, graph: SceneGraph, statistics: Statistics, how: Phrasing) -> None:
        self._graph, self._statistics, self._how = graph, statistics, how
        self._objects = {each.id: each for each in graph.objects}
        self._negatives: dict[str, tuple[Negative, ...]] = {}
        self._elements = [element for element in elements_of(graph) if _is_sayable(element, self._number(element))]
        attributes, relations = self._of_kind("attribute"), self._of_kind("relation")
        self._pools: dict[Kind, list[_Pool]] = {
            "object": [own] if (own := self._main_objects()) else [],
            "attribute": list(attributes.values()),
            "relation": [own for all_ in relations.values() if (own := tuple(filter(_is_telling, all_)))],
            "what": [own for own in attributes.values() if self._besides(own)],
        }
        self.rejected: list[Rejected] = []

    def _of_kind(self, kind: str) -> dict[str, _Pool]:
        """The attributes or relations of each object, by its id."""
        found = by_subject(element for element in self._elements if element.kind == kind)
        return {id_: tuple(own) for id_, own in found.items()}

    def _main_objects(self) -> _Pool:
        """The objects of which something is said and that are no parts of others; all where there are none such.

        Names that no table knows are often misread.
        """
        objects = tuple(element for element in self._elements if element.kind == "object")
        told = {each.subject for each in self._elements if each.kind != "object"} | {e.object for e in self._elements}
        main = tuple(each for each in objects if each.subject in told and _is_main(_name(each)))
        return main or objects

    def pools(self, kind: Kind) -> Sequence[_Pool]:
        """What phrases of a kind may be made of."""
        return self._pools[kind]

    def edits(self, kind: Kind) -> Iterator[Edit]:
        """As many edits of a kind as are wanted, and can be had; none says the same as another."""
        made: set[tuple[Phrase, Phrase]] = set()
        for number in range(self._how.per_image):
            draw = random.Random(f"{self._how.seed}/{self._graph.image}/{kind}/{number}")
            edit = self._edit(kind, f"{kind}/{number}", draw)
            if edit is not None and (said := (edit.phrase, edit.negative)) not in made:
                made.add(said)
                yield edit

    def _edit(self, kind: Kind, twin: str, draw: random.Random) -> Edit | None:
        pools = self._pools[kind]
        if not pools:
            return None
        size = draw.randint(1, min(self._how.most[kind], max(map(len, pools))))
        for pool in sorted(draw.sample(pools, len(pools)), key=lambda own: -min(len(own), size)):
            for changed in draw.sample(pool, len(pool)):
                if not (negatives := self._negatives_of(changed)):
                    continue
                chosen = _with_others(changed, draw.sample(pool, len(pool)), size)
                draw.shuffle(chosen)
                phrase = self._phrase(kind, chosen, pool, draw)
                slot = chosen.index(changed)
                negative = phrase.with_claim(slot, draw.choice(negatives).claim)
                return Edit(phrase, negative, slot, BY, twin, self._graph.source)
        return None

    def _negatives_of(self, element: Element) -> tuple[Negative, ...]:
        if element.key not in self._negatives:
            draw = random.Random(f"{self._how.seed}/{element.key}")
            kept, refused = negatives_of(element, self._graph, self._statistics, draw)
            reasons = {negative: self._why_unfit(element, negative) for negative in kept}
            self._negatives[element.key] = tuple(negative for negative in kept if not reasons[negative])
            unfit = ((negative, reason) for negative, reason in reasons.items() if reason)
            for negative, reason in dict.fromkeys((*refused, *unfit)):
                if negative is not None:
                    unit, instead = unit_text(element.claim), unit_text(negative.claim)
                    self.rejected.append(Rejected(element.image, element.kind, reason, BY, unit=unit, instead=instead))
        return self._negatives[element.key]

    def _why_unfit(self, element: Element, negative: Negative) -> str:
        """Why a negative that is surely false by the rules cannot be put in all the same; "" where it can."""
        if is_overlooked(negative.claim, element.claim, facts_of(self._graph)):
            return OVERLOOKED
        name = "" if isinstance(negative.claim, Attribute) else negative.claim.object
        return NOT_COUNTED if self._number(element) != 1 and name and is_uncounted(name) else ""

    def _phrase(self, kind: Kind, elements: Sequence[Element], pool: _Pool, draw: random.Random) -> Phrase:
        units = tuple(Unit(element.claim, self._number(element)) for element in elements)
        if kind == "object":
            return Phrase(self._graph.image, kind, units)
        beside = draw.choice(self._besides(pool)) if kind == "what" else None
        return Phrase(self._graph.image, kind, units, self._named(elements[0].subject), beside)

    def _number(self, element: Element) -> int:
        id_ = element.object if isinstance(element.claim, Relation) else element.subject
        return self._objects[id_].number

    def _named(self, id_: str) -> Named:
        return Named(self._objects[id_].name, self._objects[id_].number)

    def _besides(self, attributes: _Pool) -> list[Beside]:
        """What the object of some attributes stands in relation to, and can be asked for: no attribute names it."""
        id_, said = attributes[0].subject, [unit_text(each.claim) for each in attributes]
        found: list[Beside] = []
        for relation in self._elements:
            if not isinstance(relation.claim, Relation) or id_ not in (relation.subject, relation.object):
                continue
            end: End = "subject" if relation.object == id_ else "object"
            other = self._objects[relation.subject if end == "subject" else relation.object]
            if end in self._how.ends and not names_it(said, other.name):
                found.append(Beside(relation.claim.predicate, Named(other.name, other.number), end))
        return found


def _with_others(changed: Element, others: Sequence[Element], size: int) -> list[Element]:
    """An element with others that can be said beside it, so many in all, or fewer where there are no more."""
    chosen = [changed]
    for other in others:
        if len(chosen) == size:
            break
        if all(_goes_with(other, each) for each in chosen):
            chosen.append(other)
    return chosen


def _goes_with(one: Element, other: Element) -> bool:
    """Whether two elements can be said in one breath: "a red blue helmet" and "a man and a person" are no English."""
    match one.claim, other.claim:
        case Attribute(attribute=first), Attribute(attribute=second):
            return _classes(first).isdisjoint(_classes(second))
        case Relation(object=first), Relation(object=second):
            return one.object != other.object and _are_two(first, second)
        case Presence(object=first), Presence(object=second):
            return _are_two(first, second)
    return False


def _are_two(first: str, second: str) -> bool:
    """Whether two names are of two things, so far as the names tell."""
    ones, others = set(first.split()), set(second.split())
    return not (may_be_same(first, second) or ones <= others or others <= ones)


def _classes(attribute: str) -> frozenset[str]:
    """What an attribute tells of a thing, of which it has one; "with" is told apart by what the thing has."""
    if known := attribute_class(attribute):
        return frozenset((known,))
    if follows(attribute):
        return frozenset((attribute.rpartition(" ")[2],))
    return frozenset(attribute_class(named) or named for named in attributes_named(attribute)) or frozenset(
        (attribute,)
    )


def _is_sayable(element: Element, number: int) -> bool:
    """Whether an element says something by itself."""
    if isinstance(element.claim, Relation):
        between_one = number == 1 and canonical(element.claim.predicate) == _BETWEEN
        lacks_verb = element.claim.predicate in _OF_WAYS
        return not between_one and not lacks_verb and _are_two(element.claim.subject, element.claim.object)
    return not (isinstance(element.claim, Attribute) and element.claim.attribute in _UNFINISHED)


def _is_telling(relation: Element) -> bool:
    """Whether a relation tells more than that a man has a nose."""
    claim = relation.claim
    assert isinstance(claim, Relation)
    return canonical(claim.predicate) != _HAVING or concepts_of(claim.object).isdisjoint(implies(claim.subject))


def _is_main(name: str) -> bool:
    return plain_name(name) is not None and not is_attached(name)


def _name(element: Element) -> str:
    assert isinstance(element.claim, Presence)
    return element.claim.object
