"""Draws that are balanced: every card comes once, in random order, before any comes again."""

import random
from collections.abc import Sequence
from typing import Generic, TypeVar

__all__ = ["Deck"]

Card = TypeVar("Card")


class Deck(Generic[Card]):
    """Cards that are dealt one by one, and shuffled anew once all were.

    Args:
        cards: what is dealt; a card may be in it several times.
        draw: what they are shuffled with.

    Example:
        >>> deck = Deck("ab", random.Random(0))
        >>> dealt = [deck.deal() for _ in range(6)]
        >>> dealt.count("a"), all({*dealt[at : at + 2]} == {"a", "b"} for at in (0, 2, 4))
        (3, True)
    """

    def __init__(self, cards: Sequence[Card], draw: random.Random) -> None:
        self._cards, self._draw = cards, draw
        self._left: list[Card] = []

    def deal(self) -> Card:
        """The next card."""
        if not self._left:
            self._left = self._draw.sample(self._cards, len(self._cards))
        return self._left.pop()
