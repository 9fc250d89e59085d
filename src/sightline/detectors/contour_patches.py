"""What stands out from the ground of a rendered scene, patch by patch: by colour where it covers, else by contrast."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sightline.detectors.contour_ground import Ground, blurred, blurred_noise
from sightline.scenes.rendered.world import COLOURS

__all__ = ["RELIEF_BLUR", "SHADE", "Box", "Patch", "patches_of"]

RELIEF_BLUR = 0.8
"""Standard deviation, in pixels, of the blur of the relief of faint patches."""

SHADE = 0.42
"""How bright the dark parts of stripes and dots are."""

_LEAST_PX = 8
_GAP = 2
"""Parts of an object lie up to twice as many pixels apart, as the rim of a plate and its middle."""
_LARGEST = 33
"""No object is longer, in pixels; what is longer is two."""
_SEED, _GROWN = 30.0, 14.0
"""A faint patch has somewhere so large a square of its blurred contrast, in squares of the noise's standard deviation,
and everywhere so large a one."""
_LEAST_FAINT_PX = 20


class Box(NamedTuple):
    """A box of whole pixels, half-open."""

    top: int
    left: int
    bottom: int
    right: int


class Patch(NamedTuple):
    """Pixels that may be an object.

    Args:
        box: where they are.
        relief: (h, w) float32, of every pixel of the image how much it has of what the patch is made of.
        known: (h, w), where nothing else lies on top.
        crowded: whether something else lies close by, so that the patch may be a part of an object only.
        textured: whether dark stripes and dots stand out from the relief.
    """

    box: Box
    relief: NDArray[np.float32]
    known: NDArray[np.bool_]
    crowded: bool
    textured: bool


def patches_of(pixels: NDArray[np.float32], ground: Ground) -> Iterator[Patch]:
    """Take an image apart.

    Args:
        pixels: (h, w, 3) in [0, 255].
        ground: what was fitted to it.
    """
    layers = _layers(pixels, ground)
    opaque = np.any(layers, axis=0)
    for layer in layers:
        known = ~(opaque & ~layer)
        relief = layer.astype(np.float32)
        for box in _boxes(layer):
            yield Patch(box, relief, known, _meets(box, ~known), textured=False)
    yield from _faint(pixels, ground, opaque)


def _layers(pixels: NDArray[np.float32], ground: Ground) -> NDArray[np.bool_]:
    """(colours, h, w): which pixels have each colour, dark parts of its stripes and dots among them."""
    paints = np.asarray(list(COLOURS.values()), dtype=np.float32)
    kinds = np.concatenate([paints, paints * SHADE])
    off = np.square(pixels - ground.level).sum(axis=-1)
    distances = (np.square(pixels - paint).sum(axis=-1) for paint in kinds)
    nearest = np.stack([off, *distances]).argmin(axis=0) - 1
    layers = []
    for place in range(len(paints)):
        bright = nearest == place
        # what is dark is part of an object only beside what is bright: grounds can be as dark
        dark = (nearest == place + len(paints)) & ndimage.binary_dilation(bright, iterations=2)
        layers.append(bright | dark if bright.sum() >= _LEAST_PX else np.zeros_like(bright))
    return np.stack(layers)


def _boxes(layer: NDArray[np.bool_], gap: int = _GAP) -> list[Box]:
    """The boxes of what hangs together, where gaps do not count; longer ones than any object are taken apart."""
    numbers, _ = ndimage.label(ndimage.binary_dilation(layer, iterations=gap) if gap else layer)
    numbers = numbers * layer
    found = []
    for number, place in enumerate(ndimage.find_objects(numbers), start=1):
        own = numbers == number
        if own.sum() < _LEAST_PX:
            continue
        box = Box(place[0].start, place[1].start, place[0].stop, place[1].stop)
        if gap and max(box.bottom - box.top, box.right - box.left) > _LARGEST:
            found += _boxes(own, gap - 1)
        else:
            found.append(box)
    return found


def _faint(pixels: NDArray[np.float32], ground: Ground, opaque: NDArray[np.bool_]) -> Iterator[Patch]:
    off = pixels - ground.level
    known = ~ndimage.binary_dilation(opaque | (np.abs(off).max(axis=-1) > 7 * ground.noise))
    soft = blurred(off, known)
    strength = np.where(known, np.square(soft / blurred_noise(ground.noise)).sum(axis=-1), 0)
    grown = strength > _GROWN
    numbers, _ = ndimage.label(ndimage.binary_dilation(grown))
    numbers = numbers * grown
    for number, place in enumerate(ndimage.find_objects(numbers), start=1):
        own = numbers == number
        if own.sum() < _LEAST_FAINT_PX or strength[own].max() < _SEED:
            continue
        towards = soft[own].mean(axis=0)
        relief = ndimage.gaussian_filter((off @ (towards / np.linalg.norm(towards))) * known, RELIEF_BLUR)
        box = Box(place[0].start, place[1].start, place[0].stop, place[1].stop)
        yield Patch(box, relief * known, known, _meets(box, ~known), textured=True)


def _meets(box: Box, others: NDArray[np.bool_]) -> bool:
    """Whether other objects come within two pixels of a box."""
    return bool(others[max(box.top - 2, 0) : box.bottom + 2, max(box.left - 2, 0) : box.right + 2].any())
