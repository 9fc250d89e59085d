"""Log-probabilities of the chosen and the rejected completion of every pair: as trees, or each sequence by itself.

As a tree, all pairs of an image are one row: the image once, the rest of a prompt once, contexts that grow once. What
the row's tokens see, and where they stand, is what they would see and where they would stand alone, so that values and
gradients are the same. The gradient flows through the image's tokens too, where adapters change keys and values.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from sightline.errors import RequestError
from sightline.models.families import Family
from sightline.tuning.encoded import ImagePairs, Side
from sightline.tuning.inner_model import called, inner_model
from sightline.tuning.token_log_probs import token_log_probs
from sightline.tuning.tree_rows import Predicted, stacked, tree_rows, whole_rows

__all__ = ["PairLogProbs", "plain_log_probs", "tree_log_probs", "why_not_shared"]

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
    for image in batch:
        if image.why_not:
            raise RequestError(f"The pairs of an image cannot be computed as a tree: {image.why_not}.")
    inner = inner_model(model)
    rows = tree_rows(inner, family, batch)
    return called(model, rows.inputs, lambda hidden: _of_pairs(inner, hidden, rows.predicted))


def plain_log_probs(model: Any, family: Family | None, batch: Sequence[ImagePairs]) -> PairLogProbs:
    """Compute each prompt, context and completion with its image by itself; differentiable.

    The two sides of a pair stand side by side, as padded sequences with the image looked at for each.

    Args:
        model: of transformers, with whatever is wrapped around it.
        family: its family; None where it is not known.
        batch: images with their pairs.
    """
    found = [_plain(model, family, image, pair) for image in batch for pair in image.pairs]
    return PairLogProbs(torch.cat([own.totals for own in found]), torch.cat([own.tokens for own in found]))


def _plain(model: Any, family: Family | None, image: ImagePairs, pair: tuple[Side, Side]) -> PairLogProbs:
    inner = inner_model(model)
    prefix = len(image.prefix)
    width = prefix + max(len(side.path) for side in pair)
    ids, mask = (torch.zeros((2, width), dtype=torch.int64) for _ in range(2))
    by_token = {name: whole_rows([value, value], width) for name, value in image.by_token.items()}
    for row, side in enumerate(pair):
        end = prefix + len(side.path)
        ids[row, :end] = torch.tensor([*image.prefix, *image.tree.ids[side.path]])
        mask[row, :end] = 1
        for name, value in family.of_replies if family is not None else ():
            by_token[name][row, prefix + side.start :] = value
    inputs = {"input_ids": ids, "attention_mask": mask, **by_token}
    inputs = {name: value.to(inner.device) for name, value in inputs.items()}
    ends = [(prefix + side.start, prefix + len(side.path)) for side in pair]
    predicted = _of_rows(ids, ends).to(inner.device)
    inputs |= stacked(inner, [image.inputs, image.inputs])
    return called(model, inputs, lambda hidden: _of_pairs(inner, hidden, predicted))


def _of_rows(ids: torch.Tensor, ends: Sequence[tuple[int, int]]) -> Predicted:
    """The tokens of sides that are rows of their own, from place to place."""
    counts = torch.tensor([end - start for start, end in ends])
    places = torch.cat([torch.arange(start, end) for start, end in ends])
    rows = torch.arange(len(ends)).repeat_interleave(counts)
    of_sides = torch.full((len(ends), int(counts.max())), len(places))
    of_sides[rows, torch.cat([torch.arange(int(count)) for count in counts])] = torch.arange(len(places))
    return Predicted(rows, places - 1, ids[rows, places], of_sides, counts)


def _of_pairs(inner: Any, hidden: torch.Tensor, predicted: Predicted) -> PairLogProbs:
    """Add up the log-probabilities of the tokens of each side."""
    head = inner.get_output_embeddings()
    likely = token_log_probs(head, hidden[predicted.rows, predicted.after], predicted.tokens)
    # Gathered and summed rather than scattered: in the same order, and so to the same number, on every run.
    totals = torch.cat([likely, likely.new_zeros(1)])[predicted.of_sides].sum(dim=1)
    return PairLogProbs(totals.view(-1, 2), predicted.counts.view(-1, 2))
