"""What a language model is told when it reads the scene graph of a caption: one task for each of three stages.

Tasks stay the same for all captions and come first, so that a server can keep them; the caption comes after them. Each
ends with examples in the very form in which captions are asked about and replies are expected. Wording and examples
are sightline's own.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

__all__ = ["ATTRIBUTES", "EXAMPLES", "OBJECTS", "RELATIONS", "TASKS", "ExtractionExample", "caption_prompt"]

OBJECTS = "objects"
ATTRIBUTES = "attributes"
RELATIONS = "relations"

_OBJECTS_RULES = """\
You are given the caption of a photo. List the objects that the caption says are in the photo.

Rules:
1. An object is something in the photo that one could point at: a person, an animal, a thing, a piece of clothing, a \
part of the body or of a thing, a plant, food, a building, the ground, water, the sky.
2. "name" is the noun that the caption uses for the object, in the singular and in small letters, without adjectives, \
articles or numbers. For "two large wine glasses" the name is "wine glass".
3. "number" is how many there are:
   - 1 if there is one, and for what cannot be counted ("grass", "sky");
   - the number that the caption gives, if it gives one ("two dogs": 2);
   - 0 if there are several and the caption gives no number ("dogs", "some dogs").
4. List each name once. If the caption tells of "a man" and then of "another man", list "man" once, with the number 0.
5. Use nouns of the caption only. Do not add objects that the caption does not name.
6. Leave out:
   - what the caption says is not there ("no people");
   - what it only compares something with or guesses at ("like a castle", "maybe a dog");
   - what cannot be pointed at: colours, shapes, light, weather, moods, times, actions;
   - words for the photo itself and for places in it: "photo", "close-up", "view", "background", "left side".

Reply with one JSON object and with nothing else, in this form:
{"objects": [{"name": "dog", "number": 2}, {"name": "ball", "number": 1}]}
If there is no object to list, reply {"objects": []}
"""

_ATTRIBUTES_RULES = """\
You are given the caption of a photo and a list of the objects in it. List what the caption says of how each object \
looks: its attributes.

Rules:
1. An attribute is something that one could see of the object by itself: its colour, size, shape, material, pattern, \
age, state, posture, expression, or what it is doing by itself ("sleeping", "running").
2. "object" is a name of the list, copied exactly, without the number behind it.
3. "attribute" has the words of the caption, in small letters, and is short. "The lamp glows" gives "glowing", and "a \
parked car" gives "parked". Each attribute has its own entry: "a large red ball" gives two, "large" and "red". Only \
colours that belong together stay together: "red and white", "dark blue".
4. Take only what the caption says of that very object. Do not guess, and do not use what you know of such objects.
5. If a name stands for several objects, take only what the caption says of all of them.
6. These are not attributes; leave them out:
   - where an object is, and what it does with another object of the list ("on the table", "holding a cup");
   - how many there are, and which one is meant ("two", "second", "left", "other");
   - what one cannot see ("famous", "expensive", "beautiful", "similar");
   - what the name says already ("wine" of a "wine glass").
7. Leave out objects of which the caption tells no attribute.

Reply with one JSON object and with nothing else, in this form:
{"attributes": [{"object": "ball", "attribute": "large"}, {"object": "ball", "attribute": "red"}]}
If there is no attribute to list, reply {"attributes": []}
"""

_RELATIONS_RULES = """\
You are given the caption of a photo and a list of the objects in it. List what the caption says of how two of the \
objects stand to each other: their relations.

Rules:
1. A relation is between two different objects of the list. It says where the first one is, seen from the second \
("on", "behind", "left of"), or what the first one does with the second ("holding", "wearing", "riding"), or that the \
second one is a part of the first or belongs to it ("has").
2. "subject" is the first object and "object" the second. Both are names of the list, copied exactly, without the \
number behind them.
3. "predicate" has the words of the caption that join the two, in small letters, without "is" or "are" at the \
beginning and without an article at the end. "A cat is lying on the sofa" and "A cat lies on a sofa" both give "lying \
on"; "a table is covered with a cloth" gives "covered with".
4. For "a man with a beard" and for "a man has a beard" the predicate is "has".
5. Take only what the caption says. Do not guess. Do not turn relations round: if the caption says that a cat is on a \
sofa, do not add that the sofa is under the cat.
6. If a name stands for several objects, take only what the caption says of all of them.
7. "It", "they", "he", "who" and the like stand for an object: write the name of that object.
8. Leave out how objects stand to the photo ("in the background") and to things that are not in the list.

Reply with one JSON object and with nothing else, in this form:
{"relations": [{"subject": "dog", "predicate": "chasing", "object": "ball"}]}
If there is no relation to list, reply {"relations": []}
"""


class ExtractionExample(NamedTuple):
    """A caption and the right reply to it.

    Args:
        caption: the caption.
        objects: the objects that are known, after the first stage.
        reply: the right reply.
    """

    caption: str
    objects: tuple[tuple[str, int], ...]
    reply: Mapping[str, Any]


_CATS = (
    "An orange cat and two striped kittens are asleep on a leather sofa. Books lie on the floor behind it. There is no "
    "dog in the room."
)
_IN_CATS = (("cat", 1), ("kitten", 2), ("sofa", 1), ("book", 0), ("floor", 1), ("room", 1))

_STREET = (
    "A low-angle shot of a street at night. In the foreground, a woman in a long red coat waits at a bus stop next to "
    "another woman, who is holding a phone. The traffic light above them glows like a lantern."
)
_IN_STREET = (("street", 1), ("woman", 0), ("coat", 1), ("bus stop", 1), ("phone", 1), ("traffic light", 1))

_MAN = "A bearded man with a camera stands to the left of a bicycle. He wears a green hat."
_IN_MAN = (("man", 1), ("camera", 1), ("bicycle", 1), ("hat", 1))


def _objects(objects: Sequence[tuple[str, int]]) -> dict[str, Any]:
    return {"objects": [{"name": name, "number": number} for name, number in objects]}


def _attributes(*told: tuple[str, str]) -> dict[str, Any]:
    return {"attributes": [{"object": object_, "attribute": attribute} for object_, attribute in told]}


def _relations(*told: tuple[str, str, str]) -> dict[str, Any]:
    names = ("subject", "predicate", "object")
    return {"relations": [dict(zip(names, each, strict=True)) for each in told]}


EXAMPLES: Mapping[str, tuple[ExtractionExample, ...]] = {
    OBJECTS: (
        ExtractionExample(_CATS, (), _objects(_IN_CATS)),
        ExtractionExample(_STREET, (), _objects(_IN_STREET)),
        ExtractionExample("A very dark and blurry picture with a calm mood.", (), _objects(())),
    ),
    ATTRIBUTES: (
        ExtractionExample(
            _CATS,
            _IN_CATS,
            _attributes(
                ("cat", "orange"),
                ("cat", "asleep"),
                ("kitten", "striped"),
                ("kitten", "asleep"),
                ("sofa", "leather"),
            ),
        ),
        ExtractionExample(
            _STREET, _IN_STREET, _attributes(("coat", "long"), ("coat", "red"), ("traffic light", "glowing"))
        ),
        ExtractionExample("A vase next to a clock.", (("vase", 1), ("clock", 1)), _attributes()),
    ),
    RELATIONS: (
        ExtractionExample(
            _CATS,
            _IN_CATS,
            _relations(
                ("cat", "asleep on", "sofa"),
                ("kitten", "asleep on", "sofa"),
                ("book", "lying on", "floor"),
                ("book", "behind", "sofa"),
            ),
        ),
        ExtractionExample(
            _MAN,
            _IN_MAN,
            _relations(
                ("man", "has", "camera"),
                ("man", "standing to the left of", "bicycle"),
                ("man", "wearing", "hat"),
            ),
        ),
        ExtractionExample("A vase and a clock in dim light.", (("vase", 1), ("clock", 1)), _relations()),
    ),
}
"""Stage → its examples."""


def caption_prompt(caption: str, objects: Sequence[tuple[str, int]] = ()) -> str:
    """What is asked about one caption.

    Args:
        caption: as written.
        objects: names and numbers of the objects that are known, after the first stage.

    Example:
        >>> print(caption_prompt("A cat on books.", [("cat", 1), ("book", 0)]))
        Caption: A cat on books.
        Objects: cat, book (several)
        Reply:
    """
    known = ", ".join(_with_number(*each) for each in objects)
    listed = [f"Objects: {known}"] if known else []
    return "\n".join([f"Caption: {' '.join(caption.split())}", *listed, "Reply:"])


def _with_number(name: str, number: int) -> str:
    if number == 1:
        return name
    return f"{name} ({number or 'several'})"


def _task(rules: str, examples: Sequence[ExtractionExample]) -> str:
    """Rules with examples after them."""
    shown = [
        f"Example {place}\n{caption_prompt(each.caption, each.objects)} {json.dumps(each.reply)}"
        for place, each in enumerate(examples, start=1)
    ]
    return "\n\n".join([rules.strip(), *shown])


TASKS: Mapping[str, str] = {
    OBJECTS: _task(_OBJECTS_RULES, EXAMPLES[OBJECTS]),
    ATTRIBUTES: _task(_ATTRIBUTES_RULES, EXAMPLES[ATTRIBUTES]),
    RELATIONS: _task(_RELATIONS_RULES, EXAMPLES[RELATIONS]),
}
"""Stage → what the model is told about its task."""
