"""The colours that stand for attention, and the bar that explains them."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sightline.report.attention_tiles import Tile
from sightline.report.canvas import SMALL, say
from sightline.report.plot import INK
from sightline.report.shown import minus

__all__ = ["BAR_HEIGHT", "PALE", "Scale", "draw_bar", "draw_pixels"]


class Scale(NamedTuple):
    """What a full colour stands for.

    Args:
        end: the share at which colours end.
        signed: whether there is a colour for either sign.
        percentile: of all cells, at which colours end; None where they end at the highest.
        beyond: how many cells lie beyond the end.
        of: how many cells there are.
        highest: the highest share, or the largest difference regardless of sign.
    """

    end: float
    signed: bool
    percentile: float | None
    beyond: int
    of: int
    highest: float

    @classmethod
    def over(cls, tiles: Iterable[Tile], percentile: float | None, signed: bool = False) -> "Scale":
        """One scale for many tiles.

        Raises:
            ValueError: the percentile is none, or there is a negative share.
        """
        if percentile is not None and not 0 < percentile <= 100:
            raise ValueError(f"colours end at a percentile in (0, 100], found {percentile}")
        values = np.concatenate([tile.values.ravel() for tile in tiles]).astype(np.float64)
        if not signed and values.min() < 0:
            raise ValueError(f"attention is a share, found {values.min():g}")
        sizes = np.abs(values)
        highest = float(sizes.max())
        end = highest if percentile is None else float(np.percentile(sizes, percentile))
        end = end or highest or 1.0  # most cells may be nought
        return cls(end, signed, percentile, int((sizes > end).sum()), len(sizes), highest)

    @property
    def words(self) -> str:
        """Where its colours end, and what lies beyond."""
        what, sign, unit = ("Differences", "±", " points") if self.signed else ("Colours", "", " %")
        end, highest = (f"{sign}{_percent(share)}{unit}" for share in (self.end, self.highest))
        if not self.beyond:
            return f"{what} end at {end}, the {'largest' if self.signed else 'highest'} of all cells."
        return (
            f"{what} end at {end}, the {_ordinal(self.percentile or 100)} percentile; {self.beyond:,} of {self.of:,} "
            f"cells lie beyond, at most {highest}."
        )

    def marks(self) -> dict[float, str]:
        """The shares to mark on its bar, with their texts in percent: its ends, and round ones not too near to them."""
        low, high = (-self.end if self.signed else 0.0), self.end
        found = MaxNLocator(nbins=4, steps=[1, 2, 5, 10]).tick_values(100 * low, 100 * high)
        room = _NEAR * (high - low)
        between = (float(mark) / 100 for mark in found)
        texts = {mark: f"{100 * mark:g}" for mark in between if low + room < mark < high - room}
        texts |= {low: _percent(low), high: _percent(high)}
        beyond = {low: "≤", high: "≥"} if self.beyond else {}
        signed = {mark: f"+{text}" if self.signed and mark > 0 else text for mark, text in texts.items()}
        return {mark: (beyond.get(mark, "") if mark else "") + minus(text) for mark, text in signed.items()}

    def colours(self, values: NDArray[np.floating[Any]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The colour of every value, and how densely it lies on what is beneath.

        Returns:
            (…, 3) RGB in [0, 255] and (…, 1) in [0, 1].
        """
        places = np.clip(np.asarray(values, np.float64) / self.end, -1, 1)
        channels = _SIGNED if self.signed else _PLAIN
        rgb = np.stack([np.interp(places, _PLACES, channel) for channel in channels], axis=-1)
        return rgb.astype(np.float32), (_DENSEST * np.abs(places[..., None]) ** _LIFT).astype(np.float32)


_PLACES = (-1.0, -0.5, 0.0, 0.5, 1.0)
_PLAIN = ((255, 255, 255, 232, 84), (190, 190, 190, 62, 0), (60, 60, 60, 48, 92))
_SIGNED = ((150, 232, 255, 40, 0), (40, 110, 255, 130, 50), (0, 20, 255, 200, 120))
"""Red, green and blue at those places: from light to dark, so that colours read in grey as well."""
_DENSEST, _LIFT = 0.95, 0.75
"""How densely the last colour lies on the picture; the exponent that lifts small shares, so that they can be seen."""
_NEAR = 0.16
"""How near round marks come to the ends of a bar, to its length."""


def _ordinal(number: float) -> str:
    """A number with its ending.

    Example:
        >>> _ordinal(99), _ordinal(99.5), _ordinal(92)
        ('99th', '99.5th', '92nd')
    """
    last = "" if number % 1 or 10 <= number % 100 < 20 else str(int(number))[-1]
    return f"{number:g}" + {"1": "st", "2": "nd", "3": "rd"}.get(last, "th")


def _percent(share: float) -> str:
    """A share in percent, two digits of it at least.

    Example:
        >>> _percent(0.996), _percent(0.00266)
        ('100', '0.27')
    """
    return f"{100 * share:.2g}" if abs(share) < 0.1 else f"{100 * share:.0f}"


PALE = (150, 255)
"""The greys that stand for black and for white beneath colours."""
BAR_HEIGHT, _INSET = 46.0, 24.0
"""Of a bar of colours with its words; from its words to its ends."""


def draw_bar(axes: Axes, x: float, y: float, width: float, scale: Scale, words: str) -> None:
    """Draw the colours of a scale over middle grey, with marks beneath and words above; arrows lead beyond its ends.

    Args:
        axes: the panel, in points.
        x: where it begins.
        y: its upper edge.
        width: of the bar.
        scale: what it explains.
        words: what is measured, with its unit.
    """
    say(axes, x, y + 6, words, size=SMALL, quiet=True)
    x, width = x + _INSET, width - 2 * _INSET
    first = -scale.end if scale.signed else 0.0
    values = np.linspace(first, scale.end, 256)
    rgb, dense = scale.colours(values)
    pixels = sum(PALE) / 2 * (1 - dense) + rgb * dense
    draw_pixels(axes, np.round(pixels[None]).astype(np.uint8), x, y + 16, width, 11)
    for mark, text in scale.marks().items():
        at = x + width * (mark - first) / (scale.end - first)
        axes.plot([at, at], [y + 27, y + 30], color=INK["quiet"], linewidth=1)
        say(axes, at, y + 38, text, "center", size=SMALL, quiet=True)
    if scale.beyond:
        ends = [(x + width + 2, x + width + 7)] + ([(x - 2, x - 7)] if scale.signed else [])
        for base, tip in ends:
            colour = pixels[-1 if tip > base else 0] / 255
            axes.fill([base, tip, base], [y + 16, y + 21.5, y + 27], color=tuple(colour.clip(0, 1)), linewidth=0)


def draw_pixels(axes: Axes, pixels: NDArray[np.uint8], x: float, y: float, width: float, height: float) -> None:
    """Draw pixels into a rectangle, their own number of them."""
    extent = (x, x + width, y + height, y)
    axes.imshow(pixels, extent=extent, aspect="auto", interpolation="none", origin="upper", zorder=1)
