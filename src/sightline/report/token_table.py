"""Replies token by token, each with its probability, one above the other for comparison.

Texts may come from anywhere; they are shown as text, in whatever page shows them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import pyarrow as pa

__all__ = ["TokenMark", "TokenPiece", "TokenRow", "TokenSample", "TokenTable", "seen", "token_data"]

TokenMark = Literal["", "true", "asserted"]
"""What a token says: the true answer, the one that the prompt asserts, or neither."""


class TokenPiece(NamedTuple):
    """A token as it is shown.

    Args:
        space: whether there is space before it.
        text: what can be seen of it.
        probability: that the model gave it, in [0, 1].
        mark: what it says.
    """

    space: bool
    text: str
    probability: float
    mark: TokenMark


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A reply.

    Args:
        label: whose it is, as "whole model" or "without L0H3".
        tokens: its tokens as text; together they are the reply.
        probabilities: of each token, in [0, 1].
        marks: what each token says.

    Raises:
        ValueError: there are not as many probabilities or marks as tokens, or one of them is none.
    """

    label: str
    tokens: tuple[str, ...]
    probabilities: tuple[float, ...]
    marks: tuple[TokenMark, ...]

    def __post_init__(self) -> None:
        numbers = len(self.tokens), len(self.probabilities), len(self.marks)
        if len(set(numbers)) > 1:
            raise ValueError(
                f"{self.label}: found {numbers[0]} tokens, {numbers[1]} probabilities and {numbers[2]} marks"
            )
        for probability, mark in zip(self.probabilities, self.marks, strict=True):
            if not 0 <= probability <= 1:
                raise ValueError(f"{self.label}: a probability lies in [0, 1], found {probability}")
            if mark not in get_args(TokenMark):
                raise ValueError(f"{self.label}: a mark is true, asserted or empty, found {mark!r}")

    def pieces(self) -> Iterator[TokenPiece]:
        """The tokens as they are shown.

        Example:
            >>> [piece[:2] for piece in TokenRow("", (" A", " cup", "s"), (1, 1, 1), ("", "", "")).pieces()]
            [(False, 'A'), (True, 'cup'), (False, 's')]
        """
        space = False
        for place, token in enumerate(self.tokens):
            space = place > 0 and (space or token.startswith(" "))
            yield TokenPiece(space, seen(token), self.probabilities[place], self.marks[place])
            space = token.endswith(" ")


@dataclass(frozen=True, slots=True)
class TokenSample:
    """Replies to one question.

    Args:
        title: which question, or which image.
        rows: the replies, one above the other.
    """

    title: str
    rows: tuple[TokenRow, ...]


@dataclass(frozen=True, slots=True)
class TokenTable:
    """Replies token by token, for a page.

    Args:
        name: what its file is called, without suffix.
        caption: what it shows.
        samples: the questions, in the order shown.
    """

    name: str
    caption: str
    samples: tuple[TokenSample, ...]

    @property
    def data(self) -> pa.Table:
        """One row a token."""
        return token_data(self.samples)

    def marks(self) -> list[TokenMark]:
        """The marks that any token has, each once."""
        used = {mark for sample in self.samples for row in sample.rows for mark in row.marks}
        return [mark for mark in get_args(TokenMark) if mark and mark in used]


def token_data(samples: Iterable[TokenSample]) -> pa.Table:
    """Samples as a table: columns sample, row, place, token, probability, mark; one row a token."""
    names = ("sample", "row", "place", "token", "probability", "mark")
    types = (pa.string(), pa.string(), pa.int64(), pa.string(), pa.float64(), pa.string())
    rows = [
        (sample.title, row.label, place, *of)
        for sample in samples
        for row in sample.rows
        for place, of in enumerate(zip(row.tokens, row.probabilities, row.marks, strict=True))
    ]
    schema = pa.schema(list(zip(names, types, strict=True)))
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema)


def seen(token: str) -> str:
    r"""What can be seen of a token: without outer spaces, and where there is nothing to be seen, a sign for it.

    Example:
        >>> [seen(token) for token in (" cups", ".\n", "  ", "")]
        ['cups', '.↵', '␣', '∅']
    """
    text = token.replace("\r\n", "↵").replace("\n", "↵").replace("\t", "⇥").strip()
    return text or ("␣" if token else "∅")
