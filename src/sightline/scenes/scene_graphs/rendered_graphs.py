"""The scene_graphs.json of rendered scenes: Visual Genome's field names, and how well each object can be seen.

All that is in a scene is listed, so that a graph is complete. Objects that nothing tells apart are one object with a
number (`sightline.scenes.scene_graphs.grouping`). The category of an object is its theme.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from sightline.errors import DataError
from sightline.records.json_rows import Rows
from sightline.scenes.rendered.world import KINDS, theme_of
from sightline.scenes.scene_graphs.graph import GraphObject, SceneGraph
from sightline.scenes.scene_graphs.grouping import grouped
from sightline.scenes.scene_graphs.naming import clean
from sightline.scenes.scene_graphs.read_graphs import NO_OBJECTS, LeftOut, ReadGraphs

__all__ = ["holds_rendered", "rendered_graphs"]

_HINT = "Expected what sightline scenes render writes: file_name, objects and relationships."


def holds_rendered(record: Mapping[str, Any]) -> bool:
    """Whether a record is of the scene graphs of rendered scenes."""
    objects = record.get("objects")
    if "file_name" not in record or not isinstance(objects, list) or not objects:
        return False
    return all(isinstance(each, dict) and "visibility" in each for each in objects)


def rendered_graphs(rows: Rows, limit: int | None = None) -> ReadGraphs:
    """Make scene graphs of the rows of a file of rendered scenes.

    Args:
        rows: of ``scene_graphs.json``.
        limit: the first so many images only.

    Raises:
        DataError: a record lacks a field, or a relationship names no object of its scene.
    """
    left_out = LeftOut()
    graphs = []
    for record, row in list(zip(rows.records, rows.numbers, strict=True))[:limit]:
        try:
            graph = _graph(record, f"{rows.source.name}:{row}")
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            found = f"there is no {error}" if isinstance(error, KeyError) else "a field is of another kind"
            problem = f"this record is not whole: {found}"
            raise DataError(problem, file=rows.source.name, row=row, hint=_HINT) from None
        if graph.objects:
            graphs.append(graph)
        else:
            left_out.add(NO_OBJECTS, graph.image)
    return ReadGraphs(graphs, (rows.source,), left_out)


def _graph(record: Mapping[str, Any], source: str) -> SceneGraph:
    objects = [
        GraphObject(
            str(each["object_id"]),
            name := clean(each["names"][0]),
            tuple(clean(attribute) for attribute in each["attributes"]),
            clear=each["visibility"] == "clear",
            category=theme_of(name) if name in KINDS else "",
        )
        for each in record["objects"]
    ]
    relations = [
        (str(each["subject_id"]), clean(each["predicate"]), str(each["object_id"])) for each in record["relationships"]
    ]
    groups, held = grouped(objects, relations)
    return SceneGraph(PurePosixPath(record["file_name"]).name, groups, held, complete=True, source=source)
