"""The share of outcomes that are so, with an interval that draws whole clusters."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from sightline.stats.intervals import DRAWS, cluster_totals, percentile_interval

__all__ = ["Share", "share"]


class Share(NamedTuple):
    """A share and its 95 % interval, all in [0, 1]; NaN where there is nothing to divide by.

    Args:
        value: the share.
        low: lower end.
        high: upper end.
        n: outcomes.
        clusters: clusters that they lie in.
    """

    value: float
    low: float
    high: float
    n: int
    clusters: int


def share(hits: Sequence[bool], clusters: Sequence[Hashable], draws: int = DRAWS, seed: int = 0) -> Share:
    """The share of outcomes that are hits.

    Args:
        hits: for each outcome whether it is one.
        clusters: for each outcome what it shares with others: its image.
        draws: bootstrap draws of whole clusters.
        seed: of the draws.

    Raises:
        ValueError: there are not as many clusters as outcomes.

    Example:
        >>> share([True, True, False, True], ["a", "a", "b", "c"])[::3]
        (0.75, 4)
    """
    if len(hits) != len(clusters):
        raise ValueError(f"there are {len(hits)} outcomes in {len(clusters)} clusters")
    if not hits:
        return Share(np.nan, np.nan, np.nan, 0, 0)
    places = {cluster: place for place, cluster in enumerate(dict.fromkeys(clusters))}
    counts = np.zeros((len(places), 2))
    np.add.at(counts, [places[cluster] for cluster in clusters], np.stack([hits, np.ones(len(hits))], axis=-1))
    drawn = cluster_totals(counts, draws, seed)
    value = np.asarray(counts[:, 0].sum() / len(hits))
    found = percentile_interval(value, drawn[:, 0] / drawn[:, 1], np.asarray(len(places)))
    return Share(float(value), float(found.low), float(found.high), len(hits), len(places))
