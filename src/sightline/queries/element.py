"""An element of a scene: one true claim, and false ones that differ from it in one word or phrase."""

from dataclasses import dataclass, replace
from typing import Literal

from sightline.core import Attribute, Claim, Presence, Relation
from sightline.scenes.scene_graphs.graph import SceneGraph

__all__ = ["KINDS", "NEGATIVES", "Element", "Kind", "Negative", "differs_in", "elements_of"]

Kind = Literal["object", "attribute", "relation"]

KINDS: tuple[Kind, ...] = ("object", "attribute", "relation")

NEGATIVES = 4
"""How many negatives an element has, so that with the true one there are five options (FINER, section 2)."""


@dataclass(frozen=True, slots=True)
class Negative:
    """A false claim beside a true one.

    Args:
        claim: of the same kind, different in one field.
        by: who made it: "statistics", or the name of a language model.
    """

    claim: Claim
    by: str


@dataclass(frozen=True, slots=True)
class Element:
    """One true claim of a scene and its negatives.

    Args:
        image: name of the image.
        claim: what holds: that an object is there, has an attribute, or stands in a relation.
        subject: id of the object in the scene graph.
        object: id of the second object of a relation, else "".
        negatives: what does not hold.
    """

    image: str
    claim: Claim
    subject: str
    object: str = ""
    negatives: tuple[Negative, ...] = ()

    @property
    def kind(self) -> Kind:
        """Which kind of claim it is."""
        kinds: dict[type, Kind] = {Presence: "object", Attribute: "attribute", Relation: "relation"}
        return kinds[type(self.claim)]

    @property
    def key(self) -> str:
        """Its name within a build: image, kind and what is claimed of which object.

        Example:
            >>> Element("a.jpg", Attribute("moon", "red"), "3").key
            'a.jpg/attribute/3/red'
        """
        said = self.claim
        what = said.attribute if isinstance(said, Attribute) else ""
        if isinstance(said, Relation):
            what = f"{said.predicate}/{self.object}"
        return "/".join(part for part in (self.image, self.kind, self.subject, what) if part)

    def with_negatives(self, negatives: tuple[Negative, ...]) -> "Element":
        """The same element with these negatives."""
        return replace(self, negatives=negatives)


def elements_of(graph: SceneGraph) -> tuple[Element, ...]:
    """The true elements of a scene graph: objects, then attributes, then relations, each name or claim once.

    Objects that are not in plain sight have none, and no relation to them is an element.

    Example:
        >>> from sightline.scenes.scene_graphs.graph import GraphObject, GraphRelation
        >>> moon, cup = GraphObject("1", "moon", ("red",)), GraphObject("2", "cup")
        >>> graph = SceneGraph("a.jpg", (moon, cup), (GraphRelation("1", "above", "2"),))
        >>> [element.key for element in elements_of(graph)]
        ['a.jpg/object/1', 'a.jpg/object/2', 'a.jpg/attribute/1/red', 'a.jpg/relation/1/above/2']
    """
    clear = {each.id: each for each in graph.objects if each.clear}
    found: dict[Claim, Element] = {}
    for each in clear.values():
        found.setdefault(Presence(each.name), Element(graph.image, Presence(each.name), each.id))
    for each in clear.values():
        for attribute in each.attributes:
            claim = Attribute(each.name, attribute)
            found.setdefault(claim, Element(graph.image, claim, each.id))
    for relation in graph.relations:
        if relation.subject in clear and relation.object in clear and relation.subject != relation.object:
            said = Relation(clear[relation.subject].name, relation.predicate, clear[relation.object].name)
            found.setdefault(said, Element(graph.image, said, relation.subject, relation.object))
    return tuple(found.values())


def differs_in(claim: Claim, other: Claim) -> tuple[str, ...]:
    """The fields in which two claims of one kind differ; claims of different kinds differ in their kind.

    Example:
        >>> differs_in(Attribute("moon", "red"), Attribute("moon", "blue"))
        ('attribute',)
        >>> differs_in(Relation("moon", "above", "cup"), Relation("moon", "below", "key"))
        ('predicate', 'object')
    """
    if type(claim) is not type(other):
        return ("kind",)
    return tuple(name for name in type(claim).__slots__ if getattr(claim, name) != getattr(other, name))
