"""Visual Genome: objects with boxes, their attributes and relations, and phrases about regions of an image.

Read are its files as they are published, one of them or a folder that holds some:

- objects.json: ``[{image_id, objects: [{object_id, names, synsets, x, y, w, h, merged_object_ids}]}]``
- attributes.json: ``[{image_id, attributes: [{object_id, names, attributes, x, y, w, h}]}]``
- relationships.json: ``[{image_id, relationships: [{predicate, subject: {object_id, name, …}, object: {…}}]}]``
- scene_graphs.json: ``[{image_id, objects: […], relationships: [{predicate, subject_id, object_id}]}]``
- region_descriptions.json: ``[{id, regions: [{region_id, phrase, x, y, width, height}]}]``
- image_data.json: ``[{image_id, url, width, height}]``, for file names; without it they are ``<image_id>.jpg``

and records of one image that hold several of these, also one within the other: ``{image_id, image: {url}, objects:
{objects: […]}, regions: {regions: […]}}``. All that is said of one image is put together, whatever file it stands in.

Objects have other ids in one file than in the next. An id that was merged into another (``merged_object_ids``) is that
other, and boxes of one name that are nearly the same are around one object, of which there are many. Names are
``names`` or ``name``, and ``attributes`` may be missing or null. Phrases are read, and what they say is put on the
objects that they surely mean (`sightline.scenes.scene_graphs.matching`). Boxes around no thing that one could ask about
("mid air") are objects that are not clear.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from sightline.errors import DataError
from sightline.readers.scene_text import read_phrase
from sightline.records.json_rows import Rows, read_rows
from sightline.scenes.scene_graphs.annotated import Annotated, merged
from sightline.scenes.scene_graphs.boxes import Box
from sightline.scenes.scene_graphs.graph import GraphRelation, SceneGraph
from sightline.scenes.scene_graphs.matching import Gathering
from sightline.scenes.scene_graphs.naming import clean, read_name
from sightline.scenes.scene_graphs.read_graphs import NO_OBJECTS, NO_WORD, LeftOut, ReadGraphs

__all__ = [
    "DANGLING",
    "NO_PREDICATE",
    "TO_ITSELF",
    "holds_visual_genome",
    "visual_genome_files",
    "visual_genome_graphs",
]

DANGLING = "a relation names an object that is not annotated"
NO_PREDICATE = "a relation has no predicate"
TO_ITSELF = "a relation of an object to itself"

_PARTS = ("objects", "attributes", "relationships", "regions")

_FILES = ("image_data", "objects", "scene_graphs", "attributes", "relationships", "region_descriptions")
"""In the order in which they are read: objects come before what refers to them."""

_HINT = "Expected Visual Genome's fields: image_id with objects, attributes, relationships or regions."


class _Place(NamedTuple):
    """Where a record stands."""

    file: str
    row: int

    def __str__(self) -> str:
        return f"{self.file}:{self.row}"

    def error(self, problem: str) -> DataError:
        """An error in this record."""
        return DataError(problem, file=self.file, row=self.row, hint=_HINT)

    def entries(self, record: Mapping[str, Any], part: str) -> list[Mapping[str, Any]]:
        """The entries of one part of a record, which may be nested in a record of the part's own."""
        found = record.get(part)
        if isinstance(found, dict):
            found = found.get(part)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise self.error(f"{part} is {str(found)[:60]!r}, expected a list of records")
        return found


class _Region(NamedTuple):
    phrase: str
    box: Box | None


@dataclass
class _Image:
    """What is said of one image, while it is put together."""

    id: int | str
    source: str
    objects: dict[str, Annotated] = field(default_factory=dict)
    known_as: dict[int | str, str] = field(default_factory=dict)
    relations: list[GraphRelation] = field(default_factory=list)
    regions: list[_Region] = field(default_factory=list)


def holds_visual_genome(record: Mapping[str, Any]) -> bool:
    """Whether a record is one of Visual Genome's files.

    Example:
        >>> holds_visual_genome({"image_id": 1, "relationships": []}), holds_visual_genome({"image": "a.jpg"})
        (True, False)
    """
    return ("image_id" in record or "id" in record) and any(part in record for part in _PARTS)


def visual_genome_files(folder: Path) -> list[Rows]:
    """Read the files of a folder that holds some of Visual Genome's, plain or gzipped.

    Raises:
        DataError: it holds none that says anything of images, or one is broken.
    """
    names = [name for stem in _FILES for name in (f"{stem}.json", f"{stem}.json.gz") if (folder / name).is_file()]
    if all(name.startswith("image_data") for name in names):
        hint = f"Expected some of {', '.join(f'{stem}.json' for stem in _FILES[1:])}."
        raise DataError("this folder holds no file of scene graphs", file=folder, hint=hint)
    return [read_rows(folder / name) for name in names]


def visual_genome_graphs(files: Sequence[Rows], limit: int | None = None) -> ReadGraphs:
    """Make scene graphs of the rows of Visual Genome's files.

    Args:
        files: those that hold objects before those that refer to them.
        limit: the first so many images only.

    Raises:
        DataError: a record is not of Visual Genome's form.
    """
    left_out = LeftOut()
    images: dict[int | str, _Image] = {}
    names: dict[int | str, str] = {}
    for rows in files:
        for record, row in zip(rows.records, rows.numbers, strict=True):
            place = _Place(rows.source.name, row)
            id_ = _image_id(record, place)
            if name := _file_name(record):
                names.setdefault(id_, name)
            if any(part in record for part in _PARTS) and (id_ in images or limit is None or len(images) < limit):
                _take(record, images.setdefault(id_, _Image(id_, str(place))), place, left_out)
    graphs = []
    for id_, image in images.items():
        name = names.get(id_, f"{id_}.jpg")
        if image.objects:
            graphs.append(_graph(image, name, left_out))
        else:
            left_out.add(NO_OBJECTS, name)
    return ReadGraphs(graphs, tuple(rows.source for rows in files), left_out)


def _image_id(record: Mapping[str, Any], place: _Place) -> int | str:
    id_ = record.get("image_id", record.get("id"))  # region_descriptions.json calls it id
    if type(id_) is not int and not (isinstance(id_, str) and id_):
        raise place.error(f"image_id is {id_!r}")
    return id_


def _file_name(record: Mapping[str, Any]) -> str:
    """The file name of an image, where a record tells it."""
    image = record.get("image")
    of_image = image.get("url") if isinstance(image, dict) else None
    for told in (record.get("file_name"), of_image, record.get("url"), record.get("image_url")):
        if isinstance(told, str) and PurePosixPath(told).name:
            return PurePosixPath(told).name
    return ""


def _take(record: Mapping[str, Any], image: _Image, place: _Place, left_out: LeftOut) -> None:
    """Add what a record says to what is known of its image."""
    for entry in (*place.entries(record, "objects"), *place.entries(record, "attributes")):
        _add_object(entry, image, place, left_out)
    for entry in place.entries(record, "relationships"):
        ends = [_end(entry, end, image, place, left_out) for end in ("subject", "object")]
        predicate = entry.get("predicate")
        if not isinstance(predicate, str):
            raise place.error(f"the predicate of a relationship is {predicate!r}")
        image.relations.append(GraphRelation(ends[0], clean(predicate), ends[1]))
    for entry in place.entries(record, "regions"):
        phrase = entry.get("phrase")
        if not isinstance(phrase, str):
            raise place.error(f"the phrase of a region is {phrase!r}")
        image.regions.append(_Region(phrase, _box(entry, "width", "height")))


def _add_object(entry: Mapping[str, Any], image: _Image, place: _Place, left_out: LeftOut) -> None:
    """Add an object, or what is new of one that is known."""
    id_, written = entry.get("object_id"), entry.get("names", [entry.get("name")])
    if type(id_) is not int and not isinstance(id_, str):
        raise place.error(f"the object_id of an object is {id_!r}")
    if not isinstance(written, list) or not all(isinstance(name, str) for name in written):
        raise place.error(f"the names of object {id_} are {str(written)[:60]}")
    read = [named for name in written if (named := read_name(name)) is not None]
    own = [id_, *(each for each in entry.get("merged_object_ids") or () if isinstance(each, int | str))]
    known = next((image.known_as[each] for each in own if each in image.known_as), None)
    if known is None and not read:
        left_out.add(NO_WORD, f"{image.id}: {' / '.join(written) or id_}")
        return
    if known is None:
        known = str(id_)
        box = _box(entry, "w", "h")
        image.objects[known] = Annotated(known, [], [], read[0].number, box, read[0].is_thing)
    image.known_as.update(dict.fromkeys(own, known))
    image.objects[known].add(
        names=[each.name for each in read],
        attributes=[*(attribute for each in read for attribute in each.attributes), *_attributes(entry, place)],
    )


def _attributes(entry: Mapping[str, Any], place: _Place) -> list[str]:
    listed = entry.get("attributes") or []
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise place.error(f"the attributes of object {entry.get('object_id')} are {str(listed)[:60]}")
    return [clean(each) for each in listed if each.strip()]


def _end(entry: Mapping[str, Any], end: str, image: _Image, place: _Place, left_out: LeftOut) -> str:
    """The object at one end of a relationship, which is nested in it, or referred to by its id; "" where it is none."""
    nested = entry.get(end)
    if isinstance(nested, dict):
        _add_object(nested, image, place, left_out)
        return image.known_as.get(nested["object_id"], "")
    id_ = entry.get(f"{end}_id")
    if type(id_) is not int and not isinstance(id_, str):
        raise place.error(f"the {end} of a relationship is {nested!r}, its {end}_id {id_!r}")
    return image.known_as.get(id_, "")


def _box(entry: Mapping[str, Any], width: str, height: str) -> Box | None:
    """The box of an entry; None where it has none that is a box."""
    edges = [entry.get(name) for name in ("x", "y", width, height)]
    if not all(isinstance(edge, int | float) for edge in edges):
        return None
    box = Box(*edges)  # type: ignore[arg-type]  # they are numbers
    return box if box.width > 0 and box.height > 0 else None


def _graph(image: _Image, name: str, left_out: LeftOut) -> SceneGraph:
    """Make a scene graph of what is known of an image."""
    objects, ids = merged(list(image.objects.values()))
    gathering = Gathering(name, objects, _told(image.relations, ids, name, left_out), left_out)
    for region in image.regions:
        gathering.put(read_phrase(region.phrase), region.box, region.phrase.strip())
    return gathering.graph(image.source)


def _told(
    relations: Sequence[GraphRelation], ids: Mapping[str, str], name: str, left_out: LeftOut
) -> list[GraphRelation]:
    """The relations that are annotated as such, between the objects that are left after merging."""
    told: list[GraphRelation] = []
    for each in relations:
        subject, object_ = ids.get(each.subject, ""), ids.get(each.object, "")
        if not (subject and object_):
            left_out.add(DANGLING, f"{name}: {each.predicate}")
        elif not each.predicate:
            left_out.add(NO_PREDICATE, f"{name}: {subject} and {object_}")
        elif subject == object_:
            left_out.add(TO_ITSELF, f"{name}: {each.predicate}")
        else:
            told.append(GraphRelation(subject, each.predicate, object_))
    return told
