"""Which of the things named before it a verb or a preposition belongs to.

Where more than one could be meant, none is: a wrong answer costs more than a missing one.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sightline.readers.grammar.kinds_of_thing import (
    ANIMALS,
    CONTAINERS,
    LIFELIKE,
    PLANTS,
    VEHICLES,
    is_animate,
    is_clothing,
    is_part,
    is_person,
)
from sightline.readers.grammar.noun_phrases import NounPhrase
from sightline.readers.grammar.scene_verbs import ALSO_OF_THINGS, ANIMATE_VERBS, OF_PERSONS, OF_PLANTS

__all__ = ["Attached", "antecedents", "doers", "lives", "of_relation", "place_of", "related"]


class Attached(NamedTuple):
    """A thing of a chain: one of those named since a clause began, each attached to one before it.

    Args:
        thing: its place among the things of the sentence.
        by: the preposition or verb by which it came in, "" for the first.
    """

    thing: int
    by: str = ""


def doers(among: Sequence[int], things: Sequence[NounPhrase], verb: str) -> tuple[int, ...]:
    """The one of several things that a verb after them can be said of, or nothing.

    Args:
        among: places of things.
        things: the things of the sentence.
        verb: in its base form.
    """
    if verb in OF_PERSONS:
        fitting = [i for i in among if is_person(things[i].name) or things[i].head in LIFELIKE or things[i].stands_for]
    elif verb == "park":
        fitting = [i for i in among if things[i].head in VEHICLES or things[i].stands_for]
    elif verb in OF_PLANTS:
        fitting = [i for i in among if things[i].head in PLANTS or things[i].head.endswith(("tree", "leaf", "flower"))]
    elif verb in ANIMATE_VERBS:
        fitting = [i for i in among if lives(things[i])]
        if not fitting and verb in ALSO_OF_THINGS:
            fitting = list(among)
    else:
        fitting = list(among)
    return tuple(fitting) if len(fitting) == 1 else ()


def antecedents(
    among: Sequence[int], things: Sequence[NounPhrase], relative: str, plural: bool | None
) -> tuple[int, ...]:
    """What "that", "which" or "who" after several things stands for, where only one can be meant.

    Args:
        among: places of things.
        things: the things of the sentence.
        relative: the pronoun.
        plural: whether the verb after it is a plural's; None where it does not tell.
    """
    fitting = list(among)
    if relative == "who":
        fitting = [i for i in fitting if is_person(things[i].name)]
    if plural is not None:
        fitting = [i for i in fitting if (things[i].number > 1) == plural]
    return tuple(fitting) if len(fitting) == 1 else ()


def place_of(chain: Sequence[Attached], things: Sequence[NounPhrase], preposition: str) -> tuple[int, ...]:
    """What a preposition after a chain places: the nearest thing, or the one that the nearest is worn by or part of."""
    if not chain:
        return ()
    nearest = chain[-1]
    if len(chain) == 1 or preposition == "of":
        return (nearest.thing,)
    holder = chain[-2].thing
    if preposition == "with":
        return (holder,) if nearest.by == "of" and things[holder].head in CONTAINERS else ()
    if nearest.by in ("in", "with") and is_clothing(things[nearest.thing].name):
        return (holder,) if is_animate(things[holder].name) and nearest.by == "in" else ()
    if nearest.by == "with":
        return ()
    if nearest.by == "of" and things[holder].head in CONTAINERS:
        return (holder,)
    return () if preposition in ("left of", "right of") else (nearest.thing,)


def related(subject: NounPhrase, preposition: str, verb: str, thing: NounPhrase) -> str:
    """The predicate between a thing and what a preposition after the object of a verb names, "" where that is unsure.

    "A man wearing a hat on his head": the hat is on the head. "A man throwing a ball on the beach": who knows.
    """
    if verb not in ("wear", "hold", "have", "carry"):
        return ""
    if preposition == "with":
        part = is_part(thing.name) and not is_person(subject.name)
        return "with" if part and verb in ("wear", "have") else ""
    if preposition not in ("in", "on", "around", "over", "under", "inside"):
        return ""
    if verb == "have":
        return preposition
    return preposition if is_part(thing.name) or (verb == "wear" and is_clothing(thing.name)) else ""


def of_relation(first: NounPhrase, second: NounPhrase) -> tuple[str, bool]:
    """How "first of second" relates the two: the predicate, and whether the second is its subject; "" for no relation.

    Example:
        >>> wheel, bowl, bus, soup = (NounPhrase(name) for name in ("wheel", "bowl", "bus", "soup"))
        >>> of_relation(wheel, bus), of_relation(bowl, soup)
        (('has', True), ('containing', False))
    """
    if first.head in CONTAINERS and not second.definite and second.head not in VEHICLES | ANIMALS:
        return ("", False) if is_person(second.name) else ("containing", False)
    if second.head in ("hair", "fur", "skin"):
        return "", False
    if is_part(first.name) or (is_clothing(first.name) and is_person(second.name)):
        return "has", True
    return "", False


def lives(thing: NounPhrase) -> bool:
    """Whether a thing is a person or an animal, or a pronoun that may be one."""
    return is_animate(thing.name) or bool(thing.stands_for)
