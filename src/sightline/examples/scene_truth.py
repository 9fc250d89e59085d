"""What is plainly true of rendered scenes, for questions about them: nothing is asked that can hardly be seen."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.world import COLOURS, KINDS

__all__ = ["absent", "clear", "clear_of", "only_in_first", "other_colours", "pairs"]


def clear(scene: RenderedScene) -> tuple[str, ...]:
    """The kinds in plain sight."""
    return tuple(kind for kind in scene.kinds if not scene.of(kind)[0].marginal)


def clear_of(scene: RenderedScene, number: int) -> tuple[str, ...]:
    """The kinds in plain sight of which there are so many."""
    return tuple(kind for kind in clear(scene) if len(scene.of(kind)) == number)


def absent(scene: RenderedScene) -> tuple[str, ...]:
    """The kinds that are not there."""
    return tuple(kind for kind in KINDS if kind not in scene.kinds)


def only_in_first(first: RenderedScene, second: RenderedScene) -> tuple[str, ...]:
    """The kinds that are in plain sight in one scene, and not in the other at all."""
    return tuple(kind for kind in clear(first) if kind not in second.kinds)


def other_colours(scene: RenderedScene, kind: str, number: int) -> tuple[str, ...]:
    """So many colours that a kind does not have in a scene, begun at another place for every scene."""
    own = scene.of(kind)[0].colour
    names = [colour for colour in COLOURS if colour != own]
    return tuple(names[(scene.index + place) % len(names)] for place in range(number))


def pairs(scenes: Sequence[RenderedScene]) -> Iterator[tuple[RenderedScene, RenderedScene]]:
    """Scenes two by two, each once with the next."""
    return pairwise(scenes)
