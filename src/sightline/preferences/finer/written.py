"""FINER-Tuning's phrases and their edits from long captions, by a language model.

Of every caption and kind the model writes true phrases, in units; then it changes one unit of each, whose number code
has drawn, each as likely as the next. What it writes is held against the caption (`checks.py`). What fails is asked
for once more, with the reason, and given up then. Each kind is asked of all captions at once, so that a server has work
for all requests that it can take.

Source: FINER (arXiv 2603.17662). Its released editors write text, in which the changed unit must be searched, and see
the caption for objects only; here they see it for every kind.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Protocol

from pydantic import BaseModel

from sightline.core import Attribute, Claim, Presence, Relation, TextRequest, Writing
from sightline.preferences.finer.checks import why_misaligned, why_no_edit, why_no_phrase, why_not_false
from sightline.preferences.finer.drawn import Drawn, Phrasing
from sightline.preferences.finer.phrases import KINDS, Edit, Kind, Phrase, unit_text, written_out
from sightline.preferences.finer.prompts import EDIT_EXAMPLES, edit_prompt, edit_task, phrase_prompt, phrase_task
from sightline.preferences.finer.rejected import Rejected
from sightline.preferences.finer.replies import EDITS, PHRASES, About, edited, phrases_of
from sightline.queries.scene_facts import facts_of
from sightline.queries.staged import Progress, Unread, ask, asked_again
from sightline.queries.stated import Stated
from sightline.queries.structured import schema_of
from sightline.readers.predicates import canonical
from sightline.scenes.scene_graphs import (
    CaptionedImage,
    GraphObject,
    GraphRelation,
    LeftOut,
    SceneGraph,
    captioned_graph,
)

__all__ = ["MORE_WRITTEN", "NONE_GIVEN", "NONE_PASSED", "write_edits", "written_requests"]

NONE_GIVEN = "{kind}: the caption gives none, says the language model"
NONE_PASSED = "{kind}: nothing that the language model wrote passed"

MORE_WRITTEN = "more phrases were written than were asked for"

_ATTEMPTS = 2

_HAVING = ("has", "containing")

_PHRASE_TOKENS, _EDIT_TOKENS = 256, 192
"""Of a phrase, and of an edit, as JSON: five relations have some 150."""

_SHOWN = 200
"""Characters of a reply that is kept with the reason it was refused for."""


def written_requests(captions: Sequence[CaptionedImage], how: Phrasing) -> list[TextRequest]:
    """About what is asked, each request once: phrases as they will be asked for, edits of phrases of a usual length."""
    requests: list[TextRequest] = []
    for kind in KINDS:
        requests += [_phrase_request(kind, each.caption, how) for each in captions]
        example = replace(EDIT_EXAMPLES["attribute" if kind == "what" else kind][0].phrase, kind=kind)
        field = _fields(example.units[0].claim)[0]
        requests += [_edit_request(each.caption, example, 0, field) for each in captions] * how.per_image
    return requests


def write_edits(
    captions: Sequence[CaptionedImage], writer: Writing, how: Phrasing | None = None, progress: Progress | None = None
) -> Drawn:
    """Have phrases of all captions written, and one unit of each changed.

    Args:
        captions: images and what is said of them.
        writer: the language model.
        how: how many phrases are written of each, and of what seed the units are drawn.
        progress: told how far each step is.

    Raises:
        RequestError: no request can succeed.
    """
    how = how or Phrasing()
    told = [_Told(each) for each in captions]
    drafts = {kind: [_PhraseDraft(each, kind, writer.identity.name, how) for each in told] for kind in KINDS}
    for kind, own_drafts in drafts.items():
        _ask(own_drafts, PHRASES[kind], writer, progress)
    editings = {kind: [edit for each in own for edit in each.editings()] for kind, own in drafts.items()}
    for kind, own in editings.items():
        _ask(own, EDITS[kind], writer, progress)
    return _gathered(drafts, editings)


class _Told:
    """A caption, and what it says."""

    def __init__(self, captioned: CaptionedImage) -> None:
        self.image, self.caption, self.source = captioned
        self.stated = Stated(captioned.caption)
        self._captioned = captioned

    @cached_property
    def graph(self) -> SceneGraph:
        """What the reader without a language model finds."""
        return captioned_graph(self._captioned)


class _Draft(Protocol):
    """Something that is being written."""

    open: bool
    """Whether it is to be asked for, or asked for again."""

    def request(self, attempt: int) -> TextRequest:
        """What is asked next."""
        ...

    def take(self, reply: BaseModel) -> None:
        """Take what passes of a reply, and note what does not."""
        ...

    def fail(self, unread: Unread) -> None:
        """Note a reply that could not be read."""
        ...


def _ask(drafts: Sequence[_Draft], model: type[BaseModel], writer: Writing, progress: Progress | None) -> None:
    """Ask for everything, and once more for what failed."""
    for attempt in range(_ATTEMPTS):
        waiting = [draft for draft in drafts if draft.open]
        requests = [draft.request(attempt) for draft in waiting]
        for unread in ask(requests, model, _taken_by(waiting), writer, progress=progress):
            waiting[unread.place].fail(unread)


def _taken_by(drafts: Sequence[_Draft]) -> Callable[[int, BaseModel], None]:
    """Hands the reply to a request to the draft that asked."""
    return lambda place, reply: drafts[place].take(reply)


class _PhraseDraft:
    """True phrases of one kind about one caption, while they are written."""

    def __init__(self, told: _Told, kind: Kind, by: str, how: Phrasing) -> None:
        self.told, self.kind = told, kind
        self.open, self.given = True, True
        self.phrases: list[Phrase] = []
        self.rejected: list[Rejected] = []
        self._by, self._how = by, how
        self._attempt = 0
        self._last: Unread | None = None

    def request(self, attempt: int) -> TextRequest:
        self._attempt = attempt + 1
        request = _phrase_request(self.kind, self.told.caption, self._how)
        return asked_again(request, attempt, self._last) if attempt else request

    def fail(self, unread: Unread) -> None:
        self._last = unread
        self._reject(unread.reason, text=unread.what)

    def take(self, reply: BaseModel) -> None:
        about = About(self.told.image, self.told.stated, self._how.ends)
        draw = random.Random(f"{self._how.seed}/{self.told.image}/{self.kind}/ends")
        written = list(phrases_of(reply, about, draw))
        reasons = [self._why_refused(place, phrase) for place, phrase in enumerate(written)]
        self.phrases = [phrase for phrase, reason in zip(written, reasons, strict=True) if not reason]
        for phrase, reason in zip(written, reasons, strict=True):
            if reason:
                self._reject(reason, text=", ".join(unit_text(unit.claim) for unit in phrase.units))
        self.given, self.open = bool(written), bool(written) and not self.phrases
        if self.open:
            self._last = Unread(0, self._attempt - 1, next(filter(None, reasons)), "", "refused", False)

    def _why_refused(self, place: int, phrase: Phrase) -> str:
        if place >= self._how.per_image:
            return MORE_WRITTEN
        return why_no_phrase(phrase, self._how.most[self.kind]) or why_misaligned(phrase, self.told.stated)

    def _reject(self, reason: str, text: str) -> None:
        own = Rejected(self.told.image, self.kind, reason, self._by, text=text[:_SHOWN], attempt=self._attempt)
        self.rejected.append(own)

    def editings(self) -> Iterator["_EditDraft"]:
        """What is to be edited."""
        for number, phrase in enumerate(self.phrases):
            yield _EditDraft(self.told, phrase, f"{self.kind}/{number}", self._by, self._how.seed)


class _EditDraft:
    """A true phrase, while one unit of it is changed."""

    def __init__(self, told: _Told, phrase: Phrase, twin: str, by: str, seed: int) -> None:
        self.told, self.kind = told, phrase.kind
        self.open = True
        self.edit: Edit | None = None
        self.rejected: list[Rejected] = []
        draw = random.Random(f"{seed}/{told.image}/{twin}")
        self._phrase, self._twin, self._by = phrase, twin, by
        self._slot = draw.randrange(len(phrase.units))
        self._old = phrase.units[self._slot].claim
        self._field = draw.choice(_fields(self._old))
        self._never: list[tuple[str, str]] = []
        self._attempt = 0
        self._last: Unread | None = None

    def request(self, attempt: int) -> TextRequest:
        self._attempt = attempt + 1
        request = _edit_request(self.told.caption, self._phrase, self._slot, self._field, self._never)
        return asked_again(request, attempt, self._last) if attempt else request

    def fail(self, unread: Unread) -> None:
        self._last = unread
        self._reject(unread.reason, text=unread.what[:_SHOWN])

    def take(self, reply: BaseModel) -> None:
        negative = edited(self._phrase, reply)
        reason = why_no_edit(self._phrase, negative, self._slot, self._field)
        if reason:
            units = ", ".join(unit_text(unit.claim) for unit in negative.units)
            self._reject(reason, text=units[:_SHOWN])
            self._last = Unread(0, self._attempt - 1, reason, units, units, False)
            return
        new = negative.units[self._slot].claim
        self._last, reason = None, why_not_false(new, self._old, facts_of(_with_phrase(self.told.graph, self._phrase)))
        if reason:
            self._reject(reason, instead=unit_text(new))
            self._never.append((str(getattr(new, self._field)), reason))
            return
        self.open = False
        self.edit = Edit(self._phrase, negative, self._slot, self._by, self._twin, self.told.source)

    def _reject(self, reason: str, instead: str = "", text: str = "") -> None:
        phrase = written_out(self._phrase, articles=False)
        unit = unit_text(self._old)
        where = (self.told.image, self.kind, reason, self._by, phrase, unit)
        self.rejected.append(Rejected(*where, instead=instead, text=text, attempt=self._attempt))


def _fields(claim: Claim) -> tuple[str, ...]:
    """The parts of a claim that may be changed: of "has" only what is had."""
    if not isinstance(claim, Relation):
        return ("attribute",) if isinstance(claim, Attribute) else ("object",)
    return ("object",) if canonical(claim.predicate) in _HAVING else ("predicate", "object")


def _phrase_request(kind: Kind, caption: str, how: Phrasing) -> TextRequest:
    prompt, schema = phrase_prompt(caption, how.per_image), schema_of(PHRASES[kind])
    task, tokens = phrase_task(kind, how.most[kind]), how.per_image * _PHRASE_TOKENS
    return TextRequest(f"{kind} phrases", task, prompt, schema, max_new_tokens=tokens)


def _edit_request(
    caption: str, phrase: Phrase, slot: int, field: str, never: Sequence[tuple[str, str]] = ()
) -> TextRequest:
    prompt, schema = edit_prompt(caption, phrase, slot, field, never), schema_of(EDITS[phrase.kind])
    task = edit_task(phrase.kind)
    return TextRequest(f"{phrase.kind} edits", task, prompt, schema, max_new_tokens=_EDIT_TOKENS)


def _with_phrase(graph: SceneGraph, phrase: Phrase) -> SceneGraph:
    """A scene graph that says what a phrase says as well, so that nothing is put in that another reader had missed."""
    objects = list(graph.objects)
    relations = list(graph.relations)

    def put(name: str, number: int = 1, attributes: Sequence[str] = ()) -> str:
        """The id of the object of a name, which is there now, with these attributes."""
        for place, each in enumerate(objects):
            if name in (each.name, *each.synonyms):
                more = tuple(said for said in attributes if said not in each.attributes)
                objects[place] = replace(each, attributes=(*each.attributes, *more))
                return each.id
        objects.append(GraphObject(f"phrase {len(objects)}", name, tuple(attributes), number))
        return objects[-1].id

    claims = [(unit.claim, unit.number) for unit in phrase.units]
    if phrase.of is not None:
        said = [claim.attribute for claim, _ in claims if isinstance(claim, Attribute)]
        subject = put(*phrase.of, said)
    if phrase.beside is not None:
        put(*phrase.beside.other)
    for claim, number in claims:
        if isinstance(claim, Presence):
            put(claim.object, number)
        if isinstance(claim, Relation):
            relations.append(GraphRelation(subject, claim.predicate, put(claim.object, number)))
    return replace(graph, objects=tuple(objects), relations=tuple(relations))


def _gathered(drafts: Mapping[Kind, Sequence[_PhraseDraft]], editings: Mapping[Kind, Sequence[_EditDraft]]) -> Drawn:
    """All edits, image by image and kind by kind, and what came to nothing."""
    by_image: dict[str, list[_EditDraft]] = {}
    drawn = Drawn([], [], LeftOut())
    for kind in KINDS:
        for each in editings[kind]:
            by_image.setdefault(each.told.image, []).append(each)
    for image in (each.told.image for each in drafts[KINDS[0]]):
        drawn.edits.extend(each.edit for each in by_image.get(image, ()) if each.edit is not None)
    made = {(edit.phrase.image, edit.phrase.kind) for edit in drawn.edits}
    for kind in KINDS:
        for draft in drafts[kind]:
            drawn.rejected.extend(draft.rejected)
            if (draft.told.image, kind) not in made:
                reason = NONE_PASSED if draft.given else NONE_GIVEN
                drawn.left_out.add(reason.format(kind=kind), draft.told.image)
        drawn.rejected.extend(rejected for each in editings[kind] for rejected in each.rejected)
    return drawn
