"""What is in a scene and where: drawn from a seed, and exactly known."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sightline.errors import RequestError
from sightline.scenes.rendered.silhouettes import TILTS, mask
from sightline.scenes.rendered.world import COLOURS, KINDS, SIZES, TEXTURES, THEMES, World, mates_of, novel_colour

__all__ = ["CANVAS_PX", "Combinations", "RenderedObject", "RenderedScene", "compose", "visible_px"]

CANVAS_PX = 128
"""Side of a picture."""

FEWEST_VISIBLE_PX = 12
"""Every object keeps so many pixels that nothing covers, at the edge of visibility too."""

CLEAR_SHARE = 0.7
"""An object in plain sight keeps this share of its pixels uncovered."""

Combinations = Literal["familiar", "novel", "any"]
"""Colours that objects may have: those they have in training, the one that they never have there, or all."""

Hidden = Literal["", "faint", "tiny", "covered"]
"""Why an object is at the edge of visibility; "" for those in plain sight."""

_CELLS = 4
_CELL_PX = CANVAS_PX // _CELLS
_TRIES = 12
_LEAD_COUNTS = (1, 2, 3, 4, 5)
_LEAD_SHARES = np.cumsum((0.26, 0.26, 0.22, 0.15, 0.11))
_HIDDEN_SHARES = (0.7, 0.15)


@dataclass(frozen=True, slots=True)
class RenderedObject:
    """One object of a scene.

    Args:
        kind: what it is.
        colour: its colour; all of a kind in a scene have the same.
        texture: its surface, likewise.
        size: "small" or "large", likewise.
        x: its middle, in pixels from the left.
        y: its middle, in pixels from the top.
        radius: half of its side, in pixels.
        tilt: degrees by which it leans.
        opacity: in (0, 1]; below 1 for objects of low contrast.
        hidden: why it is at the edge of visibility.
    """

    kind: str
    colour: str
    texture: str
    size: str
    x: int
    y: int
    radius: int
    tilt: int = 0
    opacity: float = 1.0
    hidden: Hidden = ""

    @property
    def marginal(self) -> bool:
        """Whether it is at the edge of visibility."""
        return self.hidden != ""

    @property
    def attributes(self) -> tuple[str, ...]:
        """What can be said of it, in the order in which English has it."""
        return (self.size, self.colour, *(() if self.texture == "plain" else (self.texture,)))

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Its box (left, top, right, bottom) in pixels, half-open, covered parts included."""
        top, bottom, left, right = _extent(self.kind, self.radius, self.tilt)
        corner_x, corner_y = self.x - self.radius - 1, self.y - self.radius - 1
        return corner_x + left, corner_y + top, corner_x + right, corner_y + bottom


@dataclass(frozen=True, slots=True)
class RenderedScene:
    """A scene, before it is painted.

    Args:
        seed: what all its draws are made with, together with the index.
        index: its number.
        objects: from the rearmost to the foremost.
        themes: the themes it was made of.
    """

    seed: int
    index: int
    objects: tuple[RenderedObject, ...]
    themes: tuple[str, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that are there: those in plain sight first, each once."""
        ordered = sorted(self.objects, key=lambda each: each.marginal)
        return tuple(dict.fromkeys(each.kind for each in ordered))

    def of(self, kind: str) -> tuple[RenderedObject, ...]:
        """All objects of a kind."""
        return tuple(each for each in self.objects if each.kind == kind)


class _Look(NamedTuple):
    """What all objects of one kind in a scene have in common."""

    kind: str
    number: int
    colour: str
    texture: str
    size: str
    hidden: Hidden


def compose(
    seed: int, index: int, world: World | None = None, combinations: Combinations = "familiar", stream: int = 0
) -> RenderedScene:
    """Draw a scene.

    Equal arguments give equal scenes, in whatever order and process they are drawn.

    Args:
        seed: from 0 on.
        index: the number of the scene, from 0 on.
        world: how often what happens; the world that sightline's own model knows where None.
        combinations: which colours objects may have.
        stream: 0 for scenes that are rendered, 1 for those that a model is trained on, which are therefore others.

    Raises:
        RequestError: seed or index is negative, or a scene cannot hold so many objects.

    Example:
        >>> scene = compose(seed=0, index=3)
        >>> scene == compose(seed=0, index=3), 2 <= len(scene.objects) <= 12
        (True, True)
    """
    world = world or World()
    if seed < 0 or index < 0:
        raise RequestError(f"Scene {index} of seed {seed} was asked for; both start from 0.")
    if not 1 <= world.fewest <= world.most <= _CELLS * _CELLS:
        raise RequestError(
            f"Scenes of {world.fewest} to {world.most} objects were asked for; there is room for 1 to {_CELLS**2}."
        )
    draw = np.random.default_rng((seed, index, stream))
    names = list(THEMES)
    chosen = draw.permutation(len(names))[: 2 if draw.random() < world.two_themes else 1]
    themes = tuple(names[place] for place in sorted(chosen))
    looks = _looks(draw, themes, world, combinations)
    return RenderedScene(seed, index, _placed(draw, looks, world), themes)


def _looks(draw: np.random.Generator, themes: tuple[str, ...], world: World, combinations: Combinations) -> list[_Look]:
    """Which kinds are there, how many of each, and how they look."""
    looks: list[_Look] = []
    for kind in KINDS:
        in_theme = any(kind in THEMES[theme] for theme in themes)
        if not in_theme and draw.random() < world.stray:
            looks.append(_look(draw, kind, int(draw.integers(1, 4)), "", combinations))
    for theme in themes:
        lead = THEMES[theme][int(draw.integers(4))]
        count = _LEAD_COUNTS[int(np.searchsorted(_LEAD_SHARES, draw.random() * _LEAD_SHARES[-1]))]
        looks.append(_look(draw, lead, count, "", combinations))
        for mate in mates_of(lead):
            if draw.random() < world.mate:
                hidden = _hidden(draw) if draw.random() < world.marginal else ""
                looks.append(_look(draw, mate, 1 + (draw.random() < 0.25), hidden, combinations))
    total = sum(look.number for look in looks)
    while total > world.most:  # the most numerous give way, so that no kind disappears before it must
        place = max(range(len(looks)), key=lambda at: looks[at].number)
        if looks[place].number == 1:
            place = int(draw.integers(len(looks)))
        looks[place] = looks[place]._replace(number=looks[place].number - 1)
        looks = [look for look in looks if look.number]
        total -= 1
    if total < world.fewest:
        leads = [place for place, look in enumerate(looks) if not look.hidden]
        looks[leads[-1]] = looks[leads[-1]]._replace(number=looks[leads[-1]].number + world.fewest - total)
    return looks


def _look(draw: np.random.Generator, kind: str, count: int, hidden: Hidden, combinations: Combinations) -> _Look:
    novel = novel_colour(kind)
    colours = [c for c in COLOURS if combinations == "any" or (c == novel) == (combinations == "novel")]
    colour = colours[int(draw.integers(len(colours)))]
    texture = TEXTURES[(draw.random(2) < (0.4, 0.5)).sum() if draw.random() < 0.5 else 0]
    size = "small" if hidden == "tiny" or draw.random() < 0.4 else "large"
    return _Look(kind, int(count), colour, texture, size, hidden)


def _hidden(draw: np.random.Generator) -> Hidden:
    chance = draw.random()
    return "faint" if chance < _HIDDEN_SHARES[0] else "tiny" if chance < sum(_HIDDEN_SHARES) else "covered"


def _placed(draw: np.random.Generator, looks: list[_Look], world: World) -> tuple[RenderedObject, ...]:
    """Give every object a place; those that are covered lie behind the others."""
    cells = draw.permutation(_CELLS * _CELLS).tolist()
    clear: list[RenderedObject] = []
    rear: list[RenderedObject] = []
    covered: list[tuple[RenderedObject, int]] = []
    for look in looks:
        for _ in range(look.number):
            each, cell = _in_cell(draw, look, cells.pop(), world)
            if look.hidden == "covered":
                covered.append((each, cell))
            else:
                (rear if look.hidden else clear).append(each)
    clear = _brought_together(draw, clear, world)
    for each, _ in covered:
        # Where nothing suits to hide it, it is faint in its own cell.
        rear.append(_behind(draw, each, rear, clear) or replace(each, opacity=_opacity(draw, world), hidden="faint"))
    return tuple(_kept_visible([*rear, *clear]))


def _in_cell(draw: np.random.Generator, look: _Look, cell: int, world: World) -> tuple[RenderedObject, int]:
    low, high = (4, 5) if look.hidden == "tiny" else SIZES[look.size]
    radius = int(draw.integers(low, high + 1))
    play = _CELL_PX // 2 - radius
    down, across = divmod(cell, _CELLS)
    x, y = (int(c * _CELL_PX + _CELL_PX // 2 + draw.integers(-play, play + 1)) for c in (across, down))
    opacity = _opacity(draw, world) if look.hidden == "faint" else 1.0
    tilt = TILTS[int(draw.integers(len(TILTS)))]
    shown = RenderedObject(look.kind, look.colour, look.texture, look.size, x, y, radius, tilt, opacity, look.hidden)
    return shown, cell


def _opacity(draw: np.random.Generator, world: World) -> float:
    return float(world.faintest + (world.faint - world.faintest) * draw.random())


def _brought_together(draw: np.random.Generator, clear: list[RenderedObject], world: World) -> list[RenderedObject]:
    """Now and then lay one object into another, or let two touch."""
    nested, touching = draw.random() < world.nested, draw.random() < world.touching
    if len(clear) < 2 or not (nested or touching):
        return clear
    first, second = (clear[place] for place in draw.permutation(len(clear))[:2])
    if first.kind == second.kind:
        return clear
    rest = [each for each in clear if each is not first and each is not second]
    if nested:
        if first.size != "large" or second.size != "small":
            return clear
        host = replace(first, radius=15, x=_within(first.x, 15), y=_within(first.y, 15))
        moved = [host, replace(second, radius=7, x=host.x, y=host.y)]
    else:
        moved = [first, _touching(draw, first, second)]
    together = [*rest, *moved]
    return together if all(_fits(each, together) for each in together) else clear


def _touching(draw: np.random.Generator, first: RenderedObject, second: RenderedObject) -> RenderedObject:
    """Move the second towards the first until their boxes meet."""
    sideways = draw.random() < 0.5
    away = 1 if draw.random() < 0.5 else -1
    left, top, right, bottom = first.box
    own_left, own_top, own_right, own_bottom = second.box
    if sideways:
        x = second.x + (right - own_left if away > 0 else left - own_right)
        return replace(second, x=x, y=first.y)
    y = second.y + (bottom - own_top if away > 0 else top - own_bottom)
    return replace(second, x=first.x, y=y)


def _within(place: int, radius: int) -> int:
    return min(max(place, radius + 1), CANVAS_PX - radius - 2)


def _fits(each: RenderedObject, others: list[RenderedObject]) -> bool:
    """Whether an object lies on the canvas and, of those in plain sight, enough of it can be seen."""
    if (each.x, each.y) != (_within(each.x, each.radius), _within(each.y, each.radius)):
        return False
    shown, whole = visible_px(each, others[others.index(each) + 1 :])
    return shown >= max(FEWEST_VISIBLE_PX, CLEAR_SHARE * whole)


def _behind(
    draw: np.random.Generator, each: RenderedObject, rear: list[RenderedObject], clear: list[RenderedObject]
) -> RenderedObject | None:
    """A place behind an object in plain sight where a third or so of it looks out; None where none was found."""
    hosts = [host for host in clear if host.radius >= 8]
    for _ in range(_TRIES if hosts else 0):
        host = hosts[int(draw.integers(len(hosts)))]
        angle, far = draw.random() * 2 * np.pi, (0.3 + 0.7 * draw.random()) * (host.radius + 0.3 * each.radius)
        x, y = round(host.x + far * np.cos(angle)), round(host.y + far * np.sin(angle))
        if (x, y) != (_within(x, each.radius), _within(y, each.radius)):
            continue
        moved = replace(each, x=x, y=y)
        shown, whole = visible_px(moved, clear)
        own = [visible_px(other, [moved]) for other in rear]
        if FEWEST_VISIBLE_PX <= shown <= 0.55 * whole and all(seen >= FEWEST_VISIBLE_PX for seen, _ in own):
            return moved
    return None


def _kept_visible(objects: list[RenderedObject]) -> list[RenderedObject]:
    """Leave out objects at the edge of visibility that others came to lie upon: nobody could call them visible."""
    return [
        each
        for place, each in enumerate(objects)
        if not each.marginal or visible_px(each, objects[place + 1 :])[0] >= FEWEST_VISIBLE_PX
    ]


def visible_px(each: RenderedObject, before: list[RenderedObject]) -> tuple[int, int]:
    """How many pixels of an object can be seen, and how many it has.

    Args:
        each: the object.
        before: the objects in front of it.
    """
    own, whole = _solid(each.kind, each.radius, each.tilt)
    reach = each.radius + 3
    near = [o for o in before if abs(o.x - each.x) < reach + o.radius and abs(o.y - each.y) < reach + o.radius]
    if not near:
        return whole, whole
    seen = own.copy()
    left, top, side = each.x - each.radius - 1, each.y - each.radius - 1, len(own)
    for other in near:
        over, _ = _solid(other.kind, other.radius, other.tilt)
        dx, dy = other.x - other.radius - 1 - left, other.y - other.radius - 1 - top
        size = len(over)
        rows, columns = slice(max(dy, 0), min(dy + size, side)), slice(max(dx, 0), min(dx + size, side))
        seen[rows, columns] &= ~over[rows.start - dy : rows.stop - dy, columns.start - dx : columns.stop - dx]
    return int(seen.sum()), whole


@cache
def _solid(kind: str, radius: int, tilt: int) -> tuple[NDArray[np.bool_], int]:
    """The pixels of which an object covers more than half, and how many they are."""
    own: NDArray[np.bool_] = mask(kind, radius, tilt) > 0.5
    return own, int(own.sum())


@cache
def _extent(kind: str, radius: int, tilt: int) -> tuple[int, int, int, int]:
    """The first and last row and column of a mask that an object covers, half-open."""
    own, _ = _solid(kind, radius, tilt)
    rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
