"""Word vectors from files and from spaCy, and which words they take for alike."""

import gzip
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sightline.errors import DataError, RequestError
from sightline.readers.word_vectors import WordVectors, read_word_vectors, spacy_vectors

TEXT = "cup 1 0\nmug 0.9 0.1\ndog 0 1\n"


def test_text_is_read_with_and_without_a_first_line_and_gzipped(tmp_path: Path) -> None:
    files = {
        "glove.txt": TEXT.encode(),
        "word2vec.vec": f"3 2\n{TEXT}".encode(),
        "v.txt.gz": gzip.compress(TEXT.encode()),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        found = read_word_vectors(tmp_path / name, ["cup", "dog", "zorb"])
        assert {word: vector.tolist() for word, vector in found.vectors.items()} == {"cup": [1, 0], "dog": [0, 1]}


def test_npz_is_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "v.npz", words=np.array(["cup", "tv"]), vectors=np.eye(2))
    found = read_word_vectors(tmp_path / "v.npz", ["cup", "TV"])
    assert sorted(found.vectors) == ["cup", "tv"]
    assert found.alike(["TV"], ["TV", "cup"], 0.8).tolist() == [[True, False]]  # read in lower case where it stands so


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("v.txt", b"cup 1 zero\n", "this is no vector"),
        ("v.txt", b"cup 1 0\ndog 1\n", "vectors have 1 to 2 numbers"),
        ("v.txt", b"zorb 1 0\n", "a vector of none of the words"),
        ("v.txt", b"\xff\xfe", "no vectors can be read"),
        ("v.npz", b"no archive", "no vectors can be read"),
    ],
)
def test_broken_files_are_refused(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=problem):
        read_word_vectors(tmp_path / name, ["cup", "dog"])


def test_alike_is_a_cosine_above_the_bound_or_the_same_word() -> None:
    vectors = WordVectors("made", {"cup": np.array([2.0, 0.0]), "mug": np.array([4.0, 3.0]), "nil": np.zeros(2)})
    # the cosine of cup and mug is 4 / 5 exactly, which is not above 0.8
    assert vectors.alike(["cup"], ["mug", "cup", "nil"], 0.8).tolist() == [[False, True, False]]
    assert vectors.alike(["cup", "nil", "zorb"], ["mug", "nil", "zorb"], 0.79).tolist() == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]


def test_spacys_vectors_are_taken_word_by_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in: spaCy's model is not at hand where tests run."""

    def load(model: str, exclude: list[str]) -> Any:
        assert model == "en_core_web_lg"
        return SimpleNamespace(
            make_doc=lambda text: SimpleNamespace(vector=np.full(3, len(text), dtype=np.float32)), meta={"version": "9"}
        )

    monkeypatch.setitem(sys.modules, "spacy", SimpleNamespace(load=load))
    found = spacy_vectors(["cup", "e-book"])
    assert (found.name, found.vectors["e-book"].tolist()) == ("en_core_web_lg 9", [6, 6, 6])
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(RequestError, match=r"pip install spacy && python -m spacy download en_core_web_lg"):
        spacy_vectors(["cup"])
