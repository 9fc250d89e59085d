"""How well the silhouettes of the rendered world fit what stands out from the ground."""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sightline.detectors.contour_patches import RELIEF_BLUR, SHADE, Box, Patch
from sightline.scenes.rendered.silhouettes import TILTS, mask, texture
from sightline.scenes.rendered.world import KINDS, TEXTURES

__all__ = ["Fits", "fits_of"]

RADII = (4, 5, 7, 8, 9, 11, 12, 13, 15)
"""Half sides of objects, in pixels: tiny, small, large, and those that hold another."""

_MARGIN = 3
"""Pixels around a silhouette that must be empty."""
_LEAST_SEEN = 0.3
"""Share of a silhouette that must not lie beneath other objects."""


class Fits(NamedTuple):
    """How well each kind fits a patch.

    Args:
        scores: (kinds,) the best correlation of the kind's silhouettes with the patch, in [0, 1].
        boxes: (kinds, 4) where that is: left, top, right, bottom, in pixels.
    """

    scores: NDArray[np.float32]
    boxes: NDArray[np.float32]


class _Templates(NamedTuple):
    """Silhouettes of one radius, kind by kind: (kinds · variants, pixels), and their boxes (kinds · variants, 4)."""

    values: NDArray[np.float32]
    boxes: NDArray[np.float32]


def fits_of(patch: Patch) -> Fits:
    """Lay every silhouette of fitting size on a patch, at every place about its middle, and correlate."""
    scores, boxes = np.zeros(len(KINDS), dtype=np.float32), np.zeros((len(KINDS), 4), dtype=np.float32)
    length = max(patch.box.bottom - patch.box.top, patch.box.right - patch.box.left)
    longest = (0.9 if patch.crowded else 0.65) * length + 2
    shortest = min(length / 2 - 2.5, RADII[-3])
    for radius in RADII:
        if shortest <= radius <= longest:
            found, at = _correlated(patch, radius)
            better = found > scores
            scores[better], boxes[better] = found[better], at[better]
    return Fits(scores, boxes)


def _correlated(patch: Patch, radius: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The best of the silhouettes of one radius, for each kind."""
    templates = _templates(radius, patch.textured)
    half = radius + 1 + _MARGIN
    reach = 5 if patch.crowded else 2
    rows, columns = _about(patch.box, reach, patch.relief.shape)
    relief, known = (_windows(plane, rows, columns, half) for plane in (patch.relief, patch.known.astype(np.float32)))
    found = _correlation(templates.values, relief, known).reshape(len(KINDS), -1)
    best = found.argmax(axis=1)
    variants = len(templates.values) // len(KINDS)
    variant, place = np.divmod(best, len(rows) * len(columns))
    corner = np.stack([columns[place % len(columns)], rows[place // len(columns)]], axis=1)
    own = templates.boxes[np.arange(len(KINDS)) * variants + variant]
    return found[np.arange(len(KINDS)), best], own + np.tile(corner, 2).astype(np.float32)


def _correlation(
    templates: NDArray[np.float32], relief: NDArray[np.float32], known: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Correlate templates with windows, each over the pixels that are known of it.

    Args:
        templates: (t, pixels).
        relief: (pixels, n).
        known: (pixels, n), 0 or 1.

    Returns:
        (t, n) in [−1, 1].
    """
    seen = relief * known
    n, total, squares = known.sum(axis=0), seen.sum(axis=0), (seen * relief).sum(axis=0)
    whole = templates.sum(axis=1, keepdims=True)
    covered = bool(known.all())
    own = whole if covered else templates @ known
    own_squares = np.square(templates).sum(axis=1, keepdims=True) if covered else np.square(templates) @ known
    n = np.maximum(n, 1)
    together = templates @ seen - own * total / n
    spread = np.maximum(own_squares - own * own / n, 1e-6) * np.maximum(squares - total * total / n, 1e-6)
    found: NDArray[np.float32] = np.where(own >= _LEAST_SEEN * whole, together / np.sqrt(spread), 0)
    return found


def _about(box: Box, reach: int, shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows and the columns about the middle of a box."""
    middles = ((box.top + box.bottom - 1) / 2, (box.left + box.right - 1) / 2)
    rows, columns = (
        np.arange(max(int(np.floor(at)) - reach, 0), min(int(np.ceil(at)) + reach + 1, side))
        for at, side in zip(middles, shape, strict=True)
    )
    return rows, columns


def _windows(
    plane: NDArray[np.float32], rows: NDArray[np.intp], columns: NDArray[np.intp], half: int
) -> NDArray[np.float32]:
    """(pixels, places): the square windows about every place; beyond the image there is nothing."""
    padded = np.pad(plane, half)
    part = padded[rows[0] : rows[-1] + 2 * half + 1, columns[0] : columns[-1] + 2 * half + 1]
    side = 2 * half + 1
    views = np.lib.stride_tricks.sliding_window_view(part, (side, side))
    found: NDArray[np.float32] = views.reshape(len(rows) * len(columns), side * side).T
    return found


@cache
def _templates(radius: int, textured: bool) -> _Templates:
    """Every kind, leaning every way, with every texture where that matters."""
    values, boxes = [], []
    for kind in KINDS:
        for tilt in TILTS:
            own = mask(kind, radius, tilt)
            box = _box(own) - np.float32(radius + 1)
            for name in TEXTURES if textured else TEXTURES[:1]:
                values.append(_surfaced(own, name) if textured else np.pad(own, _MARGIN))
                boxes.append(box)
    return _Templates(np.stack(values).reshape(len(values), -1), np.stack(boxes))


def _surfaced(own: NDArray[np.float32], name: str) -> NDArray[np.float32]:
    """A silhouette with its texture as it stands out from a dark ground, blurred as reliefs are."""
    dark = np.where(texture(name, len(own)) < 1, np.float32(_SHADED), np.float32(1))
    found: NDArray[np.float32] = ndimage.gaussian_filter(np.pad(own * dark, _MARGIN), RELIEF_BLUR)
    return found


_SHADED = SHADE - 0.12
"""How much the dark parts of stripes and dots stand out, of what the rest does, on a ground of middling brightness."""


def _box(own: NDArray[np.float32]) -> NDArray[np.float32]:
    """Left, top, right and bottom of what a mask covers by more than half."""
    rows, columns = (np.flatnonzero((own > 0.5).any(axis=axis)) for axis in (1, 0))
    return np.asarray([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], dtype=np.float32)
