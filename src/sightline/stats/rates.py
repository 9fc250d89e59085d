"""Rates of a yes/no benchmark, from counts of what was true and what was read."""

from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["CELLS", "RATES", "Unreadable", "cell_index", "counts_by_cluster", "rates"]

CELLS = ("yes_yes", "yes_no", "yes_unreadable", "no_yes", "no_no", "no_unreadable")
"""The six cells counts are kept in: the label, then the reading. The positive class is yes, as everywhere in POPE."""

RATES = ("accuracy", "balanced_accuracy", "precision", "recall", "tnr", "f1", "yes_ratio", "unreadable")
"""The rates, in the order of the last axis of `rates`; each in [0, 1], NaN where its denominator is zero."""


class Unreadable(StrEnum):
    """How replies that could not be read count."""

    WRONG = "wrong"
    """Wrong under either label: never in a numerator, always in the denominators of accuracy, recall and TNR."""
    LEFT_OUT = "left out"
    """In no count at all, as RePOPE's code has it."""
    LMMS_EVAL = "lmms-eval"
    """As lmms-eval has it: wrong in accuracy, but left out of recall (and so of F1), and the yes ratio is that of the
    labels, not of the replies."""


class _Cells(NamedTuple):
    yes_yes: NDArray[np.float64]
    yes_no: NDArray[np.float64]
    yes_unreadable: NDArray[np.float64]
    no_yes: NDArray[np.float64]
    no_no: NDArray[np.float64]
    no_unreadable: NDArray[np.float64]


def rates(counts: NDArray[np.float64], unreadable: Unreadable = Unreadable.WRONG) -> NDArray[np.float64]:
    """The rates of a table of counts.

    Args:
        counts: (..., 6) counts, in the order of `CELLS`.
        unreadable: how replies that could not be read count.

    Returns:
        (..., 8) float64, in the order of `RATES`. "unreadable" is always the share of all replies.

    Example:
        Ten images with a dog: seven yes, two no, one unreadable. Ten without: one yes, nine no.

        >>> values = dict(zip(RATES, rates(np.array([7.0, 2, 1, 1, 9, 0]))))
        >>> float(values["accuracy"]), float(values["precision"]), float(values["recall"])
        (0.8, 0.875, 0.7)
    """
    cells = _Cells(*np.moveaxis(np.asarray(counts, dtype=np.float64), -1, 0))
    present = cells.yes_yes + cells.yes_no + cells.yes_unreadable
    absent = cells.no_yes + cells.no_no + cells.no_unreadable
    all_replies = present + absent
    said_yes = cells.yes_yes + cells.no_yes
    share_unreadable = _ratio(cells.yes_unreadable + cells.no_unreadable, all_replies)
    asked = all_replies
    recall_base = present
    if unreadable is Unreadable.LEFT_OUT:
        present, absent = cells.yes_yes + cells.yes_no, cells.no_yes + cells.no_no
        asked, recall_base = present + absent, present
    elif unreadable is Unreadable.LMMS_EVAL:
        recall_base = cells.yes_yes + cells.yes_no
    recall = _ratio(cells.yes_yes, recall_base)
    tnr = _ratio(cells.no_no, absent)
    values: NDArray[np.float64] = np.stack(
        [
            _ratio(cells.yes_yes + cells.no_no, asked),
            (recall + tnr) / 2,
            _ratio(cells.yes_yes, said_yes),
            recall,
            tnr,
            _ratio(2 * cells.yes_yes, said_yes + recall_base),
            _ratio(present if unreadable is Unreadable.LMMS_EVAL else said_yes, asked),
            share_unreadable,
        ],
        axis=-1,
    )
    return values


def cell_index(labels: NDArray[np.int8], readings: NDArray[np.int8]) -> NDArray[np.int8]:
    """The cell each question falls into.

    Args:
        labels: (n,) 1 for yes, 0 for no, anything else for a question that is not scored.
        readings: (n,) 1 for yes, 0 for no, -1 for unreadable, anything else for a question without a reply.

    Returns:
        (n,) int8, index into `CELLS`; -1 for questions that do not count.
    """
    column = np.select([readings == 1, readings == 0, readings == -1], [0, 1, 2], default=-1)
    counted = (column >= 0) & ((labels == 0) | (labels == 1))
    return np.where(counted, np.where(labels == 1, column, 3 + column), -1).astype(np.int8)


def counts_by_cluster(cells: NDArray[np.int8], clusters: NDArray[np.int64], n_clusters: int) -> NDArray[np.float64]:
    """Count the cells within every cluster.

    Args:
        cells: (n,) as `cell_index` gives them.
        clusters: (n,) cluster of each question, in [0, n_clusters).
        n_clusters: how many clusters there are.

    Returns:
        (n_clusters, 6) float64 counts.
    """
    counted = cells >= 0
    flat = clusters[counted] * len(CELLS) + cells[counted]
    counts: NDArray[np.int64] = np.bincount(flat, minlength=n_clusters * len(CELLS))
    return counts.astype(np.float64).reshape(n_clusters, len(CELLS))


def _ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide, giving NaN where there is nothing to divide by."""
    quotient = np.full(np.shape(denominator), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient
