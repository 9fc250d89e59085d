"""AMBER's words: which nouns of a caption count, and which mean an object that is there or that is often made up."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType

from sightline.errors import RequestError
from sightline.readers.caption_objects import dictionary_forms
from sightline.readers.word_vectors import WordVectors, read_word_vectors, spacy_vectors

__all__ = ["SIMILAR", "Words", "nouns", "official_noun", "sound_noun"]

SIMILAR = 0.8
"""Words whose vectors have a larger cosine are taken for the same, as in AMBER's code."""

_OTHER_LEMMAS = MappingProxyType({"men": "men", "vases": "vas", "cola": "cola"})
"""What WordNet's lemmas make of words, where they differ from lemminflect's among AMBER's words."""


@dataclass(frozen=True, eq=False)
class Words:
    """AMBER's lists of words.

    Args:
        associates: object → words that may stand for it.
        safe: words that are never held against a caption, since they mean too many things.
        vectors: the user's own file of word vectors, where there is one.
    """

    associates: Mapping[str, tuple[str, ...]]
    safe: frozenset[str]
    vectors: Path | None = None

    @cached_property
    def known(self) -> frozenset[str]:
        """Every word that counts."""
        return frozenset((*self.associates, *(word for words in self.associates.values() for word in words)))

    @cached_property
    def by_lower(self) -> Mapping[str, str]:
        """Every word that counts, by how it is written in lower case."""
        return MappingProxyType({word.lower(): word for word in self.known})

    def alike(self, by: str) -> Mapping[str, frozenset[str]]:
        """Word → the words that are like it.

        Args:
            by: what they are compared with: "words" (by nothing, so that each is like itself), "vectors" (the file),
                or "spacy".

        Raises:
            DataError: the file of vectors is broken.
            RequestError: there is no file of vectors, or spaCy or its model is not installed.
        """
        return _alike(self, by)


@lru_cache(maxsize=16)
def _alike(words: Words, by: str) -> Mapping[str, frozenset[str]]:
    known = sorted(words.known)
    if by == "words":
        return MappingProxyType({word: frozenset((word,)) for word in known})
    matrix = _vectors(words, by).alike(known, known, SIMILAR)
    return MappingProxyType(
        {word: frozenset(known[at] for at in row.nonzero()[0]) for word, row in zip(known, matrix, strict=True)}
    )


def _vectors(words: Words, by: str) -> WordVectors:
    if by == "spacy":
        try:
            return spacy_vectors(words.known)
        except RequestError as error:
            raise RequestError(f"{error}, or compare words by themselves alone: --reader amber-words.") from None
    if words.vectors is None:
        raise RequestError(
            "There are no word vectors to compare words with: put them beside annotations.json as vectors.txt or "
            "vectors.npz, or choose a reader that compares by words alone (strict, amber-words)."
        )
    return read_word_vectors(words.vectors, words.known)


@lru_cache(maxsize=20_000)
def nouns(text: str) -> tuple[str, ...]:
    """The nouns of a text as they are written, in order, repeats included.

    Example:
        >>> nouns("A man stands on the grass. Trees and two orange traffic cones are behind the man.")
        ('man', 'grass', 'Trees', 'traffic', 'cones', 'man')
    """
    from sightline.readers.text_nouns import nouns_of  # brings the tables of the grammar, for those who read captions

    return nouns_of(text)


@cache
def official_noun(word: str) -> str:
    """The word that AMBER's code makes of a noun; one that is written large stays as it is, and so counts for nothing.

    Example:
        >>> [official_noun(word) for word in ("cones", "Cones", "men", "chopsticks")]
        ['cone', 'Cones', 'men', 'chopstick']
    """
    if word != word.lower():
        return word
    return _OTHER_LEMMAS.get(word) or _lemma(word)


def _lemma(word: str) -> str:
    *_, last = dictionary_forms(word)[:2]
    return last


@cache
def sound_noun(word: str, words: Words) -> str | None:
    """The word of the lists that a noun is a form of, however it is written; None where it is of none.

    Example:
        >>> words = Words({"cone": (), "television": ("TV",), "chopsticks": ()}, frozenset())
        >>> [sound_noun(word, words) for word in ("Cones", "chopsticks", "TVs", "dogs")]
        ['cone', 'chopsticks', 'TV', None]
    """
    return next((words.by_lower[form] for form in dictionary_forms(word.lower()) if form in words.by_lower), None)
