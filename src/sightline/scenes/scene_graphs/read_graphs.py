"""What came of reading scene graphs: the graphs, the files, and what was left out of them for which reason."""

from collections.abc import Sequence
from typing import NamedTuple

from sightline.core import SourceFile
from sightline.errors import RequestError
from sightline.scenes.scene_graphs.graph import SceneGraph

__all__ = ["NO_OBJECTS", "NO_WORD", "TWICE", "LeftOut", "ReadGraphs", "check_limit"]

NO_OBJECTS = "no object is annotated"
NO_WORD = "the name of an object has no letter"
TWICE = "an image of this name was read already"


class LeftOut(dict[str, list[str]]):
    """Reason → what was left out for it.

    Example:
        >>> left_out = LeftOut()
        >>> left_out.add("no object", "a.jpg")
        >>> left_out
        {'no object': ['a.jpg']}
    """

    def add(self, reason: str, what: str) -> None:
        """Put something on the list of what was left out."""
        self.setdefault(reason, []).append(what)


class ReadGraphs(NamedTuple):
    """The scene graphs of a file or folder.

    Args:
        graphs: one an image, in the order of the files.
        sources: the files they were read from.
        left_out: reason → what was left out for it: images, objects, relations, or what a phrase says.
    """

    graphs: Sequence[SceneGraph]
    sources: tuple[SourceFile, ...]
    left_out: LeftOut


def check_limit(limit: int | None) -> None:
    """Refuse a number of images that is none.

    Raises:
        RequestError: it is less than one.
    """
    if limit is not None and limit < 1:
        raise RequestError(f"The first {limit} images were asked for; ask for one or more.")
