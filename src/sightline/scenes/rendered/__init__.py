"""A rendered world whose truth is exact: scenes composed from a seed, painted, described and annotated."""

from sightline.scenes.rendered.compose import CANVAS_PX, Combinations, RenderedObject, RenderedScene, compose
from sightline.scenes.rendered.folder import Rendered, render_scenes
from sightline.scenes.rendered.paint import paint
from sightline.scenes.rendered.world import World

__all__ = [
    "CANVAS_PX",
    "Combinations",
    "Rendered",
    "RenderedObject",
    "RenderedScene",
    "World",
    "compose",
    "paint",
    "render_scenes",
]
