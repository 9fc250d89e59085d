"""The pairs of a batch as tensors, each pair by itself: its two sides below each other, each with the whole image."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from sightline.models.families import Family
from sightline.tuning.encoded import ImagePairs, Side
from sightline.tuning.laid_out import LaidOut, Predicted, on_device, stacked, whole_rows

__all__ = ["plain_rows"]


def plain_rows(inner: Any, family: Family | None, batch: Sequence[ImagePairs]) -> list[LaidOut]:
    """Lay out a batch on the model's device; all pairs of an image are given the same tensors of it.

    Args:
        inner: the model of transformers.
        family: its family; None where it is not known.
        batch: images with their pairs.
    """
    found = []
    for image in batch:
        seen = stacked(inner, [image.inputs, image.inputs])
        found += [_of_pair(inner.device, family, image, pair, seen) for pair in image.pairs]
    return found


def _of_pair(
    device: torch.device,
    family: Family | None,
    image: ImagePairs,
    pair: tuple[Side, Side],
    seen: Mapping[str, torch.Tensor],
) -> LaidOut:
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
    ends = [(prefix + side.start, prefix + len(side.path)) for side in pair]
    return LaidOut(
        {**{name: on_device(value, device) for name, value in inputs.items()}, **seen},
        _predicted(ids, ends).to(device),
    )


def _predicted(ids: torch.Tensor, ends: Sequence[tuple[int, int]]) -> Predicted:
    """The tokens of sides that are rows of their own, from place to place."""
    counts = torch.tensor([end - start for start, end in ends])
    places = torch.cat([torch.arange(start, end) for start, end in ends])
    rows = torch.arange(len(ends)).repeat_interleave(counts)
    of_sides = torch.full((len(ends), int(counts.max())), len(places))
    of_sides[rows, torch.cat([torch.arange(int(count)) for count in counts])] = torch.arange(len(places))
    return Predicted(rows, places - 1, ids[rows, places], of_sides, counts)
