"""How many a noun phrase names, and the singular of its name: "two wine glasses", "glasses", "several sheep"."""

from collections.abc import Sequence

from sightline.readers.grammar.attributes import Describing
from sightline.readers.grammar.tokens import Token
from sightline.readers.grammar.word_list import word_list
from sightline.readers.nouns import PAIRED
from sightline.readers.quantities import value_of
from sightline.readers.word_classes import WordClass, singular_noun

__all__ = ["number_of", "singular_of"]

_OF_GLASSES = word_list("beer champagne clear cocktail drinking empty full martini pint shot tall water wine")
"""What stands before "glasses" that one drinks from."""

_SEVERAL = word_list("few many numerous several some these those")
_NO_PLURALS = word_list("aircraft deer fish police sheep")


def singular_of(words: Sequence[Describing], opening: Sequence[Token]) -> str:
    """The singular of the last of some words; what comes as a pair stays as it is.

    Args:
        words: a noun and what stands before it.
        opening: determiners and numbers before these.
    """
    *first, last = words[-1].token.word.split(" ")
    is_glass = last == "glasses" and _are_of_glass(words, _said_number(opening))
    return " ".join((*first, "glass" if is_glass else singular_noun(last)))


def number_of(words: Sequence[Describing], opening: Sequence[Token]) -> tuple[int, bool]:
    """How many, and whether that is said: 2, and False, for a plural without a number.

    Args:
        words: as above.
        opening: as above.
    """
    head = words[-1].token
    said = _said_number(opening)
    paired = head.word in PAIRED and not (head.word == "glasses" and _are_of_glass(words, said))
    plural = head.tag == WordClass.PLURAL and not paired
    if said is not None and (plural == (said > 1) or head.word in _NO_PLURALS):
        return said, True
    if plural:
        return 2, any(token.word == "both" for token in opening)
    if head.word in _NO_PLURALS:
        return (2 if any(token.word in _SEVERAL for token in opening) else 1), False
    return 1, True


def _said_number(opening: Sequence[Token]) -> int | None:
    return next((value_of(token.word) for token in opening if token.tag == WordClass.NUMBER), None)


def _are_of_glass(words: Sequence[Describing], number: int | None) -> bool:
    """Whether glasses are several that one drinks from: where they are counted, or it is said what of."""
    before = words[-1].token.word.split(" ")[:-1] or [word.token.word for word in words[-2:-1]]
    return (number or 0) > 1 or any(word in _OF_GLASSES for word in before)
