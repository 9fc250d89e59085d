"""The reader of colours: what colour the reply says a thing is.

Shades go by the basic colour they are a kind of (navy and sky blue are blue, crimson is red); those that lie between
two keep their own name (turquoise, beige). What a thing is said not to be is passed over. Two colours are two: "red
and white" cannot be read as one, and `colours` lists both.
"""

import functools
import re
from collections.abc import Mapping
from typing import NamedTuple

from sightline.core import UNREADABLE, Reader, Reading
from sightline.errors import unknown_name
from sightline.readers.folding import fold
from sightline.readers.nouns import forms
from sightline.readers.thinking import strip_thinking

__all__ = ["BASIC", "COLOUR_READERS", "Coloured", "colour_of", "colour_reader", "colours"]

BASIC = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "gray")
"""The basic colour names of English; grey is read as gray."""

_SHADES: Mapping[str, str] = {
    **{name: name for name in BASIC},
    "grey": "gray",
    **dict.fromkeys(("crimson", "scarlet", "ruby", "cherry red", "burgundy", "maroon"), "red"),
    **dict.fromkeys(("navy", "azure", "cobalt", "indigo"), "blue"),
    **dict.fromkeys(("emerald", "olive green", "lime green", "lime"), "green"),
    **dict.fromkeys(("violet", "lavender", "lilac", "mauve"), "purple"),
    **dict.fromkeys(("lemon yellow", "mustard yellow"), "yellow"),
    **dict.fromkeys(("chocolate brown",), "brown"),
    **dict.fromkeys(("charcoal", "charcoal gray"), "gray"),
    **{name: name for name in ("beige", "cyan", "gold", "magenta", "silver", "tan", "teal", "turquoise")},
    "golden": "gold",
}
_ISH = {
    f"{stem}ish": name
    for stem, name in (
        *(("redd", "red"), ("bluish", "blue"), ("yellow", "yellow"), ("green", "green"), ("purpl", "purple")),
        *(("pink", "pink"), ("brown", "brown"), ("black", "black"), ("whit", "white"), ("gray", "gray")),
        *(("grey", "gray"), ("orang", "orange"), ("blu", "blue")),
    )
}
_NAMES = "|".join(sorted(map(re.escape, _SHADES), key=lambda name: -len(name)))
_WORDS_BEFORE = (
    "navy|sky|royal|baby|midnight|powder|steel|forest|sea|mint|olive|lime|emerald|brick|blood|cherry|ruby|hot|rose|"
    "burnt|lemon|mustard|chocolate|charcoal|slate|ash|jet|snow|off|dark|light|bright|pale|deep|vivid|pastel|neon"
)
# Words before a colour that make a shade of it; "navy blue" is one colour and not navy and blue.
_COLOUR = re.compile(
    rf"\b(?:(?:{'|'.join(_ISH)}|{_WORDS_BEFORE})[ -])*"
    rf"(?:(?P<name>{_NAMES})(?:-?colou?red)?|(?P<ish>{'|'.join(_ISH)}))\b(?!')"
)
_DENIED = re.compile(
    r"(?:\bnot|n't|\bno|\brather than|\binstead of|\bnor|\bneither)"
    r"(?: (?:really|actually|a|an|the|be|being|exactly))*\s*\Z"
)
_JOINED = re.compile(r"\s*(?:,|and|or|/|&|-)(?:\s*(?:and|or|a))*\s*")
_BETWEEN = r"(?:,?\s+(?!(?:and|or|of|with|in|on|at|by|the|an?|is|are)\b)[a-z'-]+){0,3}?\s+"
_ALONE = re.compile(
    r"\s*(?:[.!?,;:)\]]|\Z|\n|(?:in|all|with|and|but|on|at|to|because|as|color|colour|hue|tone|shade)\b)"
)
_IS = r"(?:is|are|was|were|appears?(?: to be)?|looks?|seems?(?: to be)?|being|has an?|:)"
_WITHIN = r"(?:(?!\b(?:and|while|whereas|but)\b)[^.!?;\n]){0,40}?"
# From a thing to what is said of it, and not into what is said of another.
_CORRECTION = re.compile(r"\b(?:but|however|actually|in fact|instead)\b[^.!?\n]{0,60}\Z")


class Coloured(NamedTuple):
    """A colour that a text names.

    Args:
        name: the basic colour, or its own name where it lies between two.
        start: first character.
        end: one after the last.
    """

    name: str
    start: int
    end: int


def colours(text: str) -> list[Coloured]:
    """Every colour that a text names and does not deny, in order.

    Example:
        >>> [found.name for found in colours("A dark blue cup, light-green and reddish, but not white.")]
        ['blue', 'green', 'red']
    """
    return _found(fold(strip_thinking(text)))


def _found(plain: str) -> list[Coloured]:
    return [
        Coloured(_SHADES[found["name"]] if found["name"] else _ISH[found["ish"]], *found.span())
        for found in _COLOUR.finditer(plain)
        if _DENIED.search(plain, 0, found.start()) is None
    ]


def colour_of(text: str, object_: str) -> Reading:
    """What colour the reply says an object is.

    A colour is the object's where it stands before it ("the large red moon") or is said of it ("the moon is red", "its
    color is red"); else one that stands alone ("Red."). Where two are said and one corrects the other ("…, but it is
    blue"), the correction counts; other replies that name several are unreadable.

    Example:
        >>> colour_of("The cup is red and the moon is dark blue.", "moon").answer
        'blue'
        >>> colour_of("The moon is red and white.", "moon").answer is None
        True
    """
    plain = _without_the_thing(fold(strip_thinking(text)), object_.lower())
    runs = _runs(plain)
    nouns = _noun(object_.lower())
    before = re.compile(_BETWEEN + nouns)
    said = re.compile(rf"\b(?:{nouns}|it|they|colou?r)\b{_WITHIN}\b{_IS}\s*(?:[a-z]+ly |all |in )?\Z")
    own = [
        run
        for run in runs
        if before.match(plain, run[-1].end) or (_alone(plain, run) and said.search(plain, 0, run[0].start))
    ]
    return _decide(own or [run for run in runs if _alone(plain, run)], plain)


@functools.cache
def _noun(object_: str) -> str:
    nouns = dict.fromkeys((object_, object_.split()[-1]))
    return "(?:" + "|".join(re.escape(form) for noun in nouns for form in forms(noun)) + r")\b"


def _without_the_thing(plain: str, object_: str) -> str:
    """Blank out the orange of "the orange is green", which is a thing and no colour."""
    if object_ not in _SHADES:
        return plain
    said_of = r"(?=\s+(?:is|are|was|has|in|on|appears?|looks?)\b)"
    thing = re.compile(rf"\b(?:the|this|that|these|an?|its) {_noun(object_)}{said_of}")
    return thing.sub(lambda found: " " * len(found[0]), plain)


def _runs(plain: str) -> list[list[Coloured]]:
    """Colours that are named together: "red, green and blue"."""
    runs: list[list[Coloured]] = []
    for colour in _found(plain):
        if runs and _JOINED.fullmatch(plain, runs[-1][-1].end, colour.start):
            runs[-1].append(colour)
        else:
            runs.append([colour])
    return runs


def _alone(plain: str, run: list[Coloured]) -> bool:
    return _ALONE.match(plain, run[-1].end) is not None


def _decide(runs: list[list[Coloured]], plain: str) -> Reading:
    """The one colour that several mentions amount to."""
    corrections = [run for run in runs[1:] if _CORRECTION.search(plain, 0, run[0].start)]
    counted = corrections[-1:] or runs
    if len({colour.name for run in counted for colour in run}) != 1:
        return UNREADABLE
    first = counted[0][0]
    return Reading(first.name, (first.start, first.end))


def _read_colour(text: str) -> Reading:
    """The one colour that the reply names."""
    found = colours(text)
    if len({colour.name for colour in found}) != 1:
        return UNREADABLE
    return Reading(found[0].name, (found[0].start, found[0].end))


COLOUR_READERS: dict[str, Reader] = {"colour": Reader("colour", 1, _read_colour, "sightline, docs/counting.md")}
"""The readers by name; the first is the default."""


def colour_reader(name: str) -> Reader:
    """The reader of this name.

    Raises:
        RequestError: there is none.
    """
    if name not in COLOUR_READERS:
        raise unknown_name("reader of colours", name, COLOUR_READERS)
    return COLOUR_READERS[name]
