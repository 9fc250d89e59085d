"""A drawing of replies token by token, for papers; the page has its own, ``token_table.TokenTable``."""

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from sightline.report.canvas import TEXT, Grid, say, shortened, text_width, wrapped
from sightline.report.plot import INK, SERIES, Plot
from sightline.report.token_table import TokenMark, TokenPiece, TokenRow, TokenSample, token_data

__all__ = ["token_plot"]


def token_plot(samples: Sequence[TokenSample], width_pt: float = 1120) -> Plot:
    """Draw replies token by token, a bar beneath each token as long as its probability is high.

    Args:
        samples: the questions, each with its replies.
        width_pt: of the whole, in points; what a reply is called stands beside it where there is room.

    Raises:
        ValueError: there are no samples.
    """
    if not samples:
        raise ValueError("a drawing of tokens needs a sample at least, found none")
    inner = width_pt - 4
    labels = [row.label for sample in samples for row in sample.rows]
    beside = min(0.25 * inner, max(text_width(label, TEXT) for label in labels) + 18) if width_pt >= _ROOMY else 0.0
    blocks = [_Block(sample, inner, beside) for sample in samples]
    used = {mark for sample in samples for row in sample.rows for mark in row.marks if mark}
    marks = [mark for mark in _MARKS if mark in used]
    above = 32.0 if marks else 0.0
    grid = Grid(width_pt, inner, above + sum(block.height for block in blocks), 1)
    figure = grid.figure("Replies token by token; bars: probability")
    axes = grid.panel(figure, 0)
    _draw_key(axes, marks)
    y = above
    for block in blocks:
        block.draw(axes, y)
        y += block.height
    return Plot(figure, token_data(samples), _words(samples))


_ROOMY = 600.0
"""Width from which on replies are named at their left."""
_TITLE, _LINE, _GAP = 17.0, 32.0, 14.0
"""Height of a line of a title, of a line of tokens; gap after a reply and after a sample."""
_BAR = 3.0
"""Thickness of bars."""
_SPACE, _JOINT, _PADDING = 5.0, 2.4, 6.0
"""Gaps between words, and between tokens of one word; room within an outline."""


class _Style(NamedTuple):
    """How tokens of a mark are drawn."""

    words: str
    colour: str
    line: str | tuple[float, tuple[float, ...]]


_MARKS: dict[TokenMark, _Style] = {
    "true": _Style("true answer", SERIES[0], "-"),
    "asserted": _Style("asserted answer", SERIES[1], (0, (3, 2))),
}


class _Placed(NamedTuple):
    """A token at its place in a reply: from the left, and the number of its line."""

    piece: TokenPiece
    text: str
    x: float
    width: float
    line: int


def _placed(row: TokenRow, width: float) -> Iterator[_Placed]:
    """Lay tokens out in lines that fit a width; tokens of one word stay together where they can."""
    pieces = list(row.pieces())
    widths = [_width(piece, width) for piece in pieces]
    x, line = 0.0, 0
    for place, piece in enumerate(pieces):
        rest = itertools.takewhile(lambda later: not pieces[later].space, range(place + 1, len(pieces)))
        word = widths[place] + sum(_JOINT + widths[later] for later in rest)
        gap = (_SPACE if piece.space else _JOINT) if x else 0.0
        needed = word if piece.space and word <= width else widths[place]
        if x and x + gap + needed > width:
            x, line, gap = 0.0, line + 1, 0.0
        text = shortened(piece.text, width - _PADDING, bold=bool(piece.mark))
        yield _Placed(piece, text, x + gap, widths[place], line)
        x += gap + widths[place]


def _width(piece: TokenPiece, most: float) -> float:
    """The width of a token with its outline, where it has one."""
    text = shortened(piece.text, most - _PADDING, bold=bool(piece.mark))
    return min(most, text_width(text, TEXT, bold=bool(piece.mark)) + (_PADDING if piece.mark else 0))


class _Block:
    """A sample: its title, and its replies with what they are called."""

    def __init__(self, sample: TokenSample, inner: float, beside: float) -> None:
        self._beside = beside
        self._title = wrapped(sample.title, inner, bold=True)
        self._labels = [wrapped(row.label, beside - 18 if beside else inner) for row in sample.rows]
        self._rows = [list(_placed(row, inner - beside)) for row in sample.rows]
        self.height = _TITLE * len(self._title) + 8 + sum(map(self._height, self._labels, self._rows)) + _GAP

    def _height(self, label: Sequence[str], placed: Sequence[_Placed]) -> float:
        lines = _LINE * (1 + max((each.line for each in placed), default=0))
        words = 16.0 * len(label)
        return (max(lines, words) if self._beside else lines + words + 4) + 6

    def draw(self, axes: Axes, y: float) -> None:
        """Draw it, beginning at a height."""
        for place, line in enumerate(self._title):
            say(axes, 0, y + 8 + _TITLE * place, line, bold=True)
        y += _TITLE * len(self._title) + 8
        for label, placed in zip(self._labels, self._rows, strict=True):
            for place, line in enumerate(label):
                say(axes, 0, y + 10 + 16 * place, line, quiet=True)
            below = 0.0 if self._beside else 16.0 * len(label) + 4
            for each in placed:
                _draw_token(axes, self._beside + each.x, y + below + 10 + _LINE * each.line, each)
            y += self._height(label, placed)


def _draw_token(axes: Axes, x: float, y: float, placed: _Placed) -> None:
    """Draw a token and the bar beneath it, outlined where it is marked."""
    mark = placed.piece.mark
    style = _MARKS[mark] if mark else None
    colour = style.colour if style else INK["quiet"]
    say(axes, x + (_PADDING / 2 if mark else 0), y, placed.text, bold=bool(mark))
    if style:
        _outline(axes, x, y, placed.width, style)
    bottom = y + 11
    for width, shade in ((placed.width, INK["line"]), (placed.width * placed.piece.probability, colour)):
        axes.add_patch(Rectangle((x, bottom), width, _BAR, facecolor=shade, linewidth=0, zorder=2))


def _outline(axes: Axes, x: float, y: float, width: float, style: _Style) -> None:
    axes.add_patch(
        Rectangle((x, y - 9), width, 18, fill=False, edgecolor=style.colour, linestyle=style.line, linewidth=1.3)
    )


def _draw_key(axes: Axes, marks: Sequence[TokenMark]) -> None:
    """Write what outlines mean."""
    x = 1.0
    for mark in marks:
        style = _MARKS[mark]
        width = text_width(style.words, TEXT, bold=True) + 8
        say(axes, x + 4, 10, style.words, bold=True)
        _outline(axes, x, 10, width, style)
        x += width + 16


def _words(samples: Sequence[TokenSample]) -> str:
    told = []
    for sample in samples:
        replies = []
        for row in sample.rows:
            marked = [
                f"{piece.text} ({_MARKS[piece.mark].words}, {100 * piece.probability:.1f} %)"
                for piece in row.pieces()
                if piece.mark
            ]
            said = "".join(row.tokens).strip()
            replies.append(f"{row.label}: “{said}”" + (f" with {', '.join(marked)}" if marked else ""))
        told.append(f"{sample.title}. {'; '.join(replies)}.")
    return "Replies token by token. " + " ".join(told)
