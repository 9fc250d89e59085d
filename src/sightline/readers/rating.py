"""Readers of ratings: the number that a judge's words end in, and MMHal-Bench's own rule under its own name.

A judgement is prose with a rating in it. The reader "rating" wants one value, whole and on the scale, however the judge
sets it off; a judgement with two different ones, or with none, is unreadable. "mmhal" looks for "rating: 0" to
"rating: 6" as plain text, so that "Rating: 10" is a 1 and "**Rating:** 4" is nothing; what it cannot read, its
benchmark counts as a 0.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from sightline.core import UNREADABLE, Reader, Reading
from sightline.errors import unknown_name
from sightline.readers.thinking import strip_thinking

__all__ = ["HIGHEST_RATING", "RATING_READERS", "rating_reader"]

HIGHEST_RATING = 6
"""Of MMHal-Bench's scale, which begins at 0."""

_RATING = re.compile(
    r"\b(?:rating|score)\b[\"'*_`]*\s*(?:is|of|:|=|-)?[\s\"'*_`:\[(]*(?P<value>[-+]?\d+(?:[.,]\d+)?)"
    r"(?P<or>\s*(?:-|–|/(?!\s*6\b)|\bto\b|\bor\b|\band\b)\s*\d)?",
    re.IGNORECASE,
)
_BARE = re.compile(r"\W*(?P<value>\d+)(?:\s*/\s*6|\s+out of 6)?\W*")


def _read_rating(text: str) -> Reading:
    """The one rating that is given; none where there are several different ones, or one that is not on the scale."""
    plain = strip_thinking(text)
    found = [*_RATING.finditer(plain)]
    if not found and (bare := _BARE.fullmatch(plain)):
        found = [bare]
    values = {each[0] if each.groupdict().get("or") else each["value"] for each in found}
    if len(values) != 1 or not (value := values.pop()).isdecimal() or int(value) > HIGHEST_RATING:
        return UNREADABLE
    return Reading(str(int(value)), found[-1].span("value"))


def _read_mmhal(text: str) -> Reading:
    """The one of "rating: 0" to "rating: 6" that stands in the text."""
    lower = text.lower()
    found = [value for value in range(HIGHEST_RATING + 1) if f"rating: {value}" in lower]
    return Reading(str(found[0])) if len(found) == 1 else UNREADABLE


RATING_READERS: Mapping[str, Reader] = MappingProxyType(
    {
        reader.name: reader
        for reader in (
            Reader("rating", 1, _read_rating, "sightline, docs/judged.md"),
            Reader("mmhal", 1, _read_mmhal, "RLHF-V eval/eval_gpt_mmhal.py, as MMHal-Bench's eval_gpt4.py"),
        )
    }
)
"""The readers by name; the first is the default."""


def rating_reader(name: str) -> Reader:
    """The reader of this name.

    Raises:
        RequestError: there is none.

    Example:
        >>> [rating_reader("rating").read(text).answer for text in ("**Rating:** 4", "Rating: 10", "Rating: 2 or 3")]
        ['4', None, None]
        >>> [rating_reader("mmhal").read(text).answer for text in ("**Rating:** 4", "Rating: 10", "Rating: 2 or 3")]
        [None, '1', '2']
    """
    if name not in RATING_READERS:
        raise unknown_name("reader of ratings", name, RATING_READERS)
    return RATING_READERS[name]
