"""A batch of images with their pairs as tensors: a row for each image, prefix and tree one after the other.

A token sees an earlier one unless that one's branch has ended before it. So one number a token says what is seen, and
the mask is made of it on the device.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sightline.errors import RequestError
from sightline.models.families import Family
from sightline.models.shared_image import additive, seen_by_layer
from sightline.tuning.encoded import ImagePairs
from sightline.tuning.laid_out import LaidOut, Predicted, on_device, stacked, whole_rows

__all__ = ["tree_rows", "visible"]

_MULTIPLE = 8
"""Rows are filled up to a multiple of it; attention on GPUs would otherwise widen its mask so in every layer."""


def tree_rows(inner: Any, family: Family, batch: Sequence[ImagePairs]) -> LaidOut:
    """Lay out a batch on the model's device.

    Args:
        inner: the model of transformers.
        family: its family.
        batch: images with their pairs.

    Raises:
        RequestError: the prompt of an image cannot be cut where the image ends.
    """
    for image in batch:
        if image.why_not:
            raise RequestError(f"The pairs of an image cannot be computed as a tree: {image.why_not}.")
    ids, places, until = _in_line(batch)
    width = ids.shape[1]
    by_token = {name: whole_rows([image.by_token[name] for image in batch], width) for name in batch[0].by_token}
    device = inner.device
    moved = {name: on_device(value, device) for name, value in by_token.items()}
    seen = visible(on_device(torch.from_numpy(until), device))
    if family.sees_itself:
        seen = seen | _same_image(moved[family.sees_itself] == 1)
    inputs = {
        "input_ids": on_device(torch.from_numpy(ids), device),
        "attention_mask": _masks(inner, seen, on_device(torch.from_numpy(places), device)),
        "position_ids": on_device(_positions(inner, family, batch, places), device),
        **moved,
        **stacked(inner, [image.inputs for image in batch]),
    }
    return LaidOut(inputs, _predicted(batch).to(device))


def _in_line(batch: Sequence[ImagePairs]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(rows, n) each: the tokens, how many come before each on its branch, and the first place that does not see it."""
    width = -(-max(image.tokens for image in batch) // _MULTIPLE) * _MULTIPLE
    ids, places, until = (np.zeros((len(batch), width), dtype=np.int64) for _ in range(3))
    until[:] = np.arange(1, width + 1)  # what fills a row up sees itself and is seen by nothing
    for row, image in enumerate(batch):
        prefix, n = len(image.prefix), image.tokens
        ids[row, :prefix], ids[row, prefix:n] = image.prefix, image.tree.ids
        places[row, :prefix], places[row, prefix:n] = np.arange(prefix), prefix + image.tree.offsets
        until[row, :prefix], until[row, prefix:n] = n, prefix + image.tree.until
    return ids, places, until


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
