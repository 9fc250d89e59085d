"""The attributes that the words before a noun say, or adjectives on their own.

Colours that stand together are one attribute, as are a colour and its shade; what nobody could check in an image, what
compares, and what only tells one thing from another is none.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sightline.readers.grammar.describing_words import (
    COLOUR_WORDS,
    COLOURS,
    DEGREES,
    HEDGES,
    NOT_SEEN,
    OTHERS,
    SIDES,
)
from sightline.readers.grammar.kinds_of_thing import MATERIALS
from sightline.readers.grammar.scene_verbs import PLACED
from sightline.readers.grammar.surroundings import NOUNS
from sightline.readers.grammar.tokens import UNKNOWN, Token
from sightline.readers.grammar.word_list import word_list
from sightline.readers.word_classes import WordClass, is_compared

__all__ = ["Describing", "attributes_of"]

_ISH = word_list("blac blui blue brow gray gree grey oran pink purp redd whit yell")
"""How colours in -ish begin."""


class Describing(NamedTuple):
    """A word that may describe a thing.

    Args:
        token: the word.
        degree: the adverb before it, or "".
        joined: whether a comma or an "and" stands before it.
    """

    token: Token
    degree: str = ""
    joined: bool = False


def attributes_of(words: Sequence[Describing]) -> list[str]:
    """The attributes that adjectives and materials say.

    Example:
        >>> from sightline.readers.grammar.tagging import tagged
        >>> attributes_of([Describing(token) for token in tagged("dark brown old striped")])
        ['dark brown', 'old', 'striped']
    """
    said = (_colours(run) if len(run) > 1 or _is_colour(run[0]) else _attribute(run[0]) for run in _runs(words))
    return list(dict.fromkeys(text for text in said if text))


def _runs(words: Sequence[Describing]) -> Iterator[list[Describing]]:
    """Words one by one, but colours and their shades together; names are no words that describe."""
    words = [word for word in words if not word.token.proper]
    run: list[Describing] = []
    for place, word in enumerate(words, start=1):
        if _is_colour(word) or (place < len(words) and _shades(word, words[place])):
            run.append(word)
            continue
        if run:
            yield run
            run = []
        yield [word]
    if run:
        yield run


def _is_colour(word: Describing) -> bool:
    last = word.token.word.rsplit("-", 1)[-1]
    return last in COLOURS or (word.token.word.endswith("ish") and word.token.word[:4] in _ISH)


def _shades(word: Describing, colour: Describing) -> bool:
    """Whether a word makes a shade of the colour after it: "dark blue", but not "dark and blue"."""
    return word.token.word in COLOUR_WORDS and _is_colour(colour) and not colour.joined


def _colours(run: Sequence[Describing]) -> str:
    """Colours as one attribute: "dark brown", "red, white and blue"."""
    colours: list[str] = []
    shade: list[str] = []
    for place, word in enumerate(run, start=1):
        if word.degree and word.degree not in DEGREES:
            shade.append(word.degree)
        shade.append(word.token.word)
        if place == len(run) or (_is_colour(word) and not word.token.word.endswith("ish")):
            colours.append(" ".join(shade))
            shade = []
    if len(colours) == 2 and not any(word.joined for word in run):
        return " ".join(colours)
    return ", ".join([*colours[:-2], " and ".join(colours[-2:])])


def _attribute(word: Describing) -> str:
    """What a word says of a thing, "" where nobody could check it."""
    text, token = word.token.word, word.token
    if token.tag == UNKNOWN or text in PLACED or text in NOT_SEEN or text in SIDES or text in OTHERS:
        return ""
    if token.tag in NOUNS and text not in MATERIALS:
        return ""
    if token.tag == WordClass.PLURAL or is_compared(text):
        return ""
    if word.degree in HEDGES or (text.endswith("ly") and WordClass.ADVERB in token.classes):
        return ""
    return text if not word.degree or word.degree in DEGREES else f"{word.degree} {text}"
