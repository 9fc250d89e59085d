"""Fine-grained questions in pairs: several true elements of one kind at once, and the same with one of them false.

Source: FINER (arXiv 2603.17662): at most six objects, three attributes and three relations at once; each question has
five options, the true phrase and the other negatives of the changed element among them.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sightline.core import Attribute, Claim, Presence, Relation
from sightline.errors import RequestError
from sightline.queries.element import Element
from sightline.queries.fine_question import SETTINGS, FineQuestion, why_unanswerable
from sightline.queries.phrases import (
    Named,
    attributes_phrase,
    is_finite,
    objects_phrase,
    relations_phrase,
    without_be,
)
from sightline.readers.attribute_classes import attribute_class
from sightline.scenes.scene_graphs.graph import SceneGraph

__all__ = [
    "MOST",
    "QUESTION",
    "Made",
    "Shape",
    "by_subject",
    "make_questions",
    "one_of_each_class",
    "one_to_each_object",
    "placed",
]

QUESTION = "Can you see {phrase} in this image?"
YES = "Yes, I can see {phrase}."
NO = "No, but I can see {phrase}."

MOST: Mapping[str, int] = {"objects": 6, "attributes": 3, "relations": 3, "what": 3}
"""Elements asked about at once, at most, in FINER-CompreCap; of "what" questions the attributes of the object."""


@dataclass(frozen=True)
class Shape:
    """What questions are to look like.

    Args:
        settings: which of the four are made.
        most: elements asked about at once, at most, by setting; of those that are not named as in `MOST`.
        per_image: pairs of each setting and number of elements, for each image.
        articles: whether phrases have articles, and numbers where one object is described ("three red moons"); FINER's
            have bare names.
        seed: of all draws; each image, setting and number has its own.
    """

    settings: tuple[str, ...] = SETTINGS
    most: Mapping[str, int] = field(default_factory=lambda: dict(MOST))
    per_image: int = 1
    articles: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if unknown := [setting for setting in (*self.settings, *self.most) if setting not in SETTINGS]:
            raise RequestError(f"{unknown[0]!r} is no setting of FINER; there are {', '.join(SETTINGS)}.")
        object.__setattr__(self, "settings", tuple(dict.fromkeys(self.settings)))
        object.__setattr__(self, "most", {**MOST, **self.most})
        if few := [f"{number} {what}" for what, number in self._counts() if number < 1]:
            raise RequestError(f"{few[0]} were asked for; ask for one or more.")

    def _counts(self) -> Iterator[tuple[str, int]]:
        """What is counted, in words for people."""
        yield "pairs of each setting and number of elements", self.per_image
        yield from ((f"elements at once, at most, of {setting}", number) for setting, number in self.most.items())


class Made(NamedTuple):
    """Questions, and what could not be made.

    Args:
        questions: pair by pair, the positive one first.
        left_out: reason → what was left out for it.
    """

    questions: tuple[FineQuestion, ...]
    left_out: dict[str, list[str]]


class _Pair(NamedTuple):
    """A pair before its options have places.

    Args:
        positive: the question that is true, the right option, and the wrong ones.
        negative: likewise, with one element changed; the option that says yes to it comes first of the wrong ones.
    """

    setting: str
    elements: int
    true: str
    false: str
    element: Element
    positive: tuple[str, str, tuple[str, ...]]
    negative: tuple[str, str, tuple[str, ...]]


def make_questions(graphs: Sequence[SceneGraph], elements: Iterable[Element], shape: Shape | None = None) -> Made:
    """Make the questions of all images.

    Args:
        graphs: the scenes, in any order: questions come in the order of the names of images.
        elements: their elements, with negatives; those without cannot be changed, but are asked about.
        shape: what the questions are to look like.
    """
    shape = shape or Shape()
    own: dict[str, list[Element]] = {}
    for element in elements:
        own.setdefault(element.image, []).append(element)
    left_out: dict[str, list[str]] = {}
    pairs: list[tuple[str, _Pair]] = []
    for graph in sorted(graphs, key=lambda graph: graph.image):
        scene = _Scene(graph, own.get(graph.image, []), shape)
        asked: set[str] = set()
        for setting in shape.settings:
            found = 0
            for size in range(1, shape.most[setting] + 1):
                draw = random.Random(f"{shape.seed}/{graph.image}/{setting}/{size}")
                for pair in scene.pairs(setting, size, draw):
                    texts = pair.positive[0], pair.negative[0]
                    problem = _problem(pair) or ("asked about twice" if asked & {*texts} else "")
                    if problem:
                        left_out.setdefault(problem, []).append(f"{graph.image}: {pair.false}")
                        continue
                    asked |= {*texts}
                    pairs.append((graph.image, pair))
                    found += 1
            if not found:
                left_out.setdefault(f"too little to ask about {setting}", []).append(graph.image)
    return Made(tuple(_numbered(pairs, shape.seed)), left_out)


def _problem(pair: _Pair) -> str:
    """Why a pair cannot be answered, in general words; "" where it can."""
    found = (why_unanswerable([right, *wrong], 0) for _, right, wrong in (pair.positive, pair.negative))
    return next((problem.partition(":")[0] for problem in found if problem), "")


def placed(right: str, wrong: Sequence[str], place: int, draw: random.Random) -> tuple[str, ...]:
    """Options in random order, the right one at its place.

    Example:
        >>> placed("a", ["b", "c"], 2, random.Random(0))[2]
        'a'
    """
    others = draw.sample(list(wrong), len(wrong))
    return (*others[:place], right, *others[place:])


def _numbered(pairs: Sequence[tuple[str, _Pair]], seed: int) -> Iterator[FineQuestion]:
    """Give pairs their names, and right options their places: each place equally often, in random order.

    The order of the wrong options is drawn for each question by itself.
    """
    counts: dict[str, int] = {}
    kinds = [(setting, sign) for setting in SETTINGS for sign in "+-"]
    places = {kind: _Places(random.Random(f"{seed}/{'/'.join(kind)}/places")) for kind in kinds}
    for image, pair in pairs:
        number = counts[pair.setting] = counts.get(pair.setting, 0) + 1
        name = f"{pair.setting}/{number}"
        for sign, (text, right, wrong) in (("+", pair.positive), ("-", pair.negative)):
            place = places[pair.setting, sign].next(len(wrong) + 1)
            choices = placed(right, wrong, place, random.Random(f"{seed}/{image}/{text}/options"))
            yield FineQuestion(
                name + sign,
                name,
                image,
                pair.setting,
                "positive" if sign == "+" else "negative",
                pair.elements,
                text,
                choices,
                place,
                place if sign == "+" else choices.index(wrong[0]),
                pair.true,
                pair.false,
                pair.element.claim,
                pair.element.negatives[0].by,
            )


class _Places:
    """Places for right options: every place once, in random order, then every place once more, and so on."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._left: dict[int, list[int]] = {}

    def next(self, options: int) -> int:
        if not self._left.get(options):
            self._left[options] = self._draw.sample(range(options), options)
        return self._left[options].pop()


_Phrase = Callable[[Claim], str]
"""The phrase with this claim in place of the one that is changed."""


class _Scene:
    """One image: what can be asked about it, and what can be changed."""

    def __init__(self, graph: SceneGraph, elements: Sequence[Element], shape: Shape) -> None:
        self.graph = graph
        self.articles = shape.articles
        self.per_image = shape.per_image
        self.objects = {each.id: each for each in graph.objects}
        self.of_kind = {kind: [e for e in elements if e.kind == kind] for kind in ("object", "attribute", "relation")}
        attributes, relations = by_subject(self.of_kind["attribute"]), by_subject(self.of_kind["relation"])
        self.attributes = {subject: one_of_each_class(own) for subject, own in attributes.items()}
        self.relations = {subject: one_to_each_object(own) for subject, own in relations.items()}

    def pairs(self, setting: str, size: int, draw: random.Random) -> Iterator[_Pair]:
        """Pairs of a setting with so many elements, at most as many as are wanted of each image."""
        make = {
            "objects": self._objects,
            "attributes": self._attributes,
            "relations": self._relations,
            "what": self._what,
        }[setting]
        for _ in range(self.per_image):
            pair = make(size, draw)
            if pair is not None:
                yield pair

    def _named(self, id_: str) -> Named:
        return Named(self.objects[id_].name, self.objects[id_].number)

    def _chosen(self, among: Sequence[Element], size: int, draw: random.Random) -> tuple[Element, list[Element]] | None:
        """An element to change and so many in all, in random order."""
        changeable = [element for element in among if element.negatives]
        if len(among) < size or not changeable:
            return None
        changed = draw.choice(changeable)
        others = draw.sample([element for element in among if element is not changed], size - 1)
        chosen = [changed, *others]
        draw.shuffle(chosen)
        return changed, chosen

    def _chosen_of_one(
        self, by_object: Mapping[str, list[Element]], size: int, draw: random.Random
    ) -> tuple[Element, list[Element]] | None:
        """The same of one object, drawn among those that have enough."""
        able = [own for own in by_object.values() if len(own) >= size and any(e.negatives for e in own)]
        return self._chosen(draw.choice(able), size, draw) if able else None

    def _objects(self, size: int, draw: random.Random) -> _Pair | None:
        found = self._chosen(self.of_kind["object"], size, draw)
        if found is None:
            return None
        changed, chosen = found

        def phrase(claim: Claim) -> str:
            claims = [claim if element is changed else element.claim for element in chosen]
            return objects_phrase([Named(c.object) for c in claims if isinstance(c, Presence)], self.articles)

        return self._yes_no("objects", size, changed, phrase)

    def _attributes(self, size: int, draw: random.Random) -> _Pair | None:
        found = self._chosen_of_one(self.attributes, size, draw)
        if found is None:
            return None
        changed, chosen = found
        of = self._named(changed.subject)

        def phrase(claim: Claim) -> str:
            claims = [claim if element is changed else element.claim for element in chosen]
            said = [c.attribute for c in claims if isinstance(c, Attribute)]
            return attributes_phrase(of, said, self.articles)

        return self._yes_no("attributes", size, changed, phrase)

    def _relations(self, size: int, draw: random.Random) -> _Pair | None:
        found = self._chosen_of_one(self.relations, size, draw)
        if found is None:
            return None
        changed, chosen = found
        of = self._named(changed.subject)

        def part(element: Element, claim: Claim) -> tuple[str, Named]:
            assert isinstance(claim, Relation)
            # A name that is put in has the number of the true one: else the odd one out would be the right one.
            return claim.predicate, Named(claim.object, self.objects[element.object].number)

        def phrase(claim: Claim) -> str:
            parts = [part(element, claim if element is changed else element.claim) for element in chosen]
            return relations_phrase(of, parts, self.articles)

        return self._yes_no("relations", size, changed, phrase)

    def _yes_no(self, setting: str, size: int, changed: Element, phrase: _Phrase) -> _Pair:
        """The pair of questions about a phrase: can it be seen?"""
        true, false = phrase(changed.claim), [phrase(negative.claim) for negative in changed.negatives]
        positive = (
            QUESTION.format(phrase=true),
            YES.format(phrase=true),
            tuple(NO.format(phrase=each) for each in false),
        )
        negative = (
            QUESTION.format(phrase=false[0]),
            NO.format(phrase=true),
            (YES.format(phrase=false[0]), *(NO.format(phrase=each) for each in false[1:])),
        )
        return _Pair(setting, size, true, false[0], changed, positive, negative)

    def _what(self, size: int, draw: random.Random) -> _Pair | None:
        """What stands so to the object of these attributes? One of them false: then that is to be said instead."""
        able = [
            relation
            for own in self.relations.values()
            for relation in own
            if len(self.attributes.get(relation.object, [])) >= size
            and any(attribute.negatives for attribute in self.attributes[relation.object])
        ]
        if not able:
            return None
        relation = draw.choice(able)
        found = self._chosen(self.attributes[relation.object], size, draw)
        assert found is not None and isinstance(relation.claim, Relation)
        changed, chosen = found
        predicate, of = relation.claim.predicate, self._named(relation.object)
        span = attributes_phrase(self._named(relation.subject), (), self.articles)

        def ask(attribute: str) -> str:
            claims = [e.claim for e in chosen if isinstance(e.claim, Attribute)]
            said = [attribute if claim is changed.claim else claim.attribute for claim in claims]
            return _what_text(predicate, attributes_phrase(of, said, False))

        values = [claim.attribute for claim in _attribute_claims(changed)]
        true, false = values[0], values[1:]
        positive = ask(true), span, tuple(_denied(of, true, each) for each in false)
        negative = ask(false[0]), _denied(of, false[0], true), (span, *(_denied(of, false[0], e) for e in false[1:]))
        return _Pair("what", size, positive[0], negative[0], changed, positive, negative)


def by_subject(elements: Iterable[Element]) -> dict[str, list[Element]]:
    """Elements by the id of the object of which they say something."""
    found: dict[str, list[Element]] = {}
    for element in elements:
        found.setdefault(element.subject, []).append(element)
    return found


def one_of_each_class(attributes: Sequence[Element]) -> list[Element]:
    """One attribute of each class, those with most negatives first: "a red blue helmet" is no English."""
    found: dict[str, Element] = {}
    for element in sorted(attributes, key=lambda each: -len(each.negatives)):
        assert isinstance(element.claim, Attribute)
        said = element.claim.attribute
        found.setdefault(attribute_class(said) or said, element)
    return list(found.values())


def one_to_each_object(relations: Sequence[Element]) -> list[Element]:
    """One relation to each object, those that can be changed first: left of the cup and above it is one place."""
    found: dict[str, Element] = {}
    for relation in sorted(relations, key=lambda each: not each.negatives):
        found.setdefault(relation.object, relation)
    return list(found.values())


def _attribute_claims(changed: Element) -> list[Attribute]:
    claims = [changed.claim, *(negative.claim for negative in changed.negatives)]
    return [claim for claim in claims if isinstance(claim, Attribute)]


def _what_text(predicate: str, described: str) -> str:
    """Ask what stands in a relation.

    Example:
        >>> _what_text("left of", "red cup"), _what_text("with", "long tail")
        ('What is left of the red cup?', 'What has the long tail?')
    """
    if predicate in ("with", "have"):
        return f"What has the {described}?"
    return f"What {'' if is_finite(predicate) else 'is '}{without_be(predicate)} the {described}?"


def _denied(of: Named, said: str, true: str) -> str:
    """What is to be said where an attribute is false.

    Example:
        >>> _denied(Named("cup"), "red", "blue")
        'the cup is not red, but it is blue'
        >>> _denied(Named("shirt"), "with a red collar", "with a white collar")
        'the shirt does not have a red collar, but it has a white collar'
    """
    name = f"the {of.noun}"
    is_, it, has, does = ("are", "they", "have", "do") if of.plural else ("is", "it", "has", "does")
    denied = f"{does} not have {said[5:]}" if said.startswith("with ") else f"{is_} not {said}"
    stated = f"{has} {true[5:]}" if true.startswith("with ") else f"{is_} {true}"
    return f"{name} {denied}, but {it} {stated}"
