"""Objects that are told apart by nothing, as one object with a number.

A scene of three small red moons has three objects of one name and the same attributes. A question can mean none of
them alone: "the red moon" is any, and what holds for one of them need not hold for the next. So they are one object of
which there are three, a relation holds for it where it holds for every member, and it is in plain sight where all
members are, since nobody could say how many moons there are otherwise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sightline.scenes.scene_graphs.graph import GraphObject, GraphRelation

__all__ = ["grouped"]


def grouped(
    objects: Sequence[GraphObject], relations: Iterable[tuple[str, str, str]]
) -> tuple[tuple[GraphObject, ...], tuple[GraphRelation, ...]]:
    """Make one object of all that share name and attributes.

    Args:
        objects: each with an entry of its own; a group takes the place and the id of its first member.
        relations: between these objects: id of the first, predicate, id of the other.

    Returns:
        The groups, and the relations that hold between all members of one and all of another, in the order in which
        they first occur; relations within a group are none of them.

    Example:
        >>> objects = [GraphObject("1", "moon", ("red",)), GraphObject("2", "moon", ("red",)), GraphObject("3", "cup")]
        >>> told = [("1", "above", "3"), ("2", "above", "3"), ("1", "touching", "3")]
        >>> groups, held = grouped(objects, told)
        >>> [(each.id, each.name, each.number) for each in groups]
        [('1', 'moon', 2), ('3', 'cup', 1)]
        >>> [(each.subject, each.predicate, each.object) for each in held]
        [('1', 'above', '3')]
    """
    members: dict[tuple[str, tuple[str, ...]], list[GraphObject]] = {}
    for each in objects:
        members.setdefault((each.name, each.attributes), []).append(each)
    group_of = {each.id: group[0].id for group in members.values() for each in group}
    sizes = {group[0].id: len(group) for group in members.values()}
    pairs: dict[tuple[str, str, str], int] = {}
    for subject, predicate, object_ in dict.fromkeys(relations):
        key = group_of[subject], predicate, group_of[object_]
        pairs[key] = pairs.get(key, 0) + 1
    held = (
        GraphRelation(subject, predicate, object_)
        for (subject, predicate, object_), number in pairs.items()
        if subject != object_ and number == sizes[subject] * sizes[object_]
    )
    return tuple(_one(group) for group in members.values()), tuple(held)


def _one(group: Sequence[GraphObject]) -> GraphObject:
    return replace(group[0], number=len(group), clear=all(each.clear for each in group))
