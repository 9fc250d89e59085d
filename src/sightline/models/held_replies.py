"""Replies whose images and beginnings are held as keys and values, and sentences drawn side by side below them.

The tokens of an image are computed once, and those of a prompt and its reply as they come: what is held grows by the
tokens of the last sentence. To draw sentences, replies are laid side by side, padded to the longest. The candidates of
one reply all stand in its row: each sees the row and itself, and the row's keys are not copied for each of them, as an
expanded cache would.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import DynamicCache

from sightline.models.families import Family, follow
from sightline.models.prompts import Prepared
from sightline.models.shared_image import SharedImages, layer_masks

__all__ = ["PADDING", "HeldReply", "SideBySide", "look"]

PADDING = -1
"""Whose a token is that only pads."""


@dataclass(eq=False)
class HeldReply:
    """A reply that is being written, and what is held of it.

    Args:
        image: the file.
        prompt: what the user typed.
        prepared: image and prompt as tokens.
        digest: of the image, and what stands before it.
        ids: the tokens after the image that are held.
        start: the position after the image.
        keys: (n, heads, size) of each layer, over image and tokens; none before the image was looked at.
        values: likewise.
    """

    image: Path
    prompt: str
    prepared: Prepared
    digest: bytes
    ids: tuple[int, ...] = ()
    start: int = 0
    keys: list[torch.Tensor] = field(default_factory=list)
    values: list[torch.Tensor] = field(default_factory=list)

    @property
    def prefix(self) -> int:
        """How many tokens come before the prompt."""
        return len(self.prepared.prefix)

    def hold(self, ids: tuple[int, ...], added: Sequence[Sequence[torch.Tensor]]) -> None:
        """Hold more tokens: ids are all of them, and added the keys and values of the new ones, layer by layer."""
        keys = [torch.cat([held, own]) for held, (own, _) in zip(self.keys, added, strict=True)]
        values = [torch.cat([held, own]) for held, (_, own) in zip(self.values, added, strict=True)]
        self.ids, self.keys, self.values = ids, keys, values

    def keep(self, tokens: int) -> None:
        """Forget the keys and values after so many tokens that follow the image."""
        self.ids = self.ids[:tokens]
        length = self.prefix + len(self.ids)
        self.keys = [layer[:length] for layer in self.keys]
        self.values = [layer[:length] for layer in self.values]


def look(model: Any, family: Family, replies: Sequence[HeldReply], tokens_at_once: int) -> None:
    """Compute the images of replies, those of one size side by side; their pixels are not needed again afterwards."""
    ordered = sorted(replies, key=lambda reply: repr(reply.prepared.signature))
    for _, alike in groupby(ordered, key=lambda reply: repr(reply.prepared.signature)):
        group = list(alike)
        width = max(1, tokens_at_once // group[0].prefix)
        for first in range(0, len(group), width):
            _look(model, family, group[first : first + width])


def _look(model: Any, family: Family, replies: Sequence[HeldReply]) -> None:
    images = SharedImages(model, family, [reply.prepared for reply in replies])
    layers = images.cache.layers
    for place, reply in enumerate(replies):
        reply.keys = [layer.keys[place].transpose(0, 1).contiguous() for layer in layers]
        reply.values = [layer.values[place].transpose(0, 1).contiguous() for layer in layers]
        reply.start = int(images.starts[place])
        reply.prepared = replace(reply.prepared, inputs={}, by_token={})


class SideBySide:
    """Replies side by side.

    Args:
        model: an image-text-to-text model.
        family: its family.
        replies: whose images were looked at.
        ids: for each the tokens after its image; those that it does not hold are computed, and held from then on.
    """

    def __init__(
        self, model: Any, family: Family, replies: Sequence[HeldReply], ids: Sequence[tuple[int, ...]]
    ) -> None:
        self.model = model
        self.family = family
        self.device = model.device
        for reply, wanted in zip(replies, ids, strict=True):
            reply.keep(min(_in_common(reply.ids, wanted), len(wanted) - 1))
        self.cache: Any = _stacked(replies)
        held = torch.tensor([len(reply.keys[0]) for reply in replies])
        self.visible = torch.arange(int(held.max())) < held[:, None]
        self.places = torch.arange(int(held.max())).expand(len(replies), -1)
        self.owners = torch.empty((len(replies), 0), dtype=torch.long)
        self.starts = torch.tensor([reply.start - reply.prefix for reply in replies])
        self.lengths = torch.tensor([reply.prefix + len(wanted) for reply, wanted in zip(replies, ids, strict=True)])
        self.hidden = self._go_on(replies, ids)
        """(replies, width) the hidden state of the last token of each."""

    def _go_on(self, replies: Sequence[HeldReply], ids: Sequence[tuple[int, ...]]) -> torch.Tensor:
        """Compute the tokens that are not held yet, and hold them."""
        new = [wanted[len(reply.ids) :] for reply, wanted in zip(replies, ids, strict=True)]
        counts = torch.tensor([len(own) for own in new])
        width, before = int(counts.max()), self.visible.shape[1]
        tokens = torch.tensor([[*own, *([0] * (width - len(own)))] for own in new])
        places = (self.lengths - counts)[:, None] + torch.arange(width)
        real = torch.arange(width) < counts[:, None]
        sees = torch.ones(width, width, dtype=torch.bool).tril().expand(len(new), -1, -1)
        seen = torch.cat([self.visible[:, None].expand(-1, width, -1), sees], dim=-1)
        self.places = torch.cat([self.places, places], dim=1)
        hidden = self._forward(tokens, places, seen)
        self.visible = torch.cat([self.visible, real], dim=1)
        for place, (reply, wanted, count) in enumerate(zip(replies, ids, counts.tolist(), strict=True)):
            added = [(own.keys[place], own.values[place]) for own in self.cache.layers]
            reply.hold(wanted, [[each[:, before : before + count].transpose(0, 1) for each in own] for own in added])
        return hidden[torch.arange(len(new)), (counts - 1).to(hidden.device)]

    def extend(self, tokens: torch.Tensor, owners: torch.Tensor, depth: int) -> torch.Tensor:
        """Add a token to candidates, and compute it.

        Args:
            tokens: (replies, n) the tokens.
            owners: (replies, n) the candidate of its reply that each belongs to; -1 where it only pads.
            depth: how many each candidate has already.

        Returns:
            (replies, n, width) hidden states.
        """
        places = (self.lengths + depth)[:, None].expand(-1, tokens.shape[1])
        self.owners = torch.cat([self.owners, owners], dim=1)
        self.places = torch.cat([self.places, places], dim=1)
        own = self.owners[:, None] == owners[:, :, None]
        seen = torch.cat([self.visible[:, None].expand(-1, tokens.shape[1], -1), own], dim=-1)
        return self._forward(tokens, places, seen)

    def select(self, rows: Sequence[int]) -> None:
        """Go on with some of the replies."""
        chosen = torch.tensor(rows)
        self.cache.batch_select_indices(chosen.to(self.device))
        for name in ("visible", "places", "owners", "starts", "lengths"):
            setattr(self, name, getattr(self, name)[chosen])

    def _forward(self, tokens: torch.Tensor, places: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """Compute tokens of all replies.

        Args:
            tokens: (replies, n).
            places: (replies, n) how many tokens come before each on its branch.
            seen: (replies, n, m) bool, which of all tokens, these the last, each sees.
        """
        positions = (self.starts[:, None] + places).to(self.device)
        if self.family.rope_deltas is not None:
            positions = positions[None].expand(3, -1, -1)
        found = follow(self.model, self.family.language_model)(
            inputs_embeds=self.model.get_input_embeddings()(tokens.to(self.device)),
            attention_mask=layer_masks(self.model, seen, self.places),
            position_ids=positions,
            past_key_values=self.cache,
            use_cache=True,
            return_dict=True,
        )
        hidden: torch.Tensor = found.last_hidden_state
        return hidden


def _stacked(replies: Sequence[HeldReply]) -> DynamicCache:
    """The keys and values of replies side by side, (replies, heads, n, size) in each layer."""
    cache = DynamicCache()
    for layer in range(len(replies[0].keys)):
        keys = pad_sequence([reply.keys[layer] for reply in replies], batch_first=True)
        values = pad_sequence([reply.values[layer] for reply in replies], batch_first=True)
        cache.update(keys.transpose(1, 2), values.transpose(1, 2), layer)
    return cache


def _in_common(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How many tokens both begin with."""
    unlike = (place for place, (first, second) in enumerate(zip(one, other, strict=False)) if first != second)
    return next(unlike, min(len(one), len(other)))
