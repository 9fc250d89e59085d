"""Readers of replies to yes/no questions: those of the field, each under its own name, and a strict one.

The rules of the others are followed to the letter, quirks included; each reader's source says where it comes from.
They disagree on most replies that are not a bare "Yes" or "No", and what they make of silence differs most: POPE's rule
reads an empty reply as yes.
"""

import re

from sightline.core import UNREADABLE, Reader, Reading
from sightline.errors import unknown_name
from sightline.readers.folding import fold
from sightline.readers.thinking import strip_thinking

__all__ = ["YES_NO_READERS", "yes_no_reader"]

_YES, _NO = Reading("yes"), Reading("no")


def _read_pope(text: str) -> Reading:
    """No if a token of the first sentence is exactly No, no or not; else yes, whatever it says."""
    first = text.split(".")[0].replace(",", "").split(" ")
    return _NO if not {"No", "no", "not"}.isdisjoint(first) else _YES


def _read_repope(text: str) -> Reading:
    """Yes if "yes" occurs anywhere, also inside a word ("eyes"); else no if "no" does ("snow", "cannot")."""
    lowered = text.lower()
    if "yes" in lowered:
        return _YES
    return _NO if "no" in lowered else UNREADABLE


def _read_lmms_eval(text: str) -> Reading:
    """The whole reply, lower-cased and stripped, must be the word: "yes." is not."""
    word = text.lower().strip()
    return Reading(word) if word in ("yes", "no") else UNREADABLE


_VLMEVALKIT_PUNCTUATION = ';/[]"{}()=+\\_-><@`,?!'
_DIGITS_AROUND_COMMA = re.compile(r"\d,\d")
_PERIOD = re.compile(r"(?!<=\d)\.(?!\d)")
# The look-behind is misspelt in the original and so holds always; kept, since it decides what "1." becomes.
_PERIODS_REMOVED = 32
# The original passes re.UNICODE (32) where re.sub takes the number of replacements.


def _read_vlmevalkit(text: str) -> Reading:
    """Just one of the words yes and no must occur once punctuation is gone; the judge of the original is left out."""
    lowered = text.lower()
    cleaned = lowered
    for mark in _VLMEVALKIT_PUNCTUATION:
        beside_space = mark + " " in lowered or " " + mark in lowered
        cleaned = cleaned.replace(mark, "" if beside_space or _DIGITS_AROUND_COMMA.search(lowered) else " ")
    words = _PERIOD.sub("", cleaned, count=_PERIODS_REMOVED).split()
    if ("yes" in words) == ("no" in words):
        return UNREADABLE
    return _YES if "yes" in words else _NO


# The strict reader. A reply is read only where it says yes or no, once, and means it.
_ANSWER_WORD = re.compile(
    r"\b(?P<yes>yes|yeah|yep)\b"
    # "no" is an answer where it opens a sentence or is set off ("no.", "no,"), not in "there is no cat"
    r"|(?:\A|[.!?:;\n])\s*(?P<no>(?:no|nope)\b)"
    r"|\b(?P<set_off>(?:no|nope)(?=\s*(?:[.,;:!?\n]|\Z))|(?:absolutely|definitely|certainly) not\b)"
)
_STATED_ANSWER = re.compile(
    r"\b(?:final )?answer(?: is)?\s*:?\s*(?P<word>yes|no)\b|\\boxed\{(?:\\text\{)?(?P<box>yes|no)\b"
)
_DENIAL = re.compile(
    r"\bthere(?:'s| is| are|'re) (?:no(?! (?:doubt|question|denying|mistak))|not|none)\b|\bthere (?:isn't|aren't)"
)
_STATEMENT = re.compile(r"\bthere(?:'s| is| are|'re) (?!no\b|not\b|none\b)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s|\n|\Z")
_WEAK_HEDGE = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|might|may be|could be|i (?:think|guess|believe)|a (?:chance|possibility))\b"
)
_STRONG_HEDGE = re.compile(
    r"(?:\bnot|n't|\bun)\s?(?:sure|certain|clear)\b"
    r"|\b(?:hard|difficult|impossible|not possible) to (?:tell|say|see|determine)\b"
    r"|\b(?:can ?not|can't|unable to) (?:tell|say|see|determine|confirm|answer|identify)\b"
    r"|\bdon't know\b|\byes (?:or|and) no\b"
)


def _read_strict(text: str) -> Reading:
    """Yes or no where the reply says so once and means it; empty, hedged and contradictory replies are unreadable."""
    plain = fold(strip_thinking(text))
    start = len(plain) - len(plain.lstrip())
    plain = plain[start:]
    if _STRONG_HEDGE.search(plain):
        return UNREADABLE
    answer, span = _stated(plain) or _answered(plain) or _declared(plain) or (None, (0, 0))
    return UNREADABLE if answer is None else Reading(answer, (start + span[0], start + span[1]))


_Found = tuple[str | None, tuple[int, int]]
_CONTRADICTED: _Found = (None, (0, 0))


def _stated(plain: str) -> _Found | None:
    """Read "the answer is no" and a boxed yes, wherever they stand."""
    stated = list(_STATED_ANSWER.finditer(plain))
    words = {found["word"] or found["box"] for found in stated}
    if not stated:
        return None
    return (words.pop(), stated[-1].span()) if len(words) == 1 else _CONTRADICTED


def _answered(plain: str) -> _Found | None:
    """Read the words yes and no where they are the answer."""
    answers = list(_ANSWER_WORD.finditer(plain))
    if not answers:
        return None
    first = answers[0]
    kinds = {"yes" if found["yes"] else "no" for found in answers}
    answer = "yes" if first["yes"] else "no"
    end = _sentence_end(plain, first.end())
    opposed = (_DENIAL if answer == "yes" else _STATEMENT).search(plain, first.start(), end)
    if len(kinds) > 1 or opposed or _WEAK_HEDGE.search(plain, 0, end):
        return _CONTRADICTED
    return answer, first.span(first.lastgroup or 0)


def _declared(plain: str) -> _Found | None:
    """Read "There is a dog" and "There is no dog" where the first sentence says one of them."""
    end = _sentence_end(plain, 0)
    denied, stated = _DENIAL.match(plain), _STATEMENT.match(plain)
    if _WEAK_HEDGE.search(plain, 0, end):
        return None
    if denied:
        return "no", denied.span()
    return ("yes", stated.span()) if stated else None


def _sentence_end(plain: str, position: int) -> int:
    end = _SENTENCE_END.search(plain, position)
    return len(plain) if end is None else end.start()


YES_NO_READERS: dict[str, Reader] = {
    reader.name: reader
    for reader in (
        Reader("strict", 1, _read_strict, "sightline, docs/readers.md"),
        Reader("pope", 1, _read_pope, "AoiDragon/POPE evaluate.py @08d957b"),
        Reader("llava", 1, _read_pope, "haotian-liu/LLaVA llava/eval/eval_pope.py @4241f08: POPE's rule"),
        Reader("repope", 1, _read_repope, "YanNeu/RePOPE src/eval_utils.py @bcf22e5"),
        Reader("lmms-eval", 1, _read_lmms_eval, "EvolvingLMMs-Lab/lmms-eval tasks/pope/utils.py @2c03baf"),
        Reader("vlmevalkit", 1, _read_vlmevalkit, "open-compass/VLMEvalKit dataset/utils/yorn.py @0c7163c, no judge"),
    )
}
"""The readers by name; the first is the default."""


def yes_no_reader(name: str) -> Reader:
    """The reader of this name.

    Raises:
        RequestError: there is none.
    """
    if name not in YES_NO_READERS:
        raise unknown_name("reader", name, YES_NO_READERS)
    return YES_NO_READERS[name]
