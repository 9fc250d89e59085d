"""What a caption states: whether words and names occur in it, in whatever form.

What a language model says it read is held against this. That words occur does not yet show that they are said of the
thing they are put to; what does not occur was made up.
"""

import re
from collections.abc import Collection, Sequence
from functools import cache, cached_property

from sightline.readers.caption_objects import dictionary_forms
from sightline.readers.folding import fold
from sightline.readers.quantities import quantities
from sightline.readers.vocabulary import WORD
from sightline.readers.word_classes import WordClass, singular_noun, verb_of, word_classes

__all__ = ["Stated", "head"]

_TOKEN = re.compile(rf"{WORD.pattern}|\d+|[^\w\s'’-]", re.IGNORECASE)
"""Words, numbers, and the marks across which no name goes."""


def head(name: str) -> str:
    """The word of a name that can be singular or plural: its last one, or the last before "of".

    Example:
        >>> head("traffic light"), head("t-shirt"), head("piece of art")
        ('light', 'shirt', 'piece')
    """
    words = _words(name)
    return words[_head_place(words)] if words else ""


class Stated:
    """The words of a caption.

    Args:
        caption: as written.
    """

    def __init__(self, caption: str) -> None:
        self._caption = caption
        self._tokens = _words(caption)
        self._places: dict[str, set[int]] = {}
        """Form of a noun → where it stands."""
        for place, token in enumerate(self._tokens):
            for form in _nouns(token):
                self._places.setdefault(form, set()).add(place)

    @cached_property
    def _forms(self) -> frozenset[str]:
        return frozenset().union(*(_forms(token) for token in set(self._tokens)))

    @cached_property
    def _numbers(self) -> frozenset[int | None]:
        return frozenset(each.value for each in quantities(fold(self._caption)))

    def named(self, name: str) -> tuple[str, ...]:
        """The head of a name as the caption writes it, once for each place where the name occurs.

        Args:
            name: a noun, or several words that have to stand together.

        Example:
            >>> Stated("Two wine glasses, a glass of wine. The Wine-glass").named("wine glass")
            ('glasses', 'glass')
        """
        words = _words(name)
        if not words:
            return ()
        starts = [{place - n for place in self._occurs(word)} for n, word in enumerate(words)]
        return tuple(self._tokens[start + _head_place(words)] for start in sorted(set.intersection(*starts)))

    def _occurs(self, word: str) -> set[int]:
        """Where a noun stands, in whatever form."""
        return set().union(*(self._places.get(form, ()) for form in _nouns(word)))

    def says(self, phrase: str, passing_over: Collection[WordClass] = ()) -> bool:
        """Whether the words of a phrase occur, in any order and form, and there are any.

        Args:
            phrase: the words.
            passing_over: classes of words that need not occur.

        Example:
            >>> stated = Stated("A man wears a coat made of red wool.")
            >>> stated.says("wearing"), stated.says("of wool", (WordClass.PREPOSITION,)), stated.says("blue wool")
            (True, True, False)
        """
        words = [word for word in _words(phrase) if word_classes(word).isdisjoint(passing_over)]
        return bool(words) and all(not _forms(word).isdisjoint(self._forms) for word in words)

    def counts(self, number: int) -> bool:
        """Whether the caption has a number, whatever it counts.

        Example:
            >>> Stated("A dozen eggs").counts(12), Stated("A dozen eggs").counts(2)
            (True, False)
        """
        return number in self._numbers


def _words(text: str) -> list[str]:
    return [found[0].lower() for found in _TOKEN.finditer(text)]


def _head_place(words: Sequence[str]) -> int:
    return words.index("of") - 1 if "of" in words[1:] else len(words) - 1


@cache
def _nouns(word: str) -> frozenset[str]:
    """A word and what it is as a noun in the singular."""
    return frozenset((*dictionary_forms(word), singular_noun(word))) if word.isalpha() else frozenset((word,))


@cache
def _forms(word: str) -> frozenset[str]:
    """A word and what it is as a noun and as a verb."""
    return _nouns(word) | {verb_of(word)} - {""}
