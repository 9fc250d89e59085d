"""What benchmarks share whose replies a judge reads: counting replies, and telling who has not been judged."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from sightline.core import Counted, Labelled, LabelSet, Question, Reading, Reply, Shown

__all__ = ["UNJUDGED", "HasAddress", "Held", "Row", "addresses_told", "counted_rows", "shower"]

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


class Row(NamedTuple):
    """What was counted of one reply.

    Args:
        split: where it is shown.
        counts: name of the count → its value.
    """

    split: str
    counts: Mapping[str, float]


def counted_rows(rows: Sequence[tuple[str, Row]], names: Sequence[str]) -> Counted:
    """Counts of replies, from a row for each and the cluster it lies in; a count that a row does not name is 0."""
    table = np.array([[row.counts.get(name, 0.0) for name in names] for _, row in rows], dtype=np.float64)
    table = table.reshape(-1, len(names))
    counts = {name: table[:, column] for column, name in enumerate(names)}
    return Counted(tuple(cluster for cluster, _ in rows), tuple(row.split for _, row in rows), counts)


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
