"""Pairs as tensors on a device: what a model is called with, and where in what it gives the completions are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import torch

__all__ = ["LaidOut", "Predicted", "on_device", "stacked", "whole_rows"]


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
        return Predicted(*(on_device(getattr(self, field.name), device) for field in fields(self)))


@dataclass(frozen=True, eq=False)
class LaidOut:
    """Rows, filled up at their ends to one length.

    Args:
        inputs: what the model is called with.
        predicted: the tokens of the completions.
    """

    inputs: Mapping[str, Any]
    predicted: Predicted


def on_device(value: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Copy to a device without waiting for it, which may still be busy with what came before."""
    if device.type == "cuda" and value.device.type == "cpu" and not value.is_pinned():
        value = value.pin_memory()
    return value.to(device, non_blocking=True)


def stacked(inner: Any, images: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
    """Put what the processor made of images together, filled up with zeros as processors do where sizes differ.

    Images are copied one by one, and put together where they are computed with.
    """
    found = {}
    device, dtype = inner.device, inner.dtype
    for name in images[0]:
        values = [on_device(image[name], device) for image in images]
        shape = [max(sizes) for sizes in zip(*(value.shape[1:] for value in values), strict=True)]
        whole = torch.cat([_filled(value, shape) for value in values])
        found[name] = whole.to(dtype) if whole.is_floating_point() else whole
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
