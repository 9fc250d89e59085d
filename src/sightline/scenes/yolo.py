"""YOLO folders: ``images`` beside ``labels``; a text file for every image, an object a line: its class, then its box.

Read are ``images/…`` with ``labels/…`` (with or without subfolders such as train and val) and ``train/images/…`` with
``train/labels/…``. An image without a label file holds no object, as in YOLO. Boxes and outlines are not looked at.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from sightline.core import Answer, ImageRef, Presence, Scene, Verdict
from sightline.errors import DataError
from sightline.records.json_rows import read_bytes

__all__ = ["read_yolo"]

BY = "yolo labels"
"""Who says that an object is present."""

_NAME_FILES = ("data.yaml", "dataset.yaml", "classes.txt", "labels/classes.txt")
_IMAGES = frozenset(
    (".avif", ".bmp", ".dng", ".gif", ".heic", ".jpeg", ".jpg", ".mpo", ".pfm", ".png", ".tif", ".tiff", ".webp")
)


def read_yolo(folder: str | Path, names: str | Path | None = None) -> list[Scene]:
    """Read a YOLO folder.

    Args:
        folder: holds ``images`` and ``labels``, at the top or in each of its parts.
        names: the class names: YAML with ``names`` (a list, or class → name), or text with one name a line. Without it,
            the folder's data.yaml, dataset.yaml or classes.txt is read.

    Returns:
        One scene an image, sorted by folder and name; images without objects are kept.

    Raises:
        DataError: there are no images, no or several files of class names, a label file has no image, a line is
            malformed or its class has no name, or two images have the same name.
    """
    folder = Path(folder)
    parts = _parts(folder)
    present = {
        number: Verdict(Presence(name), Answer.HOLDS, by=BY) for number, name in _read_names(folder, names).items()
    }
    found: dict[str, Path] = {}
    scenes: list[Scene] = []
    for part in parts:
        images = [path for path in _walk(part / "images") if path.suffix.lower() in _IMAGES]
        labels = {path for path in _walk(part / "labels") if path.suffix == ".txt" and path.name != "classes.txt"}
        wanted = [(part / "labels" / path.relative_to(part / "images")).with_suffix(".txt") for path in images]
        for stray in sorted(labels.difference(wanted)):
            raise DataError("no image belongs to this label file", file=stray, hint="Add the image or remove the file.")
        for path, label in zip(images, wanted, strict=True):
            if found.setdefault(path.name, path) is not path:
                hint = "Images are known by their file names without folders; give one part of the folder at a time."
                raise DataError(f"there is another image of this name, {found[path.name]}", file=path, hint=hint)
            classes = _read_classes(label, present) if label in labels else ()
            scenes.append(Scene(ImageRef(path.name), tuple(present[number] for number in classes)))
    if not scenes:
        raise DataError("there are no images", file=parts[0] / "images")
    return scenes


def _parts(folder: Path) -> list[Path]:
    """The folders that hold images and labels: the folder itself, or its train, val and so on."""
    hint = "A YOLO folder holds images/ and labels/, or train/images/ and train/labels/."
    if not folder.is_dir():
        raise DataError("there is no such folder", file=folder, hint=hint)
    parts = [part for part in (folder, *sorted(folder.iterdir())) if (part / "images").is_dir()]
    if not parts:
        raise DataError("there is no folder of images", file=folder, hint=hint)
    for part in parts:
        if not (part / "labels").is_dir():
            raise DataError("there is no folder of labels beside images", file=part, hint=hint)
    return parts


def _walk(folder: Path) -> Iterator[Path]:
    """The files of a folder and its subfolders, sorted; links are followed, since data sets are often linked."""
    for place, folders, files in os.walk(folder, followlinks=True):
        folders.sort()
        yield from (Path(place, name) for name in sorted(files))


def _read_classes(path: Path, known: Mapping[int, object]) -> Sequence[int]:
    """The classes of a label file in the order in which they are listed, each once."""
    classes: dict[int, None] = {}
    for row, line in enumerate(read_bytes(path).decode(errors="replace").splitlines(), start=1):
        fields = line.split()
        if not fields:
            continue
        try:
            number, places = int(fields[0]), [float(field) for field in fields[1:]]
        except ValueError:
            number, places = 0, []
        if len(places) < 4:
            hint = "Expected a class number and at least four numbers: x, y, width, height, or an outline."
            raise DataError(f"this line is {line[:60]!r}", file=path, row=row, hint=hint)
        if number not in known:
            hint = f"The named classes are {min(known)} to {max(known)}; check that the names belong to this folder."
            raise DataError(f"class {number} has no name", file=path, row=row, hint=hint)
        classes[number] = None
    return tuple(classes)


def _read_names(folder: Path, names: str | Path | None) -> dict[int, str]:
    """The name of each class number."""
    if names is None:
        files = [name for name in _NAME_FILES if (folder / name).is_file()]
        if len(files) != 1:
            found = f"{' and '.join(files)} all name the classes" if files else "no file here names the classes"
            hint = "Say which file to take (--names): YAML with names, or text with one name a line."
            raise DataError(found, file=folder, hint=hint)
        path = folder / files[0]
    else:
        path = Path(names)
    text = read_bytes(path).decode("utf-8-sig", errors="replace")
    if path.suffix in (".yaml", ".yml"):
        return _yaml_names(text, path)
    lines = [line.strip() for line in text.rstrip().splitlines()] or [""]
    if "" in lines:
        hint = "One name a line is expected."
        raise DataError("this line names no class", file=path, row=lines.index("") + 1, hint=hint)
    return dict(enumerate(lines))


def _yaml_names(text: str, path: Path) -> dict[int, str]:
    hint = "Expected names as a list, or as class number: name; quote names such as 'no' and '1'."
    try:
        content: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DataError(f"not YAML: {' '.join(str(error).split())}", file=path) from None
    names = content.get("names") if isinstance(content, dict) else None
    pairs = dict(enumerate(names)) if isinstance(names, list) else names
    if not isinstance(pairs, dict) or not pairs:
        raise DataError(f"names is {names!r}", file=path, hint=hint)
    for number, name in pairs.items():
        if type(number) is not int or not isinstance(name, str) or not name:
            raise DataError(f"the name of class {number!r} is {name!r}", file=path, hint=hint)
    return pairs
