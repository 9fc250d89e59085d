"""The operations that a language model's forwards take, by formula."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sightline.mechanisms.trees import SweptRow
from sightline.models.heads import Head

__all__ = ["Sizes", "loop_flops", "sweep_flops"]


class Sizes(NamedTuple):
    """What a language model's work depends on."""

    layers: int
    heads: int
    head_dim: int
    key_value_heads: int
    width: int
    mlp: int
    vocabulary: int

    @classmethod
    def of(cls, model: Any) -> "Sizes":
        """Those of a model."""
        text = model.config.get_text_config()
        heads = text.num_attention_heads
        found = heads, text.hidden_size // heads, text.num_key_value_heads, text.hidden_size, text.intermediate_size
        return cls(text.num_hidden_layers, *found, text.vocab_size)

    def layer(self, tokens: int, seen: int, in_mlp: int | None = None) -> float:
        """Operations of a layer for a row.

        Args:
            tokens: of the row.
            seen: tokens that each is held against, those that the mask then covers included.
            in_mlp: tokens that go through the MLP; all where None.
        """
        in_mlp = tokens if in_mlp is None else in_mlp
        queries, keys = self.heads * self.head_dim, self.key_value_heads * self.head_dim
        projections = 2 * tokens * self.width * (2 * queries + 2 * keys)
        return projections + 4 * tokens * seen * queries + 6 * in_mlp * self.width * self.mlp

    def predicted(self, places: int) -> float:
        """Operations of predicting what comes after some tokens."""
        return 2 * places * self.width * self.vocabulary


def loop_flops(sizes: Sizes, prompt: int, new: int) -> float:
    """Operations of reading a prompt and generating tokens one after the other, without the encoder of pictures."""
    steps = [sizes.layers * sizes.layer(1, prompt + step) + sizes.predicted(1) for step in range(1, new)]
    return sizes.layers * sizes.layer(prompt, prompt) + sizes.predicted(1) + sum(steps)


def sweep_flops(sizes: Sizes, rows: Sequence[SweptRow], prefix: int, whole: bool, heads: Sequence[Head]) -> float:
    """Operations of a sweep's rows without each of the heads. Drafts, images and the whole model's rows are left out.

    Args:
        sizes: of the model.
        rows: what is swept.
        prefix: tokens up to the end of the image.
        whole: whether they are computed again.
        heads: those swept.
    """
    width, places = max(len(row.row.tree.ids) for row in rows), max(len(row.places) for row in rows)
    tokens, seen = width + prefix * whole, width + prefix
    found = 0.0
    for layer in (head.layer for head in heads):
        below_last = (sizes.layers - 1 - layer) * sizes.layer(tokens, seen)
        found += len(rows) * (below_last + sizes.layer(tokens, seen, places))
        found += sum(sizes.predicted(len(row.places)) for row in rows)
    return found
