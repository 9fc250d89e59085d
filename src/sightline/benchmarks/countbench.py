"""CountBench's file: captions that name a number, from which the thing that is counted is taken.

The file has no nouns. The thing is the plural noun that follows the number ("ten best gaming headsets": headsets), at
most five words on and within the phrase. Captions without one ("set of six", "the five of them") and those that count a
kind of measure ("four types of crisps") are listed and not guessed.

Source: arXiv 2302.12066; the paper on prompt-induced hallucination has its nouns from GPT-4o.
"""

import re
from collections import Counter
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from sightline.errors import DataError
from sightline.readers.nouns import plural, singular
from sightline.readers.quantities import NUMBER, number_word, value_of

__all__ = ["Captioned", "counted_noun", "is_countbench", "read_countbench"]

_MEASURES = """
    assortments bits boxes bunches classes colors colours couples days designs dimensions directions feet groups hours
    images inches items kinds layers lots metres meters minutes months options others packs packages pairs panels parts
    pcs photos pictures pieces positions rows sections series sets shades sides sizes sorts stages steps styles things
    times types variants variations varieties versions views vectors ways weeks years
"""
"""Plurals that say how things are grouped, drawn or sorted, and not what they are."""

_NO_NOUNS = """
    a across all always an and are as at because beyond but by christmas does during eames for from has his hers if in
    including into is it its less nine of on or others ours out over perhaps plus showing six than that the theirs this
    thus to toward towards under us various versus was were which who with without yes yours
"""
"""Words that end a phrase, or that look like plurals and are none."""

_NO_THINGS = frozenset((*_MEASURES.split(), *_NO_NOUNS.split()))
_MOST_WORDS = 5


class Captioned(NamedTuple):
    """A row of CountBench.

    Args:
        image: the name of the image, from its address.
        caption: the text.
        number: how many there are.
        noun: what is counted, in the singular; None where the caption does not tell.
    """

    image: str
    caption: str
    number: int
    noun: str | None


def is_countbench(record: dict[str, Any]) -> bool:
    """Whether a row has CountBench's fields."""
    return {"image_url", "text", "number"} <= record.keys()


def read_countbench(records: list[dict[str, Any]], file: str) -> list[Captioned]:
    """Read its rows; images are named by the last part of their address, after the row's number where others share it.

    Raises:
        DataError: a field is missing or of another type.
    """
    for row, record in enumerate(records, start=1):
        for field, type_ in (("image_url", str), ("text", str), ("number", int)):
            if type(record.get(field)) is not type_:
                raise DataError(f"{field} is {record.get(field)!r}, expected {type_.__name__}", file=file, row=row)
    names = [unquote(PurePosixPath(urlsplit(record["image_url"]).path).name) for record in records]
    shared = Counter(name.casefold() for name in names)
    return [
        Captioned(
            name if name and shared[name.casefold()] == 1 else f"{row:04d}_{name}",
            record["text"],
            record["number"],
            counted_noun(record["text"], record["number"]),
        )
        for row, (name, record) in enumerate(zip(names, records, strict=True), start=1)
    ]


def counted_noun(caption: str, number: int) -> str | None:
    """What a caption counts, in the singular.

    Example:
        >>> counted_noun("We review the ten best gaming headsets in the market", 10)
        'headset'
        >>> counted_noun("vintage spoons, set of six 1847 Rogers pattern", 6) is None
        True
    """
    for found in re.finditer(rf"(?<![\w.,-])(?:{NUMBER})(?![\w%]|[.,:/]\d)", caption, re.IGNORECASE):
        if value_of(found[0].lower()) == number and (noun := _noun_after(caption[found.end() :])):
            return noun
    return None


def _noun_after(rest: str) -> str | None:
    for place, word in enumerate(re.findall(r"[A-Za-z][A-Za-z'’-]*|[^\sA-Za-z]", rest)[:_MOST_WORDS]):
        lowered = word.lower()
        if not word[0].isalpha() or lowered in _NO_THINGS or "'" in word or "’" in word:
            return None
        if lowered == number_word(1) or (place and re.fullmatch(NUMBER, lowered)):
            return None
        one = singular(lowered)
        if one != lowered and plural(one) == lowered:
            return one
    return None
