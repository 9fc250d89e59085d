"""Plain lists of objects: ``{image: [objects]}``, or records ``{"image": …, "objects": […]}`` as POPE's own code reads.

Records stand one a line or in one array; other fields are not looked at. An object that an image does not list is
taken to be absent.
"""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from pydantic_core import from_json

from sightline.core import Answer, ImageRef, Presence, Scene, Verdict
from sightline.errors import DataError
from sightline.records.json_rows import read_bytes, read_json, read_rows

__all__ = ["holds_records", "object_list_scenes", "read_object_lists"]

BY = "object list"
"""Who says that an object is present."""

_HINT = 'Expected {"a.jpg": ["dog", "cat"]}, or one {"image": "a.jpg", "objects": ["dog", "cat"]} a line.'

_LONGEST_LINE = 1_000_000
"""Bytes within which the first record of a file of records ends."""


def read_object_lists(path: str | Path) -> list[Scene]:
    """Read a file of object lists, plain or gzipped.

    Raises:
        DataError: an image occurs twice, or its objects are not a list of names.
    """
    if not holds_records(path):
        return object_list_scenes(read_json(path), path)
    rows = read_rows(path)
    for record, number in zip(rows.records, rows.numbers, strict=True):
        for field in ("image", "objects"):
            if field not in record:
                found = f"there is no {field!r}; found {', '.join(record) or 'nothing'}"
                raise DataError(found, file=path, row=number, hint=_HINT)
    return _scenes(((r["image"], r["objects"], n) for r, n in zip(rows.records, rows.numbers, strict=True)), path)


def holds_records(path: str | Path) -> bool:
    """Whether a JSON file holds records, in an array or one a line, rather than one object.

    Raises:
        DataError: it cannot be read.
    """
    head = read_bytes(path)[:_LONGEST_LINE].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"["):
        return True
    first, _, rest = head.partition(b"\n")
    try:
        record = from_json(first)
    except ValueError:
        return False
    return isinstance(record, dict) and (bool(rest.strip()) or record.keys() >= {"image", "objects"})


def object_list_scenes(content: object, file: str | Path) -> list[Scene]:
    """Make scenes of ``{image: [objects]}``.

    Args:
        content: the file's JSON value.
        file: where it came from, for messages.

    Raises:
        DataError: see ``read_object_lists``.

    Example:
        >>> [(scene.image.name, scene.objects) for scene in object_list_scenes({"a.jpg": ["dog", "cat"]}, "a.json")]
        [('a.jpg', ('dog', 'cat'))]
    """
    if not isinstance(content, dict) or not content:
        raise DataError(f"this holds no objects of images: {str(content)[:60]}", file=file, hint=_HINT)
    return _scenes(((image, objects, None) for image, objects in content.items()), file)


def _scenes(lists: Iterable[tuple[object, object, int | None]], file: str | Path) -> list[Scene]:
    scenes: dict[str, Scene] = {}
    for image, objects, row in lists:
        if not isinstance(image, str) or not image:
            raise DataError(f"image is {image!r}, expected a file name", file=file, row=row, hint=_HINT)
        if not isinstance(objects, list) or not all(isinstance(name, str) and name for name in objects):
            found = f"the objects of {image} are {str(objects)[:60]!r}, expected a list of names"
            raise DataError(found, file=file, row=row, hint=_HINT)
        name = PurePosixPath(image).name
        if name in scenes:
            hint = "Images are known by their file names without folders; join the lists of one image."
            raise DataError(f"image {name!r} occurs twice", file=file, row=row, hint=hint)
        verdicts = tuple(Verdict(Presence(object_), Answer.HOLDS, by=BY) for object_ in dict.fromkeys(objects))
        scenes[name] = Scene(ImageRef(name), verdicts)
    return list(scenes.values())
