"""What FINER is built from: the scene graphs or captions of a source, of the images that are there, and drawn."""

from pathlib import Path

from sightline.evaluation.asking import find_images
from sightline.queries.drawn_images import DrawnImages, Wanted, draw_images
from sightline.scenes.scene_graphs import CaptionedImage, SceneGraph, read_captions, read_scene_graphs

__all__ = ["captions_of", "graphs_of"]


def graphs_of(source: Path, wanted: Wanted) -> DrawnImages[SceneGraph, Path]:
    """Read scene graphs, from annotations or from captions by rules.

    Raises:
        RequestError: no image is there.
        DataError: the source is broken, or there is no such folder of images.
    """
    read = read_scene_graphs(source, wanted.first)
    return draw_images(read.graphs, read.sources, read.left_out, wanted, find_images)


def captions_of(source: Path, wanted: Wanted) -> DrawnImages[CaptionedImage, Path]:
    """Read captions, for a language model to make scene graphs of.

    Raises:
        RequestError: no image is there.
        DataError: the source is broken, or there is no such folder of images.
    """
    read = read_captions(source, wanted.first)
    return draw_images(read.images, (read.source,), read.left_out, wanted, find_images)
