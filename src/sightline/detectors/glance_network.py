"""The network of glance: a picture in, for every kind of object a map of where one may be.

It sees 41 pixels around each place, so that it can tell an object of the rendered world whole, and little of what
stands beside it.
"""

from typing import NamedTuple

import torch
from torch import nn

__all__ = ["STRIDE", "GlanceNetwork", "Maps"]

STRIDE = 4
"""Pixels of the picture between two places of the maps."""

_STEM = 24
_WIDTH = 48
_BLOCKS = 2
_RARE = -4.0
"""An object of a kind has its middle at one place in hundreds, which the untrained network should not have to learn."""
_REACH = 2.0
"""Likewise how far objects reach, in places."""


class Maps(NamedTuple):
    """What the network makes of pictures.

    Args:
        logits: (n, kinds, h, w), of an object of the kind having its middle at a place.
        edges: (n, 4, h, w), how far left, top, right and bottom of such an object are from that place, in places.
    """

    logits: torch.Tensor
    edges: torch.Tensor


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = torch.relu(self.first_norm(self.first(x)))
        return torch.relu(x + self.second_norm(self.second(inner)))


class GlanceNetwork(nn.Module):
    """A small convolutional network.

    Args:
        kinds: how many kinds of objects it tells apart.
    """

    def __init__(self, kinds: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, _STEM, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(_STEM),
            nn.ReLU(),
            nn.Conv2d(_STEM, _WIDTH, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(_WIDTH),
            nn.ReLU(),
        )
        self.blocks = nn.Sequential(*(_Block(_WIDTH) for _ in range(_BLOCKS)))
        self.logits = nn.Conv2d(_WIDTH, kinds, 1)
        self.edges = nn.Conv2d(_WIDTH, 4, 1)
        for head, start in ((self.logits, _RARE), (self.edges, _REACH)):
            assert head.bias is not None
            nn.init.constant_(head.bias, start)

    def forward(self, pixels: torch.Tensor) -> Maps:
        """Look at pictures.

        Args:
            pixels: (n, 3, 4 h, 4 w) in [−1, 1].
        """
        seen = self.blocks(self.stem(pixels))
        return Maps(self.logits(seen), self.edges(seen))
