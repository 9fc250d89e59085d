"""Scenes in words: noun phrases, and captions of several sentences, all true."""

from collections.abc import Sequence

import numpy as np

from sightline.scenes.rendered.compose import RenderedObject, RenderedScene
from sightline.scenes.rendered.relations import Predicate, relate
from sightline.scenes.rendered.world import plural

__all__ = ["NUMBERS", "article", "caption", "listed", "noun_phrase"]

NUMBERS = (
    *("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)

_STREAM = 3
_PLACES: tuple[Predicate, ...] = ("left of", "right of", "above", "below", "inside")


def article(word: str) -> str:
    """The indefinite article of a word of this world.

    Example:
        >>> article("anchor"), article("moon")
        ('an', 'a')
    """
    return "an" if word[0] in "aeio" else "a"


def listed(items: Sequence[str]) -> str:
    """Join words with commas and a final "and".

    Example:
        >>> listed(["a moon"]), listed(["a moon", "a cup", "two keys"])
        ('a moon', 'a moon, a cup and two keys')
    """
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def noun_phrase(kind: str, number: int, attributes: Sequence[str] = ()) -> str:
    """So many of a kind, with attributes.

    Example:
        >>> noun_phrase("moon", 1, ["orange"]), noun_phrase("butterfly", 3, ["large", "red"])
        ('an orange moon', 'three large red butterflies')
    """
    words = [*attributes, kind if number == 1 else plural(kind)]
    return " ".join([article(words[0]) if number == 1 else NUMBERS[number], *words])


def caption(scene: RenderedScene, draw: np.random.Generator | None = None) -> str:
    """Describe a scene in several sentences: what is in plain sight first, in any order, then the rest.

    Every kind has a sentence with its number and colour; size and surface are said now and then, and where it lies if
    the one before lies clearly to one side of it.

    Args:
        scene: the scene.
        draw: what the wording is drawn with; the scene's own seed where None.

    Example:
        >>> from sightline.scenes.rendered.compose import compose
        >>> caption(compose(seed=0, index=8)) == caption(compose(seed=0, index=8))
        True
    """
    draw = draw or np.random.default_rng((scene.seed, scene.index, _STREAM))
    clear = [kind for kind in scene.kinds if not scene.of(kind)[0].marginal]
    order = [clear[place] for place in draw.permutation(len(clear))]
    order += [kind for kind in scene.kinds if kind not in order]
    return " ".join(_sentence(scene, order, place, draw) for place in range(len(order)))


def _sentence(scene: RenderedScene, order: Sequence[str], place: int, draw: np.random.Generator) -> str:
    kind = order[place]
    objects = scene.of(kind)
    phrase = noun_phrase(kind, len(objects), _said(objects[0], draw))
    verb = "is" if len(objects) == 1 else "are"
    if place == 0:
        return f"The image shows {phrase}." if draw.random() < 0.5 else f"There {verb} {phrase}."
    if draw.random() < 0.4:
        before = order[place - 1]
        where = [predicate for predicate in relate(scene, kind, before) if predicate in _PLACES]
        if where:
            anchor = before if len(scene.of(before)) == 1 else plural(before)
            return f"{phrase[0].upper()}{phrase[1:]} {verb} {where[int(draw.integers(len(where)))]} the {anchor}."
    return f"There {verb} also {phrase}." if draw.random() < 0.5 else f"There {verb} {phrase}."


def _said(each: RenderedObject, draw: np.random.Generator) -> list[str]:
    size, colour, *surface = each.attributes
    said = [size] if draw.random() < 0.4 else []
    said.append(colour)
    return said + [word for word in surface if draw.random() < 0.7]
