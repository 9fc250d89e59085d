"""Scores of models under labels of which only some were checked, corrected by the control sample."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.audit.entries import Outcome, State
from sightline.audit.items import Item, Word
from sightline.errors import RequestError
from sightline.evaluation.codes import Codes, encode, read_all
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.score import MEAN, unreadable_rule
from sightline.readers.yes_no import yes_no_reader
from sightline.stats.partly_audited import CERTAIN, Corrected, Looked, corrected_rates
from sightline.stats.rates import RATES

__all__ = ["partial_score_table"]

_CODE = {Word.YES.value: 1, Word.NO.value: 0}


def partial_score_table(
    evaluation: Evaluation,
    items: Sequence[Item],
    outcomes: Mapping[str, Outcome],
    control: Collection[str],
    ranked: Collection[str],
    strata: Mapping[str, str] = MappingProxyType({}),
    reader: str = "strict",
) -> pa.Table:
    """Score every model as a complete audit would, beside the raw score under what was found so far.

    Columns: model, split (the mean of the splits last), rate; raw (found errors mended, all else as it was), estimate,
    low, high (95 %), lowering and raising (control items that lower and raise the rate: the fewer, the wider the
    interval), looked (items decided), control (those that stand for others), rest (items not decided), waiting (those
    of the rest that people disagree about).

    The interval is about what nobody has looked at; `score` gives the one about other images.

    Args:
        evaluation: the models' replies; its label sets are not used.
        items: what there is to look at, with the old labels.
        outcomes: item → what came of it; what is not decided counts as not looked at, so settle disagreements first:
            those are wrong or ambiguous more often than the items that speak for them.
        control: items that were drawn, as `sightline.audit.certificate.certificate` has them.
        ranked: items that the ranking has come to.
        strata: item → the stratum that it would be drawn from, where the control was not drawn uniformly; otherwise
            the items are taken apart by their old label.
        reader: name of the reader.

    Raises:
        RequestError: an item is not yes or no, a question is of no item, nothing was drawn from a stratum that has
            items left, or the reader is unknown.
    """
    audit = _arrays(items, outcomes, set(control), set(ranked), strata)
    used = yes_no_reader(reader)
    codes = encode(evaluation)
    replies = _replies(evaluation, items, codes, read_all(codes, used))
    splits = (*evaluation.splits, MEAN) if len(evaluation.splits) > 1 else evaluation.splits
    rule = unreadable_rule(used)
    rows: list[dict[str, object]] = []
    for place, model in enumerate(evaluation.models):
        found = corrected_rates(audit.looked, replies[place], rule)
        rows += [
            {"model": model, "split": split, "rate": rate, **_cells(found, s, r), **audit.counts}
            for s, split in enumerate(splits)
            for r, rate in enumerate(RATES)
        ]
    return pa.Table.from_pylist(rows)


class _Audit(NamedTuple):
    looked: Looked
    counts: Mapping[str, int]


def _arrays(
    items: Sequence[Item],
    outcomes: Mapping[str, Outcome],
    control: set[str],
    ranked: set[str],
    strata: Mapping[str, str],
) -> _Audit:
    if several := next((item for item in items if item.claim is None or item.old is None), None):
        raise RequestError(f"{several.questions[0]} has no label of yes or no, so its score cannot be corrected.")
    words = {key: outcome.word for key, outcome in outcomes.items() if outcome.word is not None}
    old = np.array([_CODE.get(str(item.old), -1) for item in items], dtype=np.int8)
    found = np.array([_CODE.get(str(words.get(item.key, item.old)), -1) for item in items], dtype=np.int8)
    decided = np.array([item.key in words for item in items])
    is_ranked = np.array([item.key in ranked for item in items])
    drawn = np.array([item.key in control for item in items]) & decided & ~is_ranked
    names = [strata.get(item.key, str(item.old)) for item in items]
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    own = np.where(decided & ~drawn, CERTAIN, np.array([places[name] for name in names]))
    for name, place in places.items():
        left = int(((own == place) & ~decided).sum())
        if left and not (drawn & (own == place)).any():
            raise RequestError(
                f"{left} items of {name!r} are not decided, and none was drawn from them for control, so the score "
                "under a complete audit cannot be estimated. Look at some that the draw gives."
            )
    waiting = sum(outcome.state is State.CONFLICT for outcome in outcomes.values())
    counts = {
        "looked": int(decided.sum()),
        "control": int(drawn.sum()),
        "rest": int((~decided).sum()),
        "waiting": waiting,
    }
    return _Audit(Looked(old, found, drawn, own), counts)


def _replies(
    evaluation: Evaluation, items: Sequence[Item], codes: Codes, readings: NDArray[np.int8]
) -> NDArray[np.float64]:
    """(models, items, splits, 3) how many questions about an item each model answers yes, no, unreadably."""
    place = {question: number for number, item in enumerate(items) for question in item.questions}
    if strange := next((q.id for q in evaluation.questions if q.id not in place), None):
        raise RequestError(
            f"{strange} is a question about no item of this audit; score the benchmark that was audited."
        )
    own = np.array([place[question.id] for question in evaluation.questions])
    replies = np.zeros((len(readings), len(items), len(evaluation.splits), 3))
    for model, of_model in enumerate(readings):
        for column, reading in enumerate((1, 0, -1)):
            said = of_model == reading
            np.add.at(replies[model], (own[said], codes.splits[said], column), 1)
    return replies


def _cells(found: Corrected, split: int, rate: int) -> dict[str, object]:
    cells: dict[str, object] = {}
    for name in ("raw", "estimate", "low", "high"):
        value = float(getattr(found, name)[split, rate])
        cells[name] = None if np.isnan(value) else value
    lowering, raising = int(found.lowering[split, rate]), int(found.raising[split, rate])
    return {**cells, "lowering": lowering, "raising": raising}
