"""Rates of benchmarks that count what they will: sums over clusters, divided, with intervals that draw whole clusters.

The benchmark counts reply by reply or group by group (`sightline.core.Scoring`); what is here knows no benchmark.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.core import Benchmark, Counted, Derived, LabelSet, Rate, Ratio, Reply, Scoring
from sightline.errors import RequestError, unknown_name
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.keys import is_covered
from sightline.evaluation.record import with_record
from sightline.evaluation.score import check_draws
from sightline.stats.intervals import DRAWS, Interval, cluster_totals, percentile_interval

__all__ = ["COUNT", "Counts", "count", "rate_table", "reader_of", "scoring_of", "shared_questions"]

COUNT = "count_"
"""What the names of the columns of counts begin with."""


class Counts(NamedTuple):
    """Rates and their draws, before they become a table.

    Args:
        models: names along the first axis.
        labels: names along the second.
        splits: names along the third: the evaluation's, and those that pool several of them.
        names: names of the counts.
        estimate: (models, labels, splits, rates).
        drawn: (draws, models, labels, splits, rates).
        interval: of the estimate.
        totals: (models, labels, splits, counts).
        units: (models, labels, splits) replies or groups that were scored.
        clusters: (models, labels, splits) clusters that have one.
    """

    models: tuple[str, ...]
    labels: tuple[str, ...]
    splits: tuple[str, ...]
    names: tuple[str, ...]
    estimate: NDArray[np.float64]
    drawn: NDArray[np.float64]
    interval: Interval
    totals: NDArray[np.float64]
    units: NDArray[np.int64]
    clusters: NDArray[np.int64]


def scoring_of(benchmark: Benchmark) -> Scoring:
    """How a benchmark scores, which it must say."""
    if benchmark.scoring is None:
        raise ValueError(f"{benchmark.name} has no scoring of its own")
    return benchmark.scoring


def reader_of(benchmark: Benchmark, name: str | None = None) -> str:
    """The reader of this name, with its version where the benchmark tells it; the benchmark's own where None.

    Raises:
        RequestError: the benchmark has no such reader.
    """
    known = {entry.split("@")[0]: entry for entry in scoring_of(benchmark).readers}
    name = name or next(iter(known))
    if name not in known:
        raise unknown_name(f"reader of {benchmark.name}", name, known)
    return known[name]


def count(
    evaluation: Evaluation,
    reader: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    scored: NDArray[np.bool_] | None = None,
) -> Counts:
    """Count every model's replies in every split under every label set.

    Args:
        evaluation: what to score.
        reader: name of the reader; the benchmark's own where None.
        draws: bootstrap draws of whole clusters; the same for all models, label sets and splits.
        seed: of the draws.
        scored: (questions,) count only these.

    Raises:
        RequestError: the reader is unknown, draws are fewer than 100, or the seed is negative.
    """
    check_draws(draws, seed)
    scoring = scoring_of(evaluation.benchmark)
    name = reader_of(evaluation.benchmark, reader).split("@")[0]
    counted = [
        [
            scoring.count(evaluation.questions, labels, _kept(evaluation, labels, of_model, scored), name)
            for labels in evaluation.label_sets
        ]
        for of_model in evaluation.replies.values()
    ]
    names = tuple(dict.fromkeys(n for row in counted for cell in row for n in cell.counts))
    clusters: dict[str, int] = {}
    for cell in (cell for row in counted for cell in row):
        for cluster in cell.clusters:
            clusters.setdefault(cluster, len(clusters))
    stacked = np.stack(
        [np.stack([_by_cluster(cell, names, clusters, evaluation.splits) for cell in row], axis=1) for row in counted],
        axis=1,
    )  # (clusters, models, labels, splits, counts), the last of them one for each unit
    stacked, splits = _with_pools(stacked, evaluation.splits, scoring)
    totals = stacked.sum(axis=0)
    drawn = cluster_totals(stacked, draws, seed)
    rates = scoring.rates
    estimate, of_draws = (np.stack([_value(sums, names, rate) for rate in rates], axis=-1) for sums in (totals, drawn))
    ends = [_interval(stacked, names, rate, estimate[..., r], of_draws[..., r]) for r, rate in enumerate(rates)]
    return Counts(
        evaluation.models,
        tuple(label_set.name for label_set in evaluation.label_sets),
        splits,
        names,
        estimate,
        of_draws,
        Interval(*(np.stack(end, axis=-1) for end in zip(*ends, strict=True))),
        totals[..., :-1],
        totals[..., -1].astype(np.int64),
        (stacked[..., -1] > 0).sum(axis=0),
    )


def _kept(
    evaluation: Evaluation, labels: LabelSet, replies: Sequence[Reply | None], scored: NDArray[np.bool_] | None
) -> list[Reply | None]:
    """The replies to questions that the label set covers."""
    chosen = [True] * len(replies) if scored is None else scored.tolist()
    triples = zip(evaluation.questions, replies, chosen, strict=True)
    return [reply if kept and is_covered(labels, question) else None for question, reply, kept in triples]


def _by_cluster(
    counted: Counted, names: tuple[str, ...], clusters: dict[str, int], splits: tuple[str, ...]
) -> NDArray[np.float64]:
    """Sum the rows of one model under one label set: (clusters, splits, counts and one more for the rows)."""
    rows = len(counted.clusters)
    place = {split: at for at, split in enumerate(splits)}
    held = np.array([clusters[cluster] for cluster in counted.clusters], dtype=np.int64)
    parts = np.array([place[split] for split in counted.splits], dtype=np.int64)
    sums = np.zeros((max(len(clusters), 1), len(splits), len(names) + 1))
    columns = [counted.counts.get(name, np.zeros(rows)) for name in names]
    np.add.at(sums, (held, parts), np.stack([*columns, np.ones(rows)], axis=-1))
    return sums


def _place(names: tuple[str, ...], name: str) -> int:
    """Where a count stands; one that nothing was counted under has no units, and no name either."""
    return names.index(name) if name in names else len(names)


def _with_pools(
    stacked: NDArray[np.float64], splits: tuple[str, ...], scoring: Scoring
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Add the splits that pool others, where all of these are there, behind them."""
    every = splits if len(splits) > 1 else ()
    pools = {name: of or every for name, of in scoring.pooled.items() if set(of) <= set(splits) and (of or every)}
    places = [[splits.index(split) for split in of] for of in pools.values()]
    sums = [stacked[..., place, :].sum(axis=-2, keepdims=True) for place in places]
    return np.concatenate([stacked, *sums], axis=-2), (*splits, *pools)


def _rates_of(rate: Rate | Derived) -> tuple[Rate, ...]:
    return (rate,) if isinstance(rate, Rate) else rate.of


def _ratio(sums: NDArray[np.float64], names: tuple[str, ...], rate: Rate) -> Ratio:
    return Ratio(sums[..., _place(names, rate.of)], sums[..., _place(names, rate.over)])


def _value(sums: NDArray[np.float64], names: tuple[str, ...], rate: Rate | Derived) -> NDArray[np.float64]:
    ratios = [_ratio(sums, names, each) for each in _rates_of(rate)]
    return ratios[0].value if isinstance(rate, Rate) else rate.function(*ratios)


def _interval(
    stacked: NDArray[np.float64],
    names: tuple[str, ...],
    rate: Rate | Derived,
    estimate: NDArray[np.float64],
    drawn: NDArray[np.float64],
) -> Interval:
    """The interval of a rate in every cell; means are no rates, so a mean of 1 is not taken for "always"."""
    rests_on = [(stacked[..., _place(names, each.over)] > 0).sum(axis=0) for each in _rates_of(rate)]
    clusters = np.min(rests_on, axis=0)
    if isinstance(rate, Rate) or rate.unit == "number":
        return percentile_interval(estimate, drawn, clusters, is_rate=rate.unit == "percent")
    low, high = percentile_interval(estimate, drawn, clusters, is_rate=False)
    inner = _inner_value(stacked.sum(axis=0), names, rate, rests_on)
    return Interval(
        np.where(estimate == 1, np.minimum(low, inner), low), np.where(estimate == 0, np.maximum(high, inner), high)
    )


def _inner_value(
    totals: NDArray[np.float64], names: tuple[str, ...], rate: Derived, rests_on: Sequence[NDArray[np.int64]]
) -> NDArray[np.float64]:
    """The function of its rates where shares of 0 or 1, which never vary, stand at the other end of their interval."""
    ratios = []
    for each, clusters in zip(rate.of, rests_on, strict=True):
        ratio = _ratio(totals, names, each)
        low, high = percentile_interval(ratio.value, ratio.value[None], clusters, is_rate=each.unit == "percent")
        ratios.append(Ratio(np.where(ratio.value == 0, high, low) * ratio.over, ratio.over))
    return rate.function(*ratios)


def rate_table(evaluation: Evaluation, readers: Sequence[str] = (), draws: int = DRAWS, seed: int = 0) -> pa.Table:
    """Score, as a table with one row for every model, label set, split and reader; pooled splits last.

    Columns: benchmark, model, labels, split, reader; n (replies or groups that were scored), clusters (the images or
    groups they lie in, which intervals draw), not_scored (questions that the label set leaves out), missing (questions
    without a reply); every rate of the benchmark with its ``_low`` and ``_high`` (95 %; null where there is nothing to
    divide by); and ``count_NAME`` for every count. The schema's metadata hold the record.

    Args:
        evaluation: what to score.
        readers: names of readers; the benchmark's own where none is named.
        draws: bootstrap draws.
        seed: of the draws.

    Raises:
        RequestError: as `count`.
    """
    benchmark = evaluation.benchmark
    rates, pooled = scoring_of(benchmark).rates, scoring_of(benchmark).pooled
    used = [reader_of(benchmark, name) for name in readers or (None,)]
    rows: list[dict[str, Any]] = []
    names: tuple[str, ...] = ()
    for reader in used:
        found = count(evaluation, reader.split("@")[0], draws, seed)
        names = tuple(dict.fromkeys((*names, *found.names)))
        for at in np.ndindex(found.units.shape):
            model, labels, split = found.models[at[0]], evaluation.label_sets[at[1]], found.splits[at[2]]
            rows.append(
                {
                    "benchmark": benchmark.name,
                    "model": model,
                    "labels": labels.name,
                    "split": split,
                    "reader": reader,
                    "n": int(found.units[at]),
                    "clusters": int(found.clusters[at]),
                    **_left_out(evaluation, model, labels, pooled.get(split, (split,)) or evaluation.splits),
                    **_rate_columns(found, at, rates),
                    **{COUNT + name: float(total) for name, total in zip(found.names, found.totals[at], strict=True)},
                }
            )
    settings = {"readers": used, "draws": draws, "seed": seed}
    return with_record(pa.Table.from_pylist(rows, schema=_schema(rates, names)), evaluation, settings)


def _left_out(evaluation: Evaluation, model: str, labels: LabelSet, splits: tuple[str, ...]) -> dict[str, int]:
    own = [
        (question, reply)
        for question, reply in zip(evaluation.questions, evaluation.replies[model], strict=True)
        if question.split in splits
    ]
    return {
        "not_scored": sum(not is_covered(labels, question) for question, _ in own),
        "missing": sum(reply is None for _, reply in own),
    }


def _rate_columns(found: Counts, at: tuple[int, ...], rates: tuple[Rate | Derived, ...]) -> dict[str, float | None]:
    columns: dict[str, float | None] = {}
    for place, rate in enumerate(rates):
        ends = (found.estimate, found.interval.low, found.interval.high)
        for suffix, values in zip(("", "_low", "_high"), ends, strict=True):
            value = float(values[(*at, place)])
            columns[rate.name + suffix] = None if np.isnan(value) else value
    return columns


def _schema(rates: tuple[Rate | Derived, ...], names: tuple[str, ...]) -> pa.Schema:
    """Columns by kind, so that one that is null throughout has its type too."""
    words, whole = ("benchmark", "model", "labels", "split", "reader"), ("n", "clusters", "not_scored", "missing")
    real = [rate.name + suffix for rate in rates for suffix in ("", "_low", "_high")] + [COUNT + name for name in names]
    kinds = ((words, pa.string()), (whole, pa.int64()), (real, pa.float64()))
    return pa.schema([(name, kind) for columns, kind in kinds for name in columns])


def shared_questions(evaluation: Evaluation) -> NDArray[np.bool_]:
    """The questions that every model has a reply to: (questions,).

    Raises:
        RequestError: there is none.
    """
    shared = np.array([all(reply is not None for reply in of) for of in zip(*evaluation.replies.values(), strict=True)])
    if not shared.any():
        raise RequestError("There is no question that every model has a reply to, so nothing can be compared.")
    return shared
