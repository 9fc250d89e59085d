"""Recorded replies to look through, question by question: what each model got right or wrong, and filters over that."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.core import Question
from sightline.errors import unknown_name
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.replies import LABEL, READS
from sightline.evaluation.scorer import scorer

__all__ = ["UNREADABLE_WORD", "Browser", "Filter", "Found", "Kind", "Outcome"]

UNREADABLE_WORD = "unreadable"
"""The reading of a reply that says nothing definite."""


class Outcome(IntEnum):
    """What a reply is under a label set."""

    TRUE_POSITIVE = 0
    TRUE_NEGATIVE = 1
    FALSE_POSITIVE = 2
    FALSE_NEGATIVE = 3
    RIGHT = 4
    """It names the right choice."""
    WRONG = 5
    UNREADABLE = 6
    NOT_SCORED = 7
    """The label is ambiguous, or there is none."""
    NO_REPLY = 8
    UNJUDGED = 9
    """It has no single right answer: a caption, a number with what was presupposed."""

    @property
    def is_right(self) -> bool:
        """Whether the reply agrees with its label."""
        return self in _RIGHT

    @property
    def is_wrong(self) -> bool:
        """Whether the reply says the opposite of its label, or another choice."""
        return self in _WRONG


_RIGHT = (Outcome.TRUE_POSITIVE, Outcome.TRUE_NEGATIVE, Outcome.RIGHT)
_WRONG = (Outcome.FALSE_POSITIVE, Outcome.FALSE_NEGATIVE, Outcome.WRONG)


class Kind(NamedTuple):
    """A kind of reply that can be asked for.

    Args:
        key: as it stands in an address: "fp", "right-only:repope".
        title: as people read it.
    """

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for; "" lets everything through.

    Args:
        kind: the key of a kind.
        model: only replies of this model.
        split: only questions of this split.
        labels: the label set that false positives and the like are told by; the first one where "".
        object: only questions about this object.
        text: what stands in the question, its id, the name of its image, or a reply; upper and lower case are alike.
    """

    kind: str = ""
    model: str = ""
    split: str = ""
    labels: str = ""
    object: str = ""
    text: str = ""


class Found(NamedTuple):
    """What a filter lets through.

    Args:
        questions: places of the questions, in their order.
        replies: (models, questions) which replies it is that were looked for.
        kinds: for every kind how many questions there would be with it, all else being the same.
    """

    questions: NDArray[np.int64]
    replies: NDArray[np.bool_]
    kinds: dict[str, int]


class Browser:
    """The replies of an evaluation, arranged to be looked through.

    Args:
        evaluation: models, questions and label sets.
        reader: name of the reader by which replies are right or wrong; the benchmark's own where None.

    Raises:
        RequestError: the reader is unknown.
    """

    def __init__(self, evaluation: Evaluation, reader: str | None = None) -> None:
        how = scorer(evaluation.benchmark)
        table = how.replies(evaluation)
        self.evaluation = evaluation
        self.labels = tuple(label_set.name for label_set in evaluation.label_sets)
        shape = (len(evaluation.models), len(evaluation.questions))
        self.readers = tuple(n.removeprefix(READS) for n in table.column_names if n.startswith(READS))
        self.reader = reader or how.reader
        if self.reader not in self.readers:
            raise unknown_name(f"reader of {evaluation.benchmark.name}", self.reader, self.readers)
        self._read = {name: _column(table, READS + name).reshape(shape) for name in self.readers}
        self._held = np.stack([_column(table, LABEL + name).reshape(shape)[0] for name in self.labels])
        self._replied = np.array([[reply is not None for reply in of] for of in evaluation.replies.values()])
        self._outcomes = self._judge()
        self.kinds = tuple(self._kinds())

    @property
    def models(self) -> tuple[str, ...]:
        """The models."""
        return self.evaluation.models

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions."""
        return self.evaluation.questions

    @property
    def shared(self) -> int:
        """How many questions every model has a reply to."""
        return int(self._replied.all(axis=0).sum())

    @cached_property
    def objects(self) -> tuple[str, ...]:
        """The objects that questions are about."""
        return tuple(sorted({name for names in self._objects for name in names}))

    def label(self, labels: str, question: int) -> str | None:
        """What a label set says of a question; None where it says nothing."""
        word: str | None = self._held[self.labels.index(labels), question]
        return word

    def reading(self, model: int, question: int, reader: str | None = None) -> str | None:
        """What a reader makes of a reply; None where there is none."""
        word: str | None = self._read[reader or self.reader][model, question]
        return word

    def outcome(self, labels: str, model: int, question: int) -> Outcome:
        """What a reply is under a label set."""
        return Outcome(self._outcomes[self.labels.index(labels), model, question])

    def check(self, wanted: Filter) -> None:
        """Refuse names that nothing has here.

        Raises:
            RequestError: a kind, model, split or label set is unknown.
        """
        known = {
            "model": self.models,
            "split": self.evaluation.splits,
            "labels": self.labels,
            "kind": [kind.key for kind in self.kinds],
        }
        for name, names in known.items():
            given: str = getattr(wanted, name)
            if given and given not in names:
                raise unknown_name({"labels": "label set"}.get(name, name) + " of these replies", given, names)

    def find(self, wanted: Filter) -> Found:
        """Look for replies.

        Raises:
            RequestError: a name is unknown.
        """
        self.check(wanted)
        rows = self._let_through(wanted)
        place = self.labels.index(wanted.labels or self.labels[0])
        masks = {kind.key: self._of_kind(kind.key, place) & rows for kind in self.kinds}
        masks[""] = rows
        kinds = {key: int(mask.any(axis=0).sum()) for key, mask in masks.items()}
        chosen = masks[wanted.kind]
        return Found(np.flatnonzero(chosen.any(axis=0)), chosen, kinds)

    def count(self, kind: str, model: str, labels: str = "") -> int:
        """How many replies of a model are of a kind."""
        place = self.labels.index(labels or self.labels[0])
        return int(self._of_kind(kind, place)[self.models.index(model)].sum())

    def _judge(self) -> NDArray[np.int8]:
        """(label sets, models, questions) the outcome of every reply."""
        said, held = self._read[self.reader][None], self._held[:, None, :]
        yes_no = self.evaluation.benchmark.scoring is None
        cases = [
            (~self._replied[None], Outcome.NO_REPLY),
            ((held == None) | (yes_no & (held == "ambiguous")), Outcome.NOT_SCORED),  # noqa: E711 (element by element)
            ((said == UNREADABLE_WORD) | (said == None), Outcome.UNREADABLE),  # noqa: E711
        ]
        if yes_no:
            cases += [
                ((held == "yes") & (said == "yes"), Outcome.TRUE_POSITIVE),
                ((held == "no") & (said == "no"), Outcome.TRUE_NEGATIVE),
                ((held == "no") & (said == "yes"), Outcome.FALSE_POSITIVE),
            ]
            rest = Outcome.FALSE_NEGATIVE
        elif all(question.choices for question in self.questions):
            cases.append((said == held, Outcome.RIGHT))
            rest = Outcome.WRONG
        else:
            rest = Outcome.UNJUDGED
        shape = (len(self.labels), *self._replied.shape)
        masks = [np.broadcast_to(mask.astype(bool), shape) for mask, _ in cases]
        return np.select(masks, [int(outcome) for _, outcome in cases], int(rest)).astype(np.int8)

    def _kinds(self) -> list[Kind]:
        kinds = []
        if self.evaluation.benchmark.scoring is None:
            kinds += [Kind("fp", "False positives"), Kind("fn", "False negatives")]
        elif np.isin(self._outcomes, [int(outcome) for outcome in (*_RIGHT, *_WRONG)]).any():
            kinds.append(Kind("wrong", "Wrong"))
        kinds.append(Kind("unreadable", "Unreadable"))
        if not self._replied.all():
            kinds.append(Kind("missing", "No reply"))
        if len(self.models) > 1:
            kinds.append(Kind("disagree", "Models disagree"))
        judged = not (self._outcomes == Outcome.UNJUDGED).any()
        for name in self.labels[1:]:
            if judged:
                kinds.append(Kind(f"right-only:{name}", f"Right only under {name}"))
                kinds.append(Kind(f"wrong-only:{name}", f"Wrong only under {name}"))
            kinds.append(Kind(f"changed:{name}", f"Label changed in {name}"))
        return kinds

    def _of_kind(self, key: str, labels: int) -> NDArray[np.bool_]:
        """(models, questions) which replies are of a kind."""
        kind, _, name = key.partition(":")
        own = self._outcomes[labels]
        if name:
            return self._between_labels(kind, self.labels.index(name))
        match kind:
            case "":
                return np.ones_like(self._replied)
            case "fp":
                return np.asarray(own == Outcome.FALSE_POSITIVE)
            case "fn":
                return np.asarray(own == Outcome.FALSE_NEGATIVE)
            case "wrong":
                return np.isin(own, _WRONG)
            case "missing":
                return ~self._replied
            case "disagree":
                return self._disagreeing
            case _:
                return self._unreadable

    def _between_labels(self, kind: str, other: int) -> NDArray[np.bool_]:
        """Which replies the first label set and another tell apart; what either does not score is neither."""
        first, second = self._outcomes[0], self._outcomes[other]
        match kind:
            case "right-only":
                return np.isin(first, _WRONG) & np.isin(second, _RIGHT)
            case "wrong-only":
                return np.isin(first, _RIGHT) & np.isin(second, _WRONG)
            case _:
                changed: NDArray[np.bool_] = (self._held[0] != self._held[other]).astype(bool)
                return np.broadcast_to(changed, first.shape)

    @cached_property
    def _unreadable(self) -> NDArray[np.bool_]:
        said = self._read[self.reader]
        return np.asarray(self._replied & ((said == UNREADABLE_WORD) | (said == None)).astype(bool))  # noqa: E711

    @cached_property
    def _disagreeing(self) -> NDArray[np.bool_]:
        """Readable replies that another model's readable reply to the same question contradicts."""
        readable = self._replied & ~self._unreadable
        words = np.where(readable, self._read[self.reader], "").astype(str)
        codes = np.unique(words, return_inverse=True)[1].reshape(words.shape)
        least = np.where(readable, codes, codes.max() + 1).min(axis=0)
        most = np.where(readable, codes, -1).max(axis=0)
        return np.asarray(readable & (least < most))

    def _let_through(self, wanted: Filter) -> NDArray[np.bool_]:
        """(models, questions) what everything but the kind lets through."""
        rows = np.ones_like(self._replied)
        if wanted.model:
            rows[[name != wanted.model for name in self.models]] = False
        if wanted.split:
            rows &= np.array([question.split == wanted.split for question in self.questions])
        if wanted.object:
            name = wanted.object.casefold().strip()
            rows &= np.array([name in names for names in self._objects])
        if wanted.text.strip():
            rows &= self._with_text(wanted.text.casefold().strip())
        return rows

    def _with_text(self, text: str) -> NDArray[np.bool_]:
        asked = np.array([text in told for told in self._told])
        distinct, places = self._said
        said = np.array([text in reply for reply in distinct])[places]
        return np.asarray(asked | said)

    @cached_property
    def _told(self) -> tuple[str, ...]:
        """What can be found of every question, in lower case."""
        return tuple(
            "\n".join((q.id, *(image.name for image in q.images), q.text, *q.choices)).casefold()
            for q in self.questions
        )

    @cached_property
    def _said(self) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """Every distinct reply in lower case, and which one stands where."""
        distinct: dict[str, int] = {"": 0}
        places = [
            [0 if reply is None else distinct.setdefault(reply.text.casefold(), len(distinct)) for reply in of]
            for of in self.evaluation.replies.values()
        ]
        return tuple(distinct), np.array(places, dtype=np.int64)

    @cached_property
    def _objects(self) -> tuple[frozenset[str], ...]:
        """What every question is about."""
        return tuple(
            frozenset(
                name.casefold()
                for claim in question.claims
                for name in (getattr(claim, "subject", None), claim.object)
                if name
            )
            for question in self.questions
        )


def _column(table: pa.Table, name: str) -> NDArray[np.object_]:
    values: NDArray[np.object_] = np.array(table[name].to_pylist(), dtype=object)
    return values
