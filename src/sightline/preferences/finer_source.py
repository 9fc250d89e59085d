"""What FINER-Tuning's pairs are made of: scene graphs or captions of the images that are there, and are drawn."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from sightline.core import SourceFile
from sightline.errors import RequestError
from sightline.preferences.finer_images import images_below
from sightline.scenes.scene_graphs import CaptionedImage, LeftOut, SceneGraph, read_captions, read_scene_graphs
from sightline.scenes.scene_graphs.captions import is_captions

__all__ = ["NO_IMAGE", "FinerSource", "Wanted", "captions_of", "graphs_of"]

NO_IMAGE = "the image is missing"

_Told = TypeVar("_Told", SceneGraph, CaptionedImage)
"""What is known of an image: its scene graph, or its caption, which a language model is to read."""


class Wanted(NamedTuple):
    """Which images are wanted.

    Args:
        first: the first so many only.
        limit: at most so many of these, drawn.
        seed: of the draw.
        images: the folder where they are, where one is named; others are then left out.
    """

    first: int | None = None
    limit: int | None = None
    seed: int = 0
    images: Path | None = None


@dataclass(frozen=True)
class FinerSource(Generic[_Told]):
    """A source that was read.

    Args:
        there: what is known of every image; where images are named, of those that are there.
        drawn: of those that pairs are made of.
        annotated: how many images the source has.
        sources: its files.
        left_out: reason → what was left out for it.
        paths: for every image its path below the folder, where one is named.
    """

    there: list[_Told]
    drawn: list[_Told]
    annotated: int
    sources: tuple[SourceFile, ...]
    left_out: LeftOut
    paths: dict[str, str]


def graphs_of(source: Path, wanted: Wanted) -> FinerSource[SceneGraph]:
    """Read scene graphs, from annotations or from captions by rules.

    Raises:
        RequestError: no image is there.
        DataError: the source is broken, or there is no such folder of images.
    """
    read = read_scene_graphs(source, wanted.first)
    return _chosen(read.graphs, read.sources, read.left_out, wanted)


def captions_of(source: Path, wanted: Wanted) -> FinerSource[CaptionedImage]:
    """Read captions, for a language model to write about.

    Raises:
        RequestError: the source holds no captions, or no image is there.
        DataError: the source is broken, or there is no such folder of images.
    """
    if not is_captions(source):
        hint = "Leave --llm out: of scene graphs pairs are made without a language model."
        raise RequestError(f"A language model writes about captions, and {source} holds none. {hint}")
    read = read_captions(source, wanted.first)
    return _chosen(read.images, (read.source,), read.left_out, wanted)


def _chosen(
    told: Sequence[_Told], sources: tuple[SourceFile, ...], left_out: LeftOut, wanted: Wanted
) -> FinerSource[_Told]:
    """Leave out images that are not there, and draw as many as are wanted of the others."""
    there, paths = list(told), dict[str, str]()
    if wanted.images is not None:
        paths = images_below(wanted.images, [each.image for each in told])
        there = [each for each in told if each.image in paths]
        for each in told:
            if each.image not in paths:
                left_out.add(NO_IMAGE, each.image)
        if not there:
            hint = f"the first is {told[0].image}" if told else "the source has none"
            raise RequestError(f"None of {len(told):,} images is in {wanted.images}; {hint}.")
    drawn = there
    if wanted.limit is not None and wanted.limit < len(there):
        places = random.Random(f"{wanted.seed}/images").sample(range(len(there)), wanted.limit)
        drawn = [there[place] for place in sorted(places)]
    return FinerSource(there, drawn, len(told), sources, left_out, paths)
