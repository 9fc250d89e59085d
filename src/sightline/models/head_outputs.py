"""What heads hand on over a discovery set: their means, whole and by role of token, and some of the vectors."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sightline.models.heads import Head

__all__ = ["HeadOutputs"]


@dataclass(frozen=True)
class HeadOutputs:
    """What heads hand on, over the tokens of a discovery set: prompts and replies.

    Args:
        sums: (roles, layers, heads, d) float64, summed over the tokens of each role.
        counts: (roles,) int64, how many tokens.
        kept: (k, layers, heads, d) float32, of some tokens as they are.
        kept_roles: (k,) int8, their roles.
    """

    sums: NDArray[np.float64]
    counts: NDArray[np.int64]
    kept: NDArray[np.float32]
    kept_roles: NDArray[np.int8]

    @cached_property
    def mean(self) -> NDArray[np.float32]:
        """(layers, heads, d) over all tokens of prompts and replies."""
        found: NDArray[np.float32] = (self.sums.sum(axis=0) / max(1, int(self.counts.sum()))).astype(np.float32)
        return found

    @cached_property
    def by_role(self) -> NDArray[np.float32]:
        """(roles, layers, heads, d) means; of roles that do not occur, the mean over all tokens."""
        counts = np.maximum(self.counts, 1)[:, None, None, None]
        found = (self.sums / counts).astype(np.float32)
        found[self.counts == 0] = self.mean
        return found

    def places_of(self, role: int) -> NDArray[np.int64]:
        """Which of the kept vectors are of a role; of roles that do not occur, all."""
        own = np.flatnonzero(self.kept_roles == role)
        return own if len(own) else np.arange(len(self.kept_roles))

    def digest(self, heads: Sequence[Head]) -> bytes:
        """A hash of what is known of some heads."""
        digest = hashlib.sha256()
        for head in heads:
            for values in (self.sums[:, head.layer, head.head], self.kept[:, head.layer, head.head]):
                digest.update(np.ascontiguousarray(values).tobytes())
        digest.update(self.counts.tobytes() + self.kept_roles.tobytes())
        return digest.digest()
