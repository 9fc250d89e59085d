"""Pictures of the rendered world, for detectors that know nothing else."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sightline.errors import DataError, RequestError
from sightline.models.pictures import read_picture
from sightline.scenes.rendered.compose import CANVAS_PX
from sightline.scenes.rendered.world import KINDS

__all__ = ["KEPT", "check_kinds", "rendered_pixels"]

KEPT = 64
"""Of how many pictures a detector keeps what it saw: whoever asks sentence by sentence asks of one picture again."""


def rendered_pixels(image: Path, detector: str) -> NDArray[np.uint8]:
    """Read a rendered picture.

    Args:
        image: its file.
        detector: who is to look at it, for messages.

    Returns:
        (128, 128, 3) uint8, sRGB.

    Raises:
        DataError: the image cannot be read, or has another size than rendered pictures have.
    """
    pixels = np.asarray(read_picture(image).image)
    if pixels.shape != (CANVAS_PX, CANVAS_PX, 3):
        height, width = pixels.shape[:2]
        raise DataError(
            f"the picture has {width} × {height} pixels, and {detector} looks at rendered scenes of {CANVAS_PX} × "
            f"{CANVAS_PX} only",
            file=image,
            hint="For photographs take an open-vocabulary detector: mm-grounding-dino, llmdet, grounding-dino, owlv2.",
        )
    return pixels


def check_kinds(detector: str, objects: Sequence[str]) -> None:
    """Refuse objects that the rendered world does not have.

    Raises:
        RequestError: there is one.
    """
    if unknown := [object_ for object_ in objects if object_ not in KINDS]:
        raise RequestError(
            f"{detector} cannot look for {', '.join(map(repr, unknown))}: it knows the objects of the rendered world "
            f"only, in the singular ({', '.join(KINDS)}). For others take an open-vocabulary detector, such as owlv2."
        )
