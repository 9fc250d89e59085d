"""Readers of captions: which objects a text mentions, and where.

Every word is brought to its dictionary forms, and at each place the longest phrase of the vocabulary that fits is
taken. Words of one phrase are parted by a blank or a hyphen; a phrase never begins or ends inside a hyphenated word, so
"man-made" mentions nobody. What a text denies ("there are no cars") or supposes counts as mentioned, as it does in the
field.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from sightline.errors import unknown_name
from sightline.readers.chair_vocabulary import CHAIR, WORDNET_CHAIR
from sightline.readers.coco_vocabulary import COCO
from sightline.readers.vocabulary import WORD, Phrase, Vocabulary

__all__ = ["CAPTION_READERS", "CaptionReader", "Mention", "caption_reader", "dictionary_forms"]

_GAP = re.compile(r"\s+|-|['’]")


class Mention(NamedTuple):
    """An object that a text mentions.

    Args:
        object: the object, as its vocabulary calls it.
        text: the word or words, as written.
        span: half-open range of characters of the text.
    """

    object: str
    text: str
    span: tuple[int, int]


class _Word(NamedTuple):
    lower: str
    start: int
    end: int


@lru_cache(maxsize=1 << 17)
def dictionary_forms(word: str, verbs: bool = False) -> tuple[str, ...]:
    """The word itself and its dictionary forms as a noun; as a verb too where asked, unless it is a noun of its own.

    Example:
        >>> dictionary_forms("glasses"), dictionary_forms("skiing"), dictionary_forms("training", verbs=True)
        (('glasses', 'glass'), ('skiing',), ('training',))
        >>> dictionary_forms("skiing", verbs=True)
        ('skiing', 'ski')
    """
    from lemminflect import getAllLemmas, getLemma  # takes 0.3 s, which only those who read captions need to wait

    forms = [word, *getLemma(word, upos="NOUN")]
    if verbs and "NOUN" not in getAllLemmas(word):
        forms += getLemma(word, upos="VERB")
    return tuple(dict.fromkeys(forms))


class _Beginnings(dict[str, tuple[Phrase, ...]]):
    """Word as written, lower case → the phrases that may begin with it, the longest first.

    Every distinct word is brought to its forms once; most words of a caption begin nothing and are done with that.
    """

    def __init__(self, vocabulary: Vocabulary, verbs: bool) -> None:
        super().__init__()
        self._first, self._verbs = vocabulary.by_first_word, verbs

    def __missing__(self, word: str) -> tuple[Phrase, ...]:
        found = [phrase for form in dictionary_forms(word, self._verbs) for phrase in self._first.get(form, ())]
        self[word] = phrases = tuple(sorted(found, key=lambda phrase: -len(phrase.words)))
        return phrases


_beginnings = lru_cache(maxsize=64)(_Beginnings)


@dataclass(frozen=True, slots=True)
class CaptionReader:
    """A named, versioned, pure function from a text to the objects it mentions.

    Args:
        name: what it is called.
        version: raised when any reading would change.
        vocabulary: what it reads COCO's objects with.
        source: the code it follows, or where its rules are written down.
        verbs: whether a form of a verb counts as the noun that is written like the verb: "skiing" as skis.
        joins: whether neighbouring words for one object are one mention: "tabby cat", "police officer".
    """

    name: str
    version: int
    vocabulary: Vocabulary
    source: str
    verbs: bool = False
    joins: bool = False

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"

    def mentions(self, text: str, vocabulary: Vocabulary | None = None) -> tuple[Mention, ...]:
        """The objects that a text mentions, in its order, repeats included.

        Args:
            text: a caption, or anything else.
            vocabulary: the objects to look for; COCO's, as this reader has them, by default.

        Example:
            >>> [(m.object, m.text, m.span) for m in caption_reader("nouns").mentions("Two teddy bears on a sofa.")]
            [('teddy bear', 'teddy bears', (4, 15)), ('couch', 'sofa', (21, 25))]
        """
        vocabulary = vocabulary or self.vocabulary
        found = self._found(text, vocabulary)
        if vocabulary.unless:
            held = {phrase.object for phrase, _ in found if phrase.object}
            found = [each for each in found if vocabulary.unless.get(" ".join(each[0].words)) not in held]
        mentions: list[Mention] = []
        for phrase, (start, end) in found:
            if phrase.object is None:
                continue
            if self.joins and mentions and mentions[-1].object == phrase.object:
                before = mentions[-1].span
                if text[before[1] : start] == " ":
                    start = before[0]
                    mentions.pop()
            mentions.append(Mention(phrase.object, text[start:end], (start, end)))
        return tuple(mentions)

    def _found(self, text: str, vocabulary: Vocabulary) -> list[tuple[Phrase, tuple[int, int]]]:
        """The phrases of a text and where they stand, those that mean nothing among them."""
        beginnings = _beginnings(vocabulary, self.verbs)
        words = [_Word(found[0].lower(), *found.span()) for found in WORD.finditer(text)]
        found: list[tuple[Phrase, tuple[int, int]]] = []
        after = 0
        for place, word in enumerate(words):
            if place < after:
                continue
            for phrase in beginnings[word.lower]:
                if self._fits(phrase, words, place, text):
                    after = place + len(phrase.words)
                    found.append((phrase, (word.start, words[after - 1].end)))
                    break
        return found

    def _fits(self, phrase: Phrase, words: list[_Word], place: int, text: str) -> bool:
        """Whether a phrase stands at a place where its first word does."""
        after = place + len(phrase.words)
        if after > len(words):
            return False
        for position, wanted in enumerate(phrase.words[1:], start=place + 1):
            word = words[position]
            if wanted not in dictionary_forms(word.lower, self.verbs):
                return False
            if not _GAP.fullmatch(text, words[position - 1].end, word.start):
                return False
        return not (_is_tied(text, words[place].start - 1, -1) or _is_tied(text, words[after - 1].end, 1))


def _is_tied(text: str, at: int, step: int) -> bool:
    """Whether there is a hyphen at a place of a text with more of the word behind it."""
    return 0 < at < len(text) - 1 and text[at] == "-" and text[at + step].isalnum()


CAPTION_READERS: Mapping[str, CaptionReader] = MappingProxyType(
    {
        reader.name: reader
        for reader in (
            CaptionReader("nouns", 1, COCO, "sightline, docs/chair.md", joins=True),
            CaptionReader("chair", 1, CHAIR, "LisaAnne/Hallucination utils/chair.py: its rules and reach"),
            CaptionReader("chair-verbs", 1, WORDNET_CHAIR, "Maxlinn/CHAIR-metric-standalone: its lemmas", verbs=True),
        )
    }
)
"""The readers by name; the first is the default."""


def caption_reader(name: str) -> CaptionReader:
    """The reader of this name.

    Raises:
        RequestError: there is none.
    """
    if name not in CAPTION_READERS:
        raise unknown_name("caption reader", name, CAPTION_READERS)
    return CAPTION_READERS[name]
