"""Quantities in English text: where a reply says how many, and how many.

What is no count is passed over: list numbering, ordinals, times, prices, percentages, "no one", "one of the", numbers
that are denied ("not four", "rather than four"). What says how many without a number is a quantity without a value:
ranges, bounds, fractions, "several".
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from sightline.readers.nouns import PAIRED

__all__ = ["NUMBER", "Quantity", "number_word", "quantities", "value_of"]

_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {
    "zero": 0,
    **{word: value for value, word in enumerate((*_ONES, *_TEENS), start=1)},
    **{word: 10 * value for value, word in enumerate(_TENS, start=2)},
}

_SMALL = rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_ONES)})\b)?|{'|'.join(_TEENS)}|{'|'.join(_ONES)})"
_HUNDRED = rf"(?:an?|{'|'.join(_ONES)})[- ]hundred(?:[- ](?:and[- ])?{_SMALL}\b)?"
NUMBER = rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d+|{_HUNDRED}|{_SMALL}|zero)"
"""A whole number in digits or words, as a pattern; words go up to nine hundred and ninety-nine."""

_PASSED_OVER = (
    r"[$€£]\s?\d[\d.,]*",
    r"\d+(?::\d\d)+",
    rf"\b{NUMBER}\s?(?:%|percent\b)",
    r"\d+(?:st|nd|rd|th|[a-z])\w*",
    rf"\b{NUMBER}-(?!{NUMBER}\b)[a-z]\w*",
    r"\b(?:no|each|every|any|some|another|this|that|which) ?one\b",
    r"\bone(?: another|-by-one| by one| after the other)\b",
    r"\bnone of\b",
    rf"\b{NUMBER} of (?:the|these|those|which|its|their|your)\b",
    rf"\b{NUMBER} of them\b(?=\s+\w)(?! in\b)",
    rf"(?:\bnot|n't|\brather than|\binstead of)(?: exactly| really| actually| the| just)? {NUMBER}\b",
    r"\bno (?:doubt|longer|matter|way|sign)\b",
)
_INDEFINITE = (
    r"\d+\.\d+|\d+,\d{1,2}(?!\d)|\d+/\d+",
    rf"\b(?:from )?{NUMBER} (?:-|–|—|to|or) {NUMBER}\b|\d+[-–—]\d+\b",
    rf"\b(?:{'|'.join(_ONES)})[-–—](?:{'|'.join(_ONES)})\b",
    rf"\bbetween {NUMBER} and {NUMBER}\b",
    rf"\b{NUMBER}(?:\+| or (?:more|so|fewer|less)\b| plus\b)",
    rf"\b(?:at least|at most|(?:no )?(?:more|less|fewer) than|up to|almost|nearly) {NUMBER}\b",
    r"\b(?:dozens|hundreds|thousands|several|many|numerous|multiple|countless|(?:a )?few|plenty of|(?:a )?lots? of)\b",
    rf"\b{NUMBER} (?:thousand|million|billion)\b",
)
_COUNTS = (
    r"(?P<half>\bhalf[- ](?:a[- ])?dozen\b(?: of\b)?)",
    rf"(?P<dozen>\b(?:(?P<dozens>{NUMBER}) |an? )?dozen\b(?: of\b)?)",
    r"(?P<couple>\ba couple of\b)",
    rf"(?P<pair>\b(?:an?|(?P<pairs>{NUMBER})) pairs? of\b)",
    r"(?P<denied>(?:\bnot|n't)(?: an?| any)(?: single)?\b|\bwithout any\b|\bnot a single\b)",
    r"(?P<no>\bno\b(?=\s+[a-z]))",
    r"(?P<none>\bnone\b)",
    r"(?P<single>\b(?:a|one) single\b)",
    rf"(?P<number>(?<![\w.,/:])(?<!\w[-–]){NUMBER}(?![\w%]|[.,:/]\d|-[a-z]))",
    r"(?P<article>(?<=\bthere is )an?\b|(?<=\bthere's )an?\b)",
)
_ANY = re.compile(
    "|".join((rf"(?P<passed>{'|'.join(_PASSED_OVER)})", rf"(?P<indefinite>{'|'.join(_INDEFINITE)})", *_COUNTS))
)
_MARKER = re.compile(r"(?:^[ \t]*\(?(?P<line>\d{1,3})[.)]|(?<=\s)(?P<inline>\d{1,3})\))(?=\s+\S)", re.MULTILINE)

Kind = Literal["number", "no", "article", "indefinite"]


class Quantity(NamedTuple):
    """A place where a text says how many.

    Args:
        value: how many; None for ranges, bounds, fractions and vague words.
        start: first character.
        end: one after the last.
        kind: "no" needs a noun after it and "article" is the a of "there is a"; neither is an answer on its own.
    """

    value: int | None
    start: int
    end: int
    kind: Kind = "number"


def number_word(number: int) -> str:
    """A number from 0 to 99 as a word.

    Example:
        >>> [number_word(n) for n in (0, 12, 20, 21)]
        ['zero', 'twelve', 'twenty', 'twenty-one']
    """
    words = {value: word for word, value in _VALUES.items()}
    if number in words:
        return words[number]
    return f"{words[number - number % 10]}-{words[number % 10]}"


def value_of(number: str) -> int:
    """What a number in digits or words is.

    Example:
        >>> [value_of(n) for n in ("1,200", "twenty-one", "a hundred and five", "two hundred")]
        [1200, 21, 105, 200]
    """
    if number[0].isdigit():
        return int(number.replace(",", ""))
    hundreds, found, rest = number.partition("hundred")
    if not found:
        rest, hundreds = number, ""
    words = [word for word in re.split(r"[- ]", rest) if word in _VALUES]
    return 100 * (_VALUES.get(hundreds.strip(" -"), 1) if found else 0) + sum(_VALUES[word] for word in words)


def quantities(plain: str) -> list[Quantity]:
    """The quantities of a text that was folded, in the order in which they stand.

    Example:
        >>> quantities("no one sits; a dozen cups, 3-4 moons")
        [Quantity(value=12, start=13, end=20, kind='number'), Quantity(value=None, start=27, end=30, kind='indefinite')]
    """
    return list(_found(_without_numbering(plain)))


def _found(plain: str) -> Iterator[Quantity]:
    for found in _ANY.finditer(plain):
        kind = found.lastgroup
        start, end = found.span()
        # lastgroup is the outermost group that closed last, which is the alternative itself
        if kind == "passed":
            continue
        if kind == "indefinite":
            yield Quantity(None, start, end, "indefinite")
        elif kind in ("no", "denied"):
            yield Quantity(0, start, end, "no")
        elif kind == "article":
            yield Quantity(1, start, end, "article")
        else:
            yield Quantity(_value(found, plain), start, end)


def _value(found: re.Match[str], plain: str) -> int:
    match found.lastgroup:
        case "half":
            return 6
        case "dozen":
            return 12 * (value_of(found["dozens"]) if found["dozens"] else 1)
        case "couple":
            return 2
        case "pair":
            after = re.match(r"\s+(?:[\w-]+\s+)?([a-z]+)\b", plain[found.end() :])
            one = any(word in PAIRED for word in re.findall(r"[a-z]+", after[0] if after else ""))
            return (1 if one else 2) * (value_of(found["pairs"]) if found["pairs"] else 1)
        case "none":
            return 0
        case "single":
            return 1
        case _:
            return value_of(found[0])


def _without_numbering(plain: str) -> str:
    """Blank out "1." "2." "3)" at the head of lines, and "1)" "2)" within, where they count up from one."""
    expected = 1
    for found in _MARKER.finditer(plain):
        number = int(found["line"] or found["inline"])
        if number in (1, expected):
            plain = plain[: found.start()] + " " * (found.end() - found.start()) + plain[found.end() :]
            expected = number + 1
    return plain
