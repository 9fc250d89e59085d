"""Several models under several label sets: ranks and how they shift, paired differences, true and false positives.

All comparisons are made on the questions that every model has a reply to, with the same draws of images for all models
and label sets.
"""

from collections.abc import Callable
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.errors import RequestError, unknown_name
from sightline.evaluation.codes import encode, read_all
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.record import with_record
from sightline.evaluation.score import MEAN, Scores, score
from sightline.readers.yes_no import yes_no_reader
from sightline.stats.intervals import DRAWS
from sightline.stats.paired import holm, mcnemar, paired_difference
from sightline.stats.ranking import probability_rank_differs, rank_interval, ranks
from sightline.stats.rates import RATES

__all__ = ["Basis", "Comparison", "OneRate", "change_table", "compare", "pair_table", "rank_table"]


class Comparison(NamedTuple):
    """What a comparison finds, as tables.

    Args:
        ranks: labels, split, model, metric, value, low, high, rank, rank_low, rank_high (the ranks that 95 % of the
            draws give), shift (ranks lost since the first label set; negative: ranks won) and p_rank_differs (the share
            of draws in which the rank is another than under the first label set).
        pairs: labels, split, model_a, model_b, n, difference (a less b), low, high, p (bootstrap, two-sided), p_holm,
            only_a and only_b (questions that only one of them has right), p_mcnemar, p_mcnemar_holm, p_reversed (the
            share of draws in which their order is the opposite). Holm's correction is over the pairs of a label set and
            split. The mean has no McNemar test: its splits share questions.
        changes: labels_from, labels_to, split, model, n_from, n_to, tp_from, tp_to, fp_from, fp_to.
    """

    ranks: pa.Table
    pairs: pa.Table
    changes: pa.Table


def compare(
    evaluation: Evaluation, reader: str = "strict", metric: str = "f1", draws: int = DRAWS, seed: int = 0
) -> Comparison:
    """Compare the models of an evaluation.

    Args:
        evaluation: models, questions and label sets.
        reader: name of the reader.
        metric: the rate to rank by.
        draws: bootstrap draws of whole images.
        seed: of the draws.

    Raises:
        RequestError: a name is unknown, or there is no question that every model has a reply to.
    """
    if metric not in RATES:
        raise unknown_name("metric", metric, RATES)
    codes = encode(evaluation)
    shared: NDArray[np.bool_] = np.all(codes.replies >= 0, axis=0, keepdims=False)
    if not shared.any():
        raise RequestError("There is no question that every model has a reply to, so nothing can be compared.")
    scores = score(evaluation, reader, draws, seed, shared, codes)
    settings = {
        "reader": str(yes_no_reader(reader)),
        "metric": metric,
        "draws": draws,
        "seed": seed,
        "questions_shared": int(shared.sum()),
    }
    rate, readings = _one_rate(scores, metric), read_all(codes, yes_no_reader(reader))

    def counted(k: int, s: int) -> Basis:
        mean = scores.splits[s] == MEAN
        held = shared & (codes.labels[k] >= 0) & ((codes.splits == s) | mean)
        return Basis(int(held.sum()), None if mean else (readings == codes.labels[k])[:, held])

    tables = (rank_table(rate), pair_table(rate, counted), change_table(_changes(scores)))
    return Comparison(*(with_record(table, evaluation, settings) for table in tables))


class OneRate(NamedTuple):
    """One rate of several models in several splits under several label sets, with its draws.

    Args:
        name: of the rate.
        models: names along the first axis.
        labels: names along the second.
        splits: names along the third.
        values: (models, labels, splits).
        drawn: (draws, models, labels, splits).
        low: (models, labels, splits) lower ends of the intervals.
        high: upper ends.
        clusters: (models, labels, splits) what the draws are made of.
        lower_is_better: whether the lowest value has the first rank.
    """

    name: str
    models: tuple[str, ...]
    labels: tuple[str, ...]
    splits: tuple[str, ...]
    values: NDArray[np.float64]
    drawn: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    clusters: NDArray[np.int64]
    lower_is_better: bool = False


def _one_rate(scores: Scores, metric: str) -> OneRate:
    at = RATES.index(metric)
    estimate, drawn, (low, high) = scores.estimate, scores.drawn, scores.interval
    ends = (low[..., at], high[..., at])
    names = (scores.models, scores.labels, scores.splits)
    return OneRate(metric, *names, estimate[..., at], drawn[..., at], *ends, scores.clusters)


def rank_table(rate: OneRate) -> pa.Table:
    """The ranks of models and how they shift from the first label set; see `Comparison`."""
    rows: list[dict[str, Any]] = []
    sign = -1 if rate.lower_is_better else 1
    values, drawn = sign * rate.values, sign * rate.drawn
    for k, labels in enumerate(rate.labels):
        for s, split in enumerate(rate.splits):
            own, first = ranks(values[:, k, s]), ranks(values[:, 0, s])
            best, worst = rank_interval(drawn[:, :, k, s])
            differs = probability_rank_differs(drawn[:, :, 0, s], drawn[:, :, k, s])
            for m in np.argsort(own, kind="stable"):
                rows.append(
                    {
                        "labels": labels,
                        "split": split,
                        "model": rate.models[m],
                        "metric": rate.name,
                        "value": _known(rate.values[m, k, s]),
                        "low": _known(rate.low[m, k, s]),
                        "high": _known(rate.high[m, k, s]),
                        "rank": int(own[m]),
                        "rank_low": int(best[m]),
                        "rank_high": int(worst[m]),
                        "shift": int(own[m] - first[m]) if k else None,
                        "p_rank_differs": float(differs[m]) if k else None,
                    }
                )
    words, whole = ("labels", "split", "model", "metric"), ("rank", "rank_low", "rank_high", "shift")
    return pa.Table.from_pylist(rows, schema=_schema(words, whole, ("value", "low", "high", "p_rank_differs")))


class Basis(NamedTuple):
    """What the pairs of one split are compared on.

    Args:
        n: how many questions, or groups of them.
        right: (models, questions) whether each is right, where that can be told question by question.
    """

    n: int
    right: NDArray[np.bool_] | None = None


def pair_table(rate: OneRate, counted: Callable[[int, int], Basis]) -> pa.Table:
    """The paired differences of every two models; see `Comparison`.

    Args:
        rate: the rate.
        counted: (place of the label set, place of the split) → what the pairs are compared on.
    """
    rows: list[dict[str, Any]] = []
    for k, labels in enumerate(rate.labels):
        for s, split in enumerate(rate.splits):
            n, right = counted(k, s)
            family = [
                _pair(rate, (k, s), (a, b), None if right is None else right[[a, b]])
                for a, b in combinations(range(len(rate.models)), 2)
            ]
            for corrected, p in (("p_holm", "p"), ("p_mcnemar_holm", "p_mcnemar")):
                for row, value in zip(family, holm(np.array([row[p] for row in family], dtype=float)), strict=True):
                    row[corrected] = _known(value)
            rows += [{"labels": labels, "split": split, "n": n, **row} for row in family]
    words, whole = ("labels", "split", "model_a", "model_b"), ("n", "only_a", "only_b")
    real = ("difference", "low", "high", "p", "p_holm", "p_mcnemar", "p_mcnemar_holm", "p_reversed")
    return pa.Table.from_pylist(rows, schema=_schema(words, whole, real))


def _pair(
    rate: OneRate, where: tuple[int, int], pair: tuple[int, int], right: NDArray[np.bool_] | None
) -> dict[str, Any]:
    a, b = pair
    values, drawn = rate.values[:, *where], rate.drawn[:, :, *where]
    difference = paired_difference(values[a], values[b], drawn[:, a], drawn[:, b], int(rate.clusters[a, *where]))
    test = None if right is None else mcnemar(right[0], right[1])
    return {
        "model_a": rate.models[a],
        "model_b": rate.models[b],
        "difference": _known(difference.value),
        "low": _known(difference.low),
        "high": _known(difference.high),
        "p": _known(difference.p),
        "only_a": test.only_first if test else None,
        "only_b": test.only_second if test else None,
        "p_mcnemar": test.p if test else None,
        "p_reversed": _known(difference.p_reversed),
    }


def _changes(scores: Scores) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for k in range(1, len(scores.labels)):
        for s, split in enumerate(scores.splits):
            if split == MEAN:
                continue
            for m, model in enumerate(scores.models):
                before, after = scores.counts[m, 0, s], scores.counts[m, k, s]
                rows.append(
                    {
                        "labels_from": scores.labels[0],
                        "labels_to": scores.labels[k],
                        "split": split,
                        "model": model,
                        "n_from": int(before.sum()),
                        "n_to": int(after.sum()),
                        "tp_from": int(before[0]),
                        "tp_to": int(after[0]),
                        "fp_from": int(before[3]),
                        "fp_to": int(after[3]),
                    }
                )
    return rows


def change_table(rows: list[dict[str, Any]]) -> pa.Table:
    """The table of changes; see `Comparison`."""
    words = ("labels_from", "labels_to", "split", "model")
    whole = ("n_from", "n_to", "tp_from", "tp_to", "fp_from", "fp_to")
    return pa.Table.from_pylist(rows, schema=_schema(words, whole))


def _schema(words: tuple[str, ...], whole: tuple[str, ...], real: tuple[str, ...] = ()) -> pa.Schema:
    """Columns by kind, so that one that is null throughout has its type too."""
    kinds = ((words, pa.string()), (whole, pa.int64()), (real, pa.float64()))
    return pa.schema([(name, kind) for names, kind in kinds for name in names])


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
