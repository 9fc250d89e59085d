"""How two detectors err together: what a vote of both is worth.

A vote of two calls an object factual where both see it, hallucinated where neither does, and leaves the rest. It is
wrong where both err. If they erred independently, that would happen as often as the product of their rates.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sightline.stats.intervals import DRAWS, cluster_totals, percentile_interval

__all__ = ["Votes", "agreement"]


class Votes(NamedTuple):
    """What two detectors said of the same objects.

    Args:
        first: (n,) whether the first saw the object.
        second: (n,) whether the second did.
        present: (n,) whether it is there.
        images: (n,) number of the image.
        kinds: kind of object → (n,) whether it is of that kind.
    """

    first: NDArray[np.bool_]
    second: NDArray[np.bool_]
    present: NDArray[np.bool_]
    images: NDArray[np.intp]
    kinds: Mapping[str, NDArray[np.bool_]]


def agreement(votes: Votes, draws: int = DRAWS, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Count votes, and hold how often both err against the product of how often each does.

    Args:
        votes: what was said.
        draws: bootstrap draws of whole images.
        seed: of the draws.

    Yields:
        Rows, of objects that are there and of those that are not, all together and by kind: what ("present",
        "absent"), kind, n, images, the counts both_see, only_first, only_second, neither_sees, and rates with intervals
        (``_low``, ``_high``): first_wrong, second_wrong, both_wrong, if_independent (the product of the first two) and
        ratio (both_wrong over that; null where the product is 0). A product or ratio of 0 has no interval.
    """
    for what, of in (("present", votes.present), ("absent", ~votes.present)):
        for kind, own in votes.kinds.items():
            chosen = of & own
            if chosen.any():
                yield {"what": what, "kind": kind, **_row(votes, chosen, what == "present", draws, seed)}


def _row(votes: Votes, chosen: NDArray[np.bool_], present: bool, draws: int, seed: int) -> dict[str, Any]:
    first, second = votes.first[chosen], votes.second[chosen]
    wrong = np.stack([first, second]) != present
    places, images = np.unique(votes.images[chosen], return_inverse=True)
    hits = np.stack([np.ones(len(first)), *wrong, wrong.all(axis=0)], axis=-1)
    counts = np.zeros((len(places), 4))
    np.add.at(counts, images, hits)
    totals = counts.sum(axis=0)
    drawn = cluster_totals(counts, draws, seed)
    found: dict[str, Any] = {
        "n": len(first),
        "images": len(places),
        "both_see": int((first & second).sum()),
        "only_first": int((first & ~second).sum()),
        "only_second": int((~first & second).sum()),
        "neither_sees": int((~first & ~second).sum()),
    }
    of_draws = _rates(drawn)
    for name, value in _rates(totals[None]).items():
        is_rate = name.endswith("_wrong")
        interval = percentile_interval(value[0], of_draws[name], np.asarray(len(places)), is_rate=is_rate)
        ends = (interval.low, interval.high)
        if not is_rate and value[0] == 0:  # products of nothing have no spread among the draws
            ends = (np.asarray(np.nan), np.asarray(np.nan))
        for suffix, number in zip(("", "_low", "_high"), (value[0], *ends), strict=True):
            found[name + suffix] = None if np.isnan(number) else float(number)
    return found


def _rates(totals: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Rates of totals (k, 4): objects, wrong by the first, by the second, by both."""
    n, *wrong = totals.T
    first, second, both = (of / n for of in wrong)
    product = first * second
    ratio = np.full(len(n), np.nan)
    np.divide(both, product, out=ratio, where=product > 0)
    return {
        "first_wrong": first,
        "second_wrong": second,
        "both_wrong": both,
        "if_independent": product,
        "ratio": ratio,
    }
