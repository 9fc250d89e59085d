"""What a language model is told when it writes negatives: one task for each thing that can be changed.

A scene comes before its element, so that a server can keep what the elements of one scene have in common. Each task
ends with examples in the very form in which elements are asked about and replies are expected. Wording and examples
are sightline's own; the rules are those of FINER (arXiv 2603.17662, section 2.3).
"""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sightline.core import Attribute, Claim, Presence, Relation
from sightline.scenes.scene_graphs.graph import GraphObject, SceneGraph

__all__ = [
    "EXAMPLES",
    "NAME",
    "OBJECT",
    "PREDICATE",
    "TASKS",
    "VALUE",
    "WRITTEN",
    "NegativeExample",
    "negative_prompt",
    "scene_text",
]

NAME, VALUE, PREDICATE, OBJECT = "object", "attribute", "predicate", "second object"
"""What is changed: the object whose presence is claimed, an attribute, and predicate or second object of a relation."""

WRITTEN = "written already"
"""The reason why a negative that was kept must not be written again."""

_BEGINNING = """\
You write wrong answers for a quiz about photos. They must sound right to people who have not seen the photo, and be \
clearly wrong for people who see it."""

_END = """\
Each task says how many you write. It may list what you must not write, with the reason.
Reply with one JSON object and with nothing else. Its list has exactly as many texts as the task says:
{"negatives": ["first", "second", "third", "fourth"]}"""

_A_NAME = """\
3. Another thing: not another word for the object that it replaces, and no wider or narrower kind of that. For "sofa" \
do not write "couch", "furniture" or "loveseat".
4. The same form: a noun in the singular and in small letters, without article, number or adjective, and with nothing \
after it. Write "dog", not "a brown dog" and not "dog on a rug".
5. All different: no two texts mean the same."""

_RULES: Mapping[str, str] = {
    NAME: f"""\
You are told what is in a photo, and given one of its objects. Write other objects, which are NOT in the photo.

Rules:
1. Plausible: each could well be in such a scene, in the place of the given object.
2. Wrong: none is in the photo. Do not write anything that the scene names, by whatever word. Do not write what comes \
along with something that the scene names: if there is a man, there is also a face and a shirt.
{_A_NAME}""",
    VALUE: """\
You are told what is in a photo, and given one of its objects with one of its attributes. Write other attributes, \
which that object does NOT have.

Rules:
1. Plausible: objects of that kind often have the attribute.
2. Wrong: the object cannot have it together with the given attribute, and the scene does not say it of that object. \
For "red" write another colour. Do not write "shiny", because a red object may also be shiny.
3. Something else: not another word for the given attribute, no shade of it, and nothing wider or narrower. For "red" \
do not write "crimson", "dark red" or "colourful".
4. The same kind and form: a colour for a colour, a material for a material, "with a blue collar" for "with a red \
collar". Do not name the object: write "blue", not "blue cup".
5. All different: no two texts mean the same.""",
    PREDICATE: """\
You are told what is in a photo, and given two of its objects with the words that say how the first stands to the \
second. Write other words to put between the two objects, with which it is NOT true.

Rules:
1. Plausible: such objects often stand so to each other.
2. Wrong: it cannot be true of these two objects at the same time as the given words. For "sitting on" write \
"standing on". Do not write "near", because someone who sits on a chair is also near it.
3. Something else: not other words for the same, and nothing wider or narrower. For "on" do not write "on top of", \
"atop" or "touching".
4. Only the words between the objects, in small letters and without "is": "holding", not "holds". Name no object: \
write "hiding under", not "hiding under the table". Do not write "not".
5. All different: no two texts mean the same.""",
    OBJECT: f"""\
You are told what is in a photo, and given two of its objects with the words that say how the first stands to the \
second. Write other objects to put in the place of the second object, with which it is NOT true.

Rules:
1. Plausible: the first object often stands so to such an object.
2. Wrong: none is in the photo, and the first object does not stand so to it. Do not write anything that the scene \
names, by whatever word. Do not write what comes along with the second object: someone who stands on a beach also \
stands on sand.
{_A_NAME}""",
}


class NegativeExample(NamedTuple):
    """An element and a right reply to it.

    Args:
        scene: the caption of its image.
        claim: what is true.
        never: texts that must not come, each with the reason.
        negatives: the right reply.
    """

    scene: str
    claim: Claim
    never: tuple[tuple[str, str], ...]
    negatives: tuple[str, ...]


_KITCHEN = "A woman cuts bread on a wooden board in a kitchen. Jars stand on a shelf behind her."
_LAWN = "Two boys play football on a lawn. A large brown dog is asleep under a tree."
_PARK = "A woman sits on a bench under a tree. A dog lies in front of the bench."

EXAMPLES: Mapping[str, tuple[NegativeExample, ...]] = {
    NAME: (
        NegativeExample(_KITCHEN, Presence("board"), (), ("plate", "newspaper", "towel", "cake")),
        NegativeExample(
            _LAWN,
            Presence("dog"),
            (("puppy", "another name for it"), ("boy", "it is in the scene"), ("cat", WRITTEN)),
            ("rabbit", "pigeon"),
        ),
    ),
    VALUE: (
        NegativeExample(_KITCHEN, Attribute("board", "wooden"), (), ("plastic", "glass", "marble", "metal")),
        NegativeExample(
            _LAWN,
            Attribute("dog", "asleep"),
            (("sleeping", "another word for it"), ("brown", "the scene says it"), ("running", WRITTEN)),
            ("sitting up", "jumping"),
        ),
    ),
    PREDICATE: (
        NegativeExample(
            _PARK,
            Relation("woman", "sitting on", "bench"),
            (),
            ("standing behind", "lifting", "walking past", "lying under"),
        ),
        NegativeExample(
            _PARK,
            Relation("dog", "lying in front of", "bench"),
            (("near", "it may be true at the same time"), ("lying behind", WRITTEN)),
            ("sitting on", "jumping over"),
        ),
    ),
    OBJECT: (
        NegativeExample(_PARK, Relation("woman", "sitting on", "bench"), (), ("swing", "blanket", "wall", "horse")),
        NegativeExample(
            _LAWN,
            Relation("dog", "under", "tree"),
            (("oak", "a kind of it"), ("bench", WRITTEN)),
            ("table", "umbrella"),
        ),
    ),
}
"""What is changed → its examples."""


def negative_prompt(graph: SceneGraph, claim: Claim, wanted: int, never: Sequence[tuple[str, str]] = ()) -> str:
    """What is asked about one element.

    Args:
        graph: its scene.
        claim: what is true.
        wanted: how many negatives are asked for.
        never: texts that must not come, each with the reason.

    Example:
        >>> graph = SceneGraph("a.jpg", (), caption="A red cup.")
        >>> print(negative_prompt(graph, Attribute("cup", "red"), 2, [("crimson", "a shade of it")]))
        Scene: A red cup.
        Object: cup
        Attribute: red
        Must not be written: "crimson" (a shade of it)
        Number of texts to write: 2
        Reply:
    """
    told = ", ".join(f"{json.dumps(text, ensure_ascii=False)} ({reason})" for text, reason in never)
    forbidden = [f"Must not be written: {told}"] if told else []
    lines = [f"Scene: {scene_text(graph)}", *_element_lines(claim), *forbidden]
    return "\n".join([*lines, f"Number of texts to write: {wanted}", "Reply:"])


def scene_text(graph: SceneGraph) -> str:
    """A scene in words: its caption or, where it has none, what its graph lists.

    Example:
        >>> from sightline.scenes.scene_graphs.graph import GraphRelation
        >>> cup, key = GraphObject("1", "cup", ("red", "large")), GraphObject("2", "key", number=3)
        >>> print(scene_text(SceneGraph("a.jpg", (cup, key), (GraphRelation("1", "left of", "2"),))))
        cup (red, large), key (3). cup left of key.
    """
    if graph.caption.strip():
        return " ".join(graph.caption.split())
    names = {each.id: each.name for each in graph.objects}
    objects = ", ".join(_described(each) for each in graph.objects)
    relations = ", ".join(f"{names[each.subject]} {each.predicate} {names[each.object]}" for each in graph.relations)
    return " ".join(f"{part}." for part in (objects, relations) if part)


def _described(object_: GraphObject) -> str:
    number = [] if object_.number == 1 else [str(object_.number or "several")]
    told = ", ".join([*number, *object_.attributes])
    return f"{object_.name} ({told})" if told else object_.name


def _element_lines(claim: Claim) -> list[str]:
    if isinstance(claim, Presence):
        return [f"Object: {claim.object}"]
    if isinstance(claim, Attribute):
        return [f"Object: {claim.object}", f"Attribute: {claim.attribute}"]
    assert isinstance(claim, Relation)
    return [f"First object: {claim.subject}", f"Words between: {claim.predicate}", f"Second object: {claim.object}"]


def _task(rules: str, examples: Sequence[NegativeExample]) -> str:
    """Rules with examples after them."""
    shown = []
    for place, each in enumerate(examples, start=1):
        scene = SceneGraph("", (), caption=each.scene)
        prompt = negative_prompt(scene, each.claim, len(each.negatives), each.never)
        shown.append(f"Example {place}\n{prompt} {json.dumps({'negatives': each.negatives})}")
    return "\n\n".join([_BEGINNING, rules, _END, *shown])


TASKS: Mapping[str, str] = {changed: _task(rules, EXAMPLES[changed]) for changed, rules in _RULES.items()}
"""What is changed → what the model is told about its task."""
