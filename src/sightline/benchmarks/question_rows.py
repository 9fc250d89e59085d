"""Rows of question files of any format, whose columns go by several names, and which may hold the images themselves."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sightline.core import SourceFile
from sightline.errors import DataError
from sightline.records.json_rows import read_bytes, read_json
from sightline.records.table_rows import read_table_rows

__all__ = ["QUESTION_SUFFIXES", "JsonObject", "QuestionRow", "json_object", "question_files", "question_rows"]

QUESTION_SUFFIXES = (".json", ".jsonl", ".csv", ".tsv", ".parquet")

_LONG = 64
"""Names of images are rarely longer; pictures in base64 always are."""


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A row of a file.

    Args:
        record: its fields.
        file: the file, for messages.
        number: of the row.
        image: what an image that the file holds is called once it was written out; "" where it holds none.
    """

    record: Mapping[str, Any]
    file: str
    number: int
    image: str = ""

    def wrong(self, problem: str, hint: str | None = None) -> DataError:
        """An error that names file and row."""
        return DataError(problem, file=self.file, row=self.number, hint=hint)

    def value(self, *names: str) -> Any:
        """What the first of these columns holds that is there and not empty; None where none is."""
        for name in names:
            value = self.record.get(name)
            if value is not None and value != "":
                return value
        return None

    def text(self, *names: str) -> str:
        """The text of the first of these columns that is there; whole numbers are written as text.

        Raises:
            DataError: none is there, or it holds something else.
        """
        value = self.value(*names)
        if type(value) is int:
            return str(value)
        if not isinstance(value, str) or not value.strip():
            name = next((name for name in names if name in self.record), None)
            found = f"there is no {names[0]}" if name is None else f"{name} is {self.record[name]!r}, expected text"
            raise self.wrong(found, f"The row has {', '.join(self.record)}.")
        return value

    def maybe(self, *names: str) -> str:
        """The text of the first of these columns that is there, or ""."""
        return "" if self.value(*names) is None else self.text(*names)

    def texts(self, *names: str) -> tuple[str, ...]:
        """The texts of a list, or of a cell that holds one as JSON.

        Raises:
            DataError: it is not there, or is no list of texts or numbers.
        """
        value = self.value(*names)
        if isinstance(value, str) and value.lstrip()[:1] == "[":
            try:
                value = json.loads(value)
            except ValueError:
                raise self.wrong(f"{names[0]} is {value!r}, which is not a list in JSON") from None
        if not isinstance(value, list) or not value or not all(isinstance(each, str | int | float) for each in value):
            there = any(name in self.record for name in names)
            found = f"{names[0]} is {value!r}, expected a list of texts" if there else f"there is no {names[0]}"
            raise self.wrong(found, f"The row has {', '.join(self.record)}.")
        return tuple(map(str, value))


def question_files(path: Path, name: str, expected: str) -> list[Path]:
    """The file that is named, or those of a folder.

    Args:
        path: a file or a folder.
        name: of the label set.
        expected: what there should be, for the message.

    Raises:
        DataError: the folder holds none.
    """
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.suffix in QUESTION_SUFFIXES)
    if not files:
        raise DataError(f"label set {name!r}: the folder holds no files of questions", file=path, hint=expected)
    return files


def question_rows(path: Path, by: str = "") -> tuple[list[QuestionRow], SourceFile]:
    """The rows of a file.

    Args:
        path: JSON, CSV, TSV or parquet.
        by: what images within the file are named by, where it is not what the file tells (`embedded_names`).

    Raises:
        DataError: it cannot be read.
    """
    rows = read_table_rows(path)
    names = None
    if path.suffix == ".parquet" or any(len(str(record.get("image") or "")) > _LONG for record in rows.records):
        from sightline.records.embedded_images import embedded_names  # pyarrow takes 0.1 s

        names = embedded_names(path, rows.records, rows.numbers, by)
    images = names or ("",) * len(rows.records)
    made = zip(rows.records, rows.numbers, images, strict=True)
    return [QuestionRow(record, rows.source.name, number, image) for record, number, image in made], rows.source


class JsonObject(NamedTuple):
    """A file that is one JSON object.

    Args:
        held: what it holds.
        file: its path, for messages.
        sha256: the hash of its bytes.
    """

    held: Mapping[str, Any]
    file: str
    sha256: str

    def rows(self, key: str | None = None) -> tuple[list[QuestionRow], SourceFile]:
        """The records of the list under a key, or those that the object holds by their ids, which become ``id``.

        Raises:
            DataError: there are none, or something else is there.
        """
        found = (
            self.held.get(key)
            if key
            else [{"id": id_, **record} if isinstance(record, dict) else record for id_, record in self.held.items()]
        )
        if not isinstance(found, list) or not found:
            raise DataError(f"{key} is no list of records" if key else "the object is empty", file=self.file)
        for number, record in enumerate(found, start=1):
            if not isinstance(record, dict):
                raise DataError(f"expected a record, found {str(record)[:60]!r}", file=self.file, row=number)
        rows = [QuestionRow(record, self.file, number) for number, record in enumerate(found, start=1)]
        return rows, SourceFile(self.file, self.sha256, len(rows))


def json_object(path: Path) -> JsonObject | None:
    """Read a file that is one JSON object; None where it is anything else, as JSON lines.

    Raises:
        DataError: it cannot be read.
    """
    if path.suffix != ".json":
        return None
    data = read_bytes(path)
    if data.lstrip()[:1] != b"{":
        return None
    try:
        held = read_json(path)
    except DataError:
        return None  # JSON lines, or broken, which whoever reads it so then says
    return JsonObject(held, str(path), hashlib.sha256(data).hexdigest())
