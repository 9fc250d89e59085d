"""How the objects of a scene lie to one another, from their middles and boxes alone."""

from typing import Literal, NamedTuple

from sightline.scenes.rendered.compose import RenderedObject, RenderedScene

__all__ = ["MARGIN_PX", "OPPOSITES", "PREDICATES", "Predicate", "Relates", "holds", "relate", "relations"]

Predicate = Literal["left of", "right of", "above", "below", "inside", "touching"]

PREDICATES: tuple[Predicate, ...] = ("left of", "right of", "above", "below", "inside", "touching")

OPPOSITES: dict[Predicate, Predicate] = {
    "left of": "right of",
    "right of": "left of",
    "above": "below",
    "below": "above",
}
"""What surely does not hold where one of these does."""

MARGIN_PX = 8
"""Between the middles of two objects, before anything is said of the direction in which one lies from the other."""

_NEAR_PX = 2


class Relates(NamedTuple):
    """A relation between two objects of a scene.

    Args:
        subject: place of the first among the objects.
        predicate: how it lies to the other.
        object: place of the other.
    """

    subject: int
    predicate: Predicate
    object: int


def holds(predicate: Predicate, subject: RenderedObject, object_: RenderedObject) -> bool:
    """Whether a relation holds.

    An object is left of another if its box ends before the other's middle and its middle lies 8 pixels or more before
    it; likewise for the other three. It is inside if its box lies in the other's. Two objects touch if their boxes
    overlap, or come within 2 pixels, and neither is inside the other.

    Example:
        >>> from sightline.scenes.rendered.compose import RenderedObject
        >>> moon = RenderedObject("moon", "red", "plain", "small", x=20, y=60, radius=7)
        >>> star = RenderedObject("star", "red", "plain", "small", x=90, y=64, radius=7)
        >>> holds("left of", moon, star), holds("above", moon, star), holds("touching", moon, star)
        (True, False, False)
    """
    return _holds(predicate, _lying(subject), _lying(object_))


def relate(scene: RenderedScene, subject: str, object_: str) -> tuple[Predicate, ...]:
    """The relations that hold between all objects of one kind and all of another.

    Example:
        >>> from sightline.scenes.rendered.compose import compose
        >>> relate(compose(seed=0, index=0), "moon", "moon")
        ()
    """
    firsts, seconds = scene.of(subject), scene.of(object_)
    if not firsts or not seconds or subject == object_:
        return ()
    return tuple(p for p in PREDICATES if all(holds(p, one, other) for one in firsts for other in seconds))


def relations(scene: RenderedScene) -> tuple[Relates, ...]:
    """Every relation between two objects of a scene."""
    lying = [_lying(each) for each in scene.objects]
    return tuple(
        Relates(one, predicate, other)
        for one, subject in enumerate(lying)
        for other, object_ in enumerate(lying)
        if one != other
        for predicate in PREDICATES
        if _holds(predicate, subject, object_)
    )


class _Lying(NamedTuple):
    """The middle and the box of an object; looked up once, since pairs are many."""

    x: int
    y: int
    left: int
    top: int
    right: int
    bottom: int


def _lying(each: RenderedObject) -> _Lying:
    return _Lying(each.x, each.y, *each.box)


def _holds(predicate: Predicate, one: _Lying, other: _Lying) -> bool:
    match predicate:
        case "left of":
            return one.right <= other.x and other.x - one.x >= MARGIN_PX
        case "right of":
            return one.left >= other.x and one.x - other.x >= MARGIN_PX
        case "above":
            return one.bottom <= other.y and other.y - one.y >= MARGIN_PX
        case "below":
            return one.top >= other.y and one.y - other.y >= MARGIN_PX
        case "inside":
            in_columns = one.left >= other.left and one.right <= other.right
            return in_columns and one.top >= other.top and one.bottom <= other.bottom
        case "touching":
            across = max(other.left - one.right, one.left - other.right)
            apart = max(across, other.top - one.bottom, one.top - other.bottom)
            return apart <= _NEAR_PX and not (_holds("inside", one, other) or _holds("inside", other, one))
