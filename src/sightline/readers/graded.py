"""Readers of grades from 0 to 1 that a judge gives: ours, and MM-Vet's own rule under its own name.

The reader "grade" takes the one grade that a judgement states, as a field of JSON or in words; one with two different
grades, with none, or with one beyond 0 to 1 is unreadable. "mm-vet" takes the first word, which must be such a number;
its original asks again up to five times, and then counts a 0.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from sightline.core import UNREADABLE, Reader, Reading
from sightline.errors import unknown_name
from sightline.readers.thinking import strip_thinking

__all__ = ["GRADE_READERS", "grade_reader"]

_STATED = re.compile(
    r"\b(?:grade|score|correctness)\b[\"'*_`]*\s*(?:is|of|:|=|-)?[\s\"'*_`:\[(]*(?P<value>-?\d*\.?\d+)", re.IGNORECASE
)
_NUMBER = re.compile(r"(?<![\w.,/-])-?\d*\.?\d+(?![\w/]|\.\d)")
_OF_ONE = re.compile(r"\s*(?:/|out of)\s*1(?:\.0+)?\b")


def _read_grade(text: str) -> Reading:
    """The one grade that is stated, or else the only number."""
    plain = _OF_ONE.sub("", strip_thinking(text))
    found = [each["value"] for each in _STATED.finditer(plain)] or [each[0] for each in _NUMBER.finditer(plain)]
    grades = {float(value) for value in found}
    grade = grades.pop() if len(grades) == 1 else -1.0
    return Reading(f"{grade:g}") if 0 <= grade <= 1 else UNREADABLE


def _read_mm_vet(text: str) -> Reading:
    """The first word, which must be a number from 0 to 1."""
    try:
        grade = float(text.split(" ")[0].strip())
    except ValueError:
        return UNREADABLE
    return Reading(f"{grade:g}") if 0 <= grade <= 1 else UNREADABLE


GRADE_READERS: Mapping[str, Reader] = MappingProxyType(
    {
        reader.name: reader
        for reader in (
            Reader("grade", 1, _read_grade, "sightline, docs/judged.md"),
            Reader("mm-vet", 1, _read_mm_vet, "yuweihao/MM-Vet mm-vet_evaluator.py @7d717c2"),
        )
    }
)
"""The readers by name; the first is the default."""


def grade_reader(name: str) -> Reader:
    """The reader of this name.

    Raises:
        RequestError: there is none.

    Example:
        >>> said = ('{"reason": "one of two", "grade": 0.5}', "0.5 or 0.6", "0.3", "Grade: 0.7/1.0", "2")
        >>> [grade_reader("grade").read(text).answer for text in said]
        ['0.5', None, '0.3', '0.7', None]
        >>> [grade_reader("mm-vet").read(text).answer for text in said]
        [None, '0.5', '0.3', None, None]
    """
    if name not in GRADE_READERS:
        raise unknown_name("reader of grades", name, GRADE_READERS)
    return GRADE_READERS[name]
