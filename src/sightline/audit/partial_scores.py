"""Scores of models under labels of which only some were checked, corrected by the control sample."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.audit.entries import Outcome, State
from sightline.audit.items import WORD_OF, Item, Word, items_of
from sightline.core import Answer, Claim, LabelSet, Question
from sightline.errors import RequestError
from sightline.evaluation.codes import Codes, encode, read_all
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.record import with_record
from sightline.evaluation.score import MEAN, unreadable_rule
from sightline.readers.yes_no import yes_no_reader
from sightline.stats.partly_audited import CERTAIN, Corrected, Looked, corrected_rates
from sightline.stats.ranking import ranks
from sightline.stats.rates import RATES

__all__ = ["CorrectedScores", "corrected_ranks", "corrected_scores", "partial_score_table"]

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


class CorrectedScores(NamedTuple):
    """Scores under every label set of an evaluation that people have checked in part.

    Args:
        table: labels (the label set), checked (the one whose labels were checked), reader and the columns of
            `partial_score_table`, waiting being all that was looked at and is not decided; None where there is no such
            label set, or none can be corrected.
        refused: label set → why its scores cannot be corrected.
    """

    table: pa.Table | None
    refused: Mapping[str, str]


def corrected_scores(
    evaluation: Evaluation, readers: Sequence[str] = ("strict",), shared: bool = False
) -> CorrectedScores:
    """Score under label sets that people have checked in part as if they had checked all of it.

    Which items speak for the rest stands in the provenance of their labels; the labels before are those of the other
    label set that agrees wherever a label was kept. Questions that a label set does not list are left out.

    Args:
        evaluation: models, questions and label sets.
        readers: names of the readers.
        shared: count only questions that every model has a reply to.

    Raises:
        RequestError: a reader is unknown.
    """
    settings = {"readers": [str(yes_no_reader(name)) for name in readers]}
    tables: list[pa.Table] = []
    refused: dict[str, str] = {}
    for labels in evaluation.label_sets:
        listed = tuple(_listed(evaluation, labels))
        if all(labels.provenance[_pair(evaluation.questions[place])].decided for place in listed):
            continue
        own = _reduced(evaluation, listed, shared)
        old = next((other for other in evaluation.label_sets if _is_before(other, labels, own.questions)), None)
        if old is None:
            refused[labels.name] = "none of the label sets is the one that was checked; name it as well"
            continue
        try:
            tables += [_corrected_table(own, labels, old, reader) for reader in readers]
        except RequestError as error:
            refused[labels.name] = str(error)
    if not tables:
        return CorrectedScores(None, refused)
    return CorrectedScores(with_record(pa.concat_tables(tables), evaluation, settings), refused)


def corrected_ranks(scores: pa.Table, metric: str) -> pa.Table:
    """The ranks of models under a label set as it stands, and as if it had been checked whole.

    Args:
        scores: of one label set and reader, from `corrected_scores`.
        metric: the rate to rank by.

    Returns:
        Columns split, model, metric, raw, rank_raw, estimate, low, high, rank; by rank, split by split.
    """
    rows = [row for row in scores.to_pylist() if row["rate"] == metric]
    ranked: list[dict[str, object]] = []
    for split in dict.fromkeys(row["split"] for row in rows):
        own = [row for row in rows if row["split"] == split]
        as_it_is, corrected = (
            ranks(np.array([np.nan if row[name] is None else row[name] for row in own])) for name in ("raw", "estimate")
        )
        kept = ("split", "model", "raw", "estimate", "low", "high")
        ranked += [
            {**{name: own[m][name] for name in kept}, "metric": metric}
            | {"rank_raw": int(as_it_is[m]), "rank": int(corrected[m])}
            for m in np.argsort(corrected, kind="stable")
        ]
    return pa.Table.from_pylist(ranked)


def _pair(question: Question) -> tuple[str, Claim]:
    return question.images[0].name, question.claims[0]


def _listed(evaluation: Evaluation, labels: LabelSet) -> Iterator[int]:
    """The places of questions of which a label set tells where their label comes from."""
    for place, question in enumerate(evaluation.questions) if labels.provenance else ():
        if _pair(question) in labels.provenance:
            yield place


def _reduced(evaluation: Evaluation, places: Sequence[int], shared: bool) -> Evaluation:
    """Only some questions, and where that is wanted only replies to those that every model replies to."""
    said = evaluation.replies.values()
    kept = {place for place in places if not shared or all(of_model[place] is not None for of_model in said)}
    replies = {
        model: [of_model[place] if place in kept else None for place in places]
        for model, of_model in evaluation.replies.items()
    }
    return replace(evaluation, questions=tuple(evaluation.questions[place] for place in places), replies=replies)


def _is_before(other: LabelSet, labels: LabelSet, questions: Sequence[Question]) -> bool:
    """Whether a label set is the one that was checked: wherever a label was kept, it says the same."""
    if other is labels or other.provenance:
        return False
    pairs = dict.fromkeys(_pair(question) for question in questions)
    says = {pair: other.answer(*pair) for pair in pairs}
    return all(
        answer in (Answer.HOLDS, Answer.DOES_NOT_HOLD)
        and (labels.provenance[pair].decided or answer is labels.answer(*pair))
        for pair, answer in says.items()
    )


def _corrected_table(evaluation: Evaluation, labels: LabelSet, old: LabelSet, reader: str) -> pa.Table:
    items = items_of(evaluation.questions, old)
    outcomes: dict[str, Outcome] = {}
    control: set[str] = set()
    for item in items:
        assert item.claim is not None
        told = labels.provenance[item.image, item.claim]
        answer = labels.answer(item.image, item.claim)
        if told.decided and answer is not None:
            outcomes[item.key] = Outcome(State.AGREED, WORD_OF[answer], {})
        elif told.looked is not None:
            outcomes[item.key] = Outcome(State.CONFLICT, None, {})
        if told.looked == "control":
            control.add(item.key)
    table = partial_score_table(evaluation, items, outcomes, control, (), reader=reader)
    for place, (name, value) in enumerate(
        (("labels", labels.name), ("checked", old.name), ("reader", str(yes_no_reader(reader))))
    ):
        table = table.add_column(place, name, pa.array([value] * table.num_rows))
    return table


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
