"""Which pairs are computed together, and in which order: steps of about so many pairs, all pairs of an image together.

A step is an optimiser step. It consists of the same number of batches each time, one after the other on each process,
so that any number of processes does the same steps. Order is drawn from the seed; the same settings give the same plan,
which is how a run that was interrupted goes on at the same place.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sightline.errors import RequestError

__all__ = ["Batch", "RowLength", "Step", "Unit", "in_batches", "plan_steps"]

_LOOK_AHEAD = 64
"""Units among which one is looked for that still fits into a step."""


class RowLength(NamedTuple):
    """What a pair takes up.

    Args:
        image: its image's name.
        prefix: tokens up to the end of the image.
        own: tokens of prompt, context and both replies.
    """

    image: str
    prefix: int
    own: int


class Unit(NamedTuple):
    """Pairs of one image that are computed as one.

    Args:
        rows: which.
        tokens: what they take up together, the image once.
    """

    rows: tuple[int, ...]
    tokens: int


class Batch(NamedTuple):
    """Units that are computed side by side.

    Args:
        units: of like length, where there was a choice.
        counts: whether their loss counts; it does not where a batch only keeps a process busy while others have work.
    """

    units: tuple[Unit, ...]
    counts: bool = True

    @property
    def pairs(self) -> int:
        """How many pairs it holds."""
        return sum(len(unit.rows) for unit in self.units)


class Step(NamedTuple):
    """The batches between two updates.

    Args:
        batches: process after process, then the next batch of each.
    """

    batches: tuple[Batch, ...]

    @property
    def pairs(self) -> int:
        """How many pairs count."""
        return sum(batch.pairs for batch in self.batches if batch.counts)


def plan_steps(
    lengths: Sequence[RowLength],
    batch_pairs: int,
    at_once: int,
    processes: int = 1,
    epochs: int = 1,
    steps: int | None = None,
    seed: int | None = 0,
    by_image: bool = True,
) -> tuple[Step, ...]:
    """Lay out all steps of a run.

    Args:
        lengths: what each pair takes up.
        batch_pairs: pairs of a step.
        at_once: pairs of a batch, at most; a step has as many batches as its pairs fill, a multiple of the processes.
        processes: how many work side by side.
        epochs: how often each pair is seen.
        steps: how many steps; None: until the epochs are over.
        seed: what the order is drawn with; None: images stay in the order of their first pairs.
        by_image: whether pairs of an image go together; otherwise each is a unit of its own.

    Raises:
        RequestError: there are no pairs.

    Example:
        Two images with two pairs each, a step of two pairs:

        >>> lengths = [RowLength(name, 100, 10) for name in "aabb"]
        >>> [batch.units for step in plan_steps(lengths, 2, 2) for batch in step.batches]
        [(Unit(rows=(0, 1), tokens=120),), (Unit(rows=(2, 3), tokens=120),)]
    """
    if not lengths:
        raise RequestError("There are no pairs to tune on.")
    at_once = min(at_once, batch_pairs)
    count = -(-batch_pairs // (at_once * processes)) * processes
    planned: list[Step] = []
    epoch = 0
    while epoch < epochs if steps is None else len(planned) < steps:
        units = _units(lengths, at_once, by_image)
        order = np.arange(len(units))
        if seed is not None:
            np.random.default_rng([seed, epoch]).shuffle(order)
        shuffled = [unit for place in order for unit in units[place]]
        planned += [Step(tuple(batches)) for batches in _steps(shuffled, batch_pairs, at_once, count)]
        epoch += 1
    return tuple(planned[:steps])


def _units(lengths: Sequence[RowLength], at_once: int, by_image: bool) -> list[list[Unit]]:
    """The units of each image, or each pair as one."""
    if not by_image:
        return [[Unit((row,), 2 * length.prefix + length.own)] for row, length in enumerate(lengths)]
    images: dict[str, list[int]] = {}
    for row, length in enumerate(lengths):
        images.setdefault(length.image, []).append(row)
    return [_parts(rows, lengths, at_once) for rows in images.values()]


def _parts(rows: Sequence[int], lengths: Sequence[RowLength], at_once: int) -> list[Unit]:
    """The pairs of an image in parts of nearly equal size."""
    count = -(-len(rows) // at_once)
    ends = [len(rows) * place // count for place in range(count + 1)]
    return [
        Unit(tuple(part), lengths[part[0]].prefix + sum(lengths[row].own for row in part))
        for part in (rows[start:end] for start, end in pairwise(ends))
    ]


def _steps(units: Sequence[Unit], batch_pairs: int, at_once: int, count: int) -> Iterator[list[Batch]]:
    """Fill step after step; a unit that no longer fits waits for the next, and smaller ones may go before it."""
    waiting = deque(units)
    while waiting:
        batches: list[list[Unit]] = [[] for _ in range(count)]
        room = [at_once] * count
        left = batch_pairs
        passed: list[Unit] = []
        while waiting and left and len(passed) < _LOOK_AHEAD:
            unit = waiting.popleft()
            size = len(unit.rows)
            place = next((place for place, free in enumerate(room) if free >= size), None)
            if place is None or size > left:
                passed.append(unit)
                continue
            batches[place].append(unit)
            room[place] -= size
            left -= size
        waiting.extendleft(reversed(passed))
        yield _filled(_even(batches, at_once) or _by_length(batches, at_once))


def _even(batches: list[list[Unit]], at_once: int) -> list[list[Unit]] | None:
    """Put units of like length together so that the batch that takes longest is as short as can be.

    Processes wait for each other at the end of a step. A batch takes as long as its units filled up to the longest.

    Returns:
        None where sizes are such that units do not fit one after the other.
    """
    units = sorted((unit for batch in batches for unit in batch), key=lambda unit: (-unit.tokens, unit.rows))
    least, most = units[0].tokens, len(units) * units[0].tokens
    if (found := _cut(units, len(batches), at_once, most)) is None:
        return None
    while least < most:
        middle = (least + most) // 2
        if (cut := _cut(units, len(batches), at_once, middle)) is None:
            least = middle + 1
        else:
            found, most = cut, middle
    return found + [[] for _ in range(len(batches) - len(found))]


def _cut(units: Sequence[Unit], count: int, at_once: int, most: int) -> list[list[Unit]] | None:
    """Cut a row of units, the longest first, into so many batches whose tokens, filled up, are no more than most."""
    found: list[list[Unit]] = []
    pairs = 0
    for unit in units:
        pairs += len(unit.rows)
        if not found or pairs > at_once or (len(found[-1]) + 1) * found[-1][0].tokens > most:
            if len(found) == count:
                return None
            found.append([])
            pairs = len(unit.rows)
        found[-1].append(unit)
    return found


def _by_length(batches: list[list[Unit]], at_once: int) -> list[list[Unit]]:
    """Put units of like length together, so that little is padded, where they fit that way too."""
    arranged: list[list[Unit]] = [[] for _ in batches]
    room = [at_once] * len(batches)
    for unit in sorted((unit for batch in batches for unit in batch), key=lambda unit: (-unit.tokens, unit.rows)):
        place = next((place for place, free in enumerate(room) if free >= len(unit.rows)), None)
        if place is None:
            return batches
        arranged[place].append(unit)
        room[place] -= len(unit.rows)
    return arranged


def _filled(batches: list[list[Unit]]) -> list[Batch]:
    """Leave no batch empty: fuller ones give units up; where there are too few, the smallest is computed again."""
    for batch in batches:
        fullest = max(batches, key=len)
        if not batch and len(fullest) > 1:
            batch.append(fullest.pop())
    smallest = min((unit for batch in batches for unit in batch), key=lambda unit: (unit.tokens, unit.rows))
    return [Batch(tuple(batch)) if batch else Batch((smallest,), counts=False) for batch in batches]


def in_batches(lengths: Sequence[RowLength], at_once: int, processes: int, by_image: bool = True) -> tuple[Batch, ...]:
    """All pairs once, in order, in batches of at most so many; as many batches for each process.

    Used where nothing is learned: held-out pairs, and references that are computed beforehand.
    """
    found: list[Batch] = []
    part: list[Unit] = []
    for unit in (unit for own in _units(lengths, at_once, by_image) for unit in own):
        if part and sum(len(one.rows) for one in part) + len(unit.rows) > at_once:
            found.append(Batch(tuple(part)))
            part = []
        part.append(unit)
    if part:
        found.append(Batch(tuple(part)))
    while len(found) % processes:
        found.append(Batch(found[0].units, counts=False))
    return tuple(found)
