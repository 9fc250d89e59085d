"""A tree of token runs: what hangs below a shared prefix, where each token stands, and what it may see.

Every question about an image continues the same tokens, and every choice continues its question. Laid one after the
other in a single sequence, each run must see its ancestors and nothing of its siblings, and its positions must go on
where those of its parent end. A tree says so once, for whoever computes with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Branches", "Merged", "Run", "branches", "merged"]


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


@dataclass(frozen=True, eq=False)
class Merged:
    """Sequences as one tree, in which beginnings that they share stand once.

    Args:
        ids: (n,) int64, the tokens, laid out depth first.
        offsets: (n,) int64, how many tokens come before each on its own branch.
        until: (n,) int64, the first place that does not see it: a token is seen from its own place on, up to there.
        paths: for each sequence (length,) int64, where its tokens stand.
    """

    ids: NDArray[np.int64]
    offsets: NDArray[np.int64]
    until: NDArray[np.int64]
    paths: tuple[NDArray[np.int64], ...]


def merged(sequences: Sequence[Sequence[int]]) -> Merged:
    """Merge sequences into a tree.

    Args:
        sequences: of tokens, none of them empty.

    Example:
        >>> tree = merged([(5, 6, 7), (5, 6, 8), (5, 6)])
        >>> tree.ids.tolist(), tree.offsets.tolist(), tree.until.tolist()
        ([5, 6, 7, 8], [0, 1, 2, 2], [4, 4, 3, 4])
        >>> [path.tolist() for path in tree.paths]
        [[0, 1, 2], [0, 1, 3], [0, 1]]
    """
    root = _Node(())
    last = [_inserted(root, tuple(sequence)) for sequence in sequences]
    nodes, parents = _depth_first(root)
    tree = branches([Run(node.ids, parent) for node, parent in zip(nodes, parents, strict=True)])
    place = {id(node): run for run, node in enumerate(nodes)}
    paths = tuple(np.flatnonzero(tree.sees[tree.ends[place[id(node)]]]) for node in last)
    # Depth first, those who see a token follow it without a gap.
    until = np.arange(len(tree.ids)) + tree.sees.sum(axis=0)
    return Merged(tree.ids, tree.offsets, until, paths)


@dataclass
class _Node:
    """A run of tokens, and the runs that continue it, by their first tokens."""

    ids: tuple[int, ...]
    below: dict[int, "_Node"] = field(default_factory=dict)


def _inserted(root: _Node, sequence: tuple[int, ...]) -> _Node:
    """Add a sequence to a tree; gives back the run that ends where it does."""
    node, rest = root, sequence
    while rest:
        following = node.below.get(rest[0])
        if following is None:
            following = node.below[rest[0]] = _Node(rest)
        alike = _length_alike(following.ids, rest)
        if alike < len(following.ids):
            # Those who hold the run know it by its end, which it keeps: the new run stands above it.
            above = _Node(following.ids[:alike], {following.ids[alike]: following})
            following.ids = following.ids[alike:]
            following = node.below[rest[0]] = above
        node, rest = following, rest[alike:]
    return node


def _length_alike(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens both begin with."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(first), len(second)))


def _depth_first(root: _Node) -> tuple[list[_Node], list[int | None]]:
    """The runs below a root, each before those that continue it, and the place of each one's parent."""
    nodes: list[_Node] = []
    parents: list[int | None] = []
    waiting: list[tuple[_Node, int | None]] = [(node, None) for node in reversed(root.below.values())]
    while waiting:
        node, parent = waiting.pop()
        waiting += [(child, len(nodes)) for child in reversed(node.below.values())]
        nodes.append(node)
        parents.append(parent)
    return nodes, parents
