"""A benchmark's rates as columns of a table in a page."""

from sightline.core import Derived, Rate
from sightline.report.sections import Column, Show

__all__ = ["rate_column"]


def rate_column(rate: Rate | Derived) -> Column:
    """A rate as a column, its interval beneath, with what is divided by what for those who ask.

    Example:
        >>> rate_column(Rate("paired_accuracy", "paired", "pairs", "higher")).note
        'higher is better; paired over pairs'
    """
    show = Show.PERCENT if rate.unit == "percent" else Show.NUMBER
    better = f"{rate.better} is better; " if rate.better else ""
    means = f"{rate.of} over {rate.over}".replace("_", " ") if isinstance(rate, Rate) else rate.means
    ends = f"{rate.name}_low", f"{rate.name}_high"
    return Column(rate.name, rate.name.replace("_", " "), show, ends, note=better + means)
