"""Word vectors, and which words they take for alike.

Vectors are not part of sightline. They come from spaCy where it and its model are installed, or from a file: text as
word2vec, GloVe and fastText write it (a word and its numbers a line, with or without a first line that counts them), or
numpy's ``.npz`` with ``words`` and ``vectors``.
"""

import gzip
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sightline.errors import DataError, RequestError

__all__ = ["SPACY_MODEL", "WordVectors", "read_word_vectors", "spacy_vectors"]

SPACY_MODEL = "en_core_web_lg"
"""The model of spaCy whose vectors AMBER's code compares words with."""


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Vectors of some words.

    Args:
        name: where they come from.
        vectors: word → (dimensions,) its vector.
    """

    name: str
    vectors: Mapping[str, NDArray[np.float32]]

    def alike(self, first: Sequence[str], second: Sequence[str], above: float) -> NDArray[np.bool_]:
        """Which words of two lists are alike: their cosine lies above a bound, or they are the same word.

        A word without a vector is like itself only, as in spaCy.

        Returns:
            (first, second) bool.

        Example:
            >>> vectors = {"cup": np.array([1.0, 0.0]), "mug": np.array([0.9, 0.1]), "dog": np.array([0.0, 1.0])}
            >>> WordVectors("made", vectors).alike(["mug", "zorb"], ["cup", "dog", "zorb"], above=0.8).tolist()
            [[True, False, False], [False, False, True]]
        """
        cosines = self._unit(first) @ self._unit(second).T
        same = np.array([[a == b for b in second] for a in first], dtype=bool).reshape(len(first), len(second))
        return np.asarray((cosines > above) | same, dtype=bool)

    def _unit(self, words: Sequence[str]) -> NDArray[np.float64]:
        """The vectors of words at length 1, zeros where there is none: (words, dimensions)."""
        dimensions = len(next(iter(self.vectors.values()), ()))
        table = np.zeros((len(words), dimensions))
        for place, word in enumerate(words):
            vector = self.vectors.get(word, self.vectors.get(word.lower()))
            if vector is not None and (length := float(np.linalg.norm(vector.astype(np.float64)))) > 0:
                table[place] = vector / length
        return table


def read_word_vectors(path: str | Path, words: Collection[str]) -> WordVectors:
    """Read the vectors of some words from a file.

    Args:
        path: text (``.txt``, ``.vec``), gzipped or not, or ``.npz``.
        words: which words; the others are passed over.

    Raises:
        DataError: the file is broken, its vectors are of different lengths, or it holds none of the words.
    """
    path = Path(path)
    wanted = {*words, *(word.lower() for word in words)}
    pairs = _from_npz(path) if path.suffix == ".npz" else _from_text(path, wanted)
    vectors = {word: vector for word, vector in pairs if word in wanted}
    if not vectors:
        raise DataError("there is a vector of none of the words that are compared", file=path, hint=_HINT)
    if len(lengths := {len(vector) for vector in vectors.values()}) > 1:
        raise DataError(f"vectors have {min(lengths)} to {max(lengths)} numbers", file=path, hint=_HINT)
    return WordVectors(path.name, vectors)


_HINT = "Expected a word and its numbers a line, parted by blanks, or .npz with words and vectors."


def _from_npz(path: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    try:
        with np.load(path, allow_pickle=False) as held:
            words, vectors = held["words"], held["vectors"]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"no vectors can be read ({error})", file=path, hint=_HINT) from None
    if vectors.ndim != 2 or len(words) != len(vectors):
        raise DataError(f"{len(words)} words and vectors of shape {vectors.shape}", file=path, hint=_HINT)
    for word, vector in zip(words.tolist(), vectors.astype(np.float32), strict=True):
        yield str(word), vector


def _from_text(path: Path, wanted: Collection[str]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            for row, line in enumerate(file, start=1):
                word, _, numbers = line.rstrip().partition(" ")
                if word in wanted and not (row == 1 and numbers.isdigit()):
                    yield word, _numbers(numbers, path, row)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"no vectors can be read ({error})", file=path, hint=_HINT) from None


def _numbers(text: str, path: Path, row: int) -> NDArray[np.float32]:
    try:
        return np.array([float(number) for number in text.split()], dtype=np.float32)
    except ValueError as error:
        raise DataError(f"this is no vector ({error})", file=path, row=row, hint=_HINT) from None


def spacy_vectors(words: Collection[str], model: str = SPACY_MODEL) -> WordVectors:
    """The vectors that spaCy's model has of some words, where both are installed; of several words the mean.

    Raises:
        RequestError: spaCy or its model is not installed.
    """
    try:
        spacy = import_module("spacy")  # some seconds and half a gigabyte, for those who compare words with it
        language = spacy.load(model, exclude=["tagger", "parser", "ner", "lemmatizer", "attribute_ruler"])
    except (ImportError, OSError):
        raise RequestError(
            f"Words are compared with the vectors of spaCy's {model}, which is not installed: pip install spacy && "
            f"python -m spacy download {model}"
        ) from None
    found = {word: np.asarray(language.make_doc(word).vector, dtype=np.float32) for word in words}
    return WordVectors(f"{model} {language.meta.get('version', '')}".strip(), found)
