"""What the probabilities of yes and no tell beyond the reply: for models that chose between the two."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.core import Reply
from sightline.errors import RequestError
from sightline.evaluation.codes import Codes, encode
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.record import with_record
from sightline.evaluation.score import MEAN
from sightline.stats.calibration import auroc, auroc_of_draws, reliability, threshold_counts
from sightline.stats.intervals import DRAWS, percentile_interval

__all__ = ["Thresholds", "has_probabilities", "probability_of_yes", "thresholds"]

_STEPS = 100


class Thresholds(NamedTuple):
    """What the probabilities of yes tell, as tables.

    Args:
        summary: benchmark, model, labels, split (the last is the mean where there are several), n, images, auroc with
            auroc_low and auroc_high (95 %, clustered by image), calibration_error (10 bins). The error has no interval:
            every draw adds noise to it, so that the draws lie above the value itself.
        bins: model, labels, split, low, n, promised, true.
        curve: model, labels, split, threshold (0, 0.01, … 1), the counts tp, fn, fp, tn, and accuracy, precision,
            recall, fpr and f1, null where there is nothing to divide by. Yes is said from the threshold on.
    """

    summary: pa.Table
    bins: pa.Table
    curve: pa.Table


def probability_of_yes(reply: Reply | None) -> float | None:
    """P(yes) of P(yes) + P(no); None where there is no reply, or it was no choice between the two.

    Example:
        >>> probability_of_yes(Reply("random/1", "m", "Yes", log_probs=(("Yes", -1.0), ("No", -1.0))))
        0.5
    """
    if reply is None or len(reply.log_probs) != 2:
        return None
    by_word = {choice.strip().casefold(): value for choice, value in reply.log_probs}
    if by_word.keys() != {"yes", "no"}:
        return None
    return float(np.exp(by_word["yes"] - np.logaddexp(by_word["yes"], by_word["no"])))


def has_probabilities(evaluation: Evaluation) -> bool:
    """Whether a model of the evaluation chose between yes and no."""
    return any(probability_of_yes(reply) is not None for of in evaluation.replies.values() for reply in of)


class _Scored(NamedTuple):
    """The questions of one model, label set and split that have a label and a probability."""

    names: dict[str, str]
    truth: NDArray[np.bool_]
    p: NDArray[np.float64]
    images: NDArray[np.int64]


def thresholds(evaluation: Evaluation, draws: int = DRAWS, seed: int = 0) -> Thresholds:
    """Hold the probability of yes against the labels; models that generated their replies are left out.

    Args:
        evaluation: what to score.
        draws: bootstrap draws of whole images.
        seed: of the draws.

    Raises:
        RequestError: no model chose between yes and no.
    """
    if not has_probabilities(evaluation):
        raise RequestError(
            "No model chose between yes and no, so there are no probabilities. "
            "Measure with: sightline measure BENCHMARK --choices Yes,No …"
        )
    codes = encode(evaluation)
    summary: list[dict[str, Any]] = []
    bins: list[dict[str, Any]] = []
    curve: list[dict[str, Any]] = []
    for of_splits in _scored(evaluation, codes):
        summary += _summary(evaluation.benchmark.name, of_splits, codes.n_images, draws, seed)
        for scored in of_splits:
            bins += _bins(scored)
            curve += _curve(scored)
    settings = {"draws": draws, "seed": seed}
    tables = (pa.Table.from_pylist(rows) for rows in (summary, bins, curve))
    return Thresholds(*(with_record(table, evaluation, settings) for table in tables))


def _scored(evaluation: Evaluation, codes: Codes) -> Iterator[list[_Scored]]:
    """For every model and label set its splits."""
    for model, replies in evaluation.replies.items():
        p = np.array([np.nan if (of := probability_of_yes(reply)) is None else of for reply in replies])
        if np.isnan(p).all():
            continue
        for label_set, labels in zip(evaluation.label_sets, codes.labels, strict=True):
            of_splits = []
            for place, split in enumerate(evaluation.splits):
                kept = (codes.splits == place) & (labels >= 0) & ~np.isnan(p)
                names = {"model": model, "labels": label_set.name, "split": split}
                of_splits.append(_Scored(names, labels[kept] == 1, p[kept], codes.images[kept]))
            yield of_splits


def _summary(
    benchmark: str, of_splits: list[_Scored], n_images: int, draws: int, seed: int
) -> Iterator[dict[str, Any]]:
    estimates = np.array([auroc(scored.truth, scored.p) for scored in of_splits])
    drawn = np.stack(
        [auroc_of_draws(scored.truth, scored.p, scored.images, n_images, draws, seed) for scored in of_splits], axis=1
    )
    errors = np.array([reliability(scored.truth, scored.p).error for scored in of_splits])
    images = [set(scored.images.tolist()) for scored in of_splits]
    names = [scored.names for scored in of_splits]
    n = [len(scored.p) for scored in of_splits]
    if len(of_splits) > 1:
        estimates, errors = np.append(estimates, estimates.mean()), np.append(errors, errors.mean())
        drawn = np.concatenate([drawn, drawn.mean(axis=1, keepdims=True)], axis=1)
        images.append(set().union(*images))
        names.append({**names[0], "split": MEAN})
        n.append(sum(n))
    interval = percentile_interval(estimates, drawn, np.array([len(own) for own in images]))
    for place, name in enumerate(names):
        yield {
            "benchmark": benchmark,
            **name,
            "n": n[place],
            "images": len(images[place]),
            "auroc": _known(estimates[place]),
            "auroc_low": _known(interval.low[place]),
            "auroc_high": _known(interval.high[place]),
            "calibration_error": _known(errors[place]),
        }


def _bins(scored: _Scored) -> Iterator[dict[str, Any]]:
    found = reliability(scored.truth, scored.p)
    for low, n, promised, true in zip(found.low, found.n, found.promised, found.true, strict=True):
        yield {**scored.names, "low": float(low), "n": int(n), "promised": _known(promised), "true": _known(true)}


def _curve(scored: _Scored) -> Iterator[dict[str, Any]]:
    steps = np.arange(_STEPS + 1) / _STEPS
    for threshold, *counts in zip(steps, *threshold_counts(scored.truth, scored.p, steps), strict=True):
        tp, fn, fp, tn = (int(count) for count in counts)
        yield {
            **scored.names,
            "threshold": float(threshold),
            **{"tp": tp, "fn": fn, "fp": fp, "tn": tn},
            "accuracy": _ratio(tp + tn, tp + fn + fp + tn),
            "precision": _ratio(tp, tp + fp),
            "recall": _ratio(tp, tp + fn),
            "fpr": _ratio(fp, fp + tn),
            "f1": _ratio(2 * tp, 2 * tp + fn + fp),
        }


def _ratio(numerator: int, denominator: int) -> float | None:
    return numerator / denominator if denominator else None


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)
