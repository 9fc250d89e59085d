"""glance: a small detector of the rendered world, trained on nothing but where its objects are.

Its kinds changed places at random in the scenes it learned from (recipes/train_glance.py), and it sees 41 pixels around
each place, so that what else is in a picture tells it next to nothing.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from sightline.core.detecting import Sighting
from sightline.detectors.glance_network import STRIDE, GlanceNetwork
from sightline.detectors.rendered_pictures import KEPT, check_kinds, rendered_pixels
from sightline.models.bundled_model import check_files
from sightline.scenes.rendered.compose import CANVAS_PX
from sightline.scenes.rendered.world import KINDS

__all__ = ["Glance", "glance_folder"]

_THRESHOLD = 0.4


class _Found(NamedTuple):
    """For every kind the highest probability, (kinds,), and the box there, (kinds, 4), in fractions of the image."""

    scores: NDArray[np.float32]
    boxes: NDArray[np.float32]


class Glance:
    """A convolutional network with a map of places for every kind; it runs on the processor.

    Args:
        threshold: the score from which on an object counts as seen; the one that was calibrated where None.

    Raises:
        DataError: a file of it is missing or damaged.

    Example:
        >>> glance = Glance()
        >>> glance.name, glance.knows("moon"), glance.knows("dog")
        ('glance', True, False)
    """

    def __init__(self, threshold: float | None = None) -> None:
        folder = glance_folder()
        self._threshold = _THRESHOLD if threshold is None else threshold
        self._version = json.loads((folder / "checksums.json").read_bytes())["glance.safetensors"][:12]
        self._network = GlanceNetwork(len(KINDS)).eval()
        weights = {name: value.float() for name, value in load_file(folder / "glance.safetensors").items()}
        self._network.load_state_dict(self._network.state_dict() | weights)
        self._found = lru_cache(KEPT)(self._find)

    @property
    def name(self) -> str:
        """What people call it."""
        return "glance"

    @property
    def version(self) -> str:
        """The beginning of the sha256 of its weights."""
        return str(self._version)

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
        found = self._found(rendered_pixels(image, self.name).tobytes())
        places = [KINDS.index(object_) for object_ in objects]
        return tuple(
            Sighting(object_, float(found.scores[place]), tuple(found.boxes[place].tolist()))
            for object_, place in zip(objects, places, strict=True)
        )

    @torch.inference_mode()
    def _find(self, pixels: bytes) -> _Found:
        picture = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).reshape(1, CANVAS_PX, CANVAS_PX, 3)
        maps = self._network(picture.permute(0, 3, 1, 2).float() / 127.5 - 1)
        logits, best = maps.logits[0].flatten(1).max(dim=1)
        down, across = best // maps.logits.shape[-1], best % maps.logits.shape[-1]
        left, top, right, bottom = maps.edges[0].clamp(min=0)[:, down, across]
        edges = torch.stack([across - left, down - top, across + right, down + bottom], dim=1)
        boxes = (edges * STRIDE / CANVAS_PX).clamp(0, 1)
        return _Found(logits.sigmoid().numpy(), boxes.numpy())


def glance_folder() -> Path:
    """The folder of its weights.

    Raises:
        DataError: a file of it is missing or damaged.
    """
    folder = Path(__file__).parent / "bundled"
    check_files(folder)
    return folder
