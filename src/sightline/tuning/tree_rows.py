"""A batch of images with their pairs as tensors: a row for each image, prefix and tree one after the other.

A token sees an earlier one unless that one's branch has ended before it. So one number a token says what is seen, and
the mask is made of it on the device.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sightline.models.families import Family
from sightline.models.shared_image import additive, seen_by_layer
from sightline.tuning.encoded import ImagePairs

__all__ = ["Predicted", "TreeRows", "stacked", "tree_rows", "visible", "whole_rows"]

_MULTIPLE = 8
"""Rows are filled up to a multiple of it; attention on GPUs would otherwise widen its mask so in every layer."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """The tokens of all completions, those in common once, and how they make up the sides of the pairs.

    Args:
        rows: (n,) int64, the row of each.
        after: (n,) int64, where in it the token stands after which it comes.
        tokens: (n,) int64, the tokens.
        of_sides: (sides, longest) int64, the tokens of each side by their place among these, n where it has no more;
            chosen and rejected of a pair follow each other.
        counts: (sides,) int64, how many tokens each side has.
    """

    rows: torch.Tensor
    after: torch.Tensor
    tokens: torch.Tensor
    of_sides: torch.Tensor
    counts: torch.Tensor

    def to(self, device: torch.device) -> "Predicted":
        """The same on a device."""
        return Predicted(*(getattr(self, field.name).to(device) for field in fields(self)))


@dataclass(frozen=True, eq=False)
class TreeRows:
    """Rows, filled up at their ends to one length.

    Args:
        inputs: what the model is called with.
        predicted: the tokens of the completions.
    """

    inputs: Mapping[str, Any]
    predicted: Predicted


def tree_rows(inner: Any, family: Family, batch: Sequence[ImagePairs]) -> TreeRows:
    """Lay out a batch on the model's device.

    Args:
        inner: the model of transformers.
        family: its family.
        batch: images with their pairs.
    """
    width = -(-max(image.tokens for image in batch) // _MULTIPLE) * _MULTIPLE
    ids, places, until = (np.zeros((len(batch), width), dtype=np.int64) for _ in range(3))
    until[:] = np.arange(1, width + 1)  # what fills a row up sees itself and is seen by nothing
    for row, image in enumerate(batch):
        prefix, n = len(image.prefix), image.tokens
        ids[row, :n] = [*image.prefix, *image.tree.ids]
        places[row, :n] = [*range(prefix), *(prefix + image.tree.offsets)]
        until[row, :prefix] = n
        until[row, prefix:n] = prefix + image.tree.until
    by_token = {name: whole_rows([image.by_token[name] for image in batch], width) for name in batch[0].by_token}
    device = inner.device
    on_device = {name: value.to(device) for name, value in by_token.items()}
    at = torch.from_numpy(places).to(device)
    seen = visible(torch.from_numpy(until).to(device))
    if family.sees_itself:
        seen = seen | _same_image(on_device[family.sees_itself] == 1)
    inputs = {
        "input_ids": torch.from_numpy(ids).to(device),
        "attention_mask": _masks(inner, seen, at),
        "position_ids": _positions(inner, family, batch, places).to(device),
        **on_device,
        **stacked(inner, [image.inputs for image in batch]),
    }
    return TreeRows(inputs, _predicted(batch).to(device))


def visible(until: torch.Tensor) -> torch.Tensor:
    """What each token sees: those before it, and itself, whose branches have not ended.

    Args:
        until: (rows, n) int64, for each token the first place that does not see it.

    Returns:
        (rows, n, n) bool.

    Example:
        A token, and two that follow it without seeing each other:

        >>> visible(torch.tensor([[3, 2, 3]])).int().tolist()
        [[[1, 0, 0], [1, 1, 0], [1, 0, 1]]]
    """
    place = torch.arange(until.shape[1], device=until.device)
    return (place[None, None, :] <= place[None, :, None]) & (place[None, :, None] < until[:, None, :])


def stacked(inner: Any, images: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
    """Put what the processor made of images together, filled up with zeros as processors do where sizes differ."""
    found = {}
    for name in images[0]:
        values = [image[name].to(inner.device, non_blocking=True) for image in images]
        shape = [max(sizes) for sizes in zip(*(value.shape[1:] for value in values), strict=True)]
        whole = torch.cat([_filled(value, shape) for value in values])
        found[name] = whole.to(inner.dtype) if whole.is_floating_point() else whole
    return found


def _filled(value: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    if list(value.shape[1:]) == list(shape):
        return value
    filled = value.new_zeros((len(value), *shape))
    filled[tuple(slice(size) for size in value.shape)] = value
    return filled


def whole_rows(values: Sequence[torch.Tensor], width: int) -> torch.Tensor:
    """Lengthen what comes with every token of prefixes, and in one more column for any token after, to rows so wide."""
    return torch.cat(
        [
            torch.cat([value[:, :-1], value[:, -1:].expand(-1, width - value.shape[1] + 1, *value.shape[2:])], dim=1)
            for value in values
        ]
    )


def _same_image(is_image: torch.Tensor) -> torch.Tensor:
    """(rows, n) bool → (rows, n, n) bool, whether two tokens are of the same block of an image."""
    begins = is_image & ~torch.nn.functional.pad(is_image, (1, 0))[:, :-1]
    block = begins.cumsum(dim=1)
    return (block[:, :, None] == block[:, None, :]) & is_image[:, :, None] & is_image[:, None, :]


def _masks(inner: Any, seen: torch.Tensor, places: torch.Tensor) -> Any:
    """What the layers are given: booleans where they take them, since those need no type of number."""
    by_layer = seen_by_layer(inner, seen, places)
    sdpa = inner.config.get_text_config()._attn_implementation == "sdpa"
    if isinstance(by_layer, dict):
        return {kind: own[:, None] if sdpa else additive(own, inner.dtype) for kind, own in by_layer.items()}
    return by_layer[:, None] if sdpa else additive(by_layer, inner.dtype)


def _positions(inner: Any, family: Family, batch: Sequence[ImagePairs], places: NDArray[np.int64]) -> torch.Tensor:
    """(rows, n), or (3, rows, n) for M-RoPE: of the prefix as the model counts them, which go on below its end."""
    positions = torch.from_numpy(places)
    if family.rope_deltas is None:
        return positions
    positions = positions.expand(3, -1, -1).clone()
    for row, image in enumerate(batch):
        prefix = len(image.prefix)
        own, delta = inner.model.get_rope_index(
            input_ids=torch.tensor([image.prefix]),
            attention_mask=torch.ones((1, prefix), dtype=torch.int64),
            **{name: value for name, value in image.inputs.items() if not value.is_floating_point()},
            **{name: value[:, :-1] for name, value in image.by_token.items()},
        )
        positions[:, row, :prefix] = own[:, 0]
        positions[:, row, prefix:] += delta.item()
    return positions


def _predicted(batch: Sequence[ImagePairs]) -> Predicted:
    rows: list[NDArray[np.int64]] = []
    after: list[NDArray[np.int64]] = []
    tokens: list[NDArray[np.int64]] = []
    sides: list[NDArray[np.int64]] = []
    count = 0
    for row, image in enumerate(batch):
        own = [side for pair in image.pairs for side in pair]
        # Where two sides share a token, they share the one before it as well.
        completion, first = np.unique(np.concatenate([side.completion for side in own]), return_index=True)
        rows.append(np.full(len(completion), row))
        after.append(len(image.prefix) + np.concatenate([side.predicting for side in own])[first])
        tokens.append(image.tree.ids[completion])
        sides += [count + np.searchsorted(completion, side.completion) for side in own]
        count += len(completion)
    counts = np.array([len(side) for side in sides])
    of_sides = np.full((len(sides), counts.max()), count)
    for place, side in enumerate(sides):
        of_sides[place, : len(side)] = side
    arrays = (np.concatenate(rows), np.concatenate(after), np.concatenate(tokens), of_sides, counts)
    return Predicted(*map(torch.from_numpy, arrays))
