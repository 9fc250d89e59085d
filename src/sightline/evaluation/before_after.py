"""A model before and after it was changed: every rate of every benchmark, paired on the same questions.

What tuning is for is seen in some rates; what it costs in others, perhaps of other benchmarks. So all stand in one
table, each with its paired difference, and what became worse is said first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.errors import DataError, RequestError, unknown_name
from sightline.evaluation.codes import encode
from sightline.evaluation.counted import count, reader_of, scoring_of, shared_questions
from sightline.evaluation.evaluation import Evaluation, evaluate
from sightline.evaluation.judgements import files_about, require_judgements
from sightline.evaluation.paired_runs import PairedRuns, RunPair, pair_runs
from sightline.evaluation.record import put_record, record
from sightline.evaluation.score import score
from sightline.evaluation.scorer import scorer
from sightline.readers.yes_no import YES_NO_READERS, yes_no_reader
from sightline.records.run_folder import read_run
from sightline.stats.paired import holm, paired_difference
from sightline.stats.rates import RATES

__all__ = ["AFTER", "BEFORE", "BEFORE_AFTER_DRAWS", "SURE", "BeforeAfter", "before_after"]

BEFORE_AFTER_DRAWS = 10_000
"""So many that p-values stay small enough for Holm's correction over a few hundred rates."""

SURE = 0.05
"""Below this p a difference is one: after the correction for sure, without it perhaps."""

BEFORE, AFTER = "before", "after"
"""What the two are called in tables."""

_Better = Literal["higher", "lower"] | None

_YES_NO: Mapping[str, _Better] = {
    "accuracy": "higher",
    "f1": "higher",
    "recall": "higher",
    "tnr": "higher",
    "yes_ratio": None,
    "unreadable": "lower",
}
"""The rates of yes/no questions that are compared, and which way is better; recall and TNR are the accuracies on
positive and on negative queries."""


class BeforeAfter(NamedTuple):
    """What became of a model's rates.

    Args:
        rates: benchmark, labels, split, rate, unit ("percent" or "number"), better ("higher", "lower" or null), general
            (whether it was not meant to change), n (questions, or groups of them), clusters (images or groups, which
            intervals draw); before and after, each with _low and _high; difference (after less before), low, high; p
            (two-sided, from the draws), p_holm (corrected over all rates in which anything changed; null where nothing
            did) and verdict.
        before: what the first model is, as its runs say.
        after: what the second is.
        notes: what to know of the two, in sentences.
    """

    rates: pa.Table
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    notes: tuple[str, ...]


class _Rates(NamedTuple):
    """All rates of two models on a benchmark.

    Args:
        labels: names along the first axis.
        splits: names along the second.
        rates: name, unit and better way of each along the last.
        values: (2, labels, splits, rates).
        drawn: (draws, 2, labels, splits, rates).
        low: (2, labels, splits, rates).
        high: likewise.
        n: (labels, splits).
        clusters: (labels, splits).
    """

    labels: tuple[str, ...]
    splits: tuple[str, ...]
    rates: tuple[tuple[str, str, _Better], ...]
    values: NDArray[np.float64]
    drawn: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: NDArray[np.int64]
    clusters: NDArray[np.int64]


def before_after(
    before: Iterable[str | Path],
    after: Iterable[str | Path],
    *,
    labels: Sequence[str] = (),
    general: Sequence[str] = (),
    splits: Sequence[str] = (),
    only: str | None = None,
    reader: str | None = None,
    draws: int = BEFORE_AFTER_DRAWS,
    seed: int = 0,
    allow_missing: bool = False,
    judgements: Sequence[str | Path] = (),
) -> BeforeAfter:
    """Compare the runs of a model with those of what became of it.

    Args:
        before: run folders of the first model, or folders that hold them.
        after: those of the second.
        labels: label sets to score under instead of those that the runs name, each as ``BENCHMARK:LABELS``.
        general: what was not meant to change, each as ``BENCHMARK`` or ``BENCHMARK@SPLIT``.
        splits: compare only these.
        only: compare only this benchmark.
        reader: name of the reader, where there is one benchmark; the benchmark's own where None.
        draws: bootstrap draws of whole images.
        seed: of the draws.
        allow_missing: compare only the questions that both have a reply to; the record counts the others.
        judgements: files of what a judge said of the replies, of any of the benchmarks.

    Raises:
        RequestError: the runs cannot be paired (see `pair_runs`), a name is unknown, or replies are to be judged and
            are not, or by several judges.
        DataError: a file is broken, or label files are no longer those of the runs.
        MissingError: replies are missing.
    """
    paired = pair_runs(before, after, labels, only)
    if reader is not None and len({pair.benchmark for pair in paired.pairs}) > 1:
        raise RequestError("There are several benchmarks, each with readers of its own; leave --reader out.")
    is_general = _general(general, paired)
    rows: list[dict[str, Any]] = []
    records = []
    for pair in paired.pairs:
        evaluation = _evaluation(pair, splits, allow_missing, judgements)
        require_judgements(evaluation, reader or scorer(evaluation.benchmark).reader)
        rates, read_by = _rates(evaluation, reader, draws, seed)
        rows += _rows(pair.benchmark, rates, is_general)
        records.append(record(evaluation, {"reader": read_by, "draws": draws, "seed": seed}))
    _judge(rows)
    facts = {"sightline": version("sightline"), BEFORE: dict(paired.before), AFTER: dict(paired.after)}
    table = pa.Table.from_pylist(rows, schema=_SCHEMA)
    return BeforeAfter(put_record(table, {**facts, "benchmarks": records}), paired.before, paired.after, paired.notes)


def _general(general: Sequence[str], paired: PairedRuns) -> Mapping[str, set[str]]:
    """Benchmark → its splits that were not meant to change; "" stands for all."""
    known = {pair.benchmark for pair in paired.pairs}
    found: dict[str, set[str]] = {}
    for given in general:
        name, _, split = given.partition("@")
        if name not in known:
            raise unknown_name("benchmark among those compared", name, known)
        found.setdefault(name, set()).add(split)
    return found


def _evaluation(
    pair: RunPair, splits: Sequence[str], allow_missing: bool, judgements: Sequence[str | Path]
) -> Evaluation:
    """Both runs, scored under the label sets that they were made with."""
    asked = dict.fromkeys(read_run(pair.before, allow_missing).replies["split"].to_pylist())
    kept = [split for split in asked if not splits or split in splits]
    if not kept:
        raise RequestError(f"{pair.before} asked {', '.join(asked)}, and nothing in {', '.join(splits)}.")
    replies = [f"{BEFORE}={pair.before}", f"{AFTER}={pair.after}"]
    own = files_about(pair.benchmark, judgements)
    evaluation = evaluate(pair.benchmark, replies, pair.labels, (), kept, allow_missing, own)
    if len(evaluation.judgements) > 1:
        names = ", ".join(voice.name for voice in evaluation.judgements)
        raise RequestError(f"Replies to {pair.benchmark} were judged by {names}; name the judgements of one of them.")
    for label_set in evaluation.label_sets:
        expected = pair.label_hashes.get(label_set.name)
        if expected not in (None, tuple(sorted(file.sha256 for file in label_set.sources))):
            raise DataError(
                f"label set {label_set.name!r} is not what it was when the runs were made",
                file=label_set.sources[0].name if label_set.sources else None,
                hint=f"Restore it, or say which is meant: --labels {pair.benchmark}:{label_set.name}=PATH",
            )
    return evaluation


def _rates(evaluation: Evaluation, reader: str | None, draws: int, seed: int) -> tuple[_Rates, str]:
    """All rates of both, and what read the replies."""
    if evaluation.benchmark.scoring is None:
        return _yes_no_rates(evaluation, reader or next(iter(YES_NO_READERS)), draws, seed)
    shared = shared_questions(evaluation)
    found = count(evaluation, reader, draws, seed, shared)
    rates = tuple((rate.name, str(rate.unit), rate.better) for rate in scoring_of(evaluation.benchmark).rates)
    values = found.estimate, found.drawn, found.interval.low, found.interval.high
    places = found.labels, found.splits
    return _Rates(*places, rates, *values, found.units[0], found.clusters[0]), reader_of(evaluation.benchmark, reader)


def _yes_no_rates(evaluation: Evaluation, reader: str, draws: int, seed: int) -> tuple[_Rates, str]:
    codes = encode(evaluation)
    shared: NDArray[np.bool_] = np.all(codes.replies >= 0, axis=0, keepdims=False)
    if not shared.any():
        raise RequestError("There is no question that both have a reply to, so nothing can be compared.")
    found = score(evaluation, reader, draws, seed, shared, codes)
    at = [RATES.index(name) for name in _YES_NO]
    rates = tuple((name, "percent", better) for name, better in _YES_NO.items())
    ends = found.interval.low[..., at], found.interval.high[..., at]
    values = found.estimate[..., at], found.drawn[..., at], *ends
    n = found.counts[0].sum(axis=-1).astype(np.int64)
    return _Rates(found.labels, found.splits, rates, *values, n, found.clusters[0]), str(yes_no_reader(reader))


def _rows(benchmark: str, found: _Rates, general: Mapping[str, set[str]]) -> Iterator[dict[str, Any]]:
    """A row for every rate that has a value on both sides."""
    for k, labels in enumerate(found.labels):
        for s, split in enumerate(found.splits):
            for r, (name, unit, better) in enumerate(found.rates):
                at = k, s, r
                values = found.values[:, *at]
                if np.isnan(values).any():
                    continue
                yield {
                    "benchmark": benchmark,
                    "labels": labels,
                    "split": split,
                    "rate": name,
                    "unit": unit,
                    "better": better,
                    "general": bool(general.get(benchmark, set()) & {"", split}),
                    "n": int(found.n[k, s]),
                    "clusters": int(found.clusters[k, s]),
                    **_ends(BEFORE, found, (0, *at)),
                    **_ends(AFTER, found, (1, *at)),
                    **_difference(found, at),
                }


def _ends(side: str, found: _Rates, at: tuple[int, ...]) -> dict[str, float]:
    values = {"": found.values[at], "_low": found.low[at], "_high": found.high[at]}
    return {side + end: float(value) for end, value in values.items()}


def _difference(found: _Rates, at: tuple[int, int, int]) -> dict[str, float | None]:
    """After less before, in the same draws; without a p where no draw differs, since nothing was changed there."""
    (before, after), drawn = found.values[:, *at], found.drawn[:, :, *at]
    test = paired_difference(after, before, drawn[:, 1], drawn[:, 0], int(found.clusters[at[:2]]))
    moved = bool(np.nan_to_num(drawn[:, 1] - drawn[:, 0]).any())
    return {"difference": test.value, "low": test.low, "high": test.high, "p": test.p if moved else None}


def _judge(rows: list[dict[str, Any]]) -> None:
    """Correct the p-values for their number, and say in words what each difference is."""
    corrected = holm(np.array([row["p"] for row in rows], dtype=np.float64))
    for row, p in zip(rows, corrected, strict=True):
        row["p_holm"] = None if np.isnan(p) else float(p)
        row["verdict"] = _verdict(row)


def _verdict(row: Mapping[str, Any]) -> str:
    if row["p"] is None:
        return "unchanged"
    if row["p"] >= SURE:
        return "no difference seen"
    up = row["difference"] > 0
    if row["better"] is None:
        word = "more" if up else "less"
    else:
        word = "better" if up == (row["better"] == "higher") else "worse"
    return word if row["p_holm"] < SURE else f"perhaps {word}"


_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("benchmark", "labels", "split", "rate", "unit", "better")),
        ("general", pa.bool_()),
        *((name, pa.int64()) for name in ("n", "clusters")),
        *((side + end, pa.float64()) for side in (BEFORE, AFTER) for end in ("", "_low", "_high")),
        *((name, pa.float64()) for name in ("difference", "low", "high", "p", "p_holm")),
        ("verdict", pa.string()),
    ]
)
