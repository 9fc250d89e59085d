"""Choices scored token by token: the places where choices part, and the tokens that may come next there.

The log-probability of a choice is the sum over its tokens of that of each after the prompt and the tokens before it.
An engine that gives the log-probabilities of named tokens after a prompt is therefore asked once for each beginning
that choices have: once for Yes and No, three times for "a dog" and "a cat" of two tokens each. What choices begin with
in common is computed once, and everything before the last tokens comes out of the engine's prefix cache.
"""

from collections.abc import Mapping, Sequence

__all__ = ["Beginning", "Tokens", "next_tokens", "totals"]

Tokens = tuple[int, ...]
Beginning = tuple[int, ...]
"""Tokens that at least one choice begins with, and goes on after."""


def next_tokens(choices: Sequence[Tokens]) -> dict[Beginning, Tokens]:
    """For each beginning of a choice the tokens that choices go on with.

    Args:
        choices: the tokens of each, at least one.

    Example:
        >>> next_tokens([(5, 7), (5, 8), (6,)])
        {(): (5, 6), (5,): (7, 8)}
    """
    found: dict[Beginning, dict[int, None]] = {}
    for choice in choices:
        for place, token in enumerate(choice):
            found.setdefault(choice[:place], {})[token] = None
    return {beginning: tuple(tokens) for beginning, tokens in found.items()}


def totals(choices: Sequence[Tokens], log_probs: Mapping[Beginning, Mapping[int, float]]) -> list[float]:
    """The log-probability of each choice.

    Args:
        choices: the tokens of each.
        log_probs: for each beginning, the log-probability of the tokens after it.

    Example:
        >>> totals([(5, 7), (6,)], {(): {5: -0.5, 6: -1.0}, (5,): {7: -0.25}})
        [-0.75, -1.0]
    """
    return [sum(log_probs[choice[:place]][token] for place, token in enumerate(choice)) for choice in choices]
