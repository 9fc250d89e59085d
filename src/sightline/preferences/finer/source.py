"""What FINER-Tuning's pairs are made of: scene graphs or captions of the images that are there, and are drawn."""

from pathlib import Path

from sightline.errors import RequestError
from sightline.preferences.finer.images import images_below
from sightline.queries.drawn_images import DrawnImages, Wanted, draw_images
from sightline.scenes.scene_graphs import CaptionedImage, SceneGraph, read_captions, read_scene_graphs
from sightline.scenes.scene_graphs.captions import is_captions

__all__ = ["captions_of", "graphs_of"]


def graphs_of(source: Path, wanted: Wanted) -> DrawnImages[SceneGraph, str]:
    """Read scene graphs, from annotations or from captions by rules.

    Raises:
        RequestError: no image is there.
        DataError: the source is broken, or there is no such folder of images.
    """
    read = read_scene_graphs(source, wanted.first)
    return draw_images(read.graphs, read.sources, read.left_out, wanted, images_below)


def captions_of(source: Path, wanted: Wanted) -> DrawnImages[CaptionedImage, str]:
    """Read captions, for a language model to write about.

    Raises:
        RequestError: the source holds no captions, or no image is there.
        DataError: the source is broken, or there is no such folder of images.
    """
    if not is_captions(source):
        hint = "Leave --llm out: of scene graphs pairs are made without a language model."
        raise RequestError(f"A language model writes about captions, and {source} holds none. {hint}")
    read = read_captions(source, wanted.first)
    return draw_images(read.images, (read.source,), read.left_out, wanted, images_below)
