"""The order of an audit, made anew from recorded replies and the verdicts so far.

What the ranking has come to keeps its place at the head, and decided items of the control sample are ranked among all
others: so it stays known, over any number of rankings, which items of the control the ranking would have come to by
itself (see `sightline.audit.samples`).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sightline.audit.contradictions import Contradictions, contradictions, family_of
from sightline.audit.items import Item
from sightline.audit.ordering import Ranking
from sightline.audit.ranking import Ranker, Target
from sightline.audit.samples import samples_of
from sightline.audit.store import Store
from sightline.errors import RequestError, unknown_name
from sightline.evaluation.evaluation import Evaluation

__all__ = ["SHARES", "Expected", "RankedModel", "Refitted", "Refitter"]

SHARES = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
"""Of the items not decided: how much of what is left to find is expected in so many of them."""


class RankedModel(NamedTuple):
    """A model whose replies were given.

    Args:
        model: its name.
        family: its family; one weighs one, however many models it has.
        used: whether it ranks, or its family was left out.
        weight: what a contradiction by its family alone adds to the log-odds; None before the first verdict, and of
            what was left out.
    """

    model: str
    family: str
    used: bool
    weight: float | None


class Expected(NamedTuple):
    """What the ranker expects among the first of the items that are not decided.

    Args:
        share: of the items that are not decided.
        items: how many these are.
        hits: how many of them it expects to be what is looked for.
    """

    share: float
    items: int
    hits: float


class Refitted(NamedTuple):
    """What a ranking came to.

    Args:
        ranking: as the store notes it.
        models: all models, in the order in which they were given.
        verdicts: from how many decided items the ranker learnt.
        hits: how many of them were what is looked for.
        open: items that are ranked and not decided.
        unranked: items that cannot be ranked: they have choices, or no label yet.
        unanswered: ranked items that no model that ranks replied to readably.
        expected: what is to be found among the first.
    """

    ranking: Ranking
    models: tuple[RankedModel, ...]
    verdicts: int
    hits: int
    open: int
    unranked: int
    unanswered: int
    expected: tuple[Expected, ...]


class Refitter:
    """Ranks the items of an audit, and does so again as verdicts come in.

    Args:
        store: the audit.
        evaluation: replies of models to its questions.
        families: model → its family; guessed from the name for models that are not in it.
        leave_out: families, or models, whose families take no part: those that are to be scored under the new labels.
        target: what is looked for.

    Raises:
        RequestError: nothing of the audit can be ranked, the replies are to other questions, a family or model is
            unknown, or no family is left to rank by.
    """

    def __init__(
        self,
        store: Store,
        evaluation: Evaluation,
        families: Mapping[str, str],
        leave_out: Sequence[str] = (),
        target: Target = "wrong",
    ) -> None:
        self._store, self._target = store, target
        every = store.items()
        self._items = [item for item in every if item.claim is not None and item.old is not None]
        self._unranked = len(every) - len(self._items)
        if not self._items:
            raise RequestError(
                "No item of this audit has a label of yes or no, which is what replies are held against."
            )
        _check_questions(self._items, evaluation)
        replies = contradictions(self._items, evaluation, families)
        self._family = {model: families.get(model) or family_of(model) for model in evaluation.models}
        self._out = _families_of(leave_out, self._family)
        used = replies.without(self._out)
        self._unanswered = _unanswered(used)
        self._ranker = Ranker(self._items, used, target=target, seed=store.about.seed)

    def decided(self) -> int:
        """How many of the items that can be ranked are decided by now."""
        outcomes = self._store.outcomes()
        found = (outcomes.get(item.key) for item in self._items)
        return sum(outcome is not None and outcome.word is not None for outcome in found)

    def refit(self) -> Refitted:
        """Rank all items by the verdicts so far, and give them their places in the store."""
        outcomes, order = self._store.outcomes(), self._store.order()
        ranked = self._ranker.rank(outcomes, with_decided=True)
        score = dict(ranked.scores)
        come_to = samples_of(order, outcomes).ranked & score.keys()
        # stable, so that what had no place yet comes last among them, in the new order
        head = sorted((key for key in score if key in come_to), key=lambda key: _place(order[key].place))
        tail = [key for key in score if key not in come_to]
        decided = {key for key, outcome in outcomes.items() if outcome.word is not None}
        open_ = [value for key, value in ranked.scores if key not in decided]
        models = [model for model, family in self._family.items() if family not in self._out]
        placed = [(key, score[key]) for key in (*head, *tail)]
        ranking = self._store.set_order(placed, models, self._made(ranked.verdicts))
        told = tuple(
            RankedModel(model, family, family not in self._out, ranked.weights.get(family))
            for model, family in self._family.items()
        )
        expected = _expected(open_)
        return Refitted(
            ranking, told, ranked.verdicts, ranked.hits, len(open_), self._unranked, self._unanswered, expected
        )

    def _made(self, verdicts: int) -> str:
        """What made the ranking, in words."""
        without = f", without {', '.join(sorted(self._out))}" if self._out else ""
        return f"{self._target}, by {', '.join(self._ranker.families)}{without}, from {verdicts} verdicts"


def _place(place: int | None) -> tuple[bool, int]:
    return place is None, place or 0


def _check_questions(items: Sequence[Item], evaluation: Evaluation) -> None:
    """Refuse replies to questions that bear the same ids and are others."""
    known = {question.id: question for question in evaluation.questions}
    for item in items:
        for name in item.questions:
            asked = known.get(name)
            if asked is None:
                raise RequestError(
                    f"The audit asks {item.text!r} about {item.image} as {name}, which is not among the questions of "
                    "--labels. Name the labels that the audit was made from, and all of their splits."
                )
            if asked.images[0].name != item.image or item.claim not in asked.claims:
                raise RequestError(
                    f"{name} is {item.text!r} about {item.image} in the audit, and {asked.text!r} about "
                    f"{asked.images[0].name} in --labels: these are labels of another version of the benchmark."
                )


def _families_of(leave_out: Sequence[str], family: Mapping[str, str]) -> frozenset[str]:
    """The families that are meant by names of families and of models."""
    known = dict.fromkeys((*family.values(), *family))
    for name in leave_out:
        if name not in known:
            raise unknown_name("family or model", name, known)
    return frozenset(name if name in family.values() else family[name] for name in leave_out)


def _unanswered(replies: Contradictions) -> int:
    return int(np.isnan(replies.said).all(axis=0).sum())


def _expected(scores: Sequence[float]) -> tuple[Expected, ...]:
    """What is to be found among the first, by scores in their order."""
    counts = {share: round(share * len(scores)) for share in SHARES}
    return tuple(Expected(share, n, sum(scores[:n])) for share, n in counts.items() if n)
