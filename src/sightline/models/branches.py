"""A tree of token runs: what hangs below a shared prefix, where each token stands, and what it may see.

Every question about an image continues the same tokens, and every choice continues its question. Laid one after the
other in a single sequence, each run must see its ancestors and nothing of its siblings, and its positions must go on
where those of its parent end. A tree says so once, for whoever computes with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Branches", "Run", "branches"]


class Run(NamedTuple):
    """Tokens that follow one another.

    Args:
        ids: the tokens, at least one.
        parent: the run that they continue, by its place in the tree; None: the shared prefix.
        role: what they are: "prompt" or "choice".
    """

    ids: tuple[int, ...]
    parent: int | None = None
    role: str = "prompt"


@dataclass(frozen=True)
class Branches:
    """A tree laid out in one sequence of n tokens.

    Args:
        runs: the runs, parents before their children.
        ids: (n,) int64, the tokens, run after run.
        offsets: (n,) int64, how many tokens after the end of the prefix each stands on its own branch, from zero.
        sees: (n, n) bool, whether the token of a row sees that of a column; the prefix is seen by all.
        ends: (runs,) int64, the place of each run's last token.
    """

    runs: tuple[Run, ...]
    ids: NDArray[np.int64]
    offsets: NDArray[np.int64]
    sees: NDArray[np.bool_]
    ends: NDArray[np.int64]

    def depth(self, run: int) -> int:
        """How many tokens after the end of the prefix a run ends."""
        return int(self.offsets[self.ends[run]]) + 1


def branches(runs: Sequence[Run]) -> Branches:
    """Lay a tree out.

    Raises:
        ValueError: a run is empty, or its parent does not stand before it.

    Example:
        Two questions, the second with two choices:

        >>> tree = branches([Run((7, 8)), Run((9,)), Run((1,), parent=1), Run((2,), parent=1)])
        >>> tree.ids.tolist(), tree.offsets.tolist()
        ([7, 8, 9, 1, 2], [0, 1, 0, 1, 1])
        >>> tree.sees.astype(int).tolist()
        [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 1, 1, 0], [0, 0, 1, 0, 1]]
    """
    lengths = np.array([len(run.ids) for run in runs], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
    n = int(lengths.sum())
    offsets = np.empty(n, dtype=np.int64)
    sees = np.zeros((n, n), dtype=np.bool_)
    for place, run in enumerate(runs):
        if not run.ids:
            raise ValueError(f"run {place} holds no tokens")
        own = slice(starts[place], starts[place] + lengths[place])
        sees[own, own] = np.tri(lengths[place], dtype=np.bool_)
        before = 0
        if run.parent is not None:
            if not 0 <= run.parent < place:
                raise ValueError(f"the parent of run {place} is {run.parent}, which does not stand before it")
            last = starts[run.parent] + lengths[run.parent] - 1
            sees[own] |= sees[last]
            before = int(offsets[last]) + 1
        offsets[own] = before + np.arange(lengths[place])
    ids = np.array([token for run in runs for token in run.ids], dtype=np.int64)
    return Branches(tuple(runs), ids, offsets, sees, starts + lengths - 1)
