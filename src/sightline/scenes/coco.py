"""COCO instances: one JSON object with ``images``, ``annotations`` and ``categories``.

An object is present where at least one annotation of the image has its category; crowds (``iscrowd``) count. Boxes and
outlines are not looked at. Absence is taken from silence, which is right for COCO and wrong for LVIS, whose annotators
looked for a few categories of each image only: LVIS files are refused.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from sightline.core import Answer, ImageRef, Presence, Scene, Verdict
from sightline.errors import DataError
from sightline.records.json_rows import read_json

__all__ = ["coco_scenes", "holds_coco", "read_coco", "uncollected"]

BY = "coco instances"
"""Who says that an object is present."""

_HINT = "Expected COCO instances: images (id, file_name), annotations (image_id, category_id), categories (id, name)."


def read_coco(path: str | Path) -> list[Scene]:
    """Read a COCO instances file, plain or gzipped.

    Raises:
        DataError: it is no such file, or an annotation refers to an image or category that it does not list.
    """
    with uncollected():
        return coco_scenes(read_json(path), path)


@contextmanager
def uncollected() -> Iterator[None]:
    """Pause the search for garbage, which takes half of the time where millions of values are read at once."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def holds_coco(content: object) -> bool:
    """Whether the content of a JSON file is meant to be COCO's.

    Example:
        >>> holds_coco({"images": [], "annotations": [], "categories": []}), holds_coco({"a.jpg": ["dog"]})
        (True, False)
    """
    return isinstance(content, dict) and ("annotations" in content or "categories" in content)


def coco_scenes(content: object, file: str | Path) -> list[Scene]:
    """Make scenes of the content of a COCO instances file.

    Args:
        content: the file's JSON value.
        file: where it came from, for messages.

    Raises:
        DataError: see ``read_coco``.
    """
    tables = [_table(content, name, file) for name in ("images", "annotations", "categories")]
    images, annotations, categories = tables
    if "neg_category_ids" in images[0]:
        raise DataError(
            "this is LVIS, which does not say what an image lacks (its images have neg_category_ids)",
            file=file,
            hint="Use annotations that list every object of their categories.",
        )
    names = _named(images, "images", "file_name", file)
    present = {
        id_: Verdict(Presence(name), Answer.HOLDS, by=BY)
        for id_, name in _named(categories, "categories", "name", file).items()
    }
    held: dict[object, dict[object, None]] = {id_: {} for id_ in names}
    for number, annotation in enumerate(annotations, start=1):
        try:
            image, category = held[annotation["image_id"]], annotation["category_id"]
            present[category]
        except (KeyError, TypeError):
            raise _broken(annotation, number, held, present, file) from None
        image[category] = None
    return [
        Scene(ImageRef(PurePosixPath(names[id_]).name), tuple(present[category] for category in categories_held))
        for id_, categories_held in held.items()
    ]


def _table(content: object, name: str, file: str | Path) -> Sequence[Any]:
    table = content.get(name) if isinstance(content, dict) else None
    if not isinstance(table, list):
        found = f"{name} is {type(table).__name__}, expected an array" if table is not None else f"there is no {name!r}"
        raise DataError(found, file=file, hint=_HINT)
    if not table and name != "annotations":
        raise DataError(f"{name} is empty", file=file, hint=_HINT)
    return table


def _named(table: Sequence[Any], kind: str, field: str, file: str | Path) -> dict[object, str]:
    """The id and name of every entry; images must differ in their file names, without folders."""
    named: dict[object, str] = {}
    places: dict[str, int] = {}
    for number, entry in enumerate(table, start=1):
        id_, name = (entry.get("id"), entry.get(field)) if isinstance(entry, dict) else (None, None)
        if not isinstance(id_, int | str) or not isinstance(name, str) or not name:
            raise DataError(f"{kind}, entry {number}: id is {id_!r} and {field} is {name!r}", file=file, hint=_HINT)
        if id_ in named:
            raise DataError(f"{kind}, entry {number}: id {id_!r} occurs twice", file=file, hint="Ids must differ.")
        named[id_] = name
        base = PurePosixPath(name).name
        first = places.setdefault(base, number)
        if field == "file_name" and first != number:
            raise DataError(
                f"{kind}, entries {first} and {number}: both are called {base!r}",
                file=file,
                hint="Images are known by their file names without folders, so these must differ.",
            )
    return named


def _broken(
    annotation: Any, number: int, images: Mapping[object, object], categories: Mapping[object, object], file: str | Path
) -> DataError:
    """Say what is wrong with an annotation that could not be placed."""
    place = f"annotations, entry {number}"
    if not isinstance(annotation, dict):
        return DataError(f"{place}: expected a record, found {annotation!r}", file=file, hint=_HINT)
    for field, kind, known in (("image_id", "images", images), ("category_id", "categories", categories)):
        if field not in annotation:
            return DataError(f"{place}: there is no {field}", file=file, hint=_HINT)
        id_ = annotation[field]
        if not isinstance(id_, int | str) or id_ not in known:
            hint = "Add it, or leave its annotations out."
            return DataError(f"{place}: {field} is {id_!r}, which {kind} does not list", file=file, hint=hint)
    raise AssertionError(f"{place} is not broken")
