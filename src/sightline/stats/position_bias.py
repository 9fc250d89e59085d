"""Position bias: how far the places that a model chooses are from those that are right, and how far by chance."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sightline.stats.intervals import DRAWS

__all__ = ["PositionBias", "position_bias"]


class PositionBias(NamedTuple):
    """How far the places that are chosen are from those that are right.

    Args:
        distance: half the sum, over places, of the differences between the share of replies that choose a place and
            the share of replies for which it is right (the total variation distance), in [0, 1].
        floor: the mean of this distance over shuffles.
        p: the share of shuffles, the replies as they are among them, in which it is at least as large.
    """

    distance: float
    floor: float
    p: float


def position_bias(
    chosen: Sequence[int],
    right: Mapping[int, Sequence[int]],
    wrong: Mapping[int, int],
    draws: int = DRAWS,
    seed: int = 0,
) -> PositionBias:
    """Position bias of replies to questions with lettered options, and what chance makes of it.

    In a shuffle right options change places with each other, among questions of as many options, the others of a
    question are set in a random order around them, and the reply follows the option that it chose. So what a model
    knows stays as it is, and so does how often each place is right; where which option stands is left to chance.
    Questions are shuffled each by itself, whatever images they share.

    Args:
        chosen: (places,) how many replies choose each place.
        right: number of options of a question → (places,) for how many of the replies to such each place is right.
        wrong: number of options → how many of those replies choose a wrong one.
        draws: shuffles.
        seed: of the shuffles.

    Example:
        >>> bias = position_bias([10, 0], {2: [5, 5]}, {2: 5})  # always the first of two
        >>> bias.distance, bias.floor < 0.25, bias.p < 0.1
        (0.5, True, True)
    """
    replies = sum(chosen)
    total = np.zeros(len(chosen), dtype=np.int64)
    moved = np.zeros((draws, len(chosen)), dtype=np.int64)
    generator = np.random.default_rng(seed)
    for options, places in right.items():
        total[:options] += places[:options]
        moved[:, :options] += _moved(places[:options], wrong.get(options, 0), draws, generator)
    shuffled, found = np.abs(moved).sum(axis=1), int(np.abs(np.asarray(chosen) - total).sum())
    p = (1 + int((shuffled >= found).sum())) / (1 + draws)
    return PositionBias(found / 2 / replies, float(shuffled.mean()) / 2 / replies, p)


def _moved(right: Sequence[int], wrong: int, draws: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """By how many replies each place is chosen oftener than it is right: (draws, options)."""
    missed = generator.multivariate_hypergeometric(right, wrong, size=draws)
    chosen = np.zeros_like(missed)
    for place in range(len(right)):
        others = [0.0 if other == place else 1 / (len(right) - 1) for other in range(len(right))]
        chosen += generator.multinomial(missed[:, place], others)
    return chosen - missed
