"""Whether the pairs of an image are computed as one tree, or each reply by itself, and why."""

from collections.abc import Sequence
from typing import Any

import torch

from sightline.models.families import Family
from sightline.tuning.encoded import ImagePairs
from sightline.tuning.log_probs import plain_log_probs, tree_log_probs

__all__ = ["apart"]

_TOLERANCE = 1e-3
_HALF_TOLERANCE = 0.3
"""How far log-probabilities may lie apart, in nats a token. In half precision two ways of batching differ by some
hundredths of that; a wrong mask or wrong positions by whole nats."""


@torch.no_grad()
def apart(model: Any, family: Family, images: Sequence[ImagePairs]) -> tuple[float, bool]:
    """Compute pairs both ways.

    Args:
        model: out of training.
        family: its family.
        images: a few images with their pairs.

    Returns:
        The largest difference of a reply's log-probability, in nats a token; and whether that is too much.
    """
    tree, plain = tree_log_probs(model, family, images), plain_log_probs(model, family, images)
    largest = float(((tree.totals - plain.totals).abs() / tree.tokens).max())
    half = next(model.parameters()).dtype in (torch.bfloat16, torch.float16)
    return largest, not largest <= (_HALF_TOLERANCE if half else _TOLERANCE)
