"""Examples for a page: cards, each with an image, what is in it, and what was asked and said about it.

Texts may come from anywhere; they are shown as text, in whatever page shows them.
"""

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from PIL import Image

__all__ = ["Example", "Examples", "Exchange", "Kind", "Mark", "Piece", "Span"]

Mark = Literal["right", "wrong", "copied", "hallucinated"]
"""What a reply is."""
Kind = Literal["wrong", "right", "said"]
"""What a piece of a reply is; said: it is spoken of, and neither right nor wrong."""


class Span(NamedTuple):
    """A piece of a reply to be highlighted.

    Args:
        start: its first character, counted from zero.
        stop: the character after its last.
        kind: what it is.
    """

    start: int
    stop: int
    kind: Kind


class Piece(NamedTuple):
    """A piece of a reply as it is shown, highlighted where it has a kind."""

    text: str
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and the reply to it.

    Args:
        question: what was asked.
        reply: what was said, untouched.
        mark: what the reply is, where that is to be shown.
        note: why, as "there are three".
        spans: pieces of the reply to be highlighted, in any order.

    Raises:
        ValueError: a span is empty, lies outside of the reply or over another, or a mark or kind is unknown.
    """

    question: str
    reply: str
    mark: Mark | None = None
    note: str = ""
    spans: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        if self.mark is not None and self.mark not in get_args(Mark):
            raise ValueError(f"a mark is one of {', '.join(get_args(Mark))}, found {self.mark!r}")
        end = 0
        for span in sorted(self.spans):
            if span.kind not in get_args(Kind):
                raise ValueError(f"a span is one of {', '.join(get_args(Kind))}, found {span.kind!r}")
            if not end <= span.start < span.stop <= len(self.reply):
                raise ValueError(
                    f"span {span.start} to {span.stop} is empty, over another, or outside of the reply of "
                    f"{len(self.reply)} characters: {self.reply!r}"
                )
            end = span.stop

    def pieces(self) -> Iterator[Piece]:
        """The reply in pieces that make it up.

        Example:
            >>> list(Exchange("How many moons?", "Two moons.", spans=(Span(0, 3, "wrong"),)).pieces())
            [Piece(text='Two', kind='wrong'), Piece(text=' moons.', kind=None)]
        """
        end = 0
        for span in sorted(self.spans):
            if end < span.start:
                yield Piece(self.reply[end : span.start])
            yield Piece(self.reply[span.start : span.stop], span.kind)
            end = span.stop
        if end < len(self.reply):
            yield Piece(self.reply[end:])


@dataclass(frozen=True, slots=True)
class Example:
    """A card.

    Args:
        image: PNG or JPEG bytes.
        exchanges: what was asked and said, in order.
        facts: what is in the image, as "three moons", "a red cup".
        title: its heading, where it has one.

    Raises:
        ValueError: the image is neither PNG nor JPEG.
    """

    image: bytes
    exchanges: tuple[Exchange, ...]
    facts: tuple[str, ...] = ()
    title: str = ""

    def __post_init__(self) -> None:
        _opened(self.image)

    @property
    def link(self) -> str:
        """The image as a link that holds it."""
        kind = str(_opened(self.image).format).lower()
        return f"data:image/{kind};base64,{base64.b64encode(self.image).decode()}"

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height at which it is shown: small images by a whole number of pixels for each of theirs."""
        width, height = _opened(self.image).size
        times = max(1, _SMALL_PX // max(width, height))
        return times * width, times * height

    @property
    def enlarged(self) -> bool:
        """Whether it is shown larger than it is."""
        return self.size_px[0] > _opened(self.image).width


_SMALL_PX = 256
"""To what longer side small images are enlarged, at most."""


def _opened(image: bytes) -> Image.Image:
    """An image, read as far as its size."""
    try:
        return Image.open(io.BytesIO(image), formats=("PNG", "JPEG"))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"an example's image is PNG or JPEG, found {image[:8]!r} and so on ({error})") from error


@dataclass(frozen=True, slots=True)
class Examples:
    """Cards, side by side as many as there is room for.

    Args:
        caption: what they show.
        cards: the examples, in the order shown.
    """

    caption: str
    cards: tuple[Example, ...]

    def kinds(self) -> list[Kind]:
        """The kinds of pieces that are highlighted in any card, each once."""
        used = {span.kind for card in self.cards for exchange in card.exchanges for span in exchange.spans}
        return [kind for kind in get_args(Kind) if kind in used]
