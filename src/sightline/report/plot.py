"""A plot: a drawing with its numbers and its words, ready for a file or a page; and the colours all plots share.

Series differ in colour (Okabe and Ito's palette, safe for colour-blind people), in marker and in the name beside them.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pyarrow as pa
from matplotlib.figure import Figure

from sightline.records.atomic import write_bytes
from sightline.records.tables import csv_bytes
from sightline.report import sections

__all__ = ["FONT", "INK", "MARKERS", "SERIES", "Plot", "figure_of"]

SERIES = ("#0072b2", "#d55e00", "#009e73", "#b8578f", "#b07d00", "#3c8dbc", "#555555")
"""Colours of models, in order: Okabe and Ito's, the light ones darkened to stand out from white at three to one."""
INK = {"ink": "#1b1f24", "quiet": "#5b6570", "line": "#d4d9de", "paper": "#fffffe"}
"""Colours of text, of text that stands back, of grid lines, and of the ground inside of hollow markers."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "h", "<", ">")
"""Markers of series, in order."""
FONT = "DejaVu Sans"
_DPI = 144
_WIDE_PT, _NARROW_PT = 1120.0, 366.0
"""The width of a page's text on a desk and on a phone of 390 pixels."""


@dataclass(frozen=True)
class Plot:
    """A plot and the numbers behind it.

    Args:
        figure: the drawing.
        data: its numbers.
        description: what it shows, for those who cannot see it.
    """

    figure: Figure
    data: pa.Table
    description: str

    def svg(self) -> str:
        """The drawing as an SVG document; its text is text."""
        return self._print("svg", metadata={"Date": None, "Creator": None}).decode()

    def png(self) -> bytes:
        """The drawing as PNG, two pixels a point, on white."""
        return self._print("png", dpi=_DPI, facecolor="white")

    def inline_svg(self, name: str) -> str:
        """The drawing as an element of a page.

        Colours become the page's own (``var(--ink)``, ``var(--series-1)``, …) with the present ones to fall back to,
        the font the page's, and ids begin with the name, so that several drawings can stand in one page.
        """
        svg = re.sub(r"\A.*?(?=<svg)|<metadata>.*?</metadata>|<style.*?</style>", "", self.svg(), flags=re.DOTALL)
        svg = re.sub(r'(<[^>]*?\bid="|url\(#|<use [^>]*?href="#)', rf"\g<1>{name}-", svg)
        svg = svg.replace(f"font-family: '{FONT}'", "font-family: inherit")
        variables = {**INK, **{f"series-{place}": colour for place, colour in enumerate(SERIES, start=1)}}
        for variable, colour in variables.items():
            svg = svg.replace(colour, f"var(--{variable}, {colour})")
        return re.sub(r'<svg (.*?)width="[\d.]+pt" (.*?)height="[\d.]+pt"', r"<svg \1\2", svg, count=1)

    def csv(self) -> str:
        """The numbers as CSV."""
        return csv_bytes(self.data).decode()

    def save(self, folder: Path, stem: str) -> list[Path]:
        """Write ``stem.svg``, ``stem.png`` and ``stem.csv`` into a folder.

        Raises:
            DataError: a file cannot be written.
        """
        contents = {"svg": self.svg().encode(), "png": self.png(), "csv": self.csv().encode()}
        return [write_bytes(folder / f"{stem}.{suffix}", data) for suffix, data in contents.items()]

    def _print(self, format_: str, **options: Any) -> bytes:
        buffer = io.BytesIO()
        with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "sightline"}):
            self.figure.savefig(buffer, format=format_, **{"transparent": format_ == "svg", **options})
        return buffer.getvalue()


def figure_of(name: str, caption: str, draw: Callable[[float], Plot]) -> sections.Figure:
    """A plot as a part of a page, drawn once for a desk and once for a phone.

    Args:
        name: what its file is called, without suffix.
        caption: what it shows.
        draw: makes the plot, given the width of the whole in points.

    Example:
        ``figure_of("rank_shift", "Ranks by F1", partial(rank_shift, ranks))``
    """
    wide, narrow, slug = draw(_WIDE_PT), draw(_NARROW_PT), name.replace("_", "-")
    drawings = wide.inline_svg(slug), narrow.inline_svg(f"{slug}-narrow")
    return sections.Figure(name, caption, *drawings, wide.csv(), wide.description)
