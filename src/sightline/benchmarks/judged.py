"""What benchmarks share whose replies a judge reads: how they are shown, and where their images are."""

from collections.abc import Callable, Mapping
from typing import Protocol

from sightline.core import Labelled, LabelSet, Question, Reading, Reply, Shown

__all__ = ["UNJUDGED", "HasAddress", "Held", "addresses_told", "shower"]

UNJUDGED = "not judged"
"""What is shown of a reply without a judgement."""


class Held(Protocol):
    """What a reply is held against."""

    @property
    def shown(self) -> str:
        """As people are shown it."""
        ...


class HasAddress(Protocol):
    """A reference that tells where the image is."""

    @property
    def url(self) -> str:
        """The address."""
        ...


def addresses_told(
    reference: Callable[[LabelSet, Question], HasAddress | None],
) -> Callable[[Labelled], Mapping[str, str]]:
    """Where images are, or were, whose addresses stand in the file of questions; "" where one has none."""

    def addresses(labelled: Labelled) -> Mapping[str, str]:
        held = ((question, reference(labelled.labels, question)) for question in labelled.questions)
        return {question.images[0].name: found.url if found else "" for question, found in held}

    return addresses


def shower(
    reference: Callable[[LabelSet, Question], Held | None], read: Callable[[str, str | None], Reading]
) -> Callable[[Question, LabelSet, Reply | None, str | None], Shown]:
    """How a reply is shown: what was read of its judgement, beside the reference."""

    def show(question: Question, labels: LabelSet, reply: Reply | None, reader: str | None) -> Shown:
        held = reference(labels, question)
        label = None if held is None else held.shown
        if reply is None or held is None:
            return Shown(None, label)
        if not reply.judgement:
            return Shown(UNJUDGED, label)
        return Shown(read(reply.judgement, reader).answer or "unreadable", label)

    return show
