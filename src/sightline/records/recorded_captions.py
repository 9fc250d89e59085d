"""Captions that others recorded: an image, by its file name or COCO's id, and what was said of it.

- JSON objects, one a line, one after the other or in an array: POPE's captions, COCO's results, replies of other kinds.
- CHAIR's input, ``{"imgToEval": {id: {"image_id": …, "caption": …}}}``, and its output, ``{"sentences": […]}``.
- ``{image: caption}``.

Images are known by their keys: COCO's id where the name is one of COCO's, so that 123 is COCO_val2014_000000000123.jpg,
else the file name without folders and suffix.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from sightline.core import RecordedReplies, RecordedReply, SourceFile
from sightline.errors import DataError
from sightline.records.json_rows import read_bytes

__all__ = ["image_key", "read_recorded_captions"]

_CAPTION = ("caption", "response", "prediction", "output", "reply", "generated_text", "answer", "text")
_IMAGE = ("image", "image_id", "image_name", "image_file", "file_name")
_ASKED = ("prompt", "question", "query")
_MODEL = ("model_id", "model")

_COCO_NAME = re.compile(r"(?:COCO_[a-z]+\d{4}_)?(?P<id>\d{12})")
_SUFFIX = re.compile(r"\.(?:avif|bmp|gif|jpe?g|png|tiff?|webp)\Z", re.IGNORECASE)

_HINT = (
    "Expected an image (image, image_id or file_name) and its caption (caption, text or answer), as in "
    '{"image_id": 123, "caption": "A dog."}.'
)


def image_key(image: str | int) -> str:
    """What an image is known by, whoever names it.

    Example:
        >>> image_key("val2014/COCO_val2014_000000000123.jpg"), image_key("000000000123.jpg"), image_key(123)
        ('123', '123', '123')
        >>> image_key("photos/0123.png")
        '0123'
    """
    name = _SUFFIX.sub("", PurePosixPath(str(image)).name)
    found = _COCO_NAME.fullmatch(name)
    return str(int(found["id"])) if found else name


def read_recorded_captions(path: str | Path) -> RecordedReplies:
    """Read a file of captions.

    Returns:
        The captions; the id of each row's question is the key of its image.

    Raises:
        DataError: the file is broken, or a row has no image or no caption.
    """
    path = Path(path)
    data = read_bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"byte {error.start} is not UTF-8", file=path, hint="Save the file as UTF-8.") from None
    rows = [_row(record, path, number) for number, record in _records(path, text)]
    if not rows:
        raise DataError("the file holds no captions", file=path, hint=_HINT)
    return RecordedReplies(rows, SourceFile(str(path), hashlib.sha256(data).hexdigest(), len(rows)))


def _records(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    """The records of a file, each with the line it begins on, or its place in the array or object that holds it."""
    values = list(_values(path, text))
    first = values[0][1] if len(values) == 1 else None
    if isinstance(first, Mapping):
        held = next((first[name] for name in ("imgToEval", "sentences") if name in first), None)
        if isinstance(held, Mapping):
            held = [{"image_id": image, **row} if isinstance(row, Mapping) else row for image, row in held.items()]
        elif held is None and first and not any(name in first for name in _IMAGE):
            held = [{"image": image, "caption": caption} for image, caption in first.items()]
        first = held if held is not None else first
    yield from enumerate(first, start=1) if isinstance(first, list) else values


def _values(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    """The JSON values that stand one after the other, each with the line it begins on."""
    decoder = json.JSONDecoder()
    line, counted = 1, 0
    blank = re.compile(r"\s*")
    at = blank.match(text).end()  # type: ignore[union-attr]  # it matches anywhere
    while at < len(text):
        line, counted = line + text.count("\n", counted, at), at
        try:
            value, after = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            hint = "A file that is cut off was not written whole."
            raise DataError(f"not JSON: {error.msg} at line {error.lineno}", file=path, row=line, hint=hint) from None
        yield line, value
        at = blank.match(text, after).end()  # type: ignore[union-attr]


def _row(record: Any, path: Path, number: int) -> RecordedReply:
    if not isinstance(record, Mapping):
        raise DataError(f"expected a record, found {str(record)[:60]!r}", file=path, row=number, hint=_HINT)
    image = next((record[name] for name in _IMAGE if name in record), None)
    if type(image) is not int and (not isinstance(image, str) or not image):
        found = f"the image is {image!r}" if image is not None else f"there is no image; found {', '.join(record)}"
        raise DataError(found, file=path, row=number, hint=_HINT)
    caption = next((record[name] for name in _CAPTION if name in record), None)
    if not isinstance(caption, str):
        found = f"the caption is {str(caption)[:60]}" if caption is not None else "there is no caption"
        hint = f"{_HINT} An empty caption is written as ''."
        raise DataError(f"{found} for image {image!r}", file=path, row=number, hint=hint)
    asked, model = (
        next((record[n] for n in names if isinstance(record.get(n), str)), None) for names in (_ASKED, _MODEL)
    )
    return RecordedReply(number, caption, question_id=image_key(image), asked=asked, model=model)
