"""Scene graphs as plain JSON: one record an image, one a line or in one array.

    {"image": "a.jpg",
     "objects": [{"id": "1", "name": "moon", "attributes": ["red", "striped"]},
                 {"id": "2", "name": "cup", "number": 3, "visible": false, "category": "table", "synonyms": ["mug"]}],
     "relations": [["1", "above", "2"]],
     "complete": true,
     "caption": "A red moon above three cups."}

``image`` and ``objects`` are needed, and an object's ``id`` and ``name``; all else may be missing. ``number`` is then 1
(0 means several that nobody counted), ``visible`` true, and ``complete`` false: it says that nothing else is in the
image. A relation names a subject, a predicate and an object. Names, attributes and predicates are brought to lower
case. Whoever writes such a file can mend it: whatever is not as described here is an error.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from sightline.errors import DataError
from sightline.records.atomic import write_bytes
from sightline.records.json_rows import Rows
from sightline.scenes.scene_graphs.graph import GraphObject, GraphRelation, SceneGraph
from sightline.scenes.scene_graphs.naming import clean
from sightline.scenes.scene_graphs.read_graphs import LeftOut, ReadGraphs

__all__ = ["graph_record", "holds_plain", "plain_graphs", "write_scene_graphs"]

_IMAGE_FIELDS = ("image", "objects", "relations", "complete", "caption")
_OBJECT_FIELDS = ("id", "name", "attributes", "number", "visible", "category", "synonyms")

_HINT = (
    'Expected {"image": "a.jpg", "objects": [{"id": "1", "name": "moon", "attributes": ["red"]}, {"id": "2", '
    '"name": "cup"}], "relations": [["1", "above", "2"]]}.'
)


def holds_plain(record: Mapping[str, Any]) -> bool:
    """Whether a record is meant to be a plain scene graph.

    Example:
        >>> holds_plain({"image": "a.jpg", "objects": []}), holds_plain({"image": "a.jpg", "caption": "A dog."})
        (True, False)
    """
    return isinstance(record.get("image"), str) and "objects" in record


def plain_graphs(rows: Rows, limit: int | None = None) -> ReadGraphs:
    """Make scene graphs of the rows of a file.

    Args:
        rows: of the file.
        limit: the first so many images only.

    Raises:
        DataError: a record is not as described here, names an object that is not there, or an image occurs twice.
    """
    graphs: dict[str, SceneGraph] = {}
    for record, row in list(zip(rows.records, rows.numbers, strict=True))[:limit]:
        graph = _Record(record, rows.source.name, row).graph()
        if graph.image in graphs:
            hint = (
                f"It stands at {graphs[graph.image].source} already; images are known by their names without folders."
            )
            raise DataError(f"image {graph.image!r} occurs twice", file=rows.source.name, row=row, hint=hint)
        graphs[graph.image] = graph
    return ReadGraphs(list(graphs.values()), (rows.source,), LeftOut())


def write_scene_graphs(path: str | Path, graphs: Iterable[SceneGraph]) -> Path:
    """Write scene graphs: an array where the name ends in ``.json``, else one record a line.

    Read again they are equal, and written again the bytes are.

    Raises:
        DataError: the file cannot be written.
    """
    path = Path(path)
    lines = [json.dumps(graph_record(graph), ensure_ascii=False) for graph in graphs]
    text = "[\n" + ",\n".join(lines) + "\n]\n" if path.suffix == ".json" else "".join(f"{line}\n" for line in lines)
    return write_bytes(path, text.encode())


def graph_record(graph: SceneGraph) -> dict[str, Any]:
    """The record of a scene graph, with nothing that goes without saying.

    Example:
        >>> graph_record(SceneGraph("a.jpg", (GraphObject("1", "moon", ("red",)),)))
        {'image': 'a.jpg', 'objects': [{'id': '1', 'name': 'moon', 'attributes': ['red']}]}
    """
    record: dict[str, Any] = {"image": graph.image, "objects": [_object_record(each) for each in graph.objects]}
    if graph.relations:
        record["relations"] = [[each.subject, each.predicate, each.object] for each in graph.relations]
    if graph.complete:
        record["complete"] = True
    if graph.caption:
        record["caption"] = graph.caption
    return record


def _object_record(each: GraphObject) -> dict[str, Any]:
    record: dict[str, Any] = {"id": each.id, "name": each.name}
    if each.attributes:
        record["attributes"] = list(each.attributes)
    if each.number != 1:
        record["number"] = each.number
    if not each.clear:
        record["visible"] = False
    if each.category:
        record["category"] = each.category
    if each.synonyms:
        record["synonyms"] = list(each.synonyms)
    return record


class _Record(NamedTuple):
    """A record and where it stands."""

    record: Mapping[str, Any]
    file: str
    row: int

    def graph(self) -> SceneGraph:
        """The scene graph it holds."""
        self._refuse_others(self.record, _IMAGE_FIELDS, "of the image")
        image = PurePosixPath(self._text(self.record, "image", "of the record")).name
        objects = tuple(self._object(each) for each in self._list(self.record, "objects", "of the image", needed=True))
        if not objects:
            raise self._error(f"{image} has no objects")
        relations = tuple(self._relation(each) for each in self._list(self.record, "relations", "of the image"))
        complete = self._is_true(self.record, "complete", "of the image", otherwise=False)
        caption = self.record.get("caption", "")
        if not isinstance(caption, str):
            raise self._error(f"the caption is {caption!r}, expected text")
        return SceneGraph(image, objects, relations, complete, caption, f"{self.file}:{self.row}")

    def _object(self, record: Any) -> GraphObject:
        if not isinstance(record, dict):
            raise self._error(f"an object is {str(record)[:60]!r}, expected a record with id and name")
        id_ = self._text(record, "id", "of an object")
        of = f"of object {id_!r}"
        self._refuse_others(record, _OBJECT_FIELDS, of)
        number = record.get("number", 1)
        if type(number) is not int or number < 0:
            raise self._error(f"number {of} is {number!r}, expected a whole number, 0 for several that nobody counted")
        category = record.get("category", "")
        if not isinstance(category, str):
            raise self._error(f"category {of} is {category!r}, expected text")
        return GraphObject(
            id_,
            clean(self._text(record, "name", of)),
            self._texts(record, "attributes", of),
            number,
            self._is_true(record, "visible", of, otherwise=True),
            clean(category),
            self._texts(record, "synonyms", of),
        )

    def _relation(self, listed: Any) -> GraphRelation:
        if (
            not isinstance(listed, list)
            or len(listed) != 3
            or not all(isinstance(e, str) and e.strip() for e in listed)
        ):
            raise self._error(f"a relation is {str(listed)[:60]!r}, expected the id of an object, a predicate, an id")
        subject, predicate, object_ = listed
        return GraphRelation(subject, clean(predicate), object_)

    def _text(self, record: Mapping[str, Any], name: str, of: str) -> str:
        value = record.get(name)
        if not isinstance(value, str) or not value.strip():
            found = f"{name} {of} is {value!r}, expected text" if name in record else f"there is no {name} {of}"
            raise self._error(found)
        return value

    def _texts(self, record: Mapping[str, Any], name: str, of: str) -> tuple[str, ...]:
        values = self._list(record, name, of)
        if not all(isinstance(value, str) and value.strip() for value in values):
            raise self._error(f"{name} {of} are {str(values)[:60]}, expected texts")
        return tuple(clean(value) for value in values)

    def _list(self, record: Mapping[str, Any], name: str, of: str, needed: bool = False) -> list[Any]:
        value = record.get(name, None if needed else [])
        if not isinstance(value, list):
            raise self._error(f"{name} {of} is {str(value)[:60]!r}, expected a list")
        return value

    def _is_true(self, record: Mapping[str, Any], name: str, of: str, otherwise: bool) -> bool:
        value = record.get(name, otherwise)
        if not isinstance(value, bool):
            raise self._error(f"{name} {of} is {value!r}, expected true or false")
        return value

    def _refuse_others(self, record: Mapping[str, Any], known: Iterable[str], of: str) -> None:
        if others := record.keys() - set(known):
            raise self._error(f"nothing is known of a field {sorted(others)[0]!r} {of}; known are {', '.join(known)}")

    def _error(self, problem: str) -> DataError:
        return DataError(problem, file=self.file, row=self.row, hint=_HINT)
