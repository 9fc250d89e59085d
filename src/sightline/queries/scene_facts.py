"""What a scene graph lets one say is surely not in its image."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from sightline.core import Relation
from sightline.readers.attribute_classes import attributes_named, same_attribute
from sightline.readers.parts import implies, often_with, unowned
from sightline.readers.predicates import agreeing, canonical, converse
from sightline.readers.synonyms import (
    concepts_in,
    concepts_of,
    is_seldom_listed,
    may_be_same,
    may_name,
    plain_name,
)
from sightline.scenes.scene_graphs.graph import GraphObject, SceneGraph

__all__ = ["SceneFacts", "facts_of"]

_SPELLED_ALIKE = 0.8
"""From this share of common letters on, a name that the tables do not know may be a misspelling of another."""

_CLAUSE = re.compile(r"[.;:!?,]|\b(?:and|but|while|with)\b")
_SENTENCE = re.compile(r"[.;!?]")


@dataclass(frozen=True, slots=True, eq=False)
class SceneFacts:
    """A scene graph, with what its names may mean.

    Args:
        graph: the scene graph.
        relations: subject, predicate as the tables call it, and object, of each.
        names: all names of its objects, synonyms that the annotation gives among them, each once.
        named: all that may be said of what it names, as the tables of synonyms call it.
        implied: what comes along with what it names.
        likely: what is often seen with what it names.
        unowned: what parts that it names may be of, where it names nothing else that these could be of.
        in_caption: all that its caption names.
    """

    graph: SceneGraph
    relations: tuple[tuple[GraphObject, str, GraphObject], ...]
    names: tuple[str, ...]
    named: frozenset[str]
    implied: frozenset[str]
    likely: frozenset[str]
    unowned: frozenset[str]
    in_caption: frozenset[str]

    def holds(self, name: str) -> bool:
        """Whether something in the scene may be called so."""
        return not concepts_of(name).isdisjoint(self.named) and any(may_be_same(name, each) for each in self.names)

    def implies(self, name: str) -> bool:
        """Whether what is in the scene brings something along that is called so, or may be a part of it."""
        return not concepts_of(name).isdisjoint(self.implied) or not may_name(name).isdisjoint(self.unowned)

    def tells(self, name: str) -> bool:
        """Whether the caption names something that may be called so."""
        return not may_name(name).isdisjoint(self.in_caption)

    def overlooks(self, name: str) -> bool:
        """Whether such a thing may be in the image although nobody listed it."""
        if self.graph.complete:
            return False
        return is_seldom_listed(name) or not concepts_of(name).isdisjoint(self.likely)

    def misspells(self, name: str) -> bool:
        """Whether a name that no table knows is spelled nearly like this one."""
        unknown = (each for each in self.names if plain_name(each) is None)
        return any(SequenceMatcher(None, each, name).ratio() >= _SPELLED_ALIKE for each in unknown)

    def called(self, name: str) -> Iterator[GraphObject]:
        """The objects that may be called so."""
        return (each for each in self.graph.objects if _is_called(each, name))

    def has_attribute(self, name: str, attribute: str) -> bool:
        """Whether an object that may be called so has an attribute, or one that mentions it."""
        return any(
            same_attribute(held, attribute) or any(same_attribute(part, attribute) for part in attributes_named(held))
            for each in self.called(name)
            for held in each.attributes
        )

    def has_relation(self, claim: Relation) -> bool:
        """Whether a relation holds between objects that may be called so, said in whichever way."""
        back = converse(claim.predicate)
        ahead, reverse = agreeing(claim.predicate), agreeing(back) if back else frozenset[str]()
        return any(
            (predicate in ahead and _are_called(first, second, claim))
            or (predicate in reverse and _are_called(second, first, claim))
            for first, predicate, second in self.relations
        )

    def tells_attribute(self, name: str, attribute: str) -> bool:
        """Whether the caption has an attribute in one clause with something that may be called so."""
        if not self.tells(name):
            return False
        clauses = _CLAUSE.split(self.graph.caption.lower())
        about = (clause for clause in clauses if not may_name(name).isdisjoint(concepts_in(clause)))
        return any(
            f" {attribute} " in f" {clause} "
            or any(same_attribute(part, attribute) for part in attributes_named(clause))
            for clause in about
        )

    def tells_relation(self, claim: Relation) -> bool:
        """Whether a sentence of the caption says what a claim says, in its order."""
        predicate = canonical(claim.predicate)
        for sentence in _SENTENCE.split(self.graph.caption.lower()):
            for said in dict.fromkeys((predicate, claim.predicate)):
                before, found, after = sentence.partition(f" {said} ")
                ends = ((claim.subject, before), (claim.object, after))
                if found and all(not may_name(name).isdisjoint(concepts_in(part)) for name, part in ends):
                    return True
        return False


@lru_cache(maxsize=64)
def facts_of(graph: SceneGraph) -> SceneFacts:
    """The facts of a scene graph.

    Example:
        >>> facts = facts_of(SceneGraph("a.jpg", (GraphObject("1", "surfer"),)))
        >>> facts.holds("man"), facts.holds("dog"), facts.implies("wave")
        (True, False, True)
    """
    names = tuple(dict.fromkeys(name for each in graph.objects for name in (each.name, *each.synonyms)))
    objects = {each.id: each for each in graph.objects}
    return SceneFacts(
        graph,
        tuple((objects[each.subject], canonical(each.predicate), objects[each.object]) for each in graph.relations),
        names,
        frozenset().union(*map(may_name, names)),
        frozenset().union(*map(implies, names)),
        frozenset().union(*map(often_with, names)),
        frozenset() if graph.complete else unowned(names),
        concepts_in(graph.caption),
    )


def _is_called(each: GraphObject, name: str) -> bool:
    return may_be_same(each.name, name) or any(may_be_same(own, name) for own in each.synonyms)


def _are_called(first: GraphObject, second: GraphObject, claim: Relation) -> bool:
    return _is_called(first, claim.subject) and _is_called(second, claim.object)
