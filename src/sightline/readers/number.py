"""Readers of counts: how many the reply says there are.

`count_of` binds numbers to the object that is asked about: in "three moons and two cups" the count of cups is two. The
reader "number" has no object to go by and takes the first sentence that says how many. "pih" is the rule of the
repository of prompt-induced hallucination, quirks included: the first word that is a number, whatever it counts.
"""

import functools
import re
from collections.abc import Sequence

from sightline.core import UNREADABLE, Reader, Reading
from sightline.errors import unknown_name
from sightline.readers.folding import fold
from sightline.readers.nouns import forms
from sightline.readers.quantities import NUMBER, Quantity, quantities, value_of
from sightline.readers.thinking import strip_thinking

__all__ = ["NUMBER_READERS", "count_of", "number_reader"]

_BETWEEN = (
    r"(?:,?\s+(?!(?:and|or|of|with|in|on|at|by|to|the|an?|is|are|was|were|that|which|who|but|no|from|for|as|than)\b"
    rf"|{NUMBER}\b)[a-z'-]+){{0,4}}?\s+"
)
_ALONE = re.compile(
    r"\s*(?:[.!?,;:)\]]|\Z|\n|(?:of them|in|on|at|visible|shown|present|total|altogether|overall|here|there|and|or)\b)"
)
_BEFORE_ONE = re.compile(
    r"(?:\A|[.:;,!?\n(=]|\b(?:is|are|only|just|exactly|about|approximately|be|see|count|counted|answer))\s*\Z"
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|\Z)|\n|\Z")
_STATED = re.compile(rf"\b(?:answer|total|count)(?: number)?(?: is|:| =)? *:? *(?:of )?(?P<number>{NUMBER})\b(?!-)")
_CORRECTION = re.compile(r"\b(?:but|however|actually|only|in fact|instead)\b[^.!?\n]{0,60}\Z")


def count_of(text: str, object_: str) -> Reading:
    """How many of an object the reply says there are.

    Numbers count where the object follows them, with up to four words of description between; else a number that
    stands alone ("Three.", "There are 3 in the image"). Of several counts of the object the first is taken where the
    later ones are parts of it, the last where it is the sum of those before it, and one that corrects the others
    ("…, but there are only three moons") before either; other contradictions are unreadable.

    Example:
        >>> count_of("There are three moons and two cups.", "cup")
        Reading(answer='2', span=(26, 29))
        >>> count_of("Several cups.", "cup").answer is None
        True
    """
    plain = fold(strip_thinking(text))
    found = quantities(plain)
    bound = [quantity for pattern in _patterns(object_.lower()) for quantity in _bound(plain, found, pattern)]
    definite = [q for q in bound if q.kind in ("number", "no")] or [q for q in bound if q.kind == "article"]
    if bound:
        return _decide([q for q in definite if q.value is not None], plain)
    return _decide([q for q in found if _is_alone(plain, q)], plain)


@functools.cache
def _patterns(object_: str) -> tuple[re.Pattern[str], ...]:
    """What an object is found by: all its words, or where there are several, its last one."""
    nouns = dict.fromkeys((object_, object_.split()[-1]))
    return tuple(re.compile(rf"(?:{'|'.join(map(re.escape, forms(noun)))})\b(?!['-][a-z])") for noun in nouns)


def _bound(plain: str, found: Sequence[Quantity], noun: re.Pattern[str]) -> list[Quantity]:
    """The quantities of a noun: it follows, or stands before a colon, an equals sign or a bracket."""
    after = re.compile(_BETWEEN + noun.pattern)
    told = rf"\bnumber of (?:[a-z'-]+ ){{0,3}}?{noun.pattern}[^.!?\n]{{0,30}}?(?:\bis|\bare|:)\s*"
    before = re.compile(rf"(?:\b{noun.pattern}\s*[:=(]\s*|{told})\Z")
    return [q for q in found if after.match(plain, q.end) or (_is_alone(plain, q) and before.search(plain, 0, q.start))]


def _is_alone(plain: str, quantity: Quantity) -> bool:
    """Whether a number stands without a noun."""
    without = quantity.kind == "number" and _ALONE.match(plain, quantity.end) is not None
    return without and not _is_pronoun(plain, quantity)


def _is_pronoun(plain: str, quantity: Quantity) -> bool:
    """Whether it is the one of "the red one"."""
    if plain[quantity.start : quantity.end] != "one" or _ALONE.match(plain, quantity.end) is None:
        return False
    return _BEFORE_ONE.search(plain, 0, quantity.start) is None


def _decide(found: Sequence[Quantity], plain: str) -> Reading:
    """The count that several mentions amount to."""
    values = [q.value for q in found if q.value is not None]
    if not values:
        return UNREADABLE
    first, last = found[0], found[-1]
    corrections = [q for q in found[1:] if _CORRECTION.search(plain, 0, q.start)]
    if len(set(values)) == 1:
        return _reading(first)
    if corrections:
        return _reading(corrections[-1])
    if values[0] > max(values[1:]):
        return _reading(first)
    if values[-1] == sum(values[:-1]):
        return _reading(last)
    return UNREADABLE


def _reading(quantity: Quantity) -> Reading:
    return Reading(str(quantity.value), (quantity.start, quantity.end))


def _read_number(text: str) -> Reading:
    """The one number of the first sentence that has any, or what is said to be the answer or the total."""
    plain = fold(strip_thinking(text))
    stated = list(_STATED.finditer(plain))
    if len({value_of(found["number"]) for found in stated}) == 1:
        return Reading(str(value_of(stated[-1]["number"])), stated[-1].span("number"))
    found = [q for q in quantities(plain) if q.kind != "article" and not _is_pronoun(plain, q)]
    if not found:
        return UNREADABLE
    end = _SENTENCE_END.search(plain, found[0].end)
    own = [q for q in found if end is None or q.start < end.start()]
    if len(own) > 1 and any(plain[q.start : q.end] != "one" for q in own):
        own = [q for q in own if plain[q.start : q.end] != "one"]  # "in one corner", "a red one"
    if any(q.value is None for q in own):
        return UNREADABLE
    colon = plain.find(":", own[0].end)
    heads = [q for q in own if colon < 0 or q.start < colon]
    return _reading(heads[0]) if len({q.value for q in heads}) == 1 else UNREADABLE


_PIH_TOKEN = re.compile(r"\b\d+\b|[A-Za-z]+(?:-[A-Za-z]+)*")
_PIH_LARGE = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}


def _read_pih(text: str) -> Reading:
    """The first token that is digits or a number word; "a" and "an" are none, but "point" is zero."""
    for found in _PIH_TOKEN.finditer(text):
        token = found[0].lower()
        if token.isdigit():
            return Reading(str(int(token)), found.span())
        # word2number takes "point" for the decimal point of nothing, which makes zero
        words = token.split("-")
        known = [word for word in words if word in _PIH_LARGE or re.fullmatch(NUMBER, word)]
        if known or "point" in words:
            whole = known[: words.index("point")] if "point" in words else known
            return Reading(str(_pih_value(whole)), found.span())
    return UNREADABLE


def _pih_value(words: Sequence[str]) -> int:
    value = 0
    for word in words:
        value = max(value, 1) * _PIH_LARGE[word] if word in _PIH_LARGE else value + value_of(word)
    return value


NUMBER_READERS: dict[str, Reader] = {
    reader.name: reader
    for reader in (
        Reader("number", 1, _read_number, "sightline, docs/counting.md"),
        Reader("pih", 1, _read_pih, "michalg04/prompt-induced_hallucinations knockout_utils.py @61e8c90"),
    )
}
"""The readers by name; the first is the default."""


def number_reader(name: str) -> Reader:
    """The reader of this name.

    Raises:
        RequestError: there is none.
    """
    if name not in NUMBER_READERS:
        raise unknown_name("reader of numbers", name, NUMBER_READERS)
    return NUMBER_READERS[name]
