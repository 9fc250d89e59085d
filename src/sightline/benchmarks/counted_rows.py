"""Counts of a benchmark whose replies are counted one by one, each with whatever it has to count."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sightline.core import Counted

__all__ = ["Row", "counted_rows"]


class Row(NamedTuple):
    """What was counted of one reply.

    Args:
        split: where it is shown.
        counts: name of the count → its value.
    """

    split: str
    counts: Mapping[str, float]


def counted_rows(rows: Sequence[tuple[str, Row]], names: Sequence[str]) -> Counted:
    """Counts of replies, from a row for each and the cluster it lies in; a count that a row does not name is 0."""
    table = np.array([[row.counts.get(name, 0.0) for name in names] for _, row in rows], dtype=np.float64)
    table = table.reshape(-1, len(names))
    counts = {name: table[:, column] for column, name in enumerate(names)}
    return Counted(tuple(cluster for cluster, _ in rows), tuple(row.split for _, row in rows), counts)
