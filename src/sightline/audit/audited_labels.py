"""The label set of an audit, with where each label comes from, for `sightline score` and `compare` to take at once."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from sightline.audit.entries import Act, Entry, Outcome, Stage, standing
from sightline.audit.items import ANSWER_OF, Item
from sightline.audit.samples import samples_of
from sightline.audit.store import Store
from sightline.core import Answer, Claim, LabelSet, Provenance, SourceFile
from sightline.errors import RequestError
from sightline.records.label_sets import encode_label_set

__all__ = ["Sample", "audited_labels", "labels_of_audit"]

Sample = Literal["ranked", "control"]
"""Why people were shown an item: it stands high in the ranking, or was drawn for the control sample."""


def audited_labels(
    name: str,
    items: Sequence[Item],
    entries: Iterable[Entry],
    outcomes: Mapping[str, Outcome],
    looked: Mapping[str, Sample] = MappingProxyType({}),
    decided_only: bool = False,
    with_labellers: bool = False,
) -> LabelSet:
    """Bring what was found together as a label set.

    Args:
        name: what it is to be called.
        items: what there is to look at.
        entries: all, in their order.
        outcomes: item → what came of it.
        looked: item → why people were shown it; only items of which something stands are marked so.
        decided_only: leave out what nobody has decided; otherwise it keeps its old label, and says so.
        with_labellers: keep what each labeller said, beside who decided.

    Raises:
        RequestError: an item is a question with choices, which no claim says.
    """
    last = _last(entries)
    answers: dict[tuple[str, Claim], Answer] = {}
    provenance: dict[tuple[str, Claim], Provenance] = {}
    for item in items:
        if item.claim is None:
            raise RequestError(
                f"{item.questions[0]} is a question with choices, and a label set lists claims that hold or do not. "
                "What was found of it can be written as CSV or as the benchmark's own file."
            )
        outcome = outcomes.get(item.key)
        word = outcome.word if outcome else None
        if word is None and (decided_only or item.old is None):
            continue
        pair = (item.image, item.claim)
        answers[pair] = ANSWER_OF[str(word or item.old)]
        provenance[pair] = _provenance(outcome, last.get(item.key, ""), looked.get(item.key), with_labellers)
    return LabelSet(name, MappingProxyType(answers), absent=None, provenance=MappingProxyType(provenance))


def labels_of_audit(store: Store, name: str, where: str, with_labellers: bool = False) -> LabelSet:
    """The label set of an audit as it stands, with what the control sample is.

    Args:
        store: the audit.
        name: what the label set is to be called.
        where: what its source is called in records.
        with_labellers: keep what each labeller said, beside who decided.

    Raises:
        RequestError: it is about questions with choices.
    """
    entries, outcomes = store.entries(), store.outcomes()
    found = samples_of(store.order(), outcomes)
    looked: dict[str, Sample] = {
        key: "control" if key in found.control - found.ranked else "ranked" for key in outcomes
    }
    labels = audited_labels(name, store.items(), entries, outcomes, looked, with_labellers=with_labellers)
    sha256 = hashlib.sha256(encode_label_set(labels)).hexdigest()
    return replace(labels, sources=(SourceFile(where, sha256, len(labels.answers)),))


def _last(entries: Iterable[Entry]) -> dict[str, str]:
    """Item → when the verdict was stored that decides: the adjudicator's where there is one, else the last."""
    last: dict[str, Entry] = {}
    for entry in standing(entries):
        before = last.get(entry.item)
        adjudicated = before is not None and before.stage is Stage.ADJUDICATE
        if entry.act is Act.VERDICT and (entry.stage is Stage.ADJUDICATE or not adjudicated):
            last[entry.item] = entry
    return {key: entry.at for key, entry in last.items()}


def _provenance(outcome: Outcome | None, at: str, looked: Sample | None, with_labellers: bool) -> Provenance:
    if outcome is None:
        return Provenance("kept")
    words = dict(outcome.labels) if with_labellers else {}
    if outcome.word is None:
        return Provenance("kept", looked=looked, words=words)
    if outcome.adjudicator is not None:
        return Provenance("adjudicated", (outcome.adjudicator,), at, looked, words)
    return Provenance("agreed", tuple(outcome.labels), at, looked, words)
