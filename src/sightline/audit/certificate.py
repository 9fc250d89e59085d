"""What an audit has found, what it has probably missed, and what it would cost to go on.

The ranking looks where errors are; the control sample looks everywhere. Only the second says something of what nobody
has looked at. The bounds are exact for a finite number of items, and they are honest about three things:

- They take for granted that what the ranking serves next does not depend on what the control found, until the ranking
  itself comes to those items. A ranking that is refitted on verdicts of the control as well changes the rest that the
  control speaks for; then only `Found.any_time`, which is about all items and not about the rest, stays exact.
- Items about which people still disagree count as wrong in every bound.
- `Found.bound` holds with 95 % where it was settled beforehand when to stop. Whoever looks every day and stops when it
  looks good needs `Found.any_time`, which holds on all days at once, and is wider.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import NamedTuple

from sightline.audit.entries import Act, Entry, Outcome, Stage, State, standing
from sightline.audit.items import AMBIGUOUS, Item
from sightline.errors import RequestError
from sightline.stats.agreement import (
    Agreement,
    Quality,
    Verdict,
    cohen_kappas,
    dawid_skene,
    krippendorff_alpha,
    percent_agreement,
)
from sightline.stats.control_sample import Drawn, any_time_bound, hits_bound, hits_estimate

__all__ = ["ALL", "CONFIDENCE", "Certificate", "Cost", "Found", "Pace", "People", "Side", "certificate", "people"]

ALL = "all"
"""The side that is all sides together."""

CONFIDENCE = 0.95

LONGEST_S = 300.0
"""A look that took longer counts as one of five minutes: the page was left open."""


class Found(NamedTuple):
    """One kind of outcome, wrong or ambiguous: what was found of it, and what is left.

    Args:
        found: items found to be so.
        in_control: how many of them the control found where the ranking had not come.
        left: how many are estimated to be left among those not looked at; NaN without a control.
        bound: how many are left at most (95 %, one-sided), where it was settled beforehand when to stop.
        any_time: the same, at whatever moment one stops.
    """

    found: int
    in_control: int
    left: float
    bound: int
    any_time: int

    @property
    def recall(self) -> float:
        """The share found so far, as estimated; NaN where there is nothing to find."""
        return self.found / (self.found + self.left) if self.found + self.left else float("nan")

    @property
    def recall_bound(self) -> float:
        """The share found so far, at least (95 %)."""
        return self.found / (self.found + self.bound) if self.found + self.bound else 1.0

    @property
    def recall_any_time(self) -> float:
        """The same, at whatever moment one stops."""
        return self.found / (self.found + self.any_time) if self.found + self.any_time else 1.0


class Side(NamedTuple):
    """The items of one old label, or all of them.

    Args:
        old: the label that is checked, or "all".
        items: how many there are.
        looked: how many are decided.
        waiting: how many were looked at but are not decided yet.
        control: how many of the decided ones speak for the rest: drawn, and not come to by the ranking.
        rest: how many are not decided.
        wrong: those whose label is another.
        ambiguous: those of which people cannot say.
    """

    old: str
    items: int
    looked: int
    waiting: int
    control: int
    rest: int
    wrong: Found
    ambiguous: Found


class Pace(NamedTuple):
    """How fast somebody is.

    Args:
        person: who.
        stage: as what.
        looks: verdicts that stand.
        skipped: items left to others.
        median_s: seconds for one look, as the page measured; NaN where it measured none.
        mean_s: the mean, looks of more than five minutes counted as five.
    """

    person: str
    stage: Stage
    looks: int
    skipped: int
    median_s: float
    mean_s: float


class Cost(NamedTuple):
    """What it takes to look at everything.

    Args:
        looks: verdicts of labellers still to come.
        adjudications: decisions of a third person still to come, by the share of items that needed one so far.
        hours: of people's time, at the pace so far; NaN where nothing was measured.
    """

    looks: int
    adjudications: int
    hours: float


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where an audit stands.

    Args:
        sides: all items first, then those of each old label.
        pace: how fast each person is.
        cost: what it takes to look at everything.
        unlabelled: items without an old label, which are in none of the sides.
    """

    sides: tuple[Side, ...]
    pace: tuple[Pace, ...]
    cost: Cost
    unlabelled: int


class People(NamedTuple):
    """How well the labellers agree; what adjudicators decided is not in it.

    Args:
        percent: the share of pairs that say the same.
        kappas: Cohen's kappa of every two.
        alpha: Krippendorff's alpha of all.
        quality: how each errs, by the model of Dawid and Skene.
    """

    percent: Agreement
    kappas: Mapping[tuple[str, str], Agreement]
    alpha: Agreement
    quality: Quality


def people(outcomes: Mapping[str, Outcome]) -> People:
    """How well the labellers agree, and how good each is; loads crowd-kit, which takes seconds."""
    verdicts = [Verdict(key, who, word) for key, outcome in outcomes.items() for who, word in outcome.labels.items()]
    return People(
        percent_agreement(verdicts), cohen_kappas(verdicts), krippendorff_alpha(verdicts), dawid_skene(verdicts)
    )


def certificate(
    items: Sequence[Item],
    outcomes: Mapping[str, Outcome],
    control: Collection[str],
    ranked: Collection[str],
    entries: Iterable[Entry] = (),
    looks: int = 2,
) -> Certificate:
    """Say where an audit stands.

    Args:
        items: what there is to look at.
        outcomes: item → what came of it.
        control: the first items of a random order of all, as far as that order was followed, whether they were then
            looked at because it was their turn or because the ranking had come to them already.
        ranked: the items that the ranking has come to, those included that the control had shown already.
        entries: all, for times.
        looks: labellers of each item.

    Raises:
        RequestError: no item has a label to check, or a key is of no item.
    """
    labelled = [item for item in items if item.old is not None]
    known = {item.key for item in items}
    if strangers := [key for key in (*control, *ranked) if key not in known]:
        raise RequestError(f"{strangers[0]} is of no item; this control sample or ranking belongs to another audit.")
    if not labelled:
        raise RequestError("No item has a label yet, so none can be wrong. Score agreement instead.")
    words = sorted({str(item.old) for item in labelled}, reverse=True)
    drawn, come_to = set(control), set(ranked)
    sides = [_side(ALL, labelled, outcomes, drawn, come_to)]
    sides += [_side(w, [i for i in labelled if i.old == w], outcomes, drawn, come_to) for w in words]
    kept = standing(entries)
    pace = _paces(kept)
    return Certificate(tuple(sides), pace, _cost(items, outcomes, drawn, kept, looks), len(items) - len(labelled))


def _side(
    old: str, items: Sequence[Item], outcomes: Mapping[str, Outcome], control: set[str], ranked: set[str]
) -> Side:
    found: dict[str, str] = {}
    disputed: set[str] = set()
    seen = 0
    for item in items:
        outcome = outcomes.get(item.key)
        if outcome is None:
            continue
        seen += 1
        if outcome.word is not None:
            is_same = outcome.word == item.old
            found[item.key] = "kept" if is_same else "ambiguous" if outcome.word == AMBIGUOUS else "wrong"
        elif outcome.state is State.CONFLICT:
            disputed.add(item.key)
    keys = {item.key for item in items}
    certain = (ranked & keys) | (found.keys() - control)  # what somebody asked for stands for itself as well
    stock = keys - certain
    strata = _strata(items, stock, control & (found.keys() | disputed))
    kinds = {kind: _found(kind, keys, strata, found, disputed, control) for kind in ("wrong", "ambiguous")}
    sample = len(control & stock & found.keys())
    waiting, rest = seen - len(found), len(keys) - len(found)
    return Side(old, len(keys), len(found), waiting, sample, rest, kinds["wrong"], kinds["ambiguous"])


def _strata(items: Sequence[Item], stock: set[str], drawn: set[str]) -> list[set[str]]:
    """The stock, taken apart by old label where that makes two parts with enough drawn from each.

    The rule looks at numbers of items only, never at what was found, so that the bound stays exact.
    """
    by_word: dict[str, set[str]] = defaultdict(set)
    for item in items:
        if item.key in stock:
            by_word[str(item.old)].add(item.key)
    apart = list(by_word.values())
    return apart if len(apart) == 2 and all(len(part & drawn) >= _ENOUGH for part in apart) else [stock]


_ENOUGH = 20
"""Drawn items; a part with fewer would have a bound of its own that says little."""


def _found(
    kind: str,
    keys: set[str],
    strata: Sequence[set[str]],
    found: Mapping[str, str],
    disputed: set[str],
    control: set[str],
) -> Found:
    """What was found of one kind, and what is left; the strata are what the ranking has not come to."""
    total = sum(what == kind for what in found.values())
    rest = len(keys) - len(found)
    known, feared = [], []
    hits = open_drawn = 0
    for stock in strata:
        sample = control & stock & found.keys()
        own = sum(found[key] == kind for key in sample)
        open_ = len(disputed & control & stock)
        known.append(Drawn(len(stock), len(sample), own))
        feared.append(Drawn(len(stock), len(sample) + open_, own + open_))
        hits, open_drawn = hits + own, open_drawn + open_
    left = hits_estimate(known)
    open_certain = len(keys.difference(*strata) - found.keys())
    bound = hits_bound(feared, CONFIDENCE)
    drawn = control & keys & (found.keys() | disputed)
    all_hits = sum(found.get(key, kind) == kind for key in drawn)
    any_time = any_time_bound(len(keys), len(drawn), all_hits, CONFIDENCE) - total
    return Found(total, hits, left, min(bound + open_drawn + open_certain, rest), max(0, min(any_time, rest)))


def _paces(kept: Sequence[Entry]) -> tuple[Pace, ...]:
    together: dict[tuple[str, Stage], list[Entry]] = defaultdict(list)
    for entry in kept:
        together[entry.person, entry.stage].append(entry)
    paces = []
    for (person, stage), own in sorted(together.items()):
        times = [entry.seconds for entry in own if entry.act is Act.VERDICT and entry.seconds is not None]
        verdicts = sum(entry.act is Act.VERDICT for entry in own)
        middle = median(times) if times else float("nan")
        paces.append(Pace(person, stage, verdicts, len(own) - verdicts, middle, _mean_s(times)))
    return tuple(paces)


def _mean_s(times: Sequence[float]) -> float:
    return fmean(min(time, LONGEST_S) for time in times) if times else float("nan")


def _cost(
    items: Sequence[Item], outcomes: Mapping[str, Outcome], control: set[str], kept: Sequence[Entry], looks: int
) -> Cost:
    """What is left to do, at the pace so far; the control tells how often people disagree where nothing looks wrong."""
    undecided = [outcomes.get(item.key) for item in items if not _is_decided(outcomes.get(item.key))]
    disputed = sum(outcome is not None and outcome.state is State.CONFLICT for outcome in undecided)
    unlooked = len(undecided) - disputed
    labels = sum(
        looks - (len(outcome.labels) if outcome else 0)
        for outcome in undecided
        if outcome is None or outcome.state is not State.CONFLICT
    )
    judged = {key: outcome for key, outcome in outcomes.items() if len(outcome.labels) >= looks}
    basis = [outcome for key, outcome in judged.items() if key in control] or list(judged.values())
    share = fmean(outcome.state is not State.AGREED for outcome in basis) if basis else 0.0
    adjudications = disputed + round(share * unlooked)
    times = {stage: [e.seconds for e in kept if e.stage is stage and e.seconds is not None] for stage in Stage}
    label_s = _mean_s(times[Stage.LABEL])
    judge_s = _mean_s(times[Stage.ADJUDICATE] or times[Stage.LABEL])
    return Cost(labels, adjudications, (labels * label_s + adjudications * judge_s) / 3600)


def _is_decided(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.word is not None
