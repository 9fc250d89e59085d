"""Images of a source that something is built from: those that are there, and of these as many as are wanted, drawn."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from sightline.core import SourceFile
from sightline.errors import RequestError
from sightline.scenes.scene_graphs import CaptionedImage, LeftOut, SceneGraph

__all__ = ["NO_IMAGE", "DrawnImages", "Told", "Wanted", "draw_images"]

NO_IMAGE = "the image is missing"

Told = TypeVar("Told", SceneGraph, CaptionedImage)
"""What is known of an image: its scene graph, or its caption, which a language model is to read."""

Found = TypeVar("Found")


class Wanted(NamedTuple):
    """Which images are wanted.

    Args:
        first: the first so many only.
        limit: at most so many of these, drawn.
        seed: of the draw.
        images: the folder where they are, where they are needed; others are then left out.
    """

    first: int | None = None
    limit: int | None = None
    seed: int = 0
    images: Path | None = None


@dataclass(frozen=True)
class DrawnImages(Generic[Told, Found]):
    """A source that was read.

    Args:
        there: what is known of every image; where images are needed, of those that are there.
        drawn: of those that are built from.
        annotated: how many images the source has.
        sources: its files.
        left_out: reason → what was left out for it.
        found: for every image where it is, where images are needed.
    """

    there: list[Told]
    drawn: list[Told]
    annotated: int
    sources: tuple[SourceFile, ...]
    left_out: LeftOut
    found: Mapping[str, Found]


def draw_images(
    told: Sequence[Told],
    sources: tuple[SourceFile, ...],
    left_out: LeftOut,
    wanted: Wanted,
    find: Callable[[Path, list[str]], Mapping[str, Found]],
) -> DrawnImages[Told, Found]:
    """Leave out images that are needed and missing, and draw as many as are wanted of the others.

    Args:
        told: what the source says of its images.
        sources: its files.
        left_out: reason → what was left out for it; missing images join it.
        wanted: which are wanted.
        find: (folder, names of images) → where each is that is there.

    Raises:
        RequestError: no image is there.
        DataError: there is no such folder of images.
    """
    there: list[Told] = list(told)
    found: Mapping[str, Found] = {}
    if wanted.images is not None:
        found = find(wanted.images, [each.image for each in told])
        there = [each for each in told if each.image in found]
        for each in told:
            if each.image not in found:
                left_out.add(NO_IMAGE, each.image)
        if not there:
            hint = f"the first is {told[0].image}" if told else "the source has none"
            raise RequestError(f"None of {len(told):,} images is in {wanted.images}; {hint}.")
    drawn = there
    if wanted.limit is not None and wanted.limit < len(there):
        places = random.Random(f"{wanted.seed}/images").sample(range(len(there)), wanted.limit)
        drawn = [there[place] for place in sorted(places)]
    return DrawnImages(there, drawn, len(told), sources, left_out, found)
