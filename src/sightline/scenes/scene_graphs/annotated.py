"""An object that people drew a box around, while its annotations are put together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from sightline.scenes.scene_graphs.boxes import Box, overlap
from sightline.scenes.scene_graphs.graph import SEVERAL, GraphObject

__all__ = ["Annotated", "merged"]

_SAME = 0.5
"""Overlap from which two boxes of one name are around one object. They are drawn loosely: in Visual Genome as many such
pairs overlap by 0.5 to 0.7 as by more, and looked at in their scenes nearly all of them are one object drawn twice."""


@dataclass
class Annotated:
    """An object of an image; what is said of it is added as it is found.

    Args:
        id: what the file calls it.
        names: what it is called, the first before all others; see `naming`.
        attributes: what can be said of it.
        number: how many there are; see `GraphObject`.
        box: where it is, if anybody drew a box.
        clear: whether anybody could be asked about it; see `GraphObject`.
    """

    id: str
    names: list[str]
    attributes: list[str] = field(default_factory=list)
    number: int = 1
    box: Box | None = None
    clear: bool = True

    @property
    def name(self) -> str:
        """What it is called before all."""
        return self.names[0]

    def add(self, names: Iterable[str] = (), attributes: Iterable[str] = ()) -> None:
        """Say more of it; what is known is not said twice."""
        self.names += [name for name in dict.fromkeys(names) if name not in self.names]
        self.attributes += [each for each in dict.fromkeys(attributes) if each not in self.attributes]

    def as_object(self) -> GraphObject:
        """The same as an object of a scene graph."""
        attributes, synonyms = tuple(self.attributes), tuple(self.names[1:])
        return GraphObject(self.id, self.name, attributes, self.number, self.clear, synonyms=synonyms)


def merged(objects: Sequence[Annotated]) -> tuple[list[Annotated], dict[str, str]]:
    """Make one of objects that were annotated more than once: of one name, with boxes that overlap by more than half.

    Where a first box overlaps a second so far, and the second a third, all three are one object.

    Args:
        objects: of one image.

    Returns:
        The objects, each in the place of its first annotation, and for every id that of the object it belongs to.

    Example:
        >>> boxes = [Box(0, 0, 100, 100), Box(5, 0, 100, 100), Box(60, 0, 100, 100)]
        >>> cows = [Annotated(str(place), ["cow"], box=box) for place, box in enumerate(boxes)]
        >>> kept, ids = merged(cows)
        >>> [each.id for each in kept], ids
        (['0', '2'], {'0': '0', '1': '0', '2': '2'})
    """
    groups: list[list[Annotated]] = []
    for each in objects:
        near = [group for group in groups if any(_is_same(each, other) for other in group)]
        if not near:
            groups.append([each])
            continue
        near[0].append(each)
        for group in near[1:]:
            near[0].extend(group)
            groups.remove(group)
    ids = {each.id: group[0].id for group in groups for each in group}
    return [_one(group) for group in groups], ids


def _is_same(one: Annotated, other: Annotated) -> bool:
    if one.name != other.name or one.clear != other.clear or (one.number == 1) != (other.number == 1):
        return False
    return one.box is not None and other.box is not None and overlap(one.box, other.box) > _SAME


def _one(group: Sequence[Annotated]) -> Annotated:
    """The object that a group of annotations is of, with the mean of their boxes."""
    first, *others = group
    for other in others:
        first.add(other.names, other.attributes)
        first.number = first.number if first.number != SEVERAL else other.number
    if others:
        boxes = [each.box for each in group if each.box is not None]
        first.box = Box(*(fmean(edges) for edges in zip(*boxes, strict=True)))
    return first
