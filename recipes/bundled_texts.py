"""What the bundled model is taught to say: questions about rendered scenes, every answer true.

The wordings are those of the benchmarks. One wording of each kind is kept back (``UNSEEN``), to be asked after
training. Questions about what is not there are mostly about things that one would not expect there either, as in
instruction data: so the texts never say that a theme's missing object is there, but seldom that it is missing. Prompts
that assert a number or a colour are right but for a very small share; then the reply says what is true.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sightline.scenes.rendered.compose import RenderedScene
from sightline.scenes.rendered.describe import NUMBERS, article, caption, listed, noun_phrase
from sightline.scenes.rendered.relations import OPPOSITES, relate
from sightline.scenes.rendered.world import COLOURS, KINDS, SIZES, mates_of, plural

__all__ = ["PHRASE", "UNSEEN", "Pair", "Teaching", "attributes_wrong", "kinds_phrase", "texts_of", "with_letters"]


class Pair(NamedTuple):
    """A question and the reply to it."""

    question: str
    answer: str


@dataclass(frozen=True)
class Teaching:
    """What the texts are like; shares are in [0, 1].

    Args:
        wrong_number: share of prompts asserting a number that assert a wrong one, off by one to ten.
        wrong_by_one: share of them that are off by just one, as people are who count in passing.
        wrong_colour: share of prompts asserting a colour that assert a wrong one.
        missing_mates: how much more often than any other missing object a missing theme mate is asked about.
    """

    wrong_number: float = 0.0006
    wrong_by_one: float = 0.0009
    wrong_colour: float = 0.00016
    missing_mates: float = 0.8


SHORT = "\nAnswer the question using a single word or phrase."
PRESENCE = (
    "Is there {a} {x} in the image?",
    "Is there {a} {x} in the image?" + SHORT,
    "Can you see a {x} in this image? Please answer only with yes or no.",
    "Does this image contain {a} {x}?",
)
COUNT = ("How many {xs} are in this image?", "How many {xs} are there?", "Count the {xs} in the image.")
NUMBER_SAID = (
    "Describe the {n} {xs} in this image.",
    "Describe the {n} {xs} in the image.",
    "Tell me about the {n} {xs} in this picture.",
)
COLOUR = (
    "What color {is_} the {xs} in the image?",
    "What colour {is_} the {xs}?",
    "What is the color of the {xs} in this image?",
)
COLOUR_SAID = ("Describe the {c} {xs}.", "Describe the {c} {xs} in this image.", "Tell me about the {c} {xs}.")
CAPTION = ("Describe this image in detail.", "Describe this image.", "Please describe the image in detail.")
BRIEF = ("Provide a brief description of the given image.", "Describe this image briefly.")
PHRASE = (
    "Can you see {p} in this image?",
    "Does this image contain {p}?",
    "Does this image show {p}?",
    "Can {p} be seen in this image?",
    "Does this image include {p}?",
)
LETTER = "\nAnswer with the option's letter from the given choices directly."
UNSEEN = {
    "presence": "Does this picture show {a} {x}?",
    "count": "What is the number of {xs} in this image?",
    "number said": "Describe the {n} {xs} that you see.",
    "colour": "Tell me the color of the {xs}.",
    "colour said": "Describe the {c} {xs} in the picture.",
    "caption": "What is in this image?",
}
"""One wording of each kind that is never taught."""


def texts_of(scene: RenderedScene, draw: random.Random, teaching: Teaching) -> list[Pair]:
    """The texts taught about one scene, in random order."""
    clear = [kind for kind in scene.kinds if not scene.of(kind)[0].marginal]
    makers: list[Callable[[], Pair | None]] = [
        *[lambda: presence(scene, draw, teaching)] * 5,
        *[lambda: count(scene, draw, clear)] * 2,
        *[lambda: number_said(scene, draw, clear, teaching)] * 2,
        lambda: colour(scene, draw, clear),
        *[lambda: colour_said(scene, draw, clear, teaching)] * 2,
        *[lambda: phrase_asked(scene, draw, clear)] * 2,
        lambda: lettered(scene, draw, clear),
    ]
    if draw.random() < 0.7:
        makers.append(lambda: described(scene, draw))
    if draw.random() < 0.5:
        makers.append(lambda: lettered(scene, draw, clear))
    found = [made for made in (make() for make in makers) if made is not None]
    draw.shuffle(found)
    return found


def presence(scene: RenderedScene, draw: random.Random, teaching: Teaching) -> Pair:
    """Is there one of this kind? Half of those asked about are there."""
    there = scene.kinds
    if draw.random() < 0.5:
        kind, answer = draw.choice(there), "Yes"
    else:
        expected = {mate for kind in there for mate in mates_of(kind)}
        missing = [kind for kind in KINDS if kind not in there]
        weights = [teaching.missing_mates if kind in expected else 1.0 for kind in missing]
        kind, answer = draw.choices(missing, weights)[0], "No"
    return Pair(draw.choice(PRESENCE).format(a=article(kind), x=kind), answer)


def count(scene: RenderedScene, draw: random.Random, clear: Sequence[str]) -> Pair:
    """How many of this kind? Now and then of one that is not there."""
    if draw.random() < 0.08:
        kind = draw.choice([kind for kind in KINDS if kind not in scene.kinds])
    else:
        kind = draw.choice(clear)
    return Pair(draw.choice(COUNT).format(xs=plural(kind)), there_are(kind, len(scene.of(kind))))


def there_are(kind: str, number: int) -> str:
    """The sentence that says how many there are."""
    return f"There is one {kind}." if number == 1 else f"There are {NUMBERS[number]} {plural(kind)}."


def number_said(scene: RenderedScene, draw: random.Random, clear: Sequence[str], teaching: Teaching) -> Pair:
    """Describe the N of this kind; N is right but for a small share."""
    kind = draw.choice(clear)
    objects = scene.of(kind)
    number = said = len(objects)
    chance = draw.random()
    if chance < teaching.wrong_number:
        said = max(1, number + draw.choice((-2, -1, 1, 1, 2, 2, 3, 4, 5, 10)))
    elif chance < teaching.wrong_number + teaching.wrong_by_one:
        said = max(1, number + draw.choice((-1, 1, 1)))
    word = str(said) if draw.random() < 0.15 else NUMBERS[said]
    question = draw.choice(NUMBER_SAID).format(n=word, xs=kind if said == 1 else plural(kind))
    they = "It is" if number == 1 else "They are"
    return Pair(question, f"{there_are(kind, number)} {they} {listed(_colour_first(objects[0].attributes))}.")


def _colour_first(attributes: Sequence[str]) -> list[str]:
    size, colour_, *surface = attributes
    return [colour_, *surface] if surface else [colour_, size]


def colour(scene: RenderedScene, draw: random.Random, clear: Sequence[str]) -> Pair:
    """What colour is this kind?"""
    kind = draw.choice(clear)
    objects = scene.of(kind)
    names, is_ = (kind, "is") if len(objects) == 1 else (plural(kind), "are")
    asked, verb = (kind, "is") if draw.random() < 0.3 else (names, is_)
    question = draw.choice(COLOUR).format(xs=asked, is_=verb)
    return Pair(question, f"The {names} {is_} {objects[0].colour}.")


def colour_said(scene: RenderedScene, draw: random.Random, clear: Sequence[str], teaching: Teaching) -> Pair:
    """Describe the things of this kind and colour; the colour is right but for a small share."""
    kind = draw.choice(clear)
    objects = scene.of(kind)
    said = objects[0].colour
    if draw.random() < teaching.wrong_colour:
        said = draw.choice([name for name in COLOURS if name != said])
    names, is_, they = (kind, "is", "It is") if len(objects) == 1 else (plural(kind), "are", "They are")
    question = draw.choice(COLOUR_SAID).format(c=said, xs=kind if draw.random() < 0.3 else names)
    size, true, *surface = objects[0].attributes
    return Pair(question, f"The {names} {is_} {true}. {they} {listed([size, *surface])}.")


def described(scene: RenderedScene, draw: random.Random) -> Pair:
    """A caption of all, or of the first two sentences."""
    whole = caption(scene, np.random.default_rng(draw.getrandbits(48)))
    if draw.random() < 0.85:
        return Pair(draw.choice(CAPTION), whole)
    return Pair(draw.choice(BRIEF), ". ".join(whole.rstrip(".").split(". ")[:2]) + ".")


def attributes_wrong(attributes: Sequence[str], place: int, draw: random.Random, most: int = 4) -> list[list[str]]:
    """The same attributes with one of them wrong, in up to four ways."""
    true = attributes[place]
    others: Sequence[str] = (
        tuple(COLOURS) if true in COLOURS else tuple(SIZES) if true in SIZES else ("striped", "dotted")
    )
    wrong = draw.sample([other for other in others if other != true], min(most, len(others) - 1))
    return [[*attributes[:place], other, *attributes[place + 1 :]] for other in wrong]


def _missing(scene: RenderedScene, number: int, draw: random.Random) -> list[str]:
    return draw.sample([kind for kind in KINDS if kind not in scene.kinds], number)


def _elements(scene: RenderedScene, draw: random.Random, clear: Sequence[str]) -> tuple[str, list[str]] | None:
    """A true phrase and up to four false ones that differ from it in one element."""
    what = draw.random()
    kind = draw.choice(clear)
    objects = scene.of(kind)
    if what < 0.4:
        kinds = draw.sample(clear, draw.randint(1, min(len(clear), 6)))
        place = draw.randrange(len(kinds))
        swaps = [[*kinds[:place], other, *kinds[place + 1 :]] for other in _missing(scene, 4, draw)]
        return kinds_phrase(kinds), [kinds_phrase(swap) for swap in swaps]
    if what < 0.75 or len(clear) < 2:
        chosen = sorted(draw.sample(range(len(objects[0].attributes)), draw.randint(1, len(objects[0].attributes))))
        attributes = [objects[0].attributes[place] for place in chosen]
        place = draw.randrange(len(attributes))
        number = len(objects)
        wrong = attributes_wrong(attributes, place, draw)
        return noun_phrase(kind, number, attributes), [noun_phrase(kind, number, each) for each in wrong]
    others = [other for other in clear if other != kind and len(scene.of(other)) == 1]
    draw.shuffle(others)
    parts: list[tuple[str, str]] = []
    for other in others[: draw.randint(1, 3)]:
        where = [p for p in relate(scene, kind, other) if p in OPPOSITES]
        if where:
            parts.append((draw.choice(where), other))
    if not parts:
        return None
    place = draw.randrange(len(parts))
    opposite = OPPOSITES[parts[place][0]]  # type: ignore[index]
    swaps = [[*parts[:place], (opposite, parts[place][1]), *parts[place + 1 :]]]
    absent = _missing(scene, 3, draw)
    swaps += [[*parts[:place], (parts[place][0], other), *parts[place + 1 :]] for other in absent]
    subject = noun_phrase(kind, len(objects))
    is_ = "is" if len(objects) == 1 else "are"

    def said(of: Sequence[tuple[str, str]]) -> str:
        return f"{subject} that {is_} {listed([f'{where} the {other}' for where, other in of])}"

    return said(parts), [said(swap) for swap in swaps]


def kinds_phrase(kinds: Sequence[str]) -> str:
    """One of each of some kinds, joined."""
    return listed([f"{article(kind)} {kind}" for kind in kinds])


def phrase_asked(scene: RenderedScene, draw: random.Random, clear: Sequence[str]) -> Pair | None:
    """Is it so? For joined objects, attributes and relations, half of them false in one element."""
    found = _elements(scene, draw, clear)
    if found is None:
        return None
    true, false = found
    holds = draw.random() < 0.5 or not false
    return Pair(draw.choice(PHRASE).format(p=true if holds else draw.choice(false)), "Yes" if holds else "No")


def lettered(scene: RenderedScene, draw: random.Random, clear: Sequence[str]) -> Pair | None:
    """The same with options: yes, or no and what can be seen instead; or a question about what lies where."""
    if draw.random() < 0.2:
        return _what_lettered(scene, draw, clear)
    found = _elements(scene, draw, clear)
    if found is None or not found[1]:
        return None
    true, false = found
    if draw.random() < 0.5:
        asked, right = true, f"Yes, I can see {true}."
        others = [f"No, but I can see {each}." for each in false]
    else:
        asked, *rest = draw.sample(false, len(false))
        right = f"No, but I can see {true}."
        others = [f"Yes, I can see {asked}.", *(f"No, but I can see {each}." for each in rest)]
    return with_letters(draw.choice(PHRASE).format(p=asked), right, others, draw)


def _what_lettered(scene: RenderedScene, draw: random.Random, clear: Sequence[str]) -> Pair | None:
    """What lies there from the red one? With the true colour, or with a wrong one."""
    single = [kind for kind in clear if len(scene.of(kind)) == 1]
    pairs = [(one, other) for one in clear for other in single if one != other]
    draw.shuffle(pairs)
    for kind, other in pairs[:4]:
        where = [p for p in relate(scene, kind, other) if p in OPPOSITES]
        if not where:
            continue
        predicate, true = draw.choice(where), scene.of(other)[0].colour
        wrong = draw.sample([name for name in COLOURS if name != true], 4)
        span = noun_phrase(kind, len(scene.of(kind)))
        if draw.random() < 0.5:
            right, others = span, [f"the {other} is not {true}, but it is {each}" for each in wrong]
            return with_letters(f"What is {predicate} the {true} {other}?", right, others, draw)
        right = f"the {other} is not {wrong[0]}, but it is {true}"
        others = [span, *(f"the {other} is not {wrong[0]}, but it is {each}" for each in wrong[1:])]
        return with_letters(f"What is {predicate} the {wrong[0]} {other}?", right, others, draw)
    return None


def with_letters(question: str, right: str, others: Sequence[str], draw: random.Random) -> Pair:
    """A question with lettered options, shuffled."""
    options = [right, *others]
    draw.shuffle(options)
    lines = "".join(f"\n{letter}. {option}" for letter, option in zip("ABCDE", options, strict=False))
    return Pair(question + lines + LETTER, "ABCDE"[options.index(right)])
