"""What the objects look like: a silhouette for each kind, as a soft mask of any radius.

A silhouette is a rule over the square from −1 to 1, x to the right and y down. Masks are made once for each kind,
radius and tilt, sampled four by four in every pixel, and kept.
"""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

__all__ = ["SILHOUETTES", "TILTS", "mask", "texture"]

Grid = NDArray[np.float32]
Inside = NDArray[np.bool_]

TILTS = (-12, 0, 12)
"""Degrees by which objects lean."""

_SAMPLES = 4
_SHADE = 0.42
"""How bright the dark parts of stripes and dots are."""


def _disc(x: Grid, y: Grid, cx: float, cy: float, r: float) -> Inside:
    return np.asarray((x - cx) ** 2 + (y - cy) ** 2 < r * r)


def _ring(x: Grid, y: Grid, cx: float, cy: float, outer: float, inner: float) -> Inside:
    return _disc(x, y, cx, cy, outer) & ~_disc(x, y, cx, cy, inner)


def _box(x: Grid, y: Grid, left: float, top: float, right: float, bottom: float) -> Inside:
    return np.asarray((x > left) & (x < right) & (y > top) & (y < bottom))


def _polygon(x: Grid, y: Grid, *corners: tuple[float, float]) -> Inside:
    inside = np.zeros(x.shape, dtype=bool)
    for (ax, ay), (bx, by) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if ay != by:
            inside ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    return inside


def _moon(x: Grid, y: Grid) -> Inside:
    return _disc(x, y, 0, 0, 1) & ~_disc(x, y, 0.5, -0.1, 0.82)


def _star(x: Grid, y: Grid) -> Inside:
    points = [(np.pi * place / 5, 1.0 if place % 2 == 0 else 0.42) for place in range(10)]
    return _polygon(x, y, *((float(r * np.sin(a)), float(-r * np.cos(a))) for a, r in points))


def _cloud(x: Grid, y: Grid) -> Inside:
    puffs = _disc(x, y, -0.5, 0.2, 0.48) | _disc(x, y, 0.02, -0.15, 0.6) | _disc(x, y, 0.55, 0.2, 0.44)
    return puffs & (y < 0.52)


def _kite(x: Grid, y: Grid) -> Inside:
    sail = _polygon(x, y, (0, -1), (0.62, -0.25), (0, 0.5), (-0.62, -0.25))
    return sail | _box(x, y, -0.07, 0.5, 0.07, 1) | _box(x, y, -0.3, 0.66, 0.3, 0.82)


def _cup(x: Grid, y: Grid) -> Inside:
    return _box(x, y, -0.85, -0.65, 0.35, 0.8) | (_ring(x, y, 0.4, 0.05, 0.52, 0.28) & (x > 0.3))


def _plate(x: Grid, y: Grid) -> Inside:
    return _ring(x, y, 0, 0, 1, 0.72) | _disc(x, y, 0, 0, 0.5)


def _fork(x: Grid, y: Grid) -> Inside:
    tines = _box(x, y, -0.55, -1, -0.3, -0.3) | _box(x, y, -0.12, -1, 0.12, -0.3) | _box(x, y, 0.3, -1, 0.55, -0.3)
    return tines | _box(x, y, -0.55, -0.4, 0.55, -0.1) | _box(x, y, -0.14, -0.1, 0.14, 1)


def _bottle(x: Grid, y: Grid) -> Inside:
    shoulders = _polygon(x, y, (-0.18, -0.5), (0.18, -0.5), (0.46, -0.1), (-0.46, -0.1))
    return _box(x, y, -0.18, -1, 0.18, -0.4) | shoulders | _box(x, y, -0.46, -0.1, 0.46, 1)


def _boat(x: Grid, y: Grid) -> Inside:
    hull = _polygon(x, y, (-1, 0.35), (1, 0.35), (0.6, 0.9), (-0.6, 0.9))
    return hull | _box(x, y, -0.14, -1, 0, 0.35) | _polygon(x, y, (0.12, -0.95), (0.9, 0.18), (0.12, 0.18))


def _shell(x: Grid, y: Grid) -> Inside:
    across, down = x, y - 0.8
    angle = np.arctan2(across, -down)
    fan = (np.hypot(across, down) < 1.62 + 0.14 * np.cos(8 * angle)) & (np.abs(angle) < 1.0) & (y < 0.8)
    return np.asarray((fan & (np.cos(8 * angle) > -0.8)) | _box(x, y, -0.35, 0.65, 0.35, 0.95))


def _anchor(x: Grid, y: Grid) -> Inside:
    arms = _ring(x, y, 0, 0.1, 0.88, 0.62) & (y > 0.2)
    shank = _box(x, y, -0.13, -0.55, 0.13, 0.9) | _box(x, y, -0.5, -0.42, 0.5, -0.2)
    return arms | shank | _ring(x, y, 0, -0.75, 0.26, 0.1)


def _ball(x: Grid, y: Grid) -> Inside:
    seams = _ring(x, y, -1.3, 0, 1.08, 0.9) | _ring(x, y, 1.3, 0, 1.08, 0.9)
    return _disc(x, y, 0, 0, 0.95) & ~seams


def _tree(x: Grid, y: Grid) -> Inside:
    crown = _polygon(x, y, (0, -1), (0.75, 0.05), (-0.75, 0.05)) | _polygon(x, y, (0, -0.5), (0.95, 0.6), (-0.95, 0.6))
    return crown | _box(x, y, -0.16, 0.55, 0.16, 1)


def _flower(x: Grid, y: Grid) -> Inside:
    petals = np.hypot(x, y) < 0.66 + 0.34 * np.cos(6 * np.arctan2(y, x))
    return np.asarray(petals & ~_ring(x, y, 0, 0, 0.36, 0.22)) | _disc(x, y, 0, 0, 0.2)


def _house(x: Grid, y: Grid) -> Inside:
    walls = _box(x, y, -0.7, -0.1, 0.7, 0.95) & ~_box(x, y, -0.2, 0.35, 0.2, 0.96)
    return walls | _polygon(x, y, (0, -1), (0.98, -0.1), (-0.98, -0.1))


def _butterfly(x: Grid, y: Grid) -> Inside:
    across = np.abs(x)
    wings = _disc(across, y, 0.56, -0.42, 0.44) | _disc(across, y, 0.46, 0.46, 0.36)
    return np.asarray(wings | (np.abs(x) < 0.11) & (np.abs(y) < 0.8))


def _hammer(x: Grid, y: Grid) -> Inside:
    return _box(x, y, -0.8, -1, 0.8, -0.45) | _box(x, y, -0.16, -0.45, 0.16, 1)


def _key(x: Grid, y: Grid) -> Inside:
    teeth = _box(x, y, 0.1, 0.35, 0.5, 0.55) | _box(x, y, 0.1, 0.75, 0.5, 0.95)
    return _ring(x, y, 0, -0.55, 0.45, 0.2) | _box(x, y, -0.13, -0.15, 0.13, 0.98) | teeth


def _gear(x: Grid, y: Grid) -> Inside:
    teeth = np.hypot(x, y) < 0.8 + 0.2 * np.sign(np.cos(8 * np.arctan2(y, x)))
    return np.asarray(teeth & ~_disc(x, y, 0, 0, 0.34))


def _ladder(x: Grid, y: Grid) -> Inside:
    rails = np.asarray(np.abs(np.abs(x) - 0.5) < 0.13)
    rungs = np.asarray(np.abs((y + 2) % 0.48 - 0.24) < 0.1) & (np.abs(x) < 0.5)
    return (rails | rungs) & (np.abs(y) < 1)


SILHOUETTES: Mapping[str, Callable[[Grid, Grid], Inside]] = MappingProxyType(
    {
        "moon": _moon,
        "star": _star,
        "cloud": _cloud,
        "kite": _kite,
        "cup": _cup,
        "plate": _plate,
        "fork": _fork,
        "bottle": _bottle,
        "boat": _boat,
        "shell": _shell,
        "anchor": _anchor,
        "ball": _ball,
        "tree": _tree,
        "flower": _flower,
        "house": _house,
        "butterfly": _butterfly,
        "hammer": _hammer,
        "key": _key,
        "gear": _gear,
        "ladder": _ladder,
    }
)
"""The rule of every kind: (x, y), each (n, n) in about [−1, 1] → (n, n) whether the point belongs to it."""


@cache
def mask(kind: str, radius: int, tilt: int = 0) -> NDArray[np.float32]:
    """How much of every pixel an object covers.

    Args:
        kind: the object.
        radius: half of its side in pixels.
        tilt: degrees clockwise.

    Returns:
        (2 · radius + 3, 2 · radius + 3) float32 in [0, 1], the object in the middle; not to be written to.
    """
    side = 2 * radius + 3
    steps = (np.arange(side * _SAMPLES, dtype=np.float32) + 0.5) / _SAMPLES - side / 2
    x, y = np.meshgrid(steps / radius, steps / radius)
    cos, sin = np.cos(np.radians(tilt)), np.sin(np.radians(tilt))
    turned = SILHOUETTES[kind]((x * cos + y * sin).astype(np.float32), (y * cos - x * sin).astype(np.float32))
    shares = turned.reshape(side, _SAMPLES, side, _SAMPLES).mean(axis=(1, 3))
    found: NDArray[np.float32] = shares.astype(np.float32)
    found.flags.writeable = False
    return found


@cache
def texture(name: str, side: int) -> NDArray[np.float32]:
    """How bright a surface is, pixel by pixel.

    Returns:
        (side, side) float32: 1, or less in the dark parts of stripes and dots; not to be written to.
    """
    down, across = np.indices((side, side))
    if name == "striped":
        dark = (down + across) % 6 < 2
    elif name == "dotted":
        dark = (down % 5 < 2) & (across % 5 < 2)
    else:
        dark = np.zeros((side, side), dtype=bool)
    found = np.where(dark, np.float32(_SHADE), np.float32(1))
    found.flags.writeable = False
    return found
