"""What should be looked at first: items in the order of how probably their label is wrong.

Before the first verdict the order rests on replies and labels alone: how far the families of models contradict the
label, which side it is on, and how much they contradict labels of the same side for the same object elsewhere. Verdicts
refit it: a logistic regression learns how much each of these tells, which families find errors, and of which objects
labels are wrong though no model says so, which no vote of models finds. The first order counts in it as a number of
made-up verdicts, so that a few real ones do not overturn it.

Models that are to be scored under the audited labels must be left out of the ranking: otherwise labels are mended
where they hurt these models, and their scores come out too high.

Source of made-up verdicts as a prior: Huang, Stein, Rubin and Kou 2020, "Catalytic prior distributions".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sightline.audit.contradictions import Contradictions
from sightline.audit.entries import Outcome, State
from sightline.audit.items import AMBIGUOUS, Item, Word
from sightline.core import Claim, Relation
from sightline.errors import RequestError
from sightline.stats.logistic import Logistic, fit_logistic

__all__ = ["PRIORS", "SETTINGS", "Prior", "Ranked", "Ranker", "Settings", "Target", "simulated_order"]

Target = Literal["wrong", "wrong or ambiguous"]
"""What is looked for: labels that people contradict, or also those of which they cannot say."""


class Prior(NamedTuple):
    """The log-odds that a label is wrong, before anything was looked at.

    Args:
        intercept: of a label on the "no" side that no family contradicts, of an object like any other.
        contradiction: added where all families contradict it; in proportion where some do.
        yes: added on the "yes" side.
        object: added for each unit by which the families contradict this object's labels of the same side elsewhere
            more than those of other objects.
        probable: added for each unit of probability that replies put on the other word, beyond what they say; it
            breaks ties among labels of which the families say the same.
    """

    intercept: float
    contradiction: float
    yes: float
    object: float
    probable: float = 0.5


class Settings(NamedTuple):
    """How much the first order counts against verdicts.

    Args:
        verdicts: how many verdicts it is worth.
        variance: of the coefficients around zero (see `fit_logistic`).
        smoothing: how many expected errors an object's record needs to be taken at half its word.
    """

    verdicts: float = 100.0
    variance: float = 1.0
    smoothing: float = 4.0


PRIORS: Mapping[Target, Prior] = MappingProxyType(
    {"wrong": Prior(-4.8, 3.1, 0.9, 1.1), "wrong or ambiguous": Prior(-3.2, 2.6, 1.0, 3.0)}
)
"""What RePOPE's verdicts on POPE teach: the mean of what `learned_prior` gives on halves of its images with the replies
of one family each (recipes/audit_ranking.py). Of other benchmarks it is a guess, which verdicts mend."""

SETTINGS = Settings()


class Ranked(NamedTuple):
    """What to look at, highest score first.

    Args:
        scores: the key of every item that is not decided, and the estimated probability that it is what is looked for;
            where it was asked for, of those that are decided as well.
        weights: family → what its contradiction alone adds to the log-odds, as fitted so far.
        verdicts: from how many decided items it was fitted.
        hits: how many of these are what is looked for.
    """

    scores: tuple[tuple[str, float], ...]
    weights: Mapping[str, float]
    verdicts: int
    hits: int


@dataclass(frozen=True)
class _Columns:
    """What is known of items before anybody looks: arrays over items.

    Args:
        mean: how far the families contradict the label, each weighing one.
        yes: 1 where the label is yes.
        probable: by how much probabilities exceed what is said, the mean over families.
        object: how much more than usual the label's side is contradicted for its object elsewhere.
        image: the same of the other labels of its image.
        apart: (items, families) by how much each family contradicts more than the mean.
    """

    mean: NDArray[np.float64]
    yes: NDArray[np.float64]
    probable: NDArray[np.float64]
    object: NDArray[np.float64]
    image: NDArray[np.float64]
    apart: NDArray[np.float64]

    def prior(self, of: Prior) -> NDArray[np.float64]:
        """The log-odds of each item before anything was looked at."""
        told = of.contradiction * self.mean + of.yes * self.yes + of.object * self.object + of.probable * self.probable
        return of.intercept + told

    def features(self) -> NDArray[np.float64]:
        """All columns side by side, those of the families last."""
        told = (self.mean, self.yes, self.mean * self.yes, self.probable, self.object, self.image)
        return np.column_stack([*told, self.apart])


_FEATURES = 6
"""How many columns stand before those of the families; the first and the third are contradictions."""
_OTHERS = 3.0
"""How many other labels it takes for an object's or image's contradictions to be taken at half their word."""
_PRIOR_VARIANCE = 10.0
_PRIOR_ROWS = 100
"""On how many items the first order speaks as made-up verdicts."""


class Ranker:
    """Ranks the items of an audit, again and again as outcomes come in.

    Args:
        items: all, on yes-or-no claims.
        replies: how far replies contradict their labels, from `contradictions`.
        leave_out: families whose replies are not used, those of the models that are to be scored.
        target: what is looked for.
        prior: the first order; the target's own where left out.
        settings: how much it counts.
        seed: breaks ties.

    Raises:
        RequestError: an item has no label or no claim, or `Contradictions.without` refuses.
    """

    def __init__(
        self,
        items: Sequence[Item],
        replies: Contradictions,
        *,
        leave_out: Iterable[str] = (),
        target: Target = "wrong",
        prior: Prior | None = None,
        settings: Settings = SETTINGS,
        seed: int = 0,
    ) -> None:
        if target not in PRIORS:
            raise RequestError(f"The target is {target!r}, expected one of {', '.join(map(repr, PRIORS))}.")
        if replies.said.shape[1] != len(items):
            raise RequestError(f"The replies are to {replies.said.shape[1]} items, but {len(items)} are to be ranked.")
        self._items, self._target, self._settings = tuple(items), target, settings
        used = replies.without(leave_out)
        self.families = used.families
        self._places = {item.key: place for place, item in enumerate(items)}
        abouts = [_about(item) for item in items]
        cell = _groups(abouts)
        # whether an object is ambiguous has little to do with the label's side, whether a label is wrong has
        self._recorded = (cell,) if target == "wrong" else (cell, _groups([about for about, _ in abouts]))
        self._columns = columns = _columns(used, cell, [item.image for item in items], [yes for _, yes in abouts])
        self._features = columns.features()
        self._prior = columns.prior(prior or PRIORS[target])
        self._draw = np.random.default_rng(seed).random(len(items))
        by_prior = np.lexsort((self._draw, self._prior))
        spread = np.linspace(0, len(items) - 1, min(_PRIOR_ROWS, len(items)))
        self._made_up = by_prior[np.unique(spread.astype(np.int64))]

    def rank(self, outcomes: Mapping[str, Outcome], with_decided: bool = False) -> Ranked:
        """Order the items that are not decided.

        Args:
            outcomes: item → what has been said of it; items of other audits are not looked at.
            with_decided: order those that are decided among them, by what their replies and others of their kind say.
        """
        seen, hits = self._decided(outcomes)
        fitted, log_odds = self._fit(seen, hits) if seen.any() else (None, self._prior)
        order = np.lexsort((self._draw, -log_odds))
        left = order if with_decided else order[~seen[order]]
        scores = np.exp(-np.logaddexp(0.0, -log_odds[left]))
        ranked = tuple((self._items[place].key, score) for place, score in zip(left, scores.tolist(), strict=True))
        return Ranked(ranked, {} if fitted is None else self._weights(fitted), int(seen.sum()), int(hits.sum()))

    def learned_prior(self, outcomes: Mapping[str, Outcome]) -> Prior:
        """What a first order would have known, had it known these outcomes: a prior for the audit of another benchmark.

        Raises:
            RequestError: what is looked for was never found, or always.
        """
        seen, hits = self._decided(outcomes)
        if hits[seen].all() or not hits.any():
            raise RequestError(f"Of {seen.sum()} decided items {hits.sum()} are {self._target}, so nothing is learned.")
        told = (self._columns.mean, self._columns.yes, self._columns.object)
        fitted = fit_logistic(np.column_stack(told)[seen], hits[seen], variance=_PRIOR_VARIANCE)
        return Prior(fitted.intercept, *(float(value) for value in fitted.coefficients))

    def _decided(self, outcomes: Mapping[str, Outcome]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which items are decided, and which of them are found to be what is looked for."""
        seen, hits = np.zeros(len(self._items), bool), np.zeros(len(self._items), bool)
        for key, outcome in outcomes.items():
            if outcome.word is not None and (place := self._places.get(key)) is not None:
                seen[place] = True
                hits[place] = self._is_hit(self._items[place], outcome.word)
        return seen, hits

    def _is_hit(self, item: Item, word: str) -> bool:
        return word != item.old and (word != AMBIGUOUS or self._target == "wrong or ambiguous")

    def _fit(self, seen: NDArray[np.bool_], hits: NDArray[np.bool_]) -> tuple[Logistic, NDArray[np.float64]]:
        """Fit all verdicts together with what the first order would have said of some items."""
        records = np.column_stack([self._record(groups, seen, hits) for groups in self._recorded])
        features = np.hstack([self._features, records])
        made_up = np.hstack([self._features[self._made_up], np.zeros((len(self._made_up), records.shape[1]))])
        expected = np.exp(-np.logaddexp(0.0, -self._prior[self._made_up]))
        each = self._settings.verdicts / len(expected)
        came = np.concatenate([hits[seen], np.ones(len(expected), bool), np.zeros(len(expected), bool)])
        weights = np.concatenate([np.ones(seen.sum()), each * expected, each * (1 - expected)])
        rows = np.vstack([features[seen], made_up, made_up])
        fitted = fit_logistic(rows, came, weights, self._settings.variance)
        return fitted, fitted.log_odds(features)

    def _record(
        self, groups: NDArray[np.int64], seen: NDArray[np.bool_], hits: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """By how much others of its group were found wrong more often than the first order had it, in log-odds.

        An item's own outcome is never in its record: else the regression would learn that records know everything.
        """
        expected = np.exp(-np.logaddexp(0.0, -self._prior))
        surplus = _others(np.where(seen, hits - expected, 0.0), groups)
        spread = _others(np.where(seen, expected * (1 - expected), 0.0), groups)
        return surplus / (spread + self._settings.smoothing)

    def _weights(self, fitted: Logistic) -> dict[str, float]:
        whole = fitted.coefficients[0] + float(self._columns.yes.mean()) * fitted.coefficients[2]
        apart = fitted.coefficients[_FEATURES : _FEATURES + len(self.families)]
        each = whole / len(self.families) + apart - apart.mean()
        return {family: float(weight) for family, weight in zip(self.families, each, strict=True)}


def simulated_order(ranker: Ranker, truth: Mapping[str, str], every: int = 50) -> list[str]:
    """In which order items are looked at if each look reveals the truth and the rest is ranked anew after so many.

    Args:
        ranker: of all the items.
        truth: item → what people say of it.
        every: after how many verdicts items are ranked anew.
    """
    outcomes: dict[str, Outcome] = {}
    while scores := ranker.rank(outcomes).scores:
        for key, _ in scores[:every]:
            outcomes[key] = Outcome(State.AGREED, truth[key], {})
    return list(outcomes)


def _about(item: Item) -> tuple[str, bool]:
    """The object that an item is about, and whether its label is yes."""
    if item.claim is None or item.old is None:
        lacking = "has choices" if item.claim is None else "has no label yet"
        raise RequestError(f"{item.text!r} of {item.image} {lacking}; what is ranked are labels of yes or no.")
    return _object(item.claim), item.old == Word.YES.value


def _object(claim: Claim) -> str:
    return claim.subject if isinstance(claim, Relation) else claim.object


def _groups(names: Sequence[object]) -> NDArray[np.int64]:
    """Number equal things alike."""
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)


def _others(values: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """For each item the sum over the others of its group."""
    return np.asarray(np.bincount(groups, values)[groups] - values, dtype=np.float64)


def _columns(
    replies: Contradictions, cell: NDArray[np.int64], images: Sequence[str], labelled_yes: Sequence[bool]
) -> _Columns:
    known = ~np.isnan(replies.said)
    totals, families = np.where(known, replies.said, 0.0).sum(axis=0), known.sum(axis=0)
    yes = np.array(labelled_yes)
    mean = np.divide(totals, families, out=np.zeros(len(yes)), where=families > 0)
    answered = families > 0
    usual = np.zeros(len(yes))
    for side in (yes, ~yes):
        own = side & answered
        usual[side] = mean[own].mean() if own.any() else 0.0
    mean = np.where(answered, mean, usual)  # what nobody replied to is taken to be as its side is
    apart = np.where(known, replies.said - mean, 0.0).T
    beyond = np.where(known & ~np.isnan(replies.probable), replies.probable - replies.said, 0.0).sum(axis=0)
    of_object, of_image = (_excess(mean - usual, answered, groups) for groups in (cell, _groups(images)))
    return _Columns(mean, yes.astype(np.float64), beyond / np.maximum(families, 1), of_object, of_image, apart)


def _excess(
    surplus: NDArray[np.float64], answered: NDArray[np.bool_], groups: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The mean surplus of the others of a group, drawn towards zero where they are few."""
    counts = _others(answered.astype(np.float64), groups)
    return _others(np.where(answered, surplus, 0.0), groups) / (counts + _OTHERS)
