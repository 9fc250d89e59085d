"""Rates of every model, split, label set and reader, with intervals clustered by image."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.core import Reader
from sightline.errors import RequestError
from sightline.evaluation.codes import NO_REPLY, Codes, encode, read_all
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.record import with_record
from sightline.readers.yes_no import YES_NO_READERS, yes_no_reader
from sightline.stats.intervals import DRAWS, Interval, cluster_totals, percentile_interval
from sightline.stats.rates import CELLS, RATES, Unreadable, cell_index, counts_by_cluster, rates

__all__ = ["MEAN", "Scores", "check_draws", "score", "score_table", "unreadable_rule"]

MEAN = "mean"
"""The row of the unweighted mean of the splits, as papers report it. Its interval draws the images of all splits at
once, since they share them."""

_FEWEST_DRAWS = 100
"""Fewer draws have no 2.5th percentile to speak of."""

_RULES = {"repope": Unreadable.LEFT_OUT, "lmms-eval": Unreadable.LMMS_EVAL}


class Scores(NamedTuple):
    """Rates and their draws, before they become a table.

    Args:
        models: names along the first axis.
        labels: names along the second.
        splits: names along the third; the last is the mean where there are several.
        estimate: (models, labels, splits, rates).
        drawn: (draws, models, labels, splits, rates).
        interval: of the estimate.
        counts: (models, labels, splits, 6) cells; the mean has the sum.
        clusters: (models, labels, splits) images that have a scored question.
        unreadable: how unreadable replies count.
    """

    models: tuple[str, ...]
    labels: tuple[str, ...]
    splits: tuple[str, ...]
    estimate: NDArray[np.float64]
    drawn: NDArray[np.float64]
    interval: Interval
    counts: NDArray[np.float64]
    clusters: NDArray[np.int64]
    unreadable: Unreadable


def unreadable_rule(reader: Reader) -> Unreadable:
    """How unreadable replies count: as the reader's own code has it, and as wrong for all others.

    POPE's and LLaVA's readers leave nothing unread; VLMEvalKit's arithmetic is the same as counting them as wrong.
    """
    return _RULES.get(reader.name, Unreadable.WRONG)


def check_draws(draws: int, seed: int) -> None:
    """Refuse draws that give no interval.

    Raises:
        RequestError: draws are fewer than 100, or the seed is negative.
    """
    if draws < _FEWEST_DRAWS or seed < 0:
        raise RequestError(
            f"There are {draws} draws with seed {seed}; expected at least {_FEWEST_DRAWS} draws, and a seed from 0 on."
        )


def score(
    evaluation: Evaluation,
    reader: str = "strict",
    draws: int = DRAWS,
    seed: int = 0,
    scored: NDArray[np.bool_] | None = None,
    codes: Codes | None = None,
) -> Scores:
    """Score every model in every split under every label set.

    Args:
        evaluation: what to score.
        reader: name of the reader.
        draws: bootstrap draws of whole images; the same for all models and label sets.
        seed: of the draws.
        scored: (questions,) count only these.
        codes: the evaluation as arrays, where the caller has them.

    Raises:
        RequestError: the reader is unknown, draws are fewer than 100, or the seed is negative.
    """
    check_draws(draws, seed)
    codes = codes or encode(evaluation)
    used = yes_no_reader(reader)
    readings = read_all(codes, used)
    if scored is not None:
        readings = np.where(scored, readings, np.int8(NO_REPLY))
    counts = np.stack(
        [
            np.stack([_by_split(codes, labels, of_model, len(evaluation.splits)) for labels in codes.labels], axis=1)
            for of_model in readings
        ],
        axis=1,
    )
    rule = unreadable_rule(used)
    splits = evaluation.splits
    totals = counts.sum(axis=0)
    drawn = rates(cluster_totals(counts, draws, seed), rule)
    estimate = rates(totals, rule)
    clusters = (counts.sum(axis=-1) > 0).sum(axis=0)
    if len(splits) > 1:
        splits = (*splits, MEAN)
        drawn = np.concatenate([drawn, drawn.mean(axis=-2, keepdims=True)], axis=-2)
        estimate = np.concatenate([estimate, estimate.mean(axis=-2, keepdims=True)], axis=-2)
        totals = np.concatenate([totals, totals.sum(axis=-2, keepdims=True)], axis=-2)
        together = (counts.sum(axis=(-1, -2)) > 0).sum(axis=0)
        clusters = np.concatenate([clusters, together[..., None]], axis=-1)
    interval = percentile_interval(estimate, drawn, np.broadcast_to(clusters[..., None], estimate.shape))
    names = tuple(label_set.name for label_set in evaluation.label_sets)
    return Scores(evaluation.models, names, splits, estimate, drawn, interval, totals, clusters, rule)


def _by_split(codes: Codes, labels: NDArray[np.int8], readings: NDArray[np.int8], n_splits: int) -> NDArray[np.float64]:
    """Count the cells of one model under one label set: (images, splits, 6)."""
    cells = cell_index(labels, readings)
    counts = counts_by_cluster(cells, codes.images * n_splits + codes.splits, codes.n_images * n_splits)
    return counts.reshape(codes.n_images, n_splits, len(CELLS))


def score_table(
    evaluation: Evaluation, readers: Sequence[str] = ("strict",), draws: int = DRAWS, seed: int = 0
) -> pa.Table:
    """Score, as a table with one row for every model, label set, split and reader.

    Columns: model, labels, split, reader; n questions scored, images they are about, not_scored (ambiguous under the
    label set, or without a label), missing (without a reply); for every rate the rate, _low and _high (95 %, clustered
    by image); the counts tp, fn, fp, tn, unreadable_yes, unreadable_no; unreadable_counts_as; for every reader of the
    field otherwise_X, the number of these replies that X reads otherwise than the row's reader. The schema's metadata
    hold the record: files with hashes, how they were joined, versions, seed.

    Raises:
        RequestError: a reader is unknown.
    """
    codes = encode(evaluation)
    read = {name: read_all(codes, reader) for name, reader in YES_NO_READERS.items()}
    rows: list[dict[str, object]] = []
    for name in readers:
        scores = score(evaluation, name, draws, seed, codes=codes)
        reader = str(yes_no_reader(name))
        for m, model in enumerate(scores.models):
            for k, labels in enumerate(scores.labels):
                for s, split in enumerate(scores.splits):
                    of_split = np.ones(len(codes.splits), bool) if split == MEAN else codes.splits == s
                    counted = of_split & (codes.labels[k] >= 0) & (codes.replies[m] >= 0)
                    rows.append(
                        {
                            "benchmark": evaluation.benchmark.name,
                            "model": model,
                            "labels": labels,
                            "split": split,
                            "reader": reader,
                            "n": int(scores.counts[m, k, s].sum()),
                            "images": int(scores.clusters[m, k, s]),
                            "not_scored": int((of_split & (codes.labels[k] < 0)).sum()),
                            "missing": int((of_split & (codes.replies[m] < 0)).sum()),
                            **_rate_columns(scores, m, k, s),
                            **_count_columns(scores.counts[m, k, s]),
                            "unreadable_counts_as": scores.unreadable.value,
                            **{
                                f"otherwise_{other}": int((counted & (readings[m] != read[name][m])).sum())
                                for other, readings in read.items()
                            },
                        }
                    )
    settings = {"readers": [str(yes_no_reader(name)) for name in readers], "draws": draws, "seed": seed}
    return with_record(pa.Table.from_pylist(rows), evaluation, settings)


def _rate_columns(scores: Scores, m: int, k: int, s: int) -> dict[str, float | None]:
    columns: dict[str, float | None] = {}
    for r, rate in enumerate(RATES):
        ends = (scores.estimate, scores.interval.low, scores.interval.high)
        for suffix, values in zip(("", "_low", "_high"), ends, strict=True):
            value = float(values[m, k, s, r])
            columns[rate + suffix] = None if np.isnan(value) else value
    return columns


def _count_columns(counts: NDArray[np.float64]) -> dict[str, int]:
    names = ("tp", "fn", "unreadable_yes", "fp", "tn", "unreadable_no")
    return {name: int(count) for name, count in zip(names, counts, strict=True)}
