"""Where the objects of a scene lie, worked out anew from their masks."""

import numpy as np
from numpy.typing import NDArray

from sightline.scenes.rendered import CANVAS_PX, RenderedObject, RenderedScene
from sightline.scenes.rendered.silhouettes import mask, texture

EDGE = 40


def cover(each: RenderedObject) -> NDArray[np.float32]:
    """(128, 128) how much of every pixel an object covers, whatever lies before it."""
    return _on_canvas(mask(each.kind, each.radius, each.tilt), each, 0)


def unshaded(each: RenderedObject) -> NDArray[np.bool_]:
    """(128, 128) where its surface is not a dark part of stripes or dots."""
    return _on_canvas(texture(each.texture, 2 * each.radius + 3), each, 0) == 1


def seen(scene: RenderedScene) -> list[NDArray[np.bool_]]:
    """For each object (128, 128) the pixels that it covers by more than half and nothing before it does."""
    solid = [cover(each) > 0.5 for each in scene.objects]
    return [own & ~np.any([np.zeros_like(own), *solid[place + 1 :]], axis=0) for place, own in enumerate(solid)]


def _on_canvas(small: NDArray[np.float32], each: RenderedObject, rest: float) -> NDArray[np.float32]:
    canvas = np.full((CANVAS_PX + 2 * EDGE, CANVAS_PX + 2 * EDGE), rest, dtype=np.float32)
    top, left = each.y - each.radius - 1 + EDGE, each.x - each.radius - 1 + EDGE
    canvas[top : top + len(small), left : left + len(small)] = small
    return canvas[EDGE:-EDGE, EDGE:-EDGE]
