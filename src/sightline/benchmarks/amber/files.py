"""AMBER's files: queries, annotations, and the words of objects."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from sightline.benchmarks.amber.words import Words
from sightline.core import ImageRef, Labelled, LabelSet, Question, SourceFile
from sightline.errors import DataError
from sightline.records.json_rows import Rows, read_bytes, read_json, read_rows

__all__ = ["GENERATIVE", "SPLITS", "Described", "YesNo", "read_labels"]

GENERATIVE = "generative"

SPLITS = (GENERATIVE, "existence", "state", "number", "action", "relation")

_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "generative": GENERATIVE,
        "discriminative-hallucination": "existence",
        "discriminative-attribute-state": "state",
        "discriminative-attribute-number": "number",
        "discriminative-attribute-action": "action",
        "discriminative-relation": "relation",
        "relation": "relation",
    }
)
"""What AMBER's annotations call the dimensions; its code takes every other name for a relation."""

ANNOTATIONS, RELATION, SAFE = "annotations.json", "relation.json", "safe_words.txt"
_VECTORS = ("vectors.npz", "vectors.txt", "vectors.vec", "vectors.txt.gz", "vectors.vec.gz")
_HINT = (
    f"Expected AMBER's query_all.json (or some of its query_….json), {ANNOTATIONS} and, for captions, {RELATION} and "
    f"{SAFE}, in one folder; query files may stand in its folder query."
)


@dataclass(frozen=True, slots=True)
class YesNo:
    """What a yes/no question of AMBER is held against."""

    truth: str


@dataclass(frozen=True, slots=True)
class Described:
    """What a caption is held against.

    Args:
        truths: the objects that people saw in the image.
        targets: objects that are not there and that models are known to make up of such images.
        words: which words mean them.
    """

    truths: tuple[str, ...]
    targets: tuple[str, ...]
    words: Words


class _Annotations(NamedTuple):
    """The annotations by id, and their file."""

    records: Mapping[int, tuple[Mapping[str, Any], int]]
    rows: Rows


def read_labels(path: Path, name: str) -> Labelled:
    """Read AMBER's folder.

    Raises:
        DataError: a file is missing or broken, a query has no annotation, or an annotation is of no known type.
    """
    if not path.is_dir():
        raise DataError(f"label set {name!r}: expected the folder of AMBER's files", file=path, hint=_HINT)
    annotations = _annotations(_in_folder(path, ANNOTATIONS))
    sources = [annotations.rows.source]
    asked: dict[str, tuple[Question, Mapping[str, Any], int]] = {}
    for file in _query_files(path, name):
        rows = read_rows(file)
        sources.append(rows.source)
        for question, record, row in _questions(rows, annotations):
            known = asked.setdefault(question.id, (question, record, row))
            if known[0] != question:
                problem = f"id {question.id} asks {question.text!r}, and {known[0].text!r} elsewhere"
                raise DataError(problem, file=rows.source.name, row=row)
    words: Words | None = None
    if any(question.split == GENERATIVE for question, _, _ in asked.values()):
        words, more = _words(path)
        sources += more
    references = {
        id_: _reference(record, question.split, words, annotations.rows.source.name, row)
        for id_, (question, record, row) in asked.items()
    }
    questions = tuple(question for question, _, _ in asked.values())
    labels = LabelSet(name, {}, absent=None, sources=tuple(sources), references=MappingProxyType(references))
    return Labelled(questions, labels)


def _in_folder(path: Path, name: str) -> Path:
    """A file of the folder, or of a folder ``data`` in it, as the repository has it."""
    found = next((place / name for place in (path, path / "data") if (place / name).is_file()), None)
    if found is None:
        raise DataError(f"there is no {name}", file=path, hint=_HINT)
    return found


def _query_files(path: Path, name: str) -> list[Path]:
    for folder in (path, path / "query", path / "data" / "query"):
        if (folder / "query_all.json").is_file():
            return [folder / "query_all.json"]
        if files := sorted(folder.glob("query*.json")):
            return files
    raise DataError(f"label set {name!r}: the folder holds no queries", file=path, hint=_HINT)


def _annotations(path: Path) -> _Annotations:
    rows = read_rows(path)
    records: dict[int, tuple[Mapping[str, Any], int]] = {}
    for record, row in zip(rows.records, rows.numbers, strict=True):
        id_ = record.get("id")
        if type(id_) is not int or id_ in records:
            found = f"id {id_} occurs twice" if id_ in records else f"id is {id_!r}, expected a number"
            raise DataError(found, file=path, row=row)
        if record.get("type") not in _KINDS:
            raise DataError(
                f"type is {record.get('type')!r}, expected one of {', '.join(_KINDS)}",
                file=path,
                row=row,
                hint="AMBER's code would count it as a relation.",
            )
        records[id_] = record, row
    return _Annotations(records, rows)


def _questions(rows: Rows, annotations: _Annotations) -> Iterator[tuple[Question, Mapping[str, Any], int]]:
    """The questions of a file, each with its annotation and the row of that."""
    for record, row in zip(rows.records, rows.numbers, strict=True):
        id_, image, query = record.get("id"), record.get("image"), record.get("query")
        if type(id_) is not int or not isinstance(image, str) or not isinstance(query, str) or not image or not query:
            found = f"id is {id_!r}, image {image!r} and query {query!r}"
            raise DataError(
                found, file=rows.source.name, row=row, hint="A query has an id (a number), image and query."
            )
        if id_ not in annotations.records:
            hint = "Queries and annotations are of different versions."
            problem = f"query {id_} ({query!r}) has no annotation in {Path(annotations.rows.source.name).name}"
            raise DataError(problem, file=rows.source.name, row=row, hint=hint)
        annotation, at = annotations.records[id_]
        yield Question(str(id_), query, (ImageRef(image),), _KINDS[annotation["type"]]), annotation, at


def _words(path: Path) -> tuple[Words, list[SourceFile]]:
    relation, safe = _in_folder(path, RELATION), _in_folder(path, SAFE)
    held = read_json(relation)
    if not isinstance(held, dict) or not all(_is_words(words) for words in held.values()):
        raise DataError("expected object → words that may stand for it", file=relation)
    lines = read_bytes(safe).decode("utf-8-sig", errors="replace").splitlines()
    vectors = next((path / name for name in _VECTORS if (path / name).is_file()), None)
    words = Words(
        MappingProxyType({object_: tuple(words) for object_, words in held.items()}),
        frozenset(line for line in lines if line),
        vectors,
    )
    sources = [_source(relation, len(held)), _source(safe, len(words.safe))]
    if vectors is not None:
        sources.append(_source(vectors))
    return words, sources


def _source(path: Path, rows: int = 0) -> SourceFile:
    with path.open("rb") as file:
        return SourceFile(str(path), hashlib.file_digest(file, "sha256").hexdigest(), rows)


def _is_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _reference(record: Mapping[str, Any], split: str, words: Words | None, file: str, row: int) -> YesNo | Described:
    if split != GENERATIVE or words is None:
        if record.get("truth") not in ("yes", "no"):
            raise DataError(f"truth is {record.get('truth')!r}, expected 'yes' or 'no'", file=file, row=row)
        return YesNo(record["truth"])
    for field in ("truth", "hallu"):
        value = record.get(field)
        if not isinstance(value, list) or not _is_words(value):
            raise DataError(f"{field} is {value!r}, expected a list of objects", file=file, row=row)
        if unknown := next((object_ for object_ in value if object_ not in words.associates), None):
            raise DataError(f"{field} has {unknown!r}, which {RELATION} does not list", file=file, row=row)
    return Described(tuple(record["truth"]), tuple(record["hallu"]), words)
