"""Which classes a word can have, whatever it is in its sentence: noun, adjective, participle, preposition.

Small words (determiners, prepositions, pronouns) are a closed list and stand in a table; they have that class only.
All others come from lemminflect's lexicon, which ships with it and says nothing of how common a reading is: "man" is a
verb too. A word that it lacks is a noun where it is made of two that it has ("lampshade") or ends as nouns do; else it
has no class, and whoever reads the sentence is warned.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from sightline.readers.grammar.lexicon_gaps import (
    ADJECTIVES_LACKING,
    ALWAYS_SINGULAR,
    NOUNS_LACKING,
    NOUNS_TOO,
    ONLY_ADJECTIVES,
    ONLY_NOUNS,
    PLURALS,
    STYLE,
    UNINFLECTED,
    WAYS,
)
from sightline.readers.grammar.small_words import SMALL_WORDS
from sightline.readers.nouns import PAIRED
from sightline.readers.quantities import NUMBER

__all__ = ["WordClass", "is_compared", "progressive", "singular_noun", "verb_of", "word_classes"]


class WordClass(StrEnum):
    """What a word can be."""

    ADJECTIVE = "adjective"
    ADVERB = "adverb"
    BASE = "verb, base form"
    BE = "form of be"
    CONJUNCTION = "conjunction"
    DETERMINER = "determiner"
    HAVE = "form of have"
    MODAL = "modal"
    NEGATION = "negation"
    NOUN = "noun, singular"
    NUMBER = "number"
    PARTICIPLE = "participle"
    PLURAL = "noun, plural"
    POSSESSIVE = "possessive"
    PREPOSITION = "preposition"
    PRESENT = "verb, third person"
    PROGRESSIVE = "verb, -ing form"
    PRONOUN = "pronoun"
    RELATIVE = "relative"
    SUBORDINATOR = "subordinator"


_CLOSED: Mapping[str, WordClass] = MappingProxyType(
    {word: WordClass(class_) for class_, words in SMALL_WORDS.items() for word in words.split()}
)
_ENDS_AS_NOUN = re.compile(
    r"[a-z]{3,}(?:tion|ment|ness|board|boarder|man|men|woman|women|room|light|house|shelf|cloth)s?"
)
_ENDS_AS_ADJECTIVE = re.compile(r"[a-z]{3,}(?:less|(?<!f)ish|colou?red|shaped|sized)")
_ENDS_AS_PARTICIPLE = re.compile(r"[a-z]{4,}ed")
_ENDS_AS_ADVERB = re.compile(r"[a-z]{4,}(?<!f)ly")
_ENDS_AS_PROGRESSIVE = re.compile(r"[a-z]{4,}ing")
_UNCHANGED = ("cast", "cut", "put", "set", "shut", "split", "spread")
"""Verbs whose participle is their base form."""

_NUMBER = re.compile(NUMBER)
_COLOURISH = re.compile(r"(?:[a-z]+ish|red|blue|green|white|black|brown|gr[ae]y|pink|purple|yellow|orange|tan|gold)")


@cache
def word_classes(word: str) -> frozenset[WordClass]:
    """The classes that a word can have, none where it is unknown.

    Args:
        word: in lower case; hyphens as written.

    Example:
        >>> sorted(word_classes("parked")), sorted(word_classes("under")), sorted(word_classes("zorb"))
        ([<WordClass.PARTICIPLE: 'participle'>], [<WordClass.PREPOSITION: 'preposition'>], [])
        >>> sorted(word_classes("lampshades")) == [WordClass.PLURAL]
        True
    """
    if class_ := _CLOSED.get(word):
        return frozenset((class_,))
    if _NUMBER.fullmatch(word):
        return frozenset((WordClass.NUMBER,))
    if word in ONLY_NOUNS:
        return frozenset((WordClass.NOUN,))
    if word in ONLY_ADJECTIVES:
        return frozenset((WordClass.ADJECTIVE,))
    found = _from_lexicon(word)
    if WordClass.ADJECTIVE in found and not {word, word.removesuffix("s")} & (NOUNS_TOO | NOUNS_LACKING):
        found -= {WordClass.NOUN}
    if not found and "-" in word:
        found = _of_hyphenated(word)
    return found or _guessed(word)


@cache
def singular_noun(word: str) -> str:
    """The singular of a noun; what has none in a picture stays as it is.

    Example:
        >>> [singular_noun(word) for word in ("mice", "people", "jeans", "lampshades", "grass", "leaves")]
        ['mouse', 'person', 'jeans', 'lampshade', 'grass', 'leaf']
    """
    if word in PLURALS:
        return PLURALS[word]
    if word in UNINFLECTED or word in ALWAYS_SINGULAR or word in NOUNS_LACKING:
        return word
    if "-" in word and not _lemmas(word):
        head, _, last = word.rpartition("-")
        return f"{head}-{singular_noun(last)}"
    lemmas = _lemmas(word).get("NOUN")
    if lemmas:
        return next((lemma for lemma in lemmas if lemma != word), word)
    return word.removesuffix("s") if not word.endswith("ss") else word


@cache
def verb_of(word: str) -> str:
    """The base form of a verb, "" where the word is none.

    Example:
        >>> [verb_of(word) for word in ("sitting", "worn", "holds", "meadow")]
        ['sit', 'wear', 'hold', '']
    """
    lemmas = _lemmas(word).get("VERB", ())
    return next((lemma for lemma in lemmas if lemma != word), lemmas[0]) if lemmas else ""


@cache
def is_compared(word: str) -> bool:
    """Whether an adjective compares: "taller", "tallest".

    Example:
        >>> [is_compared(word) for word in ("taller", "palest", "tall", "silver", "forest")]
        [True, True, False, False, False]
    """
    lemmas = _lemmas(word).get("ADJ", ())
    return word.endswith(("er", "est")) and bool(lemmas) and word not in lemmas


@cache
def progressive(verb: str) -> str:
    """The -ing form of a verb.

    Example:
        >>> progressive("sit"), progressive("lie")
        ('sitting', 'lying')
    """
    from lemminflect import getInflection

    return str(getInflection(verb, "VBG")[0])


@cache
def _lemmas(word: str) -> Mapping[str, tuple[str, ...]]:
    from lemminflect import getAllLemmas  # takes 0.3 s, which only those who read texts need to wait

    found: Mapping[str, tuple[str, ...]] = getAllLemmas(word)
    return found


def _from_lexicon(word: str) -> frozenset[WordClass]:
    lemmas = _lemmas(word)
    found: set[WordClass] = set()
    if "ADJ" in lemmas:
        found.add(WordClass.ADJECTIVE)
    if "ADV" in lemmas:
        found.add(WordClass.ADVERB)
    if word in NOUNS_LACKING:
        found.add(WordClass.NOUN)
    elif word.removesuffix("s") in NOUNS_LACKING:
        found.add(WordClass.PLURAL)
    if "NOUN" in lemmas:
        found.add(WordClass.PLURAL if _is_plural(word, lemmas["NOUN"]) else WordClass.NOUN)
    for lemma in lemmas.get("VERB", ()):
        found |= _verb_forms(word, lemma)
    return frozenset(found)


def _is_plural(word: str, lemmas: tuple[str, ...]) -> bool:
    if word in ALWAYS_SINGULAR:
        return False
    return word in PLURALS or word in UNINFLECTED or any(lemma != word for lemma in lemmas)


def _verb_forms(word: str, lemma: str) -> set[WordClass]:
    if word.endswith("ing") and word != lemma:
        return {WordClass.PROGRESSIVE}
    if word == lemma:
        return {WordClass.BASE, WordClass.PARTICIPLE} if lemma in _UNCHANGED else {WordClass.BASE}
    if word in (f"{lemma}s", f"{lemma}es") or (lemma.endswith("y") and word == f"{lemma[:-1]}ies"):
        return {WordClass.PRESENT}
    return {WordClass.PARTICIPLE}


def _of_hyphenated(word: str) -> frozenset[WordClass]:
    """The classes of a word with hyphens, by its last part: "wide-brimmed", "blue-green", "coffee-maker"."""
    first, *_, last = word.split("-")
    if not first or not last:
        return frozenset()
    if "'s-" in word or _COLOURISH.fullmatch(last) or _NUMBER.fullmatch(first) or last in STYLE or "-to-" in word:
        return frozenset((WordClass.ADJECTIVE,))
    classes = word_classes(last)
    if classes & {WordClass.PARTICIPLE, WordClass.ADJECTIVE, WordClass.PROGRESSIVE}:
        return frozenset((WordClass.ADJECTIVE,))
    nominal = classes & {WordClass.NOUN, WordClass.PLURAL}
    before = word_classes(first)
    if not nominal or WordClass.NOUN not in before or WordClass.ADJECTIVE in before:
        return frozenset((WordClass.ADJECTIVE,)) if nominal and before else frozenset()
    return nominal


def _guessed(word: str) -> frozenset[WordClass]:
    """The classes of a word that the lexicon lacks: of two nouns ("table" and "top"), or by its ending."""
    if word in NOUNS_LACKING:
        return frozenset((WordClass.NOUN,))
    if word in PAIRED:
        return frozenset((WordClass.PLURAL,))
    if word in ADJECTIVES_LACKING or _ENDS_AS_ADJECTIVE.fullmatch(word):
        return frozenset((WordClass.ADJECTIVE,))
    if _ENDS_AS_PROGRESSIVE.fullmatch(word):
        return frozenset((WordClass.PROGRESSIVE,))
    if _ENDS_AS_ADVERB.fullmatch(word):
        return frozenset((WordClass.ADVERB,))
    if word.endswith(("way", "ways", "ward", "wards")) and word.removesuffix("s") not in WAYS:
        return frozenset((WordClass.ADVERB,))
    stem = word.removesuffix("s") if not word.endswith("ss") else word
    if stem in NOUNS_LACKING or _ENDS_AS_NOUN.fullmatch(word) or _is_of_two_nouns(stem):
        return frozenset((WordClass.PLURAL if stem != word else WordClass.NOUN,))
    if _ENDS_AS_PARTICIPLE.fullmatch(word):
        return frozenset((WordClass.PARTICIPLE,))
    return frozenset()


def _is_of_two_nouns(word: str) -> bool:
    """Whether a word is two nouns of the lexicon written as one, neither of them short."""
    return any(
        "NOUN" in _lemmas(word[:cut]) and ("NOUN" in _lemmas(word[cut:]) or word[cut:] == "top")
        for cut in range(3, len(word) - 2)
    )
