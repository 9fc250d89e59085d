"""The rendered world: which objects there are, how they look, and which of them go together.

Objects come in themes of four, as tables and chairs do. A scene takes one or two themes; of each theme one object, the
lead, is there in plain sight, and each of its three mates is probably there too, but mostly at the edge of visibility.
So the world has what makes models of photographs hallucinate: things that go together, and things that can hardly be
seen. What is true of a scene is exact all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = [
    "COLOURS",
    "KINDS",
    "SIZES",
    "TEXTURES",
    "THEMES",
    "World",
    "mates_of",
    "novel_colour",
    "plural",
    "theme_of",
]

THEMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sky": ("moon", "star", "cloud", "kite"),
        "table": ("cup", "plate", "fork", "bottle"),
        "sea": ("boat", "shell", "anchor", "ball"),
        "garden": ("tree", "flower", "house", "butterfly"),
        "workshop": ("hammer", "key", "gear", "ladder"),
    }
)
"""The objects that go together."""

KINDS: tuple[str, ...] = tuple(kind for kinds in THEMES.values() for kind in kinds)
"""The twenty objects."""

COLOURS: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {
        "red": (226, 32, 36),
        "orange": (250, 136, 16),
        "yellow": (242, 226, 48),
        "green": (36, 166, 62),
        "blue": (44, 84, 238),
        "purple": (146, 44, 204),
        "pink": (250, 140, 196),
        "white": (246, 246, 246),
    }
)
"""Colours of objects, in sRGB. No channel of a background is as bright as the brightest of any colour."""

TEXTURES: tuple[str, ...] = ("plain", "striped", "dotted")
"""Surfaces; "plain" is not said."""

SIZES: Mapping[str, tuple[int, int]] = MappingProxyType({"small": (7, 9), "large": (11, 13)})
"""Radii in pixels of objects in plain sight, both ends included."""

_THEME_OF: Mapping[str, str] = MappingProxyType({kind: theme for theme, kinds in THEMES.items() for kind in kinds})


def theme_of(kind: str) -> str:
    """The theme of an object.

    Example:
        >>> theme_of("fork")
        'table'
    """
    return _THEME_OF[kind]


def mates_of(kind: str) -> tuple[str, ...]:
    """The objects that go with this one.

    Example:
        >>> mates_of("fork")
        ('cup', 'plate', 'bottle')
    """
    return tuple(other for other in THEMES[theme_of(kind)] if other != kind)


def novel_colour(kind: str) -> str:
    """The one colour that this object never has in training, so that it can be asked whether a model combines.

    Example:
        >>> novel_colour("moon"), novel_colour("star")
        ('red', 'purple')
    """
    return tuple(COLOURS)[-3 * KINDS.index(kind) % len(COLOURS)]


def plural(kind: str) -> str:
    """The plural of an object.

    Example:
        >>> plural("moon"), plural("butterfly")
        ('moons', 'butterflies')
    """
    return kind[:-1] + "ies" if kind.endswith("y") and kind[-2] not in "aeiou" else kind + "s"


@dataclass(frozen=True, slots=True)
class World:
    """How often what happens in the scenes of a world; shares are in [0, 1].

    Args:
        two_themes: share of scenes with two themes.
        mate: share of the mates of a lead that are there.
        marginal: share of those mates that are at the edge of visibility.
        stray: share of all other objects that are there, in plain sight.
        nested: share of scenes in which an object lies inside another.
        touching: share of scenes in which two objects touch.
        faintest: least opacity of an object of low contrast.
        faint: greatest opacity of an object of low contrast.
        fewest: objects of a scene, at least; one scene in a thousand has one less, which others came to lie upon.
        most: objects of a scene, at most.
    """

    two_themes: float = 0.35
    mate: float = 0.75
    marginal: float = 0.8
    stray: float = 0.06
    nested: float = 0.12
    touching: float = 0.12
    faintest: float = 0.04
    faint: float = 0.15
    fewest: int = 2
    most: int = 12
