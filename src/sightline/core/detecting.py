"""Detectors: who looks at an image and says which of some objects are in it."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

__all__ = ["Detecting", "Sighting"]


class Sighting(NamedTuple):
    """What a detector makes of one object that it was asked to find.

    Args:
        object: the noun, as asked.
        score: how sure it is that the object is there, in the detector's own measure, from 0 to 1.
        box: left, top, right and bottom of the surest place, in fractions of the image; None where there is none.
    """

    object: str
    score: float
    box: tuple[float, float, float, float] | None = None


class Detecting(Protocol):
    """A detector that is told in words what to look for."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def version(self) -> str:
        """What tells it from others: a hash of its weights, or of its rules."""
        ...

    @property
    def threshold(self) -> float:
        """The score from which on an object counts as seen."""
        ...

    def knows(self, object: str) -> bool:
        """Whether it can look for such an object; a detector of fixed classes cannot look for others."""
        ...

    def look(self, image: Path, objects: Sequence[str]) -> tuple[Sighting, ...]:
        """Look for objects in an image: one sighting for each, in the order asked.

        Raises:
            DataError: the image cannot be read.
            RequestError: it does not know an object.
        """
        ...
