"""contour: a detector of the rendered world without anything learned.

It fits the ground, takes what stands out from it apart by colour and contrast, and lays the twenty silhouettes on every
patch. It looks at one patch at a time: what else is in the picture means nothing to it.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sightline.core.detecting import Sighting
from sightline.detectors.contour_ground import fit_ground
from sightline.detectors.contour_matching import Fits, fits_of
from sightline.detectors.contour_patches import patches_of
from sightline.detectors.rendered_pictures import KEPT, check_kinds, rendered_pixels
from sightline.scenes.rendered.compose import CANVAS_PX
from sightline.scenes.rendered.world import KINDS

__all__ = ["Contour"]

_THRESHOLD = 0.25
_TELLING = 0.02
"""How much better, in correlation, a kind must fit than another to be e times as likely."""


class Contour:
    """Matches silhouettes.

    Args:
        threshold: the score from which on an object counts as seen; the one that was calibrated where None.

    Example:
        >>> contour = Contour()
        >>> contour.name, contour.knows("moon"), contour.knows("dog")
        ('contour', True, False)
    """

    def __init__(self, threshold: float | None = None) -> None:
        self._threshold = _THRESHOLD if threshold is None else threshold

    @property
    def name(self) -> str:
        """What people call it."""
        return "contour"

    @property
    def version(self) -> str:
        """The number of its rules, raised whenever a score could come out otherwise."""
        return "1"

    @property
    def threshold(self) -> float:
        """The score from which on an object counts as seen."""
        return self._threshold

    def knows(self, object: str) -> bool:
        """Whether it is one of the twenty objects of the rendered world."""
        return object in KINDS

    def look(self, image: Path, objects: Sequence[str]) -> tuple[Sighting, ...]:
        """Look for objects in a rendered picture.

        Raises:
            DataError: the image cannot be read, or is no rendered picture by its size.
            RequestError: an object is none of the rendered world.
        """
        check_kinds(self.name, objects)
        fits = _best(rendered_pixels(image, self.name).tobytes())
        return tuple(_sighting(fits, object_) for object_ in objects)


@lru_cache(KEPT)
def _best(picture: bytes) -> Fits:
    """For every kind the score of its best patch, and the place."""
    pixels = np.frombuffer(picture, dtype=np.uint8).reshape(CANVAS_PX, CANVAS_PX, 3).astype(np.float32)
    scores, boxes = np.zeros(len(KINDS), dtype=np.float32), np.zeros((len(KINDS), 4), dtype=np.float32)
    for patch in patches_of(pixels, fit_ground(pixels)):
        fits = fits_of(patch)
        own = _contested(fits.scores)
        better = own > scores
        scores[better], boxes[better] = own[better], fits.boxes[better]
    return Fits(scores, boxes)


def _contested(correlations: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of a patch each kind explains, shared out among the kinds.

    A patch is one object, and where several kinds fit alike, nobody knows which it is.
    """
    explained = np.square(np.maximum(correlations, 0))
    shares = np.exp((correlations - correlations.max()) / _TELLING)
    return np.asarray(explained * shares / shares.sum(), dtype=np.float32)


def _sighting(fits: Fits, object: str) -> Sighting:
    place = KINDS.index(object)
    if fits.scores[place] <= 0:
        return Sighting(object, 0.0)
    left, top, right, bottom = (float(edge) for edge in np.clip(fits.boxes[place] / CANVAS_PX, 0, 1))
    return Sighting(object, min(float(fits.scores[place]), 1.0), (left, top, right, bottom))
