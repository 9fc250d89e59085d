"""Where the sentences of a text begin and end.

The rules are pysbd's. It takes 3 ms for a caption, so texts in which nothing but plain sentences stands (each ends with
a word and a full stop, none holds quotation marks, brackets or abbreviations) are parted without it; a test holds the
two against each other.
"""

import re
from functools import cache
from typing import Any

__all__ = ["sentences"]

_BETWEEN = re.compile(r"(?<=\.)\s+(?=[A-Z])")
_PLAIN = re.compile(r"\s*[^\W\d_][^.!?\"“”()\[\]:;*•\n]*\b(?P<last>[a-z]{2,})\.\s*")


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """The half-open ranges of characters of the sentences of a text, without the blanks around them.

    Example:
        >>> text = "Mr. Smith has a dog. It sits."
        >>> [text[start:end] for start, end in sentences(text)]
        ['Mr. Smith has a dog.', 'It sits.']
    """
    pieces = _BETWEEN.split(text)
    if not all(_is_plain(piece) for piece in pieces):
        pieces = _segmenter().segment(text)
    spans = []
    after = 0
    for piece in (piece.strip() for piece in pieces):
        if piece:
            start = text.index(piece, after)
            after = start + len(piece)
            spans.append((start, after))
    return tuple(spans)


def _is_plain(piece: str) -> bool:
    found = _PLAIN.fullmatch(piece)
    return found is not None and found["last"] not in _abbreviations()


@cache
def _segmenter() -> Any:
    from pysbd import Segmenter  # only those who part texts need to wait for it

    return Segmenter(language="en", clean=False)


@cache
def _abbreviations() -> frozenset[str]:
    from pysbd.lang.english import English

    return frozenset(English.Abbreviation.ABBREVIATIONS)
