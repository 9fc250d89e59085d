"""What the whole model replies, token by token, and where in it the answer is.

A draft is the whole model's reply. Without a head the reply often stays the same, which one forward over the draft
shows; and after the draft's own words before the answer, the true answer can be weighed against the asserted one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sightline.core import Reading

__all__ = ["Answer", "Draft", "Read", "draft_of", "text_of"]

Read = Callable[[str, str], Reading]
"""(reply, object) → what the reply says of it."""


class Answer(NamedTuple):
    """Where a reply's answer is, and what could stand in its place.

    Args:
        start: tokens of the reply before it.
        end: tokens of the reply up to its end.
        true: the true answer's ways of being written, each as tokens that follow the reply's beginning.
        asserted: those of the asserted answer.
    """

    start: int
    end: int
    true: tuple[tuple[int, ...], ...]
    asserted: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Draft:
    """The whole model's reply to a prompt.

    Args:
        tokens: of the reply, with the one that ends it.
        text: the reply.
        said: what it says, as read; None where it is unreadable.
        answer: where; None where it is unreadable.
    """

    tokens: tuple[int, ...]
    text: str
    said: str | None
    answer: Answer | None


def text_of(tokenizer: Any, tokens: Sequence[int]) -> str:
    """The text of generated tokens."""
    return str(tokenizer.decode(list(tokens), skip_special_tokens=True))


def draft_of(
    tokenizer: Any,
    tokens: tuple[int, ...],
    object_: str,
    read: Read,
    true: Sequence[str],
    asserted: Sequence[str],
) -> Draft:
    """Find the answer in a reply.

    Args:
        tokenizer: the model's.
        tokens: the reply.
        object_: what the answer is about.
        read: reads the answer, with its span.
        true: the true answer's ways of being written, "three" and "3".
        asserted: those of the asserted answer.
    """
    text = text_of(tokenizer, tokens)
    reading = read(text, object_)
    if reading.answer is None or reading.span is None:
        return Draft(tokens, text, reading.answer, None)
    low, high = reading.span
    lengths = [0, *(len(text_of(tokenizer, tokens[: place + 1])) for place in range(len(tokens)))]
    start = _start(lengths, len(text[:low].rstrip(" ")))
    end = next((place for place, length in enumerate(lengths) if length >= high), len(tokens))
    after = tokens[end : end + 1]
    begun = text_of(tokenizer, tokens[:start])
    written = [
        [_continuation(tokenizer, begun, text[:low] + _like(text[low], form)) for form in forms]
        for forms in (true, asserted)
    ]
    closed = [
        tuple(dict.fromkeys(_closed(form, [f for f in others if f], after) for form in forms if form))
        for forms, others in (written, reversed(written))
    ]
    answer = Answer(start, end, *closed) if all(closed) else None
    return Draft(tokens, text, reading.answer, answer)


def _start(lengths: Sequence[int], stem: int) -> int:
    """How many tokens stand before an answer and the space before it, or before the token that both are part of."""
    place = next(place for place, length in enumerate(lengths) if length >= stem)
    return place if lengths[place] == stem else place - 1


def _like(first: str, answer: str) -> str:
    """An answer with a capital where the reply's own has one."""
    return answer[0].upper() + answer[1:] if first.isupper() else answer


def _continuation(tokenizer: Any, begun: str, whole: str) -> tuple[int, ...]:
    """The tokens that make a reply that is begun a whole one; none where they merge with its beginning."""
    known = tokenizer(begun, add_special_tokens=False)["input_ids"] if begun else []
    found = tokenizer(whole, add_special_tokens=False)["input_ids"]
    return tuple(found[len(known) :]) if found[: len(known)] == known else ()


def _closed(form: tuple[int, ...], others: Sequence[tuple[int, ...]], after: tuple[int, ...]) -> tuple[int, ...]:
    """An answer that another begins with, as 1 begins 15, is followed by what follows the answer in the reply."""
    begins = any(len(other) > len(form) and other[: len(form)] == form for other in others)
    return form + after if begins else form
