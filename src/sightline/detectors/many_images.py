"""Looking at many images: side by side where a detector can, else one after the other."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from sightline.core.detecting import Detecting, Sighting

__all__ = ["Asked", "LookingAtMany", "look_at_many"]

Asked = tuple[Path, Sequence[str]]
"""An image, and what to look for in it."""


@runtime_checkable
class LookingAtMany(Protocol):
    """A detector that is faster with several images at a time."""

    def look_at_many(self, asked: Iterable[Asked]) -> Iterator[tuple[Sighting, ...]]:
        """Look for objects in images: for each image one sighting for each of its objects, in the order asked."""
        ...


def look_at_many(detector: Detecting, asked: Iterable[Asked]) -> Iterator[tuple[Sighting, ...]]:
    """Look for objects in many images.

    Args:
        detector: who looks.
        asked: images, each with what to look for in it; drawn as they are needed.

    Yields:
        What was seen in each image, in order.

    Raises:
        DataError: an image cannot be read.
        RequestError: the detector does not know an object.
    """
    if isinstance(detector, LookingAtMany):
        yield from detector.look_at_many(asked)
    else:
        for image, objects in asked:
            yield detector.look(image, objects)
