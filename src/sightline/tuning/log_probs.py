"""Log-probabilities of the chosen and the rejected completion of every pair: as trees, or each sequence by itself.

As a tree, all pairs of an image are one row: the image once, the rest of a prompt once, contexts that grow once. What
the row's tokens see, and where they stand, is what they would see and where they would stand alone, so that values and
gradients are the same. The gradient flows through the image's tokens too, where adapters change keys and values.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import torch

from sightline.models.families import Family
from sightline.tuning.encoded import ImagePairs
from sightline.tuning.inner_model import called, inner_model
from sightline.tuning.laid_out import LaidOut, Predicted
from sightline.tuning.plain_rows import plain_rows
from sightline.tuning.token_log_probs import token_log_probs
from sightline.tuning.tree_rows import tree_rows

__all__ = ["PairLogProbs", "log_probs", "plain_log_probs", "tree_log_probs", "why_not_shared"]

_TAKE_MASKS = ("sdpa", "eager")


class PairLogProbs(NamedTuple):
    """What a model thinks of pairs, in the order of the batch: image after image, pair after pair.

    Args:
        totals: (pairs, 2) float32, the log-probability of the chosen and of the rejected completion.
        tokens: (pairs, 2) int64, how many tokens each has.
    """

    totals: torch.Tensor
    tokens: torch.Tensor


def why_not_shared(model: Any, family: Family | None) -> str:
    """Why pairs of this model cannot be computed as trees; "" where they can."""
    if family is None:
        return "the family is not known"
    if not family.shares:
        return family.why_not
    attention = str(inner_model(model).config.get_text_config()._attn_implementation)
    if attention not in _TAKE_MASKS:
        return f"its attention ({attention}) cannot be told which tokens see each other; load it with sdpa"
    return ""


def tree_log_probs(model: Any, family: Family, batch: Sequence[ImagePairs]) -> PairLogProbs:
    """Compute the pairs of a batch of images in one forward, each image once; differentiable.

    Args:
        model: of transformers, with whatever is wrapped around it.
        family: its family.
        batch: images with their pairs.

    Raises:
        RequestError: the prompt of an image cannot be cut where the image ends.
    """
    inner = inner_model(model)
    return log_probs(model, inner, [tree_rows(inner, family, batch)])


def plain_log_probs(model: Any, family: Family | None, batch: Sequence[ImagePairs]) -> PairLogProbs:
    """Compute each prompt, context and completion with its image by itself; differentiable.

    The two sides of a pair stand side by side, as padded sequences with the image looked at for each.

    Args:
        model: of transformers, with whatever is wrapped around it.
        family: its family; None where it is not known.
        batch: images with their pairs.
    """
    inner = inner_model(model)
    return log_probs(model, inner, plain_rows(inner, family, batch))


def log_probs(model: Any, inner: Any, rows: Sequence[LaidOut]) -> PairLogProbs:
    """Compute what was laid out, a forward for each; differentiable.

    Args:
        model: of transformers, with whatever is wrapped around it.
        inner: the model itself (`inner_model`).
        rows: by `tree_rows` or `plain_rows`; several models, or one in several states, may be called with them.
    """
    found = [called(model, inner, one.inputs, partial(_of_pairs, inner, one.predicted)) for one in rows]
    return PairLogProbs(torch.cat([own.totals for own in found]), torch.cat([own.tokens for own in found]))


def _of_pairs(inner: Any, predicted: Predicted, hidden: torch.Tensor) -> PairLogProbs:
    """Add up the log-probabilities of the tokens of each side."""
    head = inner.get_output_embeddings()
    likely = token_log_probs(head, hidden[predicted.rows, predicted.after], predicted.tokens)
    # Gathered and summed rather than scattered: in the same order, and so to the same number, on every run.
    totals = torch.cat([likely, likely.new_zeros(1)])[predicted.of_sides].sum(dim=1)
    return PairLogProbs(totals.view(-1, 2), predicted.counts.view(-1, 2))
