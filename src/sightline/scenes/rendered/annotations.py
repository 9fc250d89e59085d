"""What is in rendered scenes, in open formats: COCO instances, scene graphs with Visual Genome's fields, captions.

Objects are numbered from 1 on over all scenes, from the rearmost of a scene to its foremost, and keep their number in
every file. Files are made line by line, for those of many scenes are large.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
from pydantic_core import to_json

from sightline.scenes.rendered.compose import CANVAS_PX, RenderedObject, RenderedScene
from sightline.scenes.rendered.describe import caption
from sightline.scenes.rendered.relations import relations
from sightline.scenes.rendered.silhouettes import mask
from sightline.scenes.rendered.world import KINDS, theme_of

__all__ = ["Box", "box_of", "captions", "image_name", "instances", "scene_graphs", "visible_areas", "vocabulary"]


class Box(NamedTuple):
    """A box of whole pixels, as COCO has it.

    Args:
        x: its first column.
        y: its first row.
        width: in pixels.
        height: in pixels.
    """

    x: int
    y: int
    width: int
    height: int


def image_name(index: int) -> str:
    """The name of the picture of a scene.

    Example:
        >>> image_name(7)
        'scene_000007.png'
    """
    return f"scene_{index:06}.png"


def box_of(each: RenderedObject) -> Box:
    """The box of an object, covered parts included, within the picture.

    Example:
        >>> box_of(RenderedObject("hammer", "red", "plain", "large", x=47, y=12, radius=13, tilt=12))
        Box(x=39, y=0, width=21, height=25)
    """
    left, top, right, bottom = (min(max(edge, 0), CANVAS_PX) for edge in each.box)
    return Box(left, top, right - left, bottom - top)


def visible_areas(scene: RenderedScene) -> tuple[int, ...]:
    """How many pixels of each object can be seen: those that it covers by more than half, and no other does after it.

    Example:
        >>> moon = RenderedObject("moon", "red", "plain", "small", x=20, y=60, radius=7)
        >>> visible_areas(RenderedScene(0, 0, (moon, moon), ("sky",)))
        (0, 66)
    """
    owner = np.zeros((CANVAS_PX, CANVAS_PX), dtype=np.intp)
    for number, each in enumerate(scene.objects, start=1):
        own = mask(each.kind, each.radius, each.tilt) > 0.5
        top, left = each.y - each.radius - 1, each.x - each.radius - 1
        above, before = max(-top, 0), max(-left, 0)
        ground = owner[top + above : top + len(own), left + before : left + len(own)]
        ground[own[above : above + len(ground), before : before + ground.shape[1]]] = number
    return tuple(np.bincount(owner.ravel(), minlength=1 + len(scene.objects))[1:].tolist())


def instances(scenes: Sequence[RenderedScene]) -> Iterator[bytes]:
    """The lines of a COCO instances file; a category's supercategory is its theme."""
    info = {"description": "scenes rendered by sightline", "version": version("sightline")}
    categories = [
        {"id": number, "name": kind, "supercategory": theme_of(kind)} for number, kind in enumerate(KINDS, start=1)
    ]
    yield b'{"info":' + to_json(info) + b',\n"images":'
    yield from _array(_picture("id", scene) for scene in scenes)
    yield b',\n"annotations":'
    yield from _array(each for scene, first in _numbered(scenes) for each in _annotations(scene, first))
    yield b',\n"categories":'
    yield from _array(categories)
    yield b"}\n"


def scene_graphs(scenes: Sequence[RenderedScene]) -> Iterator[bytes]:
    """The lines of a file of scene graphs, an array with an image a line."""
    yield from _array(_graphs(scenes))
    yield b"\n"


def captions(scenes: Sequence[RenderedScene]) -> Iterator[bytes]:
    """The lines of a file of captions, JSON objects."""
    for scene in scenes:
        row = {"image": image_name(scene.index), "image_id": scene.index, "caption": caption(scene)}
        yield to_json(row) + b"\n"


def vocabulary() -> dict[str, list[str]]:
    """The words that mean the objects of this world, as CHAIR reads them."""
    return {kind: [kind] for kind in KINDS}


def _graphs(scenes: Sequence[RenderedScene]) -> Iterator[dict[str, Any]]:
    relationships = 0
    for scene, first in _numbered(scenes):
        related = relations(scene)
        yield {
            **_picture("image_id", scene),
            "objects": [_object(each, number) for number, each in enumerate(scene.objects, start=first)],
            "relationships": [
                {
                    "relationship_id": number,
                    "predicate": each.predicate,
                    "subject_id": first + each.subject,
                    "object_id": first + each.object,
                }
                for number, each in enumerate(related, start=relationships + 1)
            ],
        }
        relationships += len(related)


def _object(each: RenderedObject, number: int) -> dict[str, Any]:
    x, y, width, height = box_of(each)
    return {
        "object_id": number,
        "names": [each.kind],
        **{"x": x, "y": y, "w": width, "h": height},
        "attributes": list(each.attributes),
        **_visibility(each),
    }


def _annotations(scene: RenderedScene, first: int) -> Iterator[dict[str, Any]]:
    areas = visible_areas(scene)
    for number, (each, area) in enumerate(zip(scene.objects, areas, strict=True), start=first):
        yield {
            "id": number,
            "image_id": scene.index,
            "category_id": KINDS.index(each.kind) + 1,
            "bbox": list(box_of(each)),
            "area": area,
            "iscrowd": 0,
            **_visibility(each),
        }


def _visibility(each: RenderedObject) -> dict[str, str]:
    return {"visibility": "marginal" if each.marginal else "clear", "hidden": each.hidden}


def _picture(id_field: str, scene: RenderedScene) -> dict[str, Any]:
    return {id_field: scene.index, "file_name": image_name(scene.index), "width": CANVAS_PX, "height": CANVAS_PX}


def _numbered(scenes: Iterable[RenderedScene]) -> Iterator[tuple[RenderedScene, int]]:
    """Scenes with the number of the first object of each."""
    first = 1
    for scene in scenes:
        yield scene, first
        first += len(scene.objects)


def _array(records: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """A JSON array with a record a line."""
    before = b"[\n"
    for record in records:
        yield before + to_json(record)
        before = b",\n"
    yield b"\n]"
