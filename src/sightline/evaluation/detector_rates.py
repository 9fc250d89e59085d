"""How often detectors err on objects that are known, and from which score on they may be believed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sightline.evaluation.known_objects import ABSENT, Known
from sightline.stats.intervals import DRAWS
from sightline.stats.shares import share

__all__ = ["BOUNDS", "Scores", "chosen_threshold", "coded", "curve", "lowest_threshold", "rates"]

BOUNDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)
"""False-positive rates that the curve has a threshold for each."""

_PRESENT = ("clear", "large", "medium", "marginal", "small")
_DIGITS = 4
"""Of a threshold."""


class Scores(NamedTuple):
    """What is known and what detectors said.

    Args:
        present: (n,) whether the object is there.
        images: (n,) number of the image.
        kinds: kind → (n,) whether the object is of it; "all" first.
        scores: (detectors, n).
    """

    present: NDArray[np.bool_]
    images: NDArray[np.intp]
    kinds: Mapping[str, NDArray[np.bool_]]
    scores: NDArray[np.float64]

    def where(self, chosen: NDArray[np.bool_]) -> "Scores":
        """Some of the objects only."""
        kinds = {kind: own[chosen] for kind, own in self.kinds.items()}
        return Scores(self.present[chosen], self.images[chosen], kinds, self.scores[:, chosen])


def coded(asked: Sequence[Known], scores: NDArray[np.float64]) -> Scores:
    """What was asked as arrays; images are numbered as they come."""
    places = {image: place for place, image in enumerate(dict.fromkeys(each.image for each in asked))}
    kinds = {"all": np.ones(len(asked), dtype=bool)}
    for kind in (*_PRESENT, *ABSENT):
        own = np.array([kind in each.kinds for each in asked], dtype=bool)
        if own.any():
            kinds[kind] = own
    present = np.array([each.present for each in asked], dtype=bool)
    return Scores(present, np.array([places[each.image] for each in asked]), kinds, scores)


def chosen_threshold(scores: Scores, place: int, bound: float) -> float | None:
    """The lowest threshold of a detector that keeps to a bound for each way of drawing absent objects by itself."""
    absent = ~scores.present
    ways = [own[absent] for kind, own in scores.kinds.items() if kind in ABSENT]
    return lowest_threshold(scores.scores[place, absent], ways, bound)


def lowest_threshold(scores: NDArray[np.float64], kinds: Sequence[NDArray[np.bool_]], bound: float) -> float | None:
    """The lowest threshold from which on no kind of absent objects is seen more often than the bound allows.

    Args:
        scores: (n,) of absent objects, in [0, 1].
        kinds: of each kind, (n,) which are of it.
        bound: the rate.

    Returns:
        With four digits, above the score that would be one too many; None where that score is 1.

    Example:
        Of four scores a rate of 0.25 allows one, so that the second highest must stay below.

        >>> lowest_threshold(np.array([0.9, 0.3, 0.5, 0.1]), [np.ones(4, dtype=bool)], 0.25)
        0.5001
    """
    needed = 0.0
    for own in kinds:
        ordered = np.sort(scores[own])[::-1]
        allowed = int(bound * len(ordered) + _ROUNDING)
        if allowed < len(ordered):
            steps = int(ordered[allowed] * 10**_DIGITS + _ROUNDING) + 1
            needed = max(needed, steps / 10**_DIGITS)
    return needed if needed <= 1 else None


_ROUNDING = 1e-9


def rates(
    scores: Scores, place: int, names: Mapping[str, Any], draws: int = DRAWS, seed: int = 0
) -> Iterator[dict[str, Any]]:
    """How often a detector sees what is not there, and misses what is, by kind.

    Args:
        scores: what is known.
        place: of the detector.
        names: columns to begin each row with, threshold among them.
        draws: bootstrap draws of whole images.
        seed: of the draws.

    Yields:
        Rows: names, rate ("false positive" or "false negative"), kind, value, low, high, n, images.
    """
    seen = scores.scores[place] >= names["threshold"]
    cases = (("false positive", ~scores.present, seen), ("false negative", scores.present, ~seen))
    for rate, of, wrong in cases:
        for kind, own in scores.kinds.items():
            chosen = of & own
            if chosen.any():
                found = share(wrong[chosen].tolist(), scores.images[chosen].tolist(), draws, seed)
                interval = {"value": found.value, "low": found.low, "high": found.high}
                yield {**names, "rate": rate, "kind": kind, **interval, "n": found.n, "images": found.clusters}


def curve(
    first: Scores, reported: Scores, place: int, name: str, draws: int = DRAWS, seed: int = 0
) -> Iterator[dict[str, Any]]:
    """What a detector misses, along what it is allowed to see wrongly.

    Args:
        first: the half that thresholds are chosen on.
        reported: the half that rates are of.
        place: of the detector.
        name: its name.
        draws: bootstrap draws of whole images.
        seed: of the draws.

    Yields:
        Rows: detector, bound, threshold, false_positive, and kind, value, low, high, n of the false-negative rate. A
        bound that no threshold keeps has none.
    """
    for bound in BOUNDS:
        threshold = chosen_threshold(first, place, bound)
        if threshold is None:
            continue
        found = list(rates(reported, place, {"detector": name, "threshold": threshold}, draws, seed))
        false_positive = next(row["value"] for row in found if row["rate"] == "false positive")
        head = {"detector": name, "bound": bound, "threshold": threshold, "false_positive": false_positive}
        for row in found:
            if row["rate"] == "false negative":
                yield head | {column: row[column] for column in ("kind", "value", "low", "high", "n")}
