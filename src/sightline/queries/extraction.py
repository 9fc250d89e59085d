"""Scene graphs from long captions, by a language model in three stages: objects, their attributes, their relations.

Each stage is asked of all captions before the next begins, so that a server has work for all requests that it can take
at once. What the model says is held against the caption in code: names, attributes and predicates whose words do not
occur in it are refused, and so is what is said of objects that it did not name. Nothing is put in the place of what is
refused; it is listed with the reason.

Source: FINER (arXiv 2603.17662), which reads DOCCI's captions in several stages; prompts and checks are our own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from sightline.core import TextRequest, Writing
from sightline.queries.extraction_prompts import ATTRIBUTES, OBJECTS, RELATIONS, TASKS, caption_prompt
from sightline.queries.plain_words import plain_attribute, plain_name, plain_predicate
from sightline.queries.staged import Progress, ask
from sightline.queries.stated import Stated, head
from sightline.queries.structured import schema_of
from sightline.readers.grammar.unseen import is_object
from sightline.readers.nouns import plural
from sightline.readers.word_classes import WordClass
from sightline.scenes.scene_graphs.captions import EMPTY, NOTHING_NAMED, CaptionedImage, captioned_graph
from sightline.scenes.scene_graphs.graph import SEVERAL, GraphObject, GraphRelation, SceneGraph
from sightline.scenes.scene_graphs.read_graphs import LeftOut

__all__ = ["AGAIN", "MOST_COUNTED", "Extracted", "estimated_requests", "extract_graphs", "extraction_requests"]

AGAIN = "asked again for"
"""How the reasons begin under which stands what a further attempt made good."""

MOST_COUNTED = 99
"""The largest number of objects that is told apart from several."""

_NOT_NAMED = "the caption does not name it"
_NOT_STATED = "the caption does not say it"
_NO_THING = "nothing that one could point at"
_NUMBER = "the caption does not give the number, so its noun decides between one and several"
_NONE_LEFT = "none is left"
_OF_NO_OBJECT = "of no object of the image"
_OF_ITSELF = "of an object to itself"
_IN_NAME = "the name says it already"
_TWICE = "said twice"
_TOO_LONG = "too long"
_NOTHING = "says nothing"

_LONGEST = 60
"""Characters of a name, an attribute or a predicate."""

_SHOWN = 80

_MOST_TOKENS = 1536
"""Of a reply: some forty relations. ImageInWords' captions, of 200 words and more, name about thirty objects."""

_SMALL_WORDS = (WordClass.DETERMINER, WordClass.PREPOSITION, WordClass.CONJUNCTION, WordClass.POSSESSIVE, WordClass.BE)
_EMPTY_WORDS = (WordClass.DETERMINER, WordClass.POSSESSIVE, WordClass.BE)
"""Words that an attribute, or a predicate, may have although the caption has others there."""

_STRICT = ConfigDict(extra="forbid", strict=True)


class _Object(BaseModel):
    model_config = _STRICT
    name: str
    number: Annotated[int, Field(ge=0)]


class _Objects(BaseModel):
    model_config = _STRICT
    objects: list[_Object]


class _Attribute(BaseModel):
    model_config = _STRICT
    object: str
    attribute: str


class _Attributes(BaseModel):
    model_config = _STRICT
    attributes: list[_Attribute]


class _Relation(BaseModel):
    model_config = _STRICT
    subject: str
    predicate: str
    object: str


class _Relations(BaseModel):
    model_config = _STRICT
    relations: list[_Relation]


_REPLIES: Mapping[str, type[BaseModel]] = {OBJECTS: _Objects, ATTRIBUTES: _Attributes, RELATIONS: _Relations}
_Reply = TypeVar("_Reply", bound=BaseModel)


@dataclass(frozen=True)
class Extracted:
    """The scene graphs of captions.

    Args:
        graphs: in the order of the captions, each with at least one object.
        left_out: reason → the images that were left out, and what of others was refused, for it. Under `AGAIN` with
            the stage and the problem stands every reply that was asked for again.
    """

    graphs: tuple[SceneGraph, ...]
    left_out: LeftOut


def extraction_requests(captions: Sequence[CaptionedImage]) -> tuple[TextRequest, ...]:
    """What the first stage asks, each request once: the objects of every caption that is not empty."""
    return tuple(_request(OBJECTS, each.caption) for each in captions if each.caption.strip())


def estimated_requests(captions: Sequence[CaptionedImage]) -> tuple[TextRequest, ...]:
    """About what all three stages ask, each request once.

    The first stage is as it will be. The others name the objects that were found, for which here those stand that the
    reader without a language model finds; captions in which it finds none have one stage.
    """
    later = [
        _request(stage, graph.caption, graph.objects)
        for stage in (ATTRIBUTES, RELATIONS)
        for graph in map(captioned_graph, captions)
        if _can_ask(stage, graph.objects)
    ]
    return (*extraction_requests(captions), *later)


def extract_graphs(
    captions: Sequence[CaptionedImage],
    writer: Writing,
    attempts: int = 2,
    progress: Progress | None = None,
) -> Extracted:
    """Read the scene graphs of captions.

    Args:
        captions: images and what is said of them.
        writer: the language model.
        attempts: how often a reply is asked for until it can be read. Without objects a caption is then left out;
            without attributes or relations it goes without.
        progress: told how far each stage is.

    Raises:
        RequestError: there are no attempts, or no request can succeed.
    """
    stages = _Stages(writer, attempts, progress)
    told: list[_Draft] = []
    for each in captions:
        if each.caption.strip():
            told.append(_Draft(each))
        else:
            stages.left_out.add(EMPTY, each.image)
    stages.ask(OBJECTS, told, _Objects, _Draft.take_objects)
    stages.ask(ATTRIBUTES, told, _Attributes, _Draft.take_attributes)
    stages.ask(RELATIONS, told, _Relations, _Draft.take_relations)
    return Extracted(tuple(draft.graph for draft in told if draft.objects), stages.left_out)


def _request(stage: str, caption: str, objects: Sequence[GraphObject] = ()) -> TextRequest:
    prompt = caption_prompt(caption, [(each.name, each.number) for each in objects])
    return TextRequest(stage, TASKS[stage], prompt, schema_of(_REPLIES[stage]), max_new_tokens=_MOST_TOKENS)


def _can_ask(stage: str, objects: Sequence[GraphObject]) -> bool:
    """Whether there is anything to be said of so many objects."""
    return stage == OBJECTS or len(objects) > (stage == RELATIONS)


class _Stages:
    """Asks stage by stage and lists what comes to nothing."""

    def __init__(self, writer: Writing, attempts: int, progress: Progress | None) -> None:
        self._writer, self._attempts, self._progress = writer, attempts, progress
        self.left_out = LeftOut()

    def ask(
        self,
        stage: str,
        drafts: Sequence["_Draft"],
        model: type[_Reply],
        take: Callable[["_Draft", _Reply], None],
    ) -> None:
        """Ask about all drafts of which the stage has something to ask, and let them take what is read."""
        asked = [draft for draft in drafts if _can_ask(stage, draft.objects)]
        requests = [_request(stage, draft.captioned.caption, draft.objects) for draft in asked]
        unread = ask(
            requests,
            model,
            lambda place, reply: take(asked[place], reply),
            self._writer,
            self._attempts,
            self._progress,
        )
        for each in unread:
            reason = f"{'' if each.given_up else f'{AGAIN} '}{stage}: {each.reason}"
            self.left_out.add(reason, f"{asked[each.place].image}: {_short(each.what)}".rstrip(": "))
        for draft in asked:
            for reason, what in draft.refused:
                self.left_out.add(reason, what)
            draft.refused.clear()


class _Draft:
    """A scene graph in the making."""

    def __init__(self, captioned: CaptionedImage) -> None:
        self.captioned = captioned
        self.image = captioned.image
        self.objects: list[GraphObject] = []
        self.refused: list[tuple[str, str]] = []
        """Reasons, and what was refused for them, or the image where nothing is left of it."""
        self._stated = Stated(captioned.caption)
        self._attributes: dict[str, list[str]] = {}
        self._relations: dict[GraphRelation, None] = {}

    @property
    def graph(self) -> SceneGraph:
        """What was read."""
        objects = tuple(
            GraphObject(each.id, each.name, tuple(self._attributes.get(each.id, ())), each.number)
            for each in self.objects
        )
        caption, source = self.captioned.caption, self.captioned.source
        return SceneGraph(self.image, objects, tuple(self._relations), caption=caption, source=source)

    def take_objects(self, reply: _Objects) -> None:
        """Take the objects that the caption names, each once."""
        for told in reply.objects:
            name = plain_name(told.name)
            if problem := self._why_no_object(name):
                self._refuse(OBJECTS, problem, told.name)
                continue
            number = self._number(name, told.number)
            if number != told.number:
                self._refuse(OBJECTS, _NUMBER, f"{told.number} {name}")
            self.objects.append(GraphObject(str(len(self.objects) + 1), name, number=number))
        if not self.objects:
            self.refused.append((f"{OBJECTS}: {_NONE_LEFT}" if reply.objects else NOTHING_NAMED, self.image))

    def _why_no_object(self, name: str) -> str:
        if problem := _why_unwritable(name):
            return problem
        if self._id(name):
            return _TWICE
        if not self._stated.named(name):
            return _NOT_NAMED
        return "" if is_object(name) else _NO_THING

    def _number(self, name: str, told: int) -> int:
        """The number told where the caption bears it out, else what the form of its noun says."""
        noun, written = head(name), self._stated.named(name)
        singular = noun in written
        several = len(written) > 1 or not singular or plural(noun) == noun
        if told == 1:
            borne_out = singular
        else:
            borne_out = several and (told == SEVERAL or (told <= MOST_COUNTED and self._stated.counts(told)))
        if borne_out:
            return told
        return 1 if singular else SEVERAL

    def take_attributes(self, reply: _Attributes) -> None:
        """Take the attributes that the caption has."""
        for told in reply.attributes:
            name, attribute = plain_name(told.object), plain_attribute(told.attribute)
            if problem := self._why_no_attribute(name, attribute):
                self._refuse(ATTRIBUTES, problem, f"{told.object}: {told.attribute}")
            else:
                self._attributes.setdefault(self._id(name), []).append(attribute)

    def _why_no_attribute(self, name: str, attribute: str) -> str:
        of = self._id(name)
        if not of:
            return _OF_NO_OBJECT
        if problem := _why_unwritable(attribute):
            return problem
        if attribute in self._attributes.get(of, ()):
            return _TWICE
        if not self._stated.says(attribute, _SMALL_WORDS):
            return _NOT_STATED
        return _IN_NAME if set(attribute.split()) <= set(name.split()) else ""

    def take_relations(self, reply: _Relations) -> None:
        """Take the relations that the caption has."""
        for told in reply.relations:
            subject, object_ = self._id(plain_name(told.subject)), self._id(plain_name(told.object))
            relation = GraphRelation(subject, plain_predicate(told.predicate), object_)
            if problem := self._why_no_relation(relation, told.predicate):
                self._refuse(RELATIONS, problem, f"{told.subject} {told.predicate} {told.object}")
            else:
                self._relations[relation] = None

    def _why_no_relation(self, relation: GraphRelation, written: str) -> str:
        if not relation.subject or not relation.object:
            return _OF_NO_OBJECT
        if relation.subject == relation.object:
            return _OF_ITSELF
        if problem := _why_unwritable(relation.predicate):
            return problem
        if relation in self._relations:
            return _TWICE
        has = relation.predicate == "has" and self._stated.says("with")
        return "" if has or self._stated.says(written, _EMPTY_WORDS) else _NOT_STATED

    def _refuse(self, stage: str, reason: str, what: str) -> None:
        self.refused.append((f"{stage}: {reason}", f"{self.image}: {_short(what)}"))

    def _id(self, name: str) -> str:
        """The id of the object of a name; "" where there is none."""
        return next((each.id for each in self.objects if each.name == name), "")


def _why_unwritable(text: str) -> str:
    """Why a text can be no part of a phrase, "" where it can."""
    if not any(character.isalnum() for character in text):
        return _NOTHING
    return _TOO_LONG if len(text) > _LONGEST else ""


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}…"
