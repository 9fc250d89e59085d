"""The objects of images, as captions are held against them: annotations, and the words that mean their objects.

A folder holds one file of annotations, and beside it may stand

- ``vocabulary.json``, which says which words mean which object (needed where they are not COCO's 80), and
- ``images.txt``, the images that are asked about, a file name or COCO id a line; without it all of them.

A file of annotations can be named by itself; a ``vocabulary.json`` beside it is read too. Annotations are JSON that
`sightline.scenes` reads, plain or gzipped, or lists that number their objects:
``{"categories": ["dog", …], "images": {"9": [0, …]}}``, where images are COCO's ids.
"""

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from sightline.core import SourceFile
from sightline.errors import DataError
from sightline.readers.coco_vocabulary import COCO
from sightline.readers.vocabulary import Vocabulary, vocabulary_from
from sightline.records.json_rows import read_bytes, read_json
from sightline.records.recorded_captions import image_key
from sightline.scenes import read_scenes
from sightline.scenes.coco import coco_scenes, holds_coco, uncollected
from sightline.scenes.object_lists import holds_records, object_list_scenes

__all__ = ["AnnotatedImages", "ImageObjects", "read_image_objects"]

_VOCABULARY, _IMAGES = "vocabulary.json", "images.txt"


class ImageObjects(NamedTuple):
    """What is in an image.

    Args:
        objects: the objects that are there.
        vocabulary: the words that mean its objects and those of its fellows; None where they are COCO's.
    """

    objects: frozenset[str]
    vocabulary: Vocabulary | None = None


class AnnotatedImages(NamedTuple):
    """Images and what is in them.

    Args:
        names: key of the image → its file name.
        objects: key of the image → what is in it.
        vocabulary: the words that mean the objects; None where they are COCO's.
        sources: the files that were read.
    """

    names: Mapping[str, str]
    objects: Mapping[str, ImageObjects]
    vocabulary: Vocabulary | None
    sources: tuple[SourceFile, ...]


def read_image_objects(path: Path, vocabulary: Path | None = None) -> AnnotatedImages:
    """Read annotations, with what stands beside them.

    Args:
        path: a file of annotations, or a folder that holds one.
        vocabulary: the file of words that mean the objects, in place of the one beside the annotations.

    Raises:
        DataError: a file is broken, an object has no words, or two images would be known by the same key.
    """
    file = _annotations_in(path) if path.is_dir() else path
    beside = file.parent / _VOCABULARY
    words = vocabulary or (beside if beside.is_file() else None)
    known = vocabulary_from(read_json(words), words.stem, words) if words else None
    with uncollected():
        annotated = _read(file)
    names: dict[str, str] = {}
    for name, _ in annotated:
        key = image_key(name)
        if key in names:
            hint = "Images are known by their names without folder and suffix, or by their COCO ids."
            raise DataError(f"{names[key]} and {name} would both be known as {key!r}", file=file, hint=hint)
        names[key] = name
    _check_objects(annotated, known, file)
    objects = {key: ImageObjects(frozenset(held), known) for key, (_, held) in zip(names, annotated, strict=True)}
    sources = [_source(file, len(names)), *([_source(words, len(known.phrases))] if words and known else [])]
    asked = path / _IMAGES
    if path.is_dir() and asked.is_file():
        names = _listed(asked, names, file)
        objects = {key: objects[key] for key in names}
        sources.append(_source(asked, len(names)))
    return AnnotatedImages(names, objects, known, tuple(sources))


def _annotations_in(folder: Path) -> Path:
    found = sorted(
        each for each in folder.iterdir() if each.name.endswith((".json", ".json.gz")) and each.name != _VOCABULARY
    )
    if len(found) != 1:
        names = ", ".join(each.name for each in found) or "none"
        hint = "Expected one .json or .json.gz beside vocabulary.json; or name the file itself."
        raise DataError(f"it is not clear which file holds the annotations: {names}", file=folder, hint=hint)
    return found[0]


def _read(file: Path) -> list[tuple[str, Iterable[str]]]:
    """The file name of every image, and its objects."""
    if holds_records(file):
        scenes = read_scenes(file)
    else:
        content = read_json(file)
        if isinstance(content, dict) and isinstance(content.get("images"), dict) and "categories" in content:
            return _numbered(content, file)
        scenes = coco_scenes(content, file) if holds_coco(content) else object_list_scenes(content, file)
    return [(scene.image.name, scene.objects) for scene in scenes]


def _numbered(content: Mapping[str, Any], file: Path) -> list[tuple[str, Iterable[str]]]:
    names = content["categories"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise DataError(f"categories are {str(names)[:60]!r}, expected a list of names", file=file)
    found: list[tuple[str, Iterable[str]]] = []
    for image, held in content["images"].items():
        if not image.isdecimal():
            raise DataError(f"image is {image!r}, expected a COCO id", file=file, hint="List the objects by name.")
        if not isinstance(held, list) or not all(type(number) is int and 0 <= number < len(names) for number in held):
            last = len(names) - 1
            raise DataError(
                f"image {image}: objects are {str(held)[:60]}, expected numbers from 0 to {last}", file=file
            )
        # the name that every image of COCO has had since 2017
        found.append((f"{int(image):012d}.jpg", [names[number] for number in held]))
    return found


def _check_objects(annotated: Iterable[tuple[str, Iterable[str]]], known: Vocabulary | None, file: Path) -> None:
    names = known or COCO
    for image, held in annotated:
        for object_ in held:
            if object_ not in names.phrases:
                near = difflib.get_close_matches(object_, names.phrases, n=1)
                guess = f" Did you mean {near[0]!r}?" if near else ""
                kind = f"is not in {_VOCABULARY}" if known else "is none of COCO's 80 objects"
                hint = (
                    f'Say which words mean it in {_VOCABULARY}, beside the file: {{"{object_}": ["{object_}", …], …}}.'
                )
                raise DataError(f"{object_!r} of {image} {kind}.{guess}", file=file, hint=hint)


def _listed(file: Path, names: Mapping[str, str], annotations: Path) -> dict[str, str]:
    """The images that a file lists, under the names that it gives them."""
    listed: dict[str, str] = {}
    for row, line in enumerate(read_bytes(file).decode("utf-8-sig").splitlines(), start=1):
        name = PurePosixPath(line.strip()).name
        if not name:
            continue
        key = image_key(name)
        if key not in names:
            raise DataError(f"image {name!r} is not in {annotations.name}", file=file, row=row, hint="Take it out.")
        if key in listed:
            raise DataError(f"image {name!r} is listed twice", file=file, row=row, hint="Take one out.")
        listed[key] = name if PurePosixPath(name).suffix else names[key]
    if not listed:
        raise DataError("the file lists no images", file=file)
    return listed


def _source(file: Path, rows: int) -> SourceFile:
    return SourceFile(str(file), hashlib.sha256(read_bytes(file)).hexdigest(), rows)
