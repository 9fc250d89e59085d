"""CompreCap: images whose objects were described, and related to one another, by hand.

``[{image, info: [{category, short_description, extend_description, relation, mask_out}]}]``: an entry of ``info`` is an
object, and ``relation`` holds sentences about it and other objects of the image, as a list, as one text, or empty.
Attributes are read from the two descriptions, relations from the sentences; masks are not looked at. A description is
of its object: where it does not call it by its category, the noun it begins with does ("A woman …" of a person), which
is then another name of the object. Source: https://github.com/LuFan31/CompreCap.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from sightline.errors import DataError
from sightline.readers.scene_text import SaidObject, SceneText, read_caption, read_phrase
from sightline.records.json_rows import Rows
from sightline.scenes.scene_graphs.annotated import Annotated
from sightline.scenes.scene_graphs.graph import SceneGraph
from sightline.scenes.scene_graphs.matching import Gathering, called
from sightline.scenes.scene_graphs.naming import clean, read_name
from sightline.scenes.scene_graphs.read_graphs import NO_OBJECTS, NO_WORD, TWICE, LeftOut, ReadGraphs

__all__ = ["NOT_NAMED", "comprecap_graphs", "holds_comprecap"]

NOT_NAMED = "a description does not begin with its object"

_HINT = "Expected CompreCap's fields: image, and info with category, short_description, extend_description, relation."

_ARTICLES = frozenset(("a", "an", "the", "one", "this"))


def holds_comprecap(record: Mapping[str, Any]) -> bool:
    """Whether a record is CompreCap's.

    Example:
        >>> holds_comprecap({"image": "a.jpg", "info": []}), holds_comprecap({"image": "a.jpg", "objects": []})
        (True, False)
    """
    return "image" in record and "info" in record


def comprecap_graphs(rows: Rows, limit: int | None = None) -> ReadGraphs:
    """Make scene graphs of the rows of CompreCap's annotation.

    Args:
        rows: of the file.
        limit: the first so many images only.

    Raises:
        DataError: a record is not of CompreCap's form.
    """
    left_out = LeftOut()
    graphs: dict[str, SceneGraph] = {}
    for record, row in list(zip(rows.records, rows.numbers, strict=True))[:limit]:
        graph = _graph(record, rows.source.name, row, left_out)
        if graph.image in graphs:
            left_out.add(TWICE, graph.image)
        elif not graph.objects:
            left_out.add(NO_OBJECTS, graph.image)
        else:
            graphs[graph.image] = graph
    return ReadGraphs(list(graphs.values()), (rows.source,), left_out)


def _graph(record: Mapping[str, Any], file: str, row: int, left_out: LeftOut) -> SceneGraph:
    image, info = record.get("image"), record.get("info")
    if not isinstance(image, str) or not image:
        raise DataError(f"image is {image!r}, expected a file name", file=file, row=row, hint=_HINT)
    if not isinstance(info, list) or not all(isinstance(each, dict) for each in info):
        raise DataError(f"info is {str(info)[:60]!r}, expected a list of records", file=file, row=row, hint=_HINT)
    name = PurePosixPath(image).name
    entries: list[tuple[Mapping[str, Any], Annotated]] = []
    for place, entry in enumerate(info, start=1):
        category = entry.get("category")
        if not isinstance(category, str):
            raise DataError(f"the category of object {place} is {category!r}", file=file, row=row, hint=_HINT)
        if read := read_name(category):
            own = Annotated(str(place), [read.name], list(read.attributes), read.number, clear=read.is_thing)
            entries.append((entry, own))
        else:
            left_out.add(NO_WORD, f"{name}: {category}")
    gathering = Gathering(name, [own for _, own in entries], [], left_out)
    for entry, own in entries:
        for text in _texts(entry, ("short_description", "extend_description"), file, row):
            _describe(gathering, own, text, left_out)
    for entry, own in entries:
        for text in _texts(entry, ("relation",), file, row):
            _put(gathering, own, read_phrase(text), text)
    return gathering.graph(f"{file}:{row}")


def _texts(entry: Mapping[str, Any], fields: Sequence[str], file: str, row: int) -> list[str]:
    """The texts of some fields, each of which may be a text, a list of texts, or missing."""
    texts: list[str] = []
    for name in fields:
        value = entry.get(name)
        listed = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(text, str) for text in listed):
            raise DataError(f"{name} is {str(value)[:60]!r}, expected text", file=file, row=row, hint=_HINT)
        texts += [" ".join(text.split()) for text in listed if text.strip()]
    return texts


def _describe(gathering: Gathering, own: Annotated, text: str, left_out: LeftOut) -> None:
    """Put what a description says of its object on it, whatever it calls it."""
    scene = read_caption(text)
    if not any(called(said, [own]) for said in scene.objects):
        if not scene.objects or not _begins(text, scene.objects[0]):
            left_out.add(NOT_NAMED, f"{gathering.image}: {text}")
        elif (scene.objects[0].number == 1) == (own.number == 1):
            own.add([scene.objects[0].name])
    _put(gathering, own, scene, text)


def _begins(text: str, said: SaidObject) -> bool:
    """Whether a text begins with an object: with an article, what is said of it, and its name."""
    own = {word for attribute in said.attributes for word in attribute.split()}
    return set(clean(text[: said.span[0]]).replace(",", " ").split()) <= _ARTICLES | own


def _put(gathering: Gathering, own: Annotated, scene: SceneText, text: str) -> None:
    """Put what a text about an object says on it, and on others of which only one is called so.

    The first noun that can mean the object does, and no other.
    """
    found: list[Sequence[Annotated]] = []
    for said in scene.objects:
        others = [each for each in gathering.objects if each is not own]
        found.append([own] if [own] not in found and called(said, [own]) else called(said, others))
    gathering.put_on(scene, found, text)
