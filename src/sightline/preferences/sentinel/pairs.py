"""Pairs of sentences after one context: a factual one that wins, and a hallucinated one that loses."""

from collections.abc import Sequence
from random import Random

from sightline.preferences.sentinel.sentences import Sentence

__all__ = ["closest_pairs"]

_OBJECT_WORDS = 3
"""How many words of difference one object more or less counts as: "a red moon" has three."""


def closest_pairs(
    winners: Sequence[Sentence], losers: Sequence[Sentence], draw: Random
) -> tuple[tuple[Sentence, Sentence], ...]:
    """Pair as many as both sides have, each sentence at most once, the most alike first.

    Alike are sentences of equally many words that name equally many new objects. What is preferred then differs from
    what is not in its truth, and neither in its length nor in how much it adds: training on pairs of which the shorter
    or the more careful one always wins makes captions shorter, and not truer.

    Args:
        winners: factual sentences, each once.
        losers: hallucinated ones, each once.
        draw: decides between pairs that are alike to the same degree.

    Example:
        >>> short, long = Sentence("A dog sits."), Sentence("A dog sits on the red sofa.")
        >>> [(win.text, lose.text) for win, lose in closest_pairs([short, long], [Sentence("A cat sits.")], Random(0))]
        [('A dog sits.', 'A cat sits.')]
    """
    ordered = [(_apart(win, lose), draw.random(), win, lose) for win in winners for lose in losers]
    ordered.sort(key=lambda each: each[:2])
    left_winners, left_losers = set(winners), set(losers)
    pairs: list[tuple[Sentence, Sentence]] = []
    for _, _, win, lose in ordered:
        if win in left_winners and lose in left_losers:
            left_winners.remove(win)
            left_losers.remove(lose)
            pairs.append((win, lose))
    return tuple(pairs)


def _apart(win: Sentence, lose: Sentence) -> int:
    return abs(win.words - lose.words) + _OBJECT_WORDS * abs(win.new - lose.new)
