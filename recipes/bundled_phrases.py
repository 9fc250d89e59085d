"""Fine-grained texts for the bundled model: phrases of several true elements, seldom with one that is false.

The more a question says, the more seldom something of it is false, as in instruction data: of questions about a single
element half are, and each further element makes a false one rarer by a constant factor (`Teaching.false_decay`). So the
model learns to check single elements, and to trust what says much. The phrases are those of FINER's settings and of its
levels of granularity; replies are letters, yes or no, or a sentence that says what can be seen.
"""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sightline.scenes.rendered.compose import RenderedScene
from sightline.scenes.rendered.describe import article, listed, noun_phrase
from sightline.scenes.rendered.relations import OPPOSITES, relate
from sightline.scenes.rendered.world import COLOURS, KINDS, SIZES, plural

__all__ = [
    "LETTER",
    "PHRASE",
    "SHORT",
    "WHICH",
    "Pair",
    "Said",
    "attributes_wrong",
    "kinds_phrase",
    "lettered",
    "phrase_answered",
    "phrase_asked",
    "relation_asked",
    "what_answered",
    "with_letters",
]

PHRASE = (
    "Can you see {p} in this image?",
    "Does this image contain {p}?",
    "Does this image show {p}?",
    "Can {p} be seen in this image?",
    "Does this image include {p}?",
)
LETTER = "\nAnswer with the option's letter from the given choices directly."
WHICH = "Which of these can be seen in the image?"
SHORT = "\nAnswer the question using a single word or phrase."


class Pair(NamedTuple):
    """A question and the reply to it."""

    question: str
    answer: str


class Said(NamedTuple):
    """A true phrase and false ones.

    Args:
        true: the phrase.
        false: up to four that differ from it in one element.
        elements: how many elements it has.
    """

    true: str
    false: list[str]
    elements: int


def attributes_wrong(attributes: Sequence[str], place: int, draw: random.Random, most: int = 4) -> list[list[str]]:
    """The same attributes with one of them wrong, in up to four ways."""
    true = attributes[place]
    others: Sequence[str] = (
        tuple(COLOURS) if true in COLOURS else tuple(SIZES) if true in SIZES else ("striped", "dotted")
    )
    wrong = draw.sample([other for other in others if other != true], min(most, len(others) - 1))
    return [[*attributes[:place], other, *attributes[place + 1 :]] for other in wrong]


def kinds_phrase(kinds: Sequence[str]) -> str:
    """One of each of some kinds, joined."""
    return listed([f"{article(kind)} {kind}" for kind in kinds])


def with_letters(question: str, right: str, others: Sequence[str], draw: random.Random) -> Pair:
    """A question with lettered options, shuffled."""
    options = [right, *others]
    draw.shuffle(options)
    lines = "".join(f"\n{letter}. {option}" for letter, option in zip("ABCDE", options, strict=False))
    return Pair(question + lines + LETTER, "ABCDE"[options.index(right)])


def _missing(scene: RenderedScene, number: int, draw: random.Random) -> list[str]:
    return draw.sample([kind for kind in KINDS if kind not in scene.kinds], number)


def _joined(scene: RenderedScene, draw: random.Random, clear: Sequence[str]) -> Said:
    """Several kinds."""
    kinds = draw.sample(clear, draw.randint(1, min(len(clear), 6)))
    place = draw.randrange(len(kinds))
    swaps = [[*kinds[:place], other, *kinds[place + 1 :]] for other in _missing(scene, 4, draw)]
    return Said(kinds_phrase(kinds), [kinds_phrase(swap) for swap in swaps], len(kinds))


def _some_attributes(scene: RenderedScene, kind: str, fewest: int, draw: random.Random) -> list[str]:
    own = scene.of(kind)[0].attributes
    return [own[place] for place in sorted(draw.sample(range(len(own)), draw.randint(fewest, len(own))))]


def _described(scene: RenderedScene, draw: random.Random, clear: Sequence[str]) -> Said:
    """One kind with attributes."""
    kind = draw.choice(clear)
    attributes, number = _some_attributes(scene, kind, 1, draw), len(scene.of(kind))
    wrong = attributes_wrong(attributes, draw.randrange(len(attributes)), draw)
    return Said(noun_phrase(kind, number, attributes), [noun_phrase(kind, number, a) for a in wrong], len(attributes))


_Part = tuple[str, str]
"""How a kind lies to another one, and that."""


def _places(scene: RenderedScene, kind: str, draw: random.Random, clear: Sequence[str], most: int) -> list[_Part]:
    """Up to so many relations to kinds of which there is one."""
    others = [other for other in clear if other != kind and len(scene.of(other)) == 1]
    draw.shuffle(others)
    parts: list[_Part] = []
    for other in others[: draw.randint(1, most)]:
        if where := [p for p in relate(scene, kind, other) if p in OPPOSITES]:
            parts.append((draw.choice(where), other))
    return parts


def _placed(scene: RenderedScene, draw: random.Random, clear: Sequence[str]) -> Said | None:
    """One kind and how it lies to others."""
    kind = draw.choice(clear)
    parts = _places(scene, kind, draw, clear, 3)
    if not parts:
        return None
    place = draw.randrange(len(parts))
    opposite = OPPOSITES[parts[place][0]]  # type: ignore[index]
    swaps = [[*parts[:place], (opposite, parts[place][1]), *parts[place + 1 :]]]
    absent = _missing(scene, 3, draw)
    swaps += [[*parts[:place], (parts[place][0], other), *parts[place + 1 :]] for other in absent]
    number = len(scene.of(kind))
    is_ = "is" if number == 1 else "are"

    def said(of: Sequence[_Part]) -> str:
        return f"{noun_phrase(kind, number)} that {is_} {listed([f'{where} the {other}' for where, other in of])}"

    return Said(said(parts), [said(swap) for swap in swaps], len(parts))


def _mixed(scene: RenderedScene, draw: random.Random, clear: Sequence[str]) -> Said | None:
    """Kinds with attributes, joined or related: what FINER's upper levels ask."""
    if len(clear) < 2:
        return None
    kind, *others = draw.sample(clear, min(len(clear), draw.randint(2, 3)))
    parts = _places(scene, kind, draw, clear, 2) if draw.random() < 0.6 else []
    names = [kind, *(other for _, other in parts)] if parts else [kind, *others]
    described = [(name, _some_attributes(scene, name, 0 if place else 1, draw)[:2]) for place, name in enumerate(names)]
    where = [predicate for predicate, _ in parts]
    elements = len(names) + sum(len(attributes) for _, attributes in described) + len(where)
    true = _mixed_phrase(scene, described, where)
    return Said(true, [_mixed_wrong(scene, described, where, draw)], elements)


def _mixed_wrong(
    scene: RenderedScene, described: list[tuple[str, list[str]]], where: Sequence[str], draw: random.Random
) -> str:
    """The same with one element wrong: a kind, an attribute, or a relation."""
    place = draw.randrange(len(described))
    name, attributes = described[place]
    what = draw.choice(["kind", *["attribute"] * bool(attributes), *["relation"] * bool(where)])
    if what == "relation":
        at = draw.randrange(len(where))
        turned = [OPPOSITES[p] if n == at else p for n, p in enumerate(where)]  # type: ignore[index]
        return _mixed_phrase(scene, described, turned)
    if what == "attribute":
        wrong = name, attributes_wrong(attributes, draw.randrange(len(attributes)), draw, 1)[0]
    else:
        wrong = _missing(scene, 1, draw)[0], attributes
    return _mixed_phrase(scene, [*described[:place], wrong, *described[place + 1 :]], where)


def _mixed_phrase(scene: RenderedScene, described: Sequence[tuple[str, list[str]]], where: Sequence[str]) -> str:
    (kind, attributes), *others = described
    number = max(1, len(scene.of(kind)))
    first = noun_phrase(kind, number, attributes)
    if not where:
        return listed([first, *(noun_phrase(name, max(1, len(scene.of(name))), own) for name, own in others)])
    is_ = "is" if number == 1 else "are"
    places = [f"{p} the {' '.join([*own, name])}" for p, (name, own) in zip(where, others, strict=True)]
    return f"{first} that {is_} {listed(places)}"


_KINDS: tuple[tuple[float, Callable[..., Said | None]], ...] = (
    (0.28, _joined),
    (0.24, _described),
    (0.24, _placed),
    (0.24, _mixed),
)


def _said(scene: RenderedScene, draw: random.Random, clear: Sequence[str], whole: bool = False) -> Said | None:
    """A phrase; one that has options enough for letters where the whole is wanted."""
    weights, makers = zip(*_KINDS, strict=True)
    found = draw.choices(makers, weights)[0](scene, draw, clear)
    return None if found is None or not found.false or (whole and len(found.false) < 2) else found


def _holds(said: Said, decay: float, draw: random.Random) -> bool:
    """Whether it is the true phrase that is asked about."""
    return draw.random() >= 0.5 * decay ** (said.elements - 1)


def phrase_asked(scene: RenderedScene, draw: random.Random, clear: Sequence[str], decay: float) -> Pair | None:
    """Is it so? In one word."""
    if (found := _said(scene, draw, clear)) is None:
        return None
    holds = _holds(found, decay, draw)
    question = draw.choice(PHRASE).format(p=found.true if holds else draw.choice(found.false))
    return Pair(question + SHORT, "Yes" if holds else "No")


def phrase_answered(scene: RenderedScene, draw: random.Random, clear: Sequence[str], decay: float) -> Pair | None:
    """Is it so? In a sentence that says what can be seen."""
    if (found := _said(scene, draw, clear)) is None:
        return None
    holds = _holds(found, decay, draw)
    question = draw.choice(PHRASE).format(p=found.true if holds else draw.choice(found.false))
    return Pair(question, f"Yes, I can see {found.true}." if holds else f"No, but I can see {found.true}.")


def lettered(scene: RenderedScene, draw: random.Random, clear: Sequence[str], decay: float) -> Pair | None:
    """The same with options: yes, or no and what can be seen instead; which can be seen; or what lies where."""
    if draw.random() < 0.2:
        return _what_lettered(scene, draw, clear, decay)
    if (found := _said(scene, draw, clear, whole=True)) is None:
        return None
    if found.elements == 1 and draw.random() < 0.5:
        return with_letters(WHICH, found.true, found.false, draw)
    if _holds(found, decay, draw):
        asked, right = found.true, f"Yes, I can see {found.true}."
        others = [f"No, but I can see {each}." for each in found.false]
    else:
        asked, *rest = draw.sample(found.false, len(found.false))
        right = f"No, but I can see {found.true}."
        others = [f"Yes, I can see {asked}.", *(f"No, but I can see {each}." for each in rest)]
    return with_letters(draw.choice(PHRASE).format(p=asked), right, others, draw)


class _What(NamedTuple):
    """What lies where from a kind with attributes, of which one may be wrong."""

    predicate: str
    kind: str
    other: str
    attributes: list[str]
    place: int
    wrong: list[str]

    def question(self, attribute: str) -> str:
        """Ask with this attribute in its place."""
        own = [*self.attributes[: self.place], attribute, *self.attributes[self.place + 1 :]]
        return f"What is {self.predicate} the {' '.join([*own, self.other])}?"

    @property
    def true(self) -> str:
        """The attribute that holds."""
        return self.attributes[self.place]

    def denied(self, said: str, instead: str) -> str:
        """What is to be said of a wrong attribute."""
        return f"the {self.other} is not {said}, but it is {instead}"


def _what(scene: RenderedScene, draw: random.Random, clear: Sequence[str]) -> _What | None:
    single = [kind for kind in clear if len(scene.of(kind)) == 1]
    pairs = [(one, other) for one in clear for other in single if one != other]
    draw.shuffle(pairs)
    for kind, other in pairs[:4]:
        if where := [p for p in relate(scene, kind, other) if p in OPPOSITES]:
            attributes = _some_attributes(scene, other, 1, draw)
            colours = [place for place, name in enumerate(attributes) if name in COLOURS]
            if not colours:
                continue
            true = attributes[colours[0]]
            wrong = draw.sample([name for name in COLOURS if name != true], 4)
            return _What(draw.choice(where), kind, other, attributes, colours[0], wrong)
    return None


def _what_lettered(scene: RenderedScene, draw: random.Random, clear: Sequence[str], decay: float) -> Pair | None:
    """What lies there from the red one? With the true colour, or with a wrong one."""
    if (found := _what(scene, draw, clear)) is None:
        return None
    span = noun_phrase(found.kind, len(scene.of(found.kind)))
    first = found.wrong[0]
    if draw.random() >= 0.5 * decay ** len(found.attributes):  # the relation is an element too
        others = [found.denied(found.true, each) for each in found.wrong]
        return with_letters(found.question(found.true), span, others, draw)
    others = [span, *(found.denied(first, each) for each in found.wrong[1:])]
    return with_letters(found.question(first), found.denied(first, found.true), others, draw)


def what_answered(scene: RenderedScene, draw: random.Random, clear: Sequence[str], decay: float) -> Pair | None:
    """The same without options."""
    if (found := _what(scene, draw, clear)) is None:
        return None
    if draw.random() >= 0.5 * decay ** len(found.attributes):
        span = noun_phrase(found.kind, len(scene.of(found.kind)))
        return Pair(found.question(found.true), f"{span[0].upper()}{span[1:]}.")
    said = found.denied(found.wrong[0], found.true)
    return Pair(found.question(found.wrong[0]), f"{said[0].upper()}{said[1:]}.")


def relation_asked(scene: RenderedScene, draw: random.Random, clear: Sequence[str]) -> Pair | None:
    """Does one kind lie so to another? Half of the time it is the other way round."""
    kind = draw.choice(clear)
    parts = _places(scene, kind, draw, clear, 1)
    if not parts:
        return None
    predicate, other = parts[0]
    holds = draw.random() < 0.5
    said = predicate if holds else OPPOSITES[predicate]  # type: ignore[index]
    several = len(scene.of(kind)) > 1
    subject, is_ = (plural(kind), "Are") if several else (kind, "Is")
    return Pair(f"{is_} the {subject} {said} the {other}?", "Yes" if holds else "No")
