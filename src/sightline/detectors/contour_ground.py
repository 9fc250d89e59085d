"""The ground of a rendered scene, fitted to the pixels that belong to no object."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["Ground", "blurred", "blurred_noise", "fit_ground"]

_BLUR = 1.2
"""Standard deviation, in pixels, of the blur that brings faint things out of the noise."""

_NODES = 9
_ROUNDS = 3
_BRIGHT = 120
"""No ground is so bright; the first fit leaves brighter pixels out."""
_OUTLYING = 6.0
"""A pixel so many standard deviations of the noise off the ground belongs to an object."""
_OUTLYING_BLURRED = 5.0
"""The same after the blur, of its own noise."""
_STIFFNESS = 1.0
"""How much neighbouring nodes are held together, against pixels; matters where objects cover the ground."""


class Ground(NamedTuple):
    """What lies behind the objects.

    Args:
        level: (h, w, 3) float32, the ground at every pixel, in steps of 255.
        noise: standard deviation of pixels around it.
    """

    level: NDArray[np.float32]
    noise: float


def fit_ground(pixels: NDArray[np.float32]) -> Ground:
    """Fit a surface that is straight between nine by nine nodes, and leave out what does not lie on it.

    Args:
        pixels: (h, w, 3) in [0, 255].
    """
    basis = _basis(pixels.shape[0]), _basis(pixels.shape[1])
    kept = pixels.max(axis=-1) < _BRIGHT
    for _ in range(_ROUNDS):
        level = _surface(pixels, kept, *basis)
        off = pixels - level
        noise = 1.4826 * float(np.median(np.abs(off[kept]))) if kept.any() else 1.0
        bright = np.abs(off).max(axis=-1) > _OUTLYING * noise
        far = np.square(blurred(off, kept)).sum(axis=-1) > (_OUTLYING_BLURRED * blurred_noise(noise)) ** 2
        kept = ~(ndimage.binary_dilation(bright, iterations=2) | ndimage.binary_dilation(far))
    return Ground(_surface(pixels, kept, *basis), noise)


def blurred_noise(noise: float) -> float:
    """What the blur leaves of the standard deviation of noise that is independent from pixel to pixel.

    Example:
        >>> round(blurred_noise(8.0), 2)
        1.88
    """
    return noise / (2 * _BLUR * math.sqrt(math.pi))


def blurred(values: NDArray[np.float32], kept: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Blur an image over the pixels that are kept.

    Args:
        values: (h, w, channels).
        kept: (h, w).
    """
    weight = kept.astype(np.float32)
    share = np.maximum(ndimage.gaussian_filter(weight, _BLUR), 0.3)[..., None]
    spread = ndimage.gaussian_filter(values * weight[..., None], (_BLUR, _BLUR, 0))
    return np.asarray(spread / share, dtype=np.float32)


def _basis(side: int) -> NDArray[np.float32]:
    """(side, nodes) weights of the nodes in every pixel."""
    at = np.linspace(0, _NODES - 1, side)
    return np.asarray(np.maximum(0, 1 - np.abs(at[:, None] - np.arange(_NODES))), dtype=np.float32)


def _surface(
    pixels: NDArray[np.float32], kept: NDArray[np.bool_], down: NDArray[np.float32], across: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The least-squares surface through the pixels that are kept."""
    n = _NODES
    weight = kept.astype(np.float32)
    rows, columns = ((b[:, :, None] * b[:, None, :]).reshape(len(b), n * n) for b in (down, across))
    # nodes (i, j) and (k, l) meet in pixels weighted by down[i] down[k] across[j] across[l]
    meet = (rows.T @ weight @ columns).reshape(n, n, n, n).transpose(0, 2, 1, 3).reshape(n * n, n * n)
    steps = np.diff(np.eye(n), axis=0)
    stiff = np.kron(steps.T @ steps, np.eye(n)) + np.kron(np.eye(n), steps.T @ steps)
    seen = np.einsum("yi,yxc,xj->ijc", down, pixels * weight[..., None], across, optimize=True).reshape(n * n, 3)
    nodes = np.linalg.solve(meet + _STIFFNESS * stiff + 1e-3 * np.eye(n * n), seen).reshape(n, n, 3)
    level: NDArray[np.float32] = np.einsum("yi,ijc,xj->yxc", down, nodes, across, optimize=True).astype(np.float32)
    return level
