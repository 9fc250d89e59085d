"""Files of JSON records, whatever their suffix: one record a line, or one array of records.

What people call ``.json`` is often JSON lines (POPE's own files are), and the other way round, so the content decides.
The layout is kept, so that a file can be written back byte for byte.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic_core import from_json

from sightline.core import SourceFile
from sightline.errors import DataError

__all__ = ["Layout", "Rows", "encode_rows", "read_bytes", "read_json", "read_rows"]


class Layout(NamedTuple):
    """How the records are laid out.

    Args:
        indent: None for one record a line; else the file is an array, indented by this many spaces.
        newline: what ends a line.
        final_newline: whether the last line is ended too.
    """

    indent: int | None = None
    newline: str = "\n"
    final_newline: bool = True


class Rows(NamedTuple):
    """The records of a file.

    Args:
        records: one mapping a record, fields in file order.
        numbers: for each record the line it stands on, or its place in the array, from one.
        layout: how to write them back.
        source: the file and its hash.
    """

    records: list[dict[str, Any]]
    numbers: list[int]
    layout: Layout
    source: SourceFile


def read_bytes(path: str | Path) -> bytes:
    """Read a file whole, through gzip where its name ends in ``.gz``.

    Raises:
        DataError: it is not there, is a folder, or cannot be read.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == ".gz" else data
    except FileNotFoundError:
        raise DataError("there is no such file", file=path, hint="Check the path.") from None
    except IsADirectoryError:
        raise DataError("this is a folder, expected a file", file=path) from None
    except (OSError, EOFError) as error:
        raise DataError(f"cannot be read ({error})", file=path) from error


def _decode(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"byte {error.start} is not UTF-8", file=path, hint="Save the file as UTF-8.") from None


def read_json(path: str | Path) -> Any:
    """Read a file that holds one JSON value.

    Raises:
        DataError: it cannot be read or is not JSON.
    """
    path = Path(path)
    text = _decode(path, read_bytes(path))
    try:
        return from_json(text)
    except ValueError as error:
        raise DataError(f"not JSON: {error}", file=path) from None


def read_rows(path: str | Path) -> Rows:
    """Read a file of JSON records.

    Raises:
        DataError: it cannot be read, is empty, is cut off, or holds something that is not a record.
    """
    path = Path(path)
    data = read_bytes(path)
    text = _decode(path, data)
    if not text.strip():
        raise DataError("the file is empty", file=path)
    if text.lstrip()[0] == "[":
        return _read_array(path, text, data)
    if text.lstrip()[0] == "{" and len(text.lstrip().split("\n", 1)[0].strip()) == 1:
        return _read_object(path, text, data)
    records: list[dict[str, Any]] = []
    numbers: list[int] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = from_json(line)
        except ValueError as error:
            reason = str(error).replace(" at line 1 column ", " at column ")
            raise DataError(
                f"this line is not JSON ({reason}): {_excerpt(line)}",
                file=path,
                row=number,
                hint="One record a line is expected; a line that is cut off was not written whole.",
            ) from None
        if not isinstance(record, dict):
            raise DataError(f"expected a record, found {_excerpt(line)}", file=path, row=number)
        records.append(record)
        numbers.append(number)
    layout = Layout(None, "\r\n" if "\r\n" in text else "\n", text.endswith("\n"))
    return Rows(records, numbers, layout, _source(path, data, len(records)))


def _read_object(path: Path, text: str, data: bytes) -> Rows:
    """Read a file that is one indented object: a single record."""
    try:
        record = from_json(text)
    except ValueError as error:
        raise DataError(f"not JSON: {error}", file=path) from None
    return Rows([record], [1], Layout(), _source(path, data, 1))


def _read_array(path: Path, text: str, data: bytes) -> Rows:
    try:
        records = from_json(text)
    except ValueError as error:
        raise DataError(f"not JSON: {error}", file=path) from None
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise DataError(f"expected a record, found {_excerpt(json.dumps(record))}", file=path, row=number)
    if not records:
        raise DataError("the array is empty", file=path)
    second = text.split("\n", 2)[1] if "\n" in text else ""
    indent = len(second) - len(second.lstrip(" "))
    layout = Layout(indent, "\r\n" if "\r\n" in text else "\n", text.endswith("\n"))
    return Rows(records, list(range(1, len(records) + 1)), layout, _source(path, data, len(records)))


def encode_rows(records: Iterable[Mapping[str, Any]], layout: Layout) -> bytes:
    """Write records in a layout.

    Example:
        >>> encode_rows([{"question_id": 1, "label": "yes"}], Layout(final_newline=False))
        b'{"question_id": 1, "label": "yes"}'
    """
    if layout.indent is None:
        text = "\n".join(json.dumps(record) for record in records)
    else:
        text = json.dumps(list(records), indent=layout.indent or None)
    if layout.final_newline:
        text += "\n"
    return text.replace("\n", layout.newline).encode()


def _source(path: Path, data: bytes, rows: int) -> SourceFile:
    return SourceFile(str(path), hashlib.sha256(data).hexdigest(), rows)


def _excerpt(text: str, length: int = 60) -> str:
    text = text.strip()
    return repr(text if len(text) <= length else text[: length - 1] + "…")
