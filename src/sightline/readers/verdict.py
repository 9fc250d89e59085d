"""Readers of verdicts: whether a judge calls a reply correct or incorrect.

The reader "verdict" takes the field of a JSON object, or the words of a sentence, and wants all of them to agree.
"substring" is HallusionBench's rule: "incorrect" anywhere in the text, else "correct" anywhere, so that "not correct"
is correct; anything else is unclear.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic_core import from_json

from sightline.core import UNREADABLE, Reader, Reading
from sightline.errors import unknown_name
from sightline.readers.thinking import strip_thinking

__all__ = ["CORRECT", "INCORRECT", "VERDICT_READERS", "verdict_reader"]

CORRECT, INCORRECT = "correct", "incorrect"

_FENCE = re.compile(r"\A\s*```[a-z]*\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL | re.IGNORECASE)
_STATED = re.compile(r"\bverdict\b\W{0,6}(?:is\W{0,3})?(?P<word>\w+)", re.IGNORECASE)
_WORD = re.compile(
    r"(?P<no>\b(?:incorrect|(?:not|isn['’]t|n['’]t)(?:\s+(?:be|entirely|fully|quite|considered|completely))?\s+correct)\b)"
    r"|(?P<yes>\bcorrect\b)",
    re.IGNORECASE,
)


def _read_verdict(text: str) -> Reading:
    """The verdict; none where there is none, or where two contradict each other."""
    plain = strip_thinking(text).strip()
    if fenced := _FENCE.match(plain):
        plain = fenced[1].strip()
    if plain.startswith("{"):
        return _of_object(plain)
    stated = {found["word"].lower() for found in _STATED.finditer(plain)}
    if stated:
        word = stated.pop()
        return Reading(word) if not stated and word in (CORRECT, INCORRECT) else UNREADABLE
    words = {INCORRECT if found["no"] else CORRECT for found in _WORD.finditer(plain)}
    return Reading(words.pop()) if len(words) == 1 else UNREADABLE


def _of_object(plain: str) -> Reading:
    try:
        found: Any = from_json(plain)
    except ValueError:
        return UNREADABLE
    verdict = found.get("verdict")
    word = verdict.strip().lower() if isinstance(verdict, str) else None
    return Reading(word) if word in (CORRECT, INCORRECT) else UNREADABLE


def _read_substring(text: str) -> Reading:
    """Incorrect where that stands anywhere, else correct where that does."""
    lower = text.lower()
    if INCORRECT in lower:
        return Reading(INCORRECT)
    return Reading(CORRECT) if CORRECT in lower else UNREADABLE


VERDICT_READERS: Mapping[str, Reader] = MappingProxyType(
    {
        reader.name: reader
        for reader in (
            Reader("verdict", 1, _read_verdict, "sightline, docs/judged.md"),
            Reader("substring", 1, _read_substring, "HallusionBench utils.py"),
        )
    }
)
"""The readers by name; the first is the default."""


def verdict_reader(name: str) -> Reader:
    """The reader of this name.

    Raises:
        RequestError: there is none.

    Example:
        >>> said = ('{"reason": "it is incorrect to say so", "verdict": "correct"}', "Not correct.", "It is wrong.")
        >>> [verdict_reader("verdict").read(text).answer for text in said]
        ['correct', 'incorrect', None]
        >>> [verdict_reader("substring").read(text).answer for text in said]
        ['incorrect', 'correct', None]
    """
    if name not in VERDICT_READERS:
        raise unknown_name("reader of verdicts", name, VERDICT_READERS)
    return VERDICT_READERS[name]
