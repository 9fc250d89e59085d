"""Negatives that a language model writes, held against the rules in code, and asked for again where they are refused.

The model is told the scene, the element, what of it is to be changed and how many texts are wanted. Each text becomes a
claim that differs from the true one in that one thing. What is refused is kept with the reason, and the next request
names it; what passed stays. Of a relation all negatives change the same, its predicate or its second object, which the
key of the element decides.

Source: FINER (arXiv 2603.17662, section 2.3). Its released generator puts the true phrase in the place of an edit that
failed; here an element that ends with fewer negatives is listed.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from sightline.core import Claim, Presence, Relation, TextRequest, Writing, claim_from_record, claim_record
from sightline.errors import RequestError
from sightline.queries.element import NEGATIVES, Element, Negative, differs_in
from sightline.queries.negative_prompts import NAME, OBJECT, PREDICATE, TASKS, VALUE, WRITTEN, negative_prompt
from sightline.queries.one_change import says_more
from sightline.queries.plain_words import plain_attribute, plain_name, plain_predicate
from sightline.queries.rules import REPEATED, SEVERAL_CHANGED, same_claim, why_refused
from sightline.queries.staged import Progress, Unread, ask, asked_again
from sightline.queries.structured import schema_of
from sightline.scenes.scene_graphs.graph import SceneGraph
from sightline.scenes.scene_graphs.read_graphs import LeftOut

__all__ = [
    "NOT_AGAIN",
    "TOO_FEW",
    "TOO_LONG",
    "TOO_MANY",
    "Negatived",
    "Refused",
    "Rewriter",
    "changes",
    "negative_requests",
    "write_negatives",
]

TOO_LONG = "it is too long"
TOO_MANY = "more were written than were asked for"
TOO_FEW = "fewer were written than were asked for"
NOT_AGAIN = "it was not to come again"

_LONGEST = 60
_SHOWN = 200
_MOST_TOLD = 20
"""Characters of a negative; of a text that is kept with the reason it was refused for; texts that a request names."""

_MOST_TOKENS = 160

_FIELDS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    NAME: ("object", plain_name),
    VALUE: ("attribute", plain_attribute),
    PREDICATE: ("predicate", plain_predicate),
    OBJECT: ("object", plain_name),
}
"""What is changed → the field of the claim that it stands in, and how it is written there."""


class _Negatives(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    negatives: list[str]


class Refused(NamedTuple):
    """A text that did not become a negative.

    Args:
        element: key of the element.
        text: what was written; of a reply that could not be read, how it begins.
        reason: why it was refused.
        attempt: which request of the element it answers, counted from 1.
        by: who wrote it.
    """

    element: str
    text: str
    reason: str
    attempt: int
    by: str


class Negatived(NamedTuple):
    """Elements with the negatives that passed.

    Args:
        elements: all of them, in the order given.
        refused: what did not pass, attempt by attempt.
        left_out: reason → keys of the elements that have fewer than four.
    """

    elements: tuple[Element, ...]
    refused: tuple[Refused, ...]
    left_out: LeftOut


def changes(element: Element) -> str:
    """What of an element is changed: of a relation its predicate or its second object, as its key decides.

    Example:
        >>> from sightline.core import Attribute, Relation
        >>> changes(Element("a.jpg", Attribute("cat", "orange"), "1"))
        'attribute'
        >>> [changes(Element(image, Relation("cat", "on", "sofa"), "1", "2")) for image in ("a.jpg", "b.jpg")]
        ['predicate', 'second object']
    """
    if element.kind != "relation":
        return NAME if element.kind == "object" else VALUE
    return random.Random(f"{element.key}/changes").choice((PREDICATE, OBJECT))


def negative_requests(elements: Iterable[Element], graphs: Sequence[SceneGraph]) -> tuple[TextRequest, ...]:
    """What is asked first, one request for each element that lacks negatives.

    Raises:
        RequestError: an element has no scene graph.
    """
    drafts = _drafts(elements, graphs)
    return tuple(draft.request(0) for draft in drafts if draft.lacks)


def write_negatives(
    elements: Iterable[Element],
    graphs: Sequence[SceneGraph],
    writer: Writing,
    attempts: int = 3,
    progress: Progress | None = None,
) -> Negatived:
    """Have four negatives written for each element; those that it has already stay.

    Args:
        elements: what is true.
        graphs: the scenes of their images.
        writer: the language model.
        attempts: how often negatives of an element are asked for, at most.
        progress: told how far each attempt is.

    Raises:
        RequestError: an element has no scene graph, there are no attempts, or no request can succeed.
    """
    drafts = _drafts(elements, graphs)
    refused = _write(drafts, writer, attempts, progress)
    left_out = LeftOut()
    for draft in drafts:
        if draft.lacks:
            left_out.add(_only(len(draft.kept)), draft.element.key)
    return Negatived(tuple(draft.element.with_negatives(draft.kept) for draft in drafts), tuple(refused), left_out)


class Rewriter:
    """Writes new negatives in the place of some that were rejected; what `discriminate` takes to rewrite.

    Args:
        graphs: the scenes.
        writer: the language model.
        attempts: how often negatives of an element are asked for, at most.
        progress: told how far each attempt is.
    """

    def __init__(
        self, graphs: Sequence[SceneGraph], writer: Writing, attempts: int = 3, progress: Progress | None = None
    ) -> None:
        self._graphs, self._writer, self._attempts, self._progress = graphs, writer, attempts, progress
        self.refused: list[Refused] = []
        """What did not pass so far."""

    def __call__(self, lacking: Sequence[tuple[Element, Sequence[Claim]]]) -> list[tuple[Negative, ...]]:
        """Write what elements lack.

        Args:
            lacking: elements with the negatives that stay, each with the claims that must not come again.

        Returns:
            For each element its new negatives, as many as it lacks or fewer.

        Raises:
            RequestError: an element has no scene graph, there are no attempts, or no request can succeed.
        """
        drafts = _drafts([element for element, _ in lacking], self._graphs)
        for draft, (_, never) in zip(drafts, lacking, strict=True):
            draft.forbid(never)
        self.refused += _write(drafts, self._writer, self._attempts, self._progress)
        return [draft.kept[len(draft.element.negatives) :] for draft in drafts]


def _only(number: int) -> str:
    if not number:
        return "no negative passed"
    return f"only {number} {'negative' if number == 1 else 'negatives'} passed"


def _drafts(elements: Iterable[Element], graphs: Sequence[SceneGraph]) -> list["_Draft"]:
    by_image = {graph.image: graph for graph in graphs}
    drafts: list[_Draft] = []
    for element in elements:
        if element.image not in by_image:
            raise RequestError(f"{element.image} has no scene graph, so no negatives can be written for {element.key}.")
        drafts.append(_Draft(element, by_image[element.image]))
    return drafts


def _write(drafts: Sequence["_Draft"], writer: Writing, attempts: int, progress: Progress | None) -> list[Refused]:
    """Ask for what drafts lack, attempt by attempt; give what did not pass."""
    if attempts < 1:
        raise RequestError(f"There are {attempts} attempts; expected at least one.")
    refused: list[Refused] = []
    for attempt in range(attempts):
        waiting = [draft for draft in drafts if draft.lacks]
        for draft, problems in zip(waiting, _ask(waiting, attempt, writer, progress), strict=True):
            key, by = draft.element.key, writer.identity.name
            refused += [Refused(key, text[:_SHOWN], reason, attempt + 1, by) for text, reason in problems]
    return refused


_Problem = tuple[str, str]
"""A text, and why it is refused."""


def _ask(drafts: Sequence["_Draft"], attempt: int, writer: Writing, progress: Progress | None) -> list[list[_Problem]]:
    """Ask once for what drafts lack; give for each what did not pass."""
    if not drafts:
        return []
    problems: list[list[_Problem]] = [[] for _ in drafts]
    by = writer.identity.name

    def take(place: int, reply: _Negatives) -> None:
        problems[place] = drafts[place].take(reply.negatives, by)

    requests = [draft.request(attempt) for draft in drafts]
    for unread in ask(requests, _Negatives, take, writer, progress=progress):
        problems[unread.place] = drafts[unread.place].fail(unread)
    return problems


class _Draft:
    """An element whose negatives are being written."""

    def __init__(self, element: Element, graph: SceneGraph) -> None:
        self.element = element
        self.kept = element.negatives
        self._graph = graph
        self._changes = changes(element)
        self._forbidden: tuple[Claim, ...] = ()
        self._refused: dict[str, str] = {}
        self._unread: Unread | None = None

    @property
    def lacks(self) -> int:
        """How many negatives are wanted still."""
        return max(0, NEGATIVES - len(self.kept))

    def forbid(self, claims: Sequence[Claim]) -> None:
        """Say what must not come again."""
        self._forbidden = tuple(claims)
        self._refused |= {self._changed_text(claim): NOT_AGAIN for claim in claims}

    def request(self, attempt: int) -> TextRequest:
        """What is asked next."""
        never = [*self._refused.items()][-_MOST_TOLD:]
        never += [(self._changed_text(negative.claim), WRITTEN) for negative in self.kept]
        prompt = negative_prompt(self._graph, self.element.claim, self.lacks, never)
        schema = _schema(self.lacks)
        request = TextRequest("negatives", TASKS[self._changes], prompt, schema, max_new_tokens=_MOST_TOKENS)
        return asked_again(request, attempt, self._unread) if attempt else request

    def fail(self, unread: Unread) -> list[_Problem]:
        """Note a reply that could not be read."""
        self._unread = unread
        return [(unread.what, unread.reason)]

    def take(self, texts: Sequence[str], by: str) -> list[_Problem]:
        """Keep the texts that pass, as many as are wanted; give the others."""
        self._unread = None
        problems: list[_Problem] = [] if len(texts) >= self.lacks else [("", TOO_FEW)]
        for text in texts:
            claim = self._claim(text)
            reason = claim if isinstance(claim, str) else self._why_refused(claim)
            if reason or isinstance(claim, str):
                problems.append((text, reason))
            else:
                self.kept = (*self.kept, Negative(claim, by))
        self._refused |= {" ".join(text.split())[:_LONGEST]: reason for text, reason in problems if text.strip()}
        return problems

    def _claim(self, text: str) -> Claim | str:
        """The claim that a text makes, or why it makes none."""
        if len(text) > _LONGEST:
            return TOO_LONG
        field, plain = _FIELDS[self._changes]
        value = plain(text)
        if says_more(value, field, self.element.claim):
            return SEVERAL_CHANGED
        return claim_from_record({**claim_record(self.element.claim), field: value})

    def _why_refused(self, claim: Claim) -> str:
        reason = why_refused(claim, self.element, self._graph, strict=False) or self._why_no_partner(claim)
        if reason is not None:
            return reason
        if any(same_claim(claim, each) for each in self._forbidden):
            return NOT_AGAIN
        if any(same_claim(claim, each.claim) for each in self.kept):
            return REPEATED
        return "" if self.lacks else TOO_MANY

    def _why_no_partner(self, claim: Claim) -> str | None:
        """Why a second object is refused whatever the relation: it is elsewhere in the scene, and who knows how."""
        true = self.element.claim
        if self._changes != OBJECT or not isinstance(claim, Relation) or not isinstance(true, Relation):
            return None
        present = Element(self.element.image, Presence(true.object), self.element.object)
        return why_refused(Presence(claim.object), present, self._graph, strict=False)

    def _changed_text(self, claim: Claim) -> str:
        """What of a claim stands in the place of the true one's."""
        return " ".join(str(getattr(claim, name)) for name in differs_in(claim, self.element.claim))


@cache
def _schema(wanted: int) -> Mapping[str, Any]:
    """The schema of a reply with so many negatives; a reply with more or fewer is read all the same."""
    schema = schema_of(_Negatives)
    negatives = {**schema["properties"]["negatives"], "minItems": wanted, "maxItems": wanted}
    return {**schema, "properties": {"negatives": negatives}}
