"""Choices told apart by the first token of a reply, where a server gives the likeliest of these."""

import math
import re
from collections.abc import Sequence

from sightline.core import Said
from sightline.errors import RequestError

__all__ = ["TOP", "choose", "refuse_alike"]

TOP = 20
"""So many of the likeliest first tokens are asked for, the most that OpenAI and vLLM give."""


def refuse_alike(choices: Sequence[str]) -> None:
    """Refuse choices that their first token may not tell apart: those of which one begins with another's first word.

    Raises:
        RequestError: two of them begin alike, or one has nothing to begin with.

    Example:
        >>> refuse_alike(("Yes", "No"))
        >>> refuse_alike(("No, but a cat", "No, but a dog"))
        Traceback (most recent call last):
        sightline.errors.RequestError: A server gives probabilities of the first token only, and 'No, but a cat' and \
'No, but a dog' begin alike. Choose among letters (A, B, C), or let replies be generated.
    """
    words = [_first_word(choice) for choice in choices]
    for place, word in enumerate(words):
        if not word:
            raise RequestError(f"The choice {choices[place]!r} has nothing that a first token could tell.")
        for other, another in enumerate(words):
            if other != place and another.startswith(word):
                raise RequestError(
                    "A server gives probabilities of the first token only, and "
                    f"{choices[min(place, other)]!r} and {choices[max(place, other)]!r} begin alike. Choose among "
                    "letters (A, B, C), or let replies be generated."
                )


def _first_word(choice: str) -> str:
    found = re.match(r"\s*(\w+|\S)", choice)
    return found[1] if found else ""


def choose(first: Sequence[tuple[str, float]], choices: Sequence[str]) -> Said:
    """The choice that a reply most likely begins as, with the log-probability of each.

    The probabilities of all tokens that begin one choice, with or without a space before, are added up. A choice of
    which no token is among those given gets the log-probability of the least likely that is: it cannot be likelier.
    Where that is so of all, none is chosen: the text is "".

    Args:
        first: the likeliest first tokens with their log-probabilities.
        choices: choices that `refuse_alike` let pass.

    Raises:
        RequestError: a token that begins several of them is likelier than any that begins one.

    Example:
        >>> choose([("Yes", -0.25), ("No", -2.0), ("The", -3.0)], ("Yes", "No", "Maybe"))
        Said(text='Yes', log_probs=(-0.25, -2.0, -3.0), sample=0)
    """
    own: list[list[float]] = [[] for _ in choices]
    several = ("", -math.inf)
    for token, value in first:
        begun = [place for place, choice in enumerate(choices) if token.strip() and choice.startswith(token.strip())]
        if len(begun) == 1:
            own[begun[0]].append(value)
        elif begun and value > several[1]:
            several = token, value
    if several[1] > max((value for values in own for value in values), default=-math.inf):
        raise RequestError(
            f"The first token of a reply, {several[0]!r}, begins more than one of {', '.join(choices)}. Choose among "
            "letters (A, B, C), or let replies be generated."
        )
    least = min(value for _, value in first)
    log_probs = tuple(_summed(values) if values else least for values in own)
    return Said(choices[log_probs.index(max(log_probs))] if any(own) else "", log_probs)


def _summed(log_probs: Sequence[float]) -> float:
    most = max(log_probs)
    if math.isinf(most):
        return most
    return min(0.0, most + math.log(sum(math.exp(value - most) for value in log_probs)))
