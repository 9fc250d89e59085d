"""Readers of option letters as published code has them: MMStar's, ScienceQA's and LLaVA's for ScienceQA.

Where the original draws an option at random because it found none, the reply is unreadable here: nothing is guessed.
"""

import re
from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from types import MappingProxyType

from sightline.core import UNREADABLE, Reading
from sightline.errors import unknown_name
from sightline.readers.choice import ChoiceReader, choice_reader

__all__ = ["LETTER_READERS", "letter_reader"]

_OPENINGS = ("", "(", "option ", "the answer is ")


def _among(letter: str, options: Sequence[str]) -> Reading:
    return Reading(letter) if letter and letter in ascii_uppercase[: len(options)] else UNREADABLE


def _read_mmstar(text: str, options: Sequence[str]) -> Reading:
    """The first character, whatever follows it, or the first after "(", "option " or "the answer is ".

    So "A dog is there" chooses A.
    """
    said = text.lower().strip().replace("\n", " ")
    for opening in _OPENINGS:
        if said.startswith(opening):
            read = _among(said[len(opening) : len(opening) + 1].upper(), options)
            if read.readable:
                return read
    return UNREADABLE


_STATED = re.compile(r"The answer is ([A-Z]).")


def _read_scienceqa(text: str, options: Sequence[str]) -> Reading:
    """The letter of the one "The answer is B." that the reply holds; a bare letter is none."""
    found = _STATED.findall(text.strip())
    return _among(found[0], options) if len(found) == 1 else UNREADABLE


_LLAVA_LETTERS = "ABCDE"
_LLAVA_STATED = re.compile(r"The answer is ([A-E])\.")
_LLAVA_NAMED = re.compile(r"The answer is ([A-E])")


def _read_llava(text: str, options: Sequence[str]) -> Reading:
    """A bare letter, a letter before ". ", or the first after "The answer is "; capitals only, up to E."""
    said = text.replace("\n", ". ")
    bare = said.strip()
    if len(bare) == 1 and bare in _LLAVA_LETTERS:
        return _among(bare, options)
    if len(said) >= 3 and said[0] in _LLAVA_LETTERS and said[1:3] == ". ":
        return _among(said[0], options)
    found = _LLAVA_STATED.search(said) or _LLAVA_NAMED.search(said)
    return _among(found[1], options) if found else UNREADABLE


LETTER_READERS: Mapping[str, ChoiceReader] = MappingProxyType(
    {
        reader.name: reader
        for reader in (
            choice_reader("choice"),
            ChoiceReader("mmstar", 1, _read_mmstar, "MMStar-Benchmark/MMStar eval/vlmeval/evaluate/mmstar.py @79e6d1c"),
            ChoiceReader("scienceqa", 1, _read_scienceqa, "lupantech/ScienceQA models/run_gpt3.py @360b71c"),
            ChoiceReader("llava", 1, _read_llava, "haotian-liu/LLaVA llava/eval/eval_science_qa.py"),
        )
    }
)
"""The readers by name, our own first."""


def letter_reader(name: str) -> ChoiceReader:
    """The reader of this name.

    Raises:
        RequestError: there is none.

    Example:
        >>> [letter_reader(name).read("B. a cat", ("dog", "cat")).answer for name in LETTER_READERS]
        ['B', 'B', None, 'B']
    """
    if name not in LETTER_READERS:
        raise unknown_name("reader of letters", name, LETTER_READERS)
    return LETTER_READERS[name]
