"""Scene graphs held against their images: a vision-language model is asked whether each thing in them can be seen.

Captions tell what nobody can see, and language models read them wrongly. What the model gives too little probability
is taken out of the graph, objects with all that is said of them. It is asked yes or no about every object, attribute
and relation, all questions of an image together, and answers by the log-likelihood of Yes and No.

Source: FINER (arXiv 2603.17662), which filters extracted graphs with a strong model; questions and threshold are
sightline's own.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from sightline.core import Asking, Attribute, Claim, ImageGroup, Presence, Relation, Replying, Said, claim_record
from sightline.errors import RequestError
from sightline.queries.phrases import Named, attributes_phrase, is_finite, said_of
from sightline.queries.staged import Done, Progress
from sightline.readers.nouns import PAIRED
from sightline.readers.word_classes import verb_of
from sightline.scenes.scene_graphs.graph import SEVERAL, GraphObject, SceneGraph
from sightline.scenes.scene_graphs.read_graphs import LeftOut

__all__ = [
    "NOTHING_LEFT",
    "NOT_SEEN",
    "NO_ANSWER",
    "NO_IMAGE",
    "THRESHOLD",
    "WITH_OBJECT",
    "Verified",
    "verification_groups",
    "verify_graphs",
]

THRESHOLD = 0.5
"""The least probability of Yes, against No, with which something stays, where nobody says otherwise."""

NO_IMAGE = "the image is missing"
NOT_SEEN = "the {kind} is not seen"
NO_ANSWER = "neither yes nor no is said of the {kind}"
WITH_OBJECT = "the {kind} went with its object"
NOTHING_LEFT = "nothing of it is seen"

_KINDS: Mapping[type, str] = {Presence: "object", Attribute: "attribute", Relation: "relation"}
_ASKING = Asking(choices=("Yes", "No"))


class Verified(NamedTuple):
    """Scene graphs of which everything was seen.

    Args:
        graphs: in the order given, without what was taken out.
        left_out: reason → images that were left out, and what was taken out of others, with its probability.
        probabilities: all that was asked or taken out, as records for a file: image, claim, ids of its objects, the
            question, the probability of Yes (None where there is none), and why it was taken out, or "".
    """

    graphs: tuple[SceneGraph, ...]
    left_out: LeftOut
    probabilities: tuple[dict[str, Any], ...]


class _Thing(NamedTuple):
    """An object, an attribute or a relation of a graph.

    Args:
        claim: what it says.
        subject: id of its object.
        object: id of the second object of a relation, else "".
        question: how it is asked about; "" where it is not.
    """

    claim: Claim
    subject: str
    object: str
    question: str


class _Judged(NamedTuple):
    """What came of asking about a thing.

    Args:
        thing: what was asked about.
        p_yes: the probability of Yes, None where there is none.
        reason: why it is taken out, or "".
    """

    thing: _Thing
    p_yes: float | None
    reason: str


_Answers = Mapping[str, float | None]
"""Question → the probability of Yes, None where there is none."""


def verify_graphs(
    graphs: Sequence[SceneGraph],
    model: Replying,
    images: Mapping[str, Path],
    threshold: float = THRESHOLD,
    batch_images: int = 16,
    progress: Progress | None = None,
) -> Verified:
    """Take out of scene graphs what a model does not see.

    Objects that are not in plain sight are not asked about, and stay with what is said of them.

    Args:
        graphs: the scenes.
        model: who is asked.
        images: for every image its file; graphs without one are left out.
        threshold: the least probability of Yes, against No, with which something stays.
        batch_images: images of a batch.
        progress: told how many images are done.

    Raises:
        RequestError: threshold or batch are out of range, or the model cannot choose.
        DataError: an image cannot be read.
    """
    if not 0 <= threshold <= 1 or batch_images < 1:
        found = f"The threshold is {threshold:g}, with {batch_images} images in a batch"
        raise RequestError(f"{found}; expected 0 to 1, and one or more.")
    there = [graph for graph in graphs if _has_image(graph, images)]
    left_out = LeftOut()
    for graph in graphs:
        if not _has_image(graph, images):
            left_out.add(NO_IMAGE, graph.image)
    verified: list[SceneGraph] = []
    records: list[dict[str, Any]] = []
    for done, (graph, answers) in enumerate(_answers(there, model, images, batch_images), start=1):
        judged = _judged(graph, answers, threshold)
        for each in judged:
            if each.reason:
                left_out.add(each.reason, _listed(graph.image, each))
        rest = _without(graph, judged)
        if rest.objects:
            verified.append(rest)
        else:
            left_out.add(NOTHING_LEFT, graph.image)
        records += [_record(graph.image, each) for each in judged]
        if progress is not None:
            progress(Done("verification", done, len(there)))
    return Verified(tuple(verified), left_out, tuple(records))


def verification_groups(graphs: Sequence[SceneGraph], images: Mapping[str, Path]) -> Iterator[ImageGroup]:
    """All that is asked, image by image; graphs that have no image, or nothing to ask about, are passed over."""
    for graph in graphs:
        if _has_image(graph, images) and (questions := _questions(graph)):
            yield ImageGroup(images[graph.image], questions)


def _has_image(graph: SceneGraph, images: Mapping[str, Path]) -> bool:
    return graph.image in images and images[graph.image].is_file()


def _answers(
    graphs: Sequence[SceneGraph], model: Replying, images: Mapping[str, Path], batch_images: int
) -> Iterator[tuple[SceneGraph, _Answers]]:
    """Ask about all graphs; those of which nothing is asked come with no answers."""
    asked = [graph for graph in graphs if _questions(graph)]
    batches = [asked[start : start + batch_images] for start in range(0, len(asked), batch_images)]
    groups = ([ImageGroup(images[graph.image], _questions(graph)) for graph in batch] for batch in batches)
    replied = (group for batch in model.reply(groups, _ASKING) for group in batch)
    for graph in graphs:
        questions = _questions(graph)
        replies = next(replied) if questions else ()
        yield graph, {question: _p_yes(said) for question, (said,) in zip(questions, replies, strict=True)}


def _p_yes(said: Said) -> float | None:
    """The probability of Yes, against No; None where the model chose neither.

    Example:
        >>> round(_p_yes(Said("Yes", (math.log(0.6), math.log(0.2)))), 6)
        0.75
    """
    if len(said.log_probs) != len(_ASKING.choices):
        raise RequestError("The model gives no log-probabilities of Yes and No, so it cannot verify scene graphs.")
    yes, no = said.log_probs
    if said.text not in _ASKING.choices or math.isnan(yes - no):  # the reply begins as neither, or both are impossible
        return None
    return 1 / (1 + math.exp(min(no - yes, 700.0)))


def _questions(graph: SceneGraph) -> tuple[str, ...]:
    """What is asked about a graph, each question once."""
    return tuple(dict.fromkeys(thing.question for thing in _things(graph) if thing.question))


def _things(graph: SceneGraph) -> Iterator[_Thing]:
    """All that a graph says: objects, then attributes, then relations."""
    objects = {each.id: each for each in graph.objects}
    for each in graph.objects:
        yield _Thing(Presence(each.name), each.id, "", _about_object(each))
    for each in graph.objects:
        for said in each.attributes:
            yield _Thing(Attribute(each.name, said), each.id, "", _about_attribute(each, said))
    for relation in graph.relations:
        subject, object_ = objects[relation.subject], objects[relation.object]
        claim = Relation(subject.name, relation.predicate, object_.name)
        yield _Thing(claim, subject.id, object_.id, _about_relation(subject, relation.predicate, object_))


def _judged(graph: SceneGraph, answers: _Answers, threshold: float) -> list[_Judged]:
    """What was asked or is taken out."""
    judged: list[_Judged] = []
    fallen: set[str] = set()
    for thing in _things(graph):
        p_yes = answers.get(thing.question)
        reason = ""
        if fallen & {thing.subject, thing.object}:
            reason = WITH_OBJECT
        elif thing.question and p_yes is None:
            reason = NO_ANSWER
        elif p_yes is not None and p_yes < threshold:
            reason = NOT_SEEN
        if reason and isinstance(thing.claim, Presence):
            fallen.add(thing.subject)
        if thing.question or reason:
            judged.append(_Judged(thing, p_yes, reason.format(kind=_KINDS[type(thing.claim)])))
    return judged


def _without(graph: SceneGraph, judged: Sequence[_Judged]) -> SceneGraph:
    """The graph without what is taken out of it."""
    out = {(thing.claim, thing.subject, thing.object) for thing, _, reason in judged if reason}
    names = {each.id: each.name for each in graph.objects}
    objects = tuple(
        replace(each, attributes=tuple(a for a in each.attributes if (Attribute(each.name, a), each.id, "") not in out))
        for each in graph.objects
        if (Presence(each.name), each.id, "") not in out
    )
    relations = tuple(
        each
        for each in graph.relations
        if (Relation(names[each.subject], each.predicate, names[each.object]), each.subject, each.object) not in out
    )
    return replace(graph, objects=objects, relations=relations)


def _record(image: str, judged: _Judged) -> dict[str, Any]:
    thing, p_yes, reason = judged
    return {
        "image": image,
        "claim": claim_record(thing.claim),
        "subject": thing.subject,
        "object": thing.object,
        "question": thing.question,
        "p_yes": p_yes,
        "reason": reason,
    }


def _listed(image: str, judged: _Judged) -> str:
    thing, p_yes, _ = judged
    said = " ".join(str(getattr(thing.claim, name)) for name in type(thing.claim).__slots__)
    return f"{image}: {said}" + ("" if p_yes is None else f" ({p_yes:.3f})")


def _named(object_: GraphObject) -> Named:
    """An object as a question has it: a pair of scissors is one, but "scissors are"."""
    one_pair = object_.number == 1 and object_.name.rsplit(" ", 1)[-1] in PAIRED
    return Named(object_.name, SEVERAL if one_pair else object_.number)


def _about_object(object_: GraphObject) -> str:
    """Ask whether an object is there; "" where it is not in plain sight.

    Example:
        >>> [_about_object(GraphObject("1", name, (), n)) for name, n in (("owl", 1), ("cup", 2), ("tree", 0))]
        ['Is there an owl in the image?', 'Are there two cups in the image?', 'Are there trees in the image?']
    """
    named = _named(object_)
    verb = "Is" if named.number == 1 else "Are"
    return f"{verb} there {attributes_phrase(named, (), True)} in the image?" if object_.clear else ""


def _about_attribute(object_: GraphObject, attribute: str) -> str:
    """Ask whether an object has an attribute.

    Example:
        >>> _about_attribute(GraphObject("1", "cat"), "orange"), _about_attribute(GraphObject("1", "jeans"), "torn")
        ('Is the cat orange?', 'Are the jeans torn?')
        >>> _about_attribute(GraphObject("1", "shirt", (), 2), "with a white collar")
        'Do the shirts have a white collar?'
    """
    if not object_.clear:
        return ""
    the, several = _the(object_)
    if attribute.startswith("with "):
        return f"{'Do' if several else 'Does'} {the} have {attribute[5:]}?"
    return f"{'Are' if several else 'Is'} {the} {attribute}?"


def _about_relation(subject: GraphObject, predicate: str, object_: GraphObject) -> str:
    """Ask whether two objects stand in a relation.

    Example:
        >>> man, hat = GraphObject("1", "man"), GraphObject("2", "hat")
        >>> [_about_relation(man, predicate, hat) for predicate in ("wearing", "behind", "has")]
        ['Is the man wearing a hat?', 'Is the man behind the hat?', 'Does the man have a hat?']
        >>> _about_relation(man, "looks at", hat)
        'Does the man look at a hat?'
    """
    if not (subject.clear and object_.clear):
        return ""
    the, several = _the(subject)
    said = said_of(predicate, _named(object_), articles=True)
    if not is_finite(predicate):
        return f"{'Are' if several else 'Is'} {the} {said}?"
    verb, _, rest = said.partition(" ")
    return f"{'Do' if several else 'Does'} {the} {verb_of(verb) or 'have'} {rest}?"


def _the(object_: GraphObject) -> tuple[str, bool]:
    """An object as something known, and whether it is several."""
    named = _named(object_)
    return f"the {attributes_phrase(named, (), False)}", named.number != 1
