"""Small scenes and their elements, with negatives that are given."""

from dataclasses import replace

from sightline.core import Attribute, Claim, Presence, Relation
from sightline.queries.element import Element, Negative, elements_of
from sightline.scenes.scene_graphs import GraphObject, GraphRelation, SceneGraph

MOON, CUP, KEY, SHORTS = (
    GraphObject("1", "moon", ("red", "large")),
    GraphObject("2", "cup", ("blue", "striped")),
    GraphObject("3", "key", (), 2),
    GraphObject("4", "shorts", ("green",)),
)
RELATIONS = (GraphRelation("1", "left of", "2"), GraphRelation("1", "above", "3"), GraphRelation("2", "on", "4"))

INSTEAD = {
    "moon": ("star", "kite", "boat", "fork"),
    "cup": ("plate", "bottle", "house", "tree"),
    "key": ("gear", "ball", "shell", "anchor"),
    "shorts": ("trousers", "shirt", "skirt", "coat"),
    "red": ("blue", "green", "yellow", "pink"),
    "large": ("small", "tiny", "medium", "little"),
    "blue": ("red", "orange", "grey", "brown"),
    "striped": ("plain", "dotted", "checked", "spotted"),
    "green": ("red", "black", "white", "gold"),
}
"""What is put in for each name and attribute; for a relation it is what is put in for its second object."""


def scene(image: str = "a.jpg") -> SceneGraph:
    """A large red moon, left of a striped blue cup, which is on green shorts, and above two keys."""
    return SceneGraph(image, (MOON, CUP, KEY, SHORTS), RELATIONS)


OTHERS = ("one", "two", "three", "four")


def given(element: Element, number: int = 4) -> Element:
    """An element with so many of its negatives."""
    claim = element.claim
    made: list[Claim] = []
    if isinstance(claim, Attribute):
        made = [replace(claim, attribute=each) for each in INSTEAD.get(claim.attribute, OTHERS)]
    elif isinstance(claim, Presence | Relation):
        made = [replace(claim, object=name) for name in INSTEAD.get(claim.object, OTHERS)]
    return element.with_negatives(tuple(Negative(each, "statistics") for each in made[:number]))


def elements(*graphs: SceneGraph, number: int = 4) -> list[Element]:
    """The elements of scenes, each with so many negatives."""
    return [given(element, number) for graph in graphs for element in elements_of(graph)]
