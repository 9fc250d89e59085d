"""Rendered pictures made by hand: what is in them is exactly what is asked for."""

from pathlib import Path

from sightline.core.detecting import Sighting
from sightline.scenes.rendered import CANVAS_PX, RenderedObject, RenderedScene, paint
from sightline.scenes.rendered.annotations import box_of
from sightline.scenes.rendered.png import encode


def picture(folder: Path, *objects: RenderedObject, seed: int = 9) -> Path:
    """Paint objects, from the rearmost to the foremost, on a ground of the seed's."""
    path = folder / "picture.png"
    path.write_bytes(encode(paint(RenderedScene(seed, 0, objects, ()))))
    return path


def overlap(sighting: Sighting, each: RenderedObject) -> float:
    """Intersection over union of the box seen and that of the object."""
    assert sighting.box is not None
    box = box_of(each)
    first = tuple(edge * CANVAS_PX for edge in sighting.box)
    second = (box.x, box.y, box.x + box.width, box.y + box.height)
    wide = max(0.0, min(first[2], second[2]) - max(first[0], second[0]))
    high = max(0.0, min(first[3], second[3]) - max(first[1], second[1]))
    areas = [(of[2] - of[0]) * (of[3] - of[1]) for of in (first, second)]
    return wide * high / (sum(areas) - wide * high)
