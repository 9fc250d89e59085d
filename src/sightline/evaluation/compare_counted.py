"""Several models on a benchmark that counts what it will: ranks and paired differences of one of its rates."""

import numpy as np

from sightline.errors import unknown_name
from sightline.evaluation.compare import Basis, Comparison, OneRate, change_table, pair_table, rank_table
from sightline.evaluation.counted import count, reader_of, scoring_of, shared_questions
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.record import with_record
from sightline.stats.intervals import DRAWS

__all__ = ["compare_counted"]


def compare_counted(
    evaluation: Evaluation, reader: str | None = None, metric: str | None = None, draws: int = DRAWS, seed: int = 0
) -> Comparison:
    """Compare the models of an evaluation on the questions that all of them have a reply to, in the same draws.

    Splits in which the rate has nothing to divide by are left out. There is no table of true and false positives, and
    no McNemar test, which need yes and no.

    Args:
        evaluation: models, questions and label sets.
        reader: name of the reader; the benchmark's own where None.
        metric: the rate to compare; the benchmark's first where None. Where lower is better, the lowest ranks first.
        draws: bootstrap draws of whole clusters.
        seed: of the draws.

    Raises:
        RequestError: a name is unknown, or there is no question that every model has a reply to.
    """
    rates = {rate.name: place for place, rate in enumerate(scoring_of(evaluation.benchmark).rates)}
    metric = metric or next(iter(rates))
    if metric not in rates:
        raise unknown_name(f"rate of {evaluation.benchmark.name}", metric, rates)
    at = rates[metric]
    shared = shared_questions(evaluation)
    found = count(evaluation, reader, draws, seed, shared)
    there = np.flatnonzero(~np.isnan(found.estimate[..., at]).all(axis=(0, 1)))
    rate = OneRate(
        metric,
        found.models,
        found.labels,
        tuple(found.splits[s] for s in there),
        found.estimate[:, :, there, at],
        found.drawn[:, :, :, there, at],
        found.interval.low[:, :, there, at],
        found.interval.high[:, :, there, at],
        found.clusters[:, :, there],
        scoring_of(evaluation.benchmark).rates[at].better == "lower",
    )
    settings = {
        "reader": reader_of(evaluation.benchmark, reader),
        "metric": metric,
        "draws": draws,
        "seed": seed,
        "questions_shared": int(shared.sum()),
    }
    pairs = pair_table(rate, lambda k, s: Basis(int(found.units[0, k, there[s]])))
    tables = (rank_table(rate), pairs, change_table([]))
    return Comparison(*(with_record(table, evaluation, settings) for table in tables))
