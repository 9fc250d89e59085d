"""The nouns of a text, as its words stand: what taggers of parts of speech are used for elsewhere."""

from sightline.readers.grammar.tagging import tagged
from sightline.readers.grammar.tokens import UNKNOWN
from sightline.readers.sentences import sentences
from sightline.readers.word_classes import WordClass

__all__ = ["nouns_of"]

_NOUNS = frozenset((WordClass.NOUN, WordClass.PLURAL, UNKNOWN))
"""A word that is not known is a noun, as it is for most taggers."""


def nouns_of(text: str) -> tuple[str, ...]:
    """The nouns of a text as they are written, in order, repeats included; a name of several words as several.

    Example:
        >>> nouns_of("A man stands on the grass. Trees and two orange traffic cones are behind the man.")
        ('man', 'grass', 'Trees', 'traffic', 'cones', 'man')
    """
    found: list[str] = []
    for start, end in sentences(text):
        for token in tagged(text, start, end):
            if token.tag in _NOUNS:
                found += text[token.start : token.end].split()
    return tuple(found)
