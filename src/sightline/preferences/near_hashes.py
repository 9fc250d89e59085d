"""Hashes of 64 bits that differ in few of them, found among hundreds of thousands without comparing each with each.

Where two hashes differ in at most 6 bits, one of their four quarters differs in one bit at most. So those of the others
are looked up that have a quarter of a hash, or one of the 16 quarters next to it, and only these are compared.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

__all__ = ["near"]

_QUARTERS = 4
_BITS = 16
_BLOCK = 1 << 21
"""Comparisons at once, so that what they take up stays small."""


def near(
    hashes: NDArray[np.uint64], others: NDArray[np.uint64], at_most: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The pairs of hashes that differ in few bits.

    Args:
        hashes: (n,) uint64.
        others: (m,) uint64.
        at_most: in how many bits; each 4 more take some eight times as long.

    Returns:
        Places in the first, and in the second, in order.

    Example:
        >>> one, other = near(np.array([0b0000, 0b1111], np.uint64), np.array([0b0111, 0b0001], np.uint64), at_most=1)
        >>> one.tolist(), other.tolist()
        ([0, 1], [1, 0])
    """
    found = [np.empty(0, np.int64)]
    own, theirs = _quarters(hashes), _quarters(others)
    for quarter in range(_QUARTERS):
        order = np.argsort(theirs[:, quarter], kind="stable")
        starts = np.searchsorted(theirs[order, quarter], np.arange((1 << _BITS) + 1))
        for change in _changes(at_most // _QUARTERS):
            wanted = own[:, quarter] ^ change
            for one, place in _ranges(starts[wanted], starts[wanted + 1]):
                other = order[place]
                close = np.bitwise_count(hashes[one] ^ others[other]) <= at_most
                found.append(one[close] * len(others) + other[close])
    pairs = np.unique(np.concatenate(found))
    return np.divmod(pairs, max(len(others), 1))


def _quarters(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    return np.ascontiguousarray(hashes).view(np.uint16).reshape(-1, _QUARTERS).astype(np.int64)


def _changes(at_most: int) -> Iterator[int]:
    """The numbers of 16 bits that have at most so many ones."""
    for count in range(min(at_most, _BITS) + 1):
        for bits in combinations(range(_BITS), count):
            yield sum(1 << bit for bit in bits)


def _ranges(low: NDArray[np.int64], high: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """For each row every place from its low to before its high, some rows at a time."""
    ends = np.cumsum(high - low)
    start = 0
    while start < len(low):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _BLOCK, side="right")))
        counts = (high - low)[start:stop]
        row = np.repeat(np.arange(start, stop), counts)
        firsts = np.repeat(low[start:stop] - (ends[start:stop] - counts - before), counts)
        yield row, firsts + np.arange(len(row))
        start = stop
