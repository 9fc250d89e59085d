"""What predicates take as their objects, with a subject, with others of its kind, and with any."""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sightline.queries.statistics.learned import Statistics, summed_counts

__all__ = ["HAVING", "partner_places", "partners_of"]

HAVING = "has"
"""The predicate of parts."""


@lru_cache(maxsize=1 << 12)
def partners_of(statistics: Statistics, subject: str, predicate: str) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """Places of what a predicate takes, and in how many images: with a subject, and with others of its kind."""
    own = statistics.partners.get((subject, predicate), Counter[str]())
    place = statistics.places.get(subject)
    near = Counter[str]()
    if place is not None:
        near = summed_counts(statistics, statistics.akin[place], statistics.partners, predicate)
    return _placed(statistics, own), _placed(statistics, near)


def _placed(statistics: Statistics, counts: Counter[str]) -> Mapping[int, int]:
    return {statistics.places[name]: number for name, number in counts.items()}


@lru_cache(maxsize=1 << 12)
def partner_places(statistics: Statistics, predicate: str) -> NDArray[np.int64]:
    """Places of what a predicate takes, whatever the subject."""
    names = statistics.partners_of_predicate.get(predicate, ())
    return np.array([statistics.places[name] for name in names], np.int64)
