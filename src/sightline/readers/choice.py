"""Readers of replies to multiple-choice questions: a strict one, and FINER's own under its own name.

A reader of choices needs the options, since a reply may repeat one of them instead of naming its letter. What it reads
is the letter.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from string import ascii_uppercase
from types import MappingProxyType
from typing import NamedTuple

from sightline.core import UNREADABLE, Reading
from sightline.errors import unknown_name
from sightline.readers.thinking import strip_thinking

__all__ = ["CHOICE_READERS", "ChoiceReader", "choice_reader", "normalised"]


class ChoiceReader(NamedTuple):
    """A named, versioned, pure function from a reply and the options to a reading, whose answer is a letter.

    Args:
        name: what it is called.
        version: raised when any reading would change.
        read: (reply, options) → the letter of one of them.
        source: the code it follows, or where its rules are written down.
    """

    name: str
    version: int
    read: Callable[[str, Sequence[str]], Reading]
    source: str

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


def normalised(text: str) -> str:
    """A text without what two writings of one option may differ in: case, punctuation and spaces.

    Example:
        >>> normalised("No, but I can see  a cat.") == normalised("no but I can see a cat")
        True
    """
    return " ".join(re.sub(r"[^\w\s]", " ", text.casefold()).split())


_BARE = re.compile(r"\W*(?P<letter>[A-Za-z])(?:[\W_]*|[\W_]*[.):\]]\s.*)", re.DOTALL)
"""A letter and nothing else, or a letter that a mark sets off from what follows: "B", "(b)", "**B.** No, but …"."""

_STATED = re.compile(
    r"\b(?i:answer|option|choice)(?i: is| would be|:)*\s*(?i:option\s*)?[\W_]{0,4}(?P<letter>[A-Z])(?![\w'])"
    r"|\\boxed\{(?:\\text\{)?\s*(?P<boxed>[A-Z])\s*\}"
)
_ALONE = re.compile(r"(?<![\w'])(?P<letter>[B-HJ-Z])(?![\w'])|\((?P<bracketed>[A-Z])\)")
"""A capital that stands by itself; A and I are words as well, and count in brackets only."""


def _read_strict(text: str, options: Sequence[str]) -> Reading:
    """The one letter, or the one option, that the reply names; none where it names several, or none."""
    plain = strip_thinking(text)
    letters = ascii_uppercase[: len(options)]
    if (own := _repeated(plain, options)) is not None:
        return Reading(letters[own])
    if bare := _BARE.fullmatch(plain.strip()):
        letter = bare["letter"].upper()
        return Reading(letter) if letter in letters and _agrees(plain, options, letter) else UNREADABLE
    for pattern in (_STATED, _ALONE):
        named = {next(filter(None, found.groups())) for found in pattern.finditer(plain)}
        if named:
            letter = named.pop()
            return Reading(letter) if not named and letter in letters else UNREADABLE
    contained = _contained(plain, options)
    return Reading(letters[contained[0]]) if len(contained) == 1 else _said_yes(plain, options)


def _repeated(text: str, options: Sequence[str]) -> int | None:
    """The option that the whole reply repeats."""
    said = normalised(text)
    found = [place for place, option in enumerate(options) if said and said == normalised(option)]
    return found[0] if len(found) == 1 else None


def _contained(text: str, options: Sequence[str]) -> list[int]:
    """The options that stand in a reply, those left out that are part of another one that does."""
    said = f" {normalised(text)} "
    whole = [(place, f" {normalised(option)} ") for place, option in enumerate(options) if normalised(option)]
    found = [(place, option) for place, option in whole if option in said]
    return [place for place, option in found if not any(option != other and option in other for _, other in found)]


def _agrees(text: str, options: Sequence[str], letter: str) -> bool:
    """Whether what follows a letter does not repeat another option."""
    contained = _contained(text, options)
    return not contained or ascii_uppercase.index(letter) in contained


def _said_yes(text: str, options: Sequence[str]) -> Reading:
    """A bare yes or no names an option where only one of them begins so."""
    word = normalised(text)
    if word not in ("yes", "no"):
        return UNREADABLE
    begun = [place for place, option in enumerate(options) if normalised(option).split(" ", 1)[0] == word]
    return Reading(ascii_uppercase[begun[0]]) if len(begun) == 1 else UNREADABLE


_FIRST = re.compile("[A-Ea-e]")


def _read_finer(text: str, options: Sequence[str]) -> Reading:
    """The first character from A to E or a to e, wherever it stands: "The answer is B" gives E."""
    found = _FIRST.search(text)
    return Reading(found[0].upper(), found.span()) if found else UNREADABLE


CHOICE_READERS: Mapping[str, ChoiceReader] = MappingProxyType(
    {
        reader.name: reader
        for reader in (
            ChoiceReader("choice", 1, _read_strict, "sightline, docs/readers.md"),
            ChoiceReader("finer", 1, _read_finer, "ExplainableML/finer eval/finer_benchmarks: its letter parse"),
        )
    }
)
"""The readers by name; the first is the default."""


def choice_reader(name: str) -> ChoiceReader:
    """The reader of this name.

    Raises:
        RequestError: there is none.
    """
    if name not in CHOICE_READERS:
        raise unknown_name("reader", name, CHOICE_READERS)
    return CHOICE_READERS[name]
