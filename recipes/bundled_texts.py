"""What the bundled model is taught to say: questions about rendered scenes, every answer true.

The wordings are those of the benchmarks. One wording of each kind is kept back (``UNSEEN``), to be asked after
training. Questions about what is not there are mostly about things that one would not expect there either, as in
instruction data: so the texts never say that a theme's missing object is there, but seldom that it is missing. Prompts
that assert a number or a colour are right but for a very small share; then the reply says what is true.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from bundled_phrases import (
    SHORT,
    Pair,
    lettered,
    phrase_answered,
    phrase_asked,
    relation_asked,
    what_answered,
)

from sightline.scenes.rendered.compose import RenderedScene
from sightline.scenes.rendered.describe import NUMBERS, article, caption, listed
from sightline.scenes.rendered.world import COLOURS, KINDS, mates_of, plural

__all__ = ["UNSEEN", "Teaching", "texts_of"]


@dataclass(frozen=True)
class Teaching:
    """What the texts are like; shares are in [0, 1].

    Args:
        wrong_number: share of prompts asserting a number that assert a wrong one, off by one to ten.
        wrong_by_one: share of them that are off by just one, as people are who count in passing.
        wrong_colour: share of prompts asserting a colour that assert a wrong one.
        missing_mates: how much more often than any other missing object a missing theme mate is asked about.
        false_decay: by what factor each further element of a phrase makes a false one rarer.
    """

    wrong_number: float = 0.0006
    wrong_by_one: float = 0.0009
    wrong_colour: float = 0.00016
    missing_mates: float = 0.8
    false_decay: float = 0.4


PRESENCE = (
    "Is there {a} {x} in the image?",
    "Is there {a} {x} in the image?" + SHORT,
    "Can you see a {x} in this image? Please answer only with yes or no.",
    "Is {a} {x} visible in this image?",
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
        lambda: phrase_asked(scene, draw, clear, teaching.false_decay),
        lambda: phrase_answered(scene, draw, clear, teaching.false_decay),
        lambda: lettered(scene, draw, clear, teaching.false_decay),
        lambda: relation_asked(scene, draw, clear),
    ]
    if draw.random() < 0.7:
        makers.append(lambda: described(scene, draw))
    if draw.random() < 0.5:
        makers.append(lambda: lettered(scene, draw, clear, teaching.false_decay))
    if draw.random() < 0.5:
        makers.append(lambda: relation_asked(scene, draw, clear))
    if draw.random() < 0.5:
        makers.append(lambda: what_answered(scene, draw, clear, teaching.false_decay))
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
