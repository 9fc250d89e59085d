"""Vocabularies: which words of a caption mean which object.

A phrase is written with the dictionary forms of its words ("traffic light"); whoever reads a caption brings its words
to that form. The longest phrase wins, so "hot dog" is no dog, and what a word stands for inside a longer phrase is not
looked at. Some phrases mean none of the objects although one of their words would: "train track" is no train.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from sightline.errors import DataError

__all__ = ["NO_OBJECT", "WORD", "Phrase", "Vocabulary", "vocabulary_from", "words_of"]

WORD = re.compile(r"[^\W\d_]+(?:['’](?!s\b)[^\W\d_]+)*", re.IGNORECASE)
"""A word of a text. "man's" is a man and an s, but "o'clock" is one word, and no clock."""

NO_OBJECT = ""
"""The key of a vocabulary file under which the phrases stand that mean none of its objects."""

_HINT = (
    'Expected {"cup": ["cup", "mug"], "dog": ["dog", "puppy"]}; phrases that mean no object stand under "" '
    '({"": ["train track"]}).'
)


class Phrase(NamedTuple):
    """Words that mean an object, or none of them.

    Args:
        words: in their dictionary forms, lower case.
        object: None where they mean none of the objects of the vocabulary.
    """

    words: tuple[str, ...]
    object: str | None


def words_of(phrase: str) -> tuple[str, ...]:
    """The words of a phrase, lower case.

    Example:
        >>> words_of("Catcher's mitt")
        ('catcher', 's', 'mitt')
    """
    return tuple(found[0].lower() for found in WORD.finditer(phrase))


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Objects and the phrases that mean them.

    Args:
        name: what it is called.
        phrases: object → the phrases that mean it, lower case, single spaces.
        nothing: phrases that mean none of the objects.
        unless: word → an object; where a text mentions that object, the word means nothing.
    """

    name: str
    phrases: Mapping[str, tuple[str, ...]]
    nothing: tuple[str, ...] = ()
    unless: Mapping[str, str] = field(default_factory=dict)

    @property
    def objects(self) -> tuple[str, ...]:
        """The objects, in the order given."""
        return tuple(self.phrases)

    @cached_property
    def by_first_word(self) -> Mapping[str, tuple[Phrase, ...]]:
        """First word → the phrases that begin with it."""
        found: dict[str, list[Phrase]] = {}
        for object_, phrases in (*self.phrases.items(), (None, self.nothing)):
            for phrase in phrases:
                words = words_of(phrase)
                found.setdefault(words[0], []).append(Phrase(words, object_))
        return {word: tuple(phrases) for word, phrases in found.items()}


def vocabulary_from(content: object, name: str, file: str | Path) -> Vocabulary:
    """Make a vocabulary of the content of a JSON file: object → the words and phrases that mean it.

    The name of an object means it only where it is listed, so that "mouse" can be left to the animal.

    Args:
        content: the file's JSON value.
        name: what to call the vocabulary.
        file: where it came from, for messages.

    Raises:
        DataError: it is no such mapping, an object has no phrases, or a phrase means two objects.

    Example:
        >>> vocabulary_from({"cup": ["cup", "Coffee  mug"], "": ["cup holder"]}, "own", "own.json").phrases
        {'cup': ('cup', 'coffee mug')}
    """
    if not isinstance(content, dict) or not content.keys() - {NO_OBJECT}:
        raise DataError(f"this names no objects: {str(content)[:60]}", file=file, hint=_HINT)
    phrases: dict[str, tuple[str, ...]] = {}
    meanings: dict[str, str] = {}
    for object_, listed in content.items():
        of = f"of {object_!r}" if object_ else "that mean no object"
        if not isinstance(listed, list) or not all(isinstance(phrase, str) for phrase in listed):
            raise DataError(f"the words {of} are {str(listed)[:60]!r}, expected a list", file=file, hint=_HINT)
        kept = dict.fromkeys(" ".join(words_of(phrase)) for phrase in listed)
        if not kept or NO_OBJECT in kept:
            found = "there is an empty word among those" if kept else "there are no words"
            raise DataError(f"{found} {of}", file=file, hint=_HINT)
        for phrase in kept:
            if meanings.setdefault(phrase, object_) != object_:
                other = meanings[phrase] or "no object"
                raise DataError(
                    f"{phrase!r} means {object_ or 'no object'!r} and {other!r}",
                    file=file,
                    hint="A word means one object; leave it with one of them, or use a longer phrase.",
                )
        phrases[object_] = tuple(kept)
    nothing = phrases.pop(NO_OBJECT, ())
    return Vocabulary(name, phrases, nothing)
