"""What a text says is in an image: objects, their attributes, and how they stand to one another.

No model reads here, but rules: a phrase or sentence is parted into words, noun phrases and clauses, and what cannot be
read with some certainty is left out. What is no thing in the image ("the background", "a close-up", "the atmosphere"),
what is denied or supposed ("no clouds", "possibly a shed"), and what something is only compared with ("like a fan") is
left out as well.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from sightline.readers.attribute_classes import excludes
from sightline.readers.grammar.clauses import said_in
from sightline.readers.grammar.coreference import Known, known_things
from sightline.readers.grammar.reading import Said
from sightline.readers.sentences import sentences

__all__ = ["SaidObject", "SaidRelation", "SceneText", "read_caption", "read_phrase"]

_GOES_ON = re.compile(r"[.!?\n]\s*\S")
"""What a text of more than one sentence has in it."""


class SaidObject(NamedTuple):
    """An object that a text names.

    Args:
        name: lower case, in the singular, with its compound modifiers: "door frame".
        attributes: what is said of it, lower case: "orange", "made of wood", "with a white collar", "parked". Colours
            that are said together are one: "red and white".
        number: how many: 1 in the singular, the number that is said, and 2, for at least two, where a plural stands
            without one.
        span: half-open range of characters of the name, where it stands first.
        counted: whether the number is what the text says; False for a plural without a number.
    """

    name: str
    attributes: tuple[str, ...]
    number: int
    span: tuple[int, int]
    counted: bool = True


class SaidRelation(NamedTuple):
    """How one object stands to another.

    Args:
        subject: place of the first among the objects.
        predicate: lower case: "on", "left of", "wearing", "sitting on", "has".
        object: place of the other.
    """

    subject: int
    predicate: str
    object: int


class SceneText(NamedTuple):
    """What a text says is in an image.

    Args:
        objects: in the order in which they are named first.
        relations: in the order of the text, each once.
    """

    objects: tuple[SaidObject, ...]
    relations: tuple[SaidRelation, ...]


def read_phrase(text: str) -> SceneText:
    """What a phrase or a short sentence about a part of an image says.

    What it names twice is two objects: "a man next to a man".

    Example:
        >>> scene = read_phrase("Two cows in the green meadow")
        >>> [(said.name, said.attributes, said.number) for said in scene.objects]
        [('cow', (), 2), ('meadow', ('green',), 1)]
        >>> scene.relations
        (SaidRelation(subject=0, predicate='in', object=1),)
    """
    spans = sentences(text) if _GOES_ON.search(text) else ((0, len(text)),)  # most phrases end where they stop
    return _scene([said_in(text, start, end) for start, end in spans], merges=False)


def read_caption(text: str) -> SceneText:
    """What a description of an image, of any number of sentences, says.

    What is named again is the same object, and all that is said of it is joined; attributes that contradict one another
    are left out.

    Example:
        >>> scene = read_caption("A cat sits on a red mat. The cat is orange. Its tail is long.")
        >>> [(said.name, said.attributes) for said in scene.objects]
        [('cat', ('orange',)), ('mat', ('red',)), ('tail', ('long',))]
        >>> [(relation.subject, relation.predicate, relation.object) for relation in scene.relations]
        [(0, 'sitting on', 1), (0, 'has', 2)]
    """
    return _scene([said_in(text, start, end) for start, end in sentences(text)], merges=True)


def _scene(said: Sequence[Said], merges: bool) -> SceneText:
    known, meant = known_things(said, merges)
    places = {id(each): place for place, each in enumerate(known)}
    relations: dict[SaidRelation, None] = {}
    for sentence, things in zip(said, meant, strict=True):
        for link in sentence.links:
            subject, object_ = things[link.subject], things[link.object]
            if subject is not None and object_ is not None and subject is not object_:
                relations[SaidRelation(places[id(subject)], link.predicate, places[id(object_)])] = None
    said_twice = {relation for relation in relations if relation.predicate == "with"} & {
        SaidRelation(relation.subject, "with", relation.object) for relation in relations if relation.predicate == "has"
    }
    kept = tuple(relation for relation in relations if relation not in said_twice)
    return SceneText(tuple(_object(each) for each in known), kept)


def _object(known: Known) -> SaidObject:
    said = known.attributes
    attributes = tuple(
        one for one in said if not any(excludes(one, other) or other.endswith(f" {one}") for other in said)
    )
    return SaidObject(known.name, attributes, known.number, known.first.span, known.counted)
