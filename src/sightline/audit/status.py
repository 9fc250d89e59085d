"""Where an audit stands, brought together from its store, and the same as a record for machines."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from sightline.audit.certificate import Certificate, Found, People, certificate, people
from sightline.audit.contents import About
from sightline.audit.entries import State
from sightline.audit.ordering import Ranking
from sightline.audit.samples import samples_of
from sightline.audit.store import Store
from sightline.stats.agreement import Agreement, Quality

__all__ = ["Status", "status_of", "status_record"]


class Status(NamedTuple):
    """Where an audit stands.

    Args:
        about: what is audited.
        items: how many items there are.
        states: how many of them are in each state.
        rankings: all there were, the latest last.
        drawn: how many items of the control sample are decided.
        certificate: what was found, and what is left; None where no item has a label to check.
        people: how well the labellers agree; None before the first verdict.
    """

    about: About
    items: int
    states: Mapping[State, int]
    rankings: tuple[Ranking, ...]
    drawn: int
    certificate: Certificate | None
    people: People | None

    @property
    def decided(self) -> int:
        """How many items are decided."""
        return self.states[State.AGREED] + self.states[State.ADJUDICATED]

    @property
    def refitted(self) -> bool:
        """Whether a ranking learnt from verdicts, those of the control sample among them."""
        return any(ranking.entries for ranking in self.rankings)


def status_of(store: Store) -> Status:
    """Say where an audit stands; loads crowd-kit, which takes seconds."""
    items, entries, outcomes = store.items(), store.entries(), store.outcomes()
    samples = samples_of(store.order(), outcomes)
    states = Counter(outcome.state for outcome in outcomes.values())
    states[State.UNSEEN] = len(items) - len(outcomes)
    found = None
    if any(item.old is not None for item in items):
        found = certificate(items, outcomes, samples.control, samples.ranked, entries, store.about.looks)
    drawn = sum(key in outcomes and outcomes[key].word is not None for key in samples.control)
    of_people = people(outcomes) if any(outcome.labels for outcome in outcomes.values()) else None
    return Status(store.about, len(items), states, store.rankings(), drawn, found, of_people)


def status_record(status: Status) -> dict[str, Any]:
    """Everything as JSON can hold it; what is not known is None."""
    about = status.about
    record = {
        "benchmark": about.benchmark,
        "label_set": about.label_set,
        "label_set_sha256": about.label_set_sha256,
        "created": about.created,
        "looks": about.looks,
        "items": status.items,
        "states": {state.value: status.states[state] for state in State},
        "control_decided": status.drawn,
        "rankings": [ranking._asdict() for ranking in status.rankings],
        "certificate": None if status.certificate is None else _of_certificate(status.certificate),
        "people": None if status.people is None else _of_people(status.people),
    }
    known: dict[str, Any] = _known(record)
    return known


def _of_certificate(found: Certificate) -> dict[str, Any]:
    sides = [
        side._asdict() | {"wrong": _of_found(side.wrong), "ambiguous": _of_found(side.ambiguous)}
        for side in found.sides
    ]
    return {
        "sides": sides,
        "pace": [pace._asdict() for pace in found.pace],
        "cost": found.cost._asdict(),
        "unlabelled": found.unlabelled,
    }


def _of_found(found: Found) -> dict[str, Any]:
    shares = ("recall", "recall_bound", "recall_any_time")
    return found._asdict() | {share: getattr(found, share) for share in shares}


def _of_people(found: People) -> dict[str, Any]:
    return {
        "percent_agreement": _of_agreement(found.percent),
        "cohen_kappas": [{"labellers": pair, **_of_agreement(kappa)} for pair, kappa in found.kappas.items()],
        "krippendorff_alpha": _of_agreement(found.alpha),
        "dawid_skene": _of_quality(found.quality),
    }


def _of_agreement(found: Agreement) -> dict[str, Any]:
    return found._asdict()


def _of_quality(found: Quality) -> dict[str, Any]:
    words = found.words
    labellers = {
        name: {
            "accuracy": own.accuracy,
            "verdicts": own.verdicts,
            "said_of_true": {
                true: dict(zip(words, row, strict=True))
                for true, row in zip(words, own.confusion.tolist(), strict=True)
            },
        }
        for name, own in found.labellers.items()
    }
    shares = dict(zip(words, found.shares.tolist(), strict=True))
    return {"shares": shares, "labellers": labellers, "why": found.why}


def _known(value: Any) -> Any:
    """The same with None in place of what is no number."""
    if isinstance(value, Mapping):
        return {key: _known(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_known(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value
