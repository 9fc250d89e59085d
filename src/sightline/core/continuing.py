"""Replies written sentence by sentence: who can say how a reply that has begun may go on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from sightline.core.models import ModelIdentity

__all__ = ["Begun", "Continuation", "Continuing", "Drawing", "SentenceEnd", "joined"]

SentenceEnd = Callable[[str], int | None]
"""How many characters the first sentence of a text takes up; None where it may still go on."""


def joined(context: str, sentence: str) -> str:
    """A reply with one more sentence, a blank between them.

    Example:
        >>> joined("", "A dog sleeps."), joined("A dog sleeps.", "It is brown.")
        ('A dog sleeps.', 'A dog sleeps. It is brown.')
    """
    return f"{context} {sentence}" if context else sentence


@dataclass(frozen=True, slots=True)
class Drawing:
    """How sentences are drawn.

    Args:
        n: how many for each reply.
        temperature: 0 is greedy, so that all of a reply's come out the same.
        top_p: draw among the likeliest tokens that together have this probability.
        max_new_tokens: the longest sentence, in tokens.
        seed: the same seed draws the same sentences, whatever else is drawn beside them.
    """

    n: int = 10
    temperature: float = 0.7
    top_p: float = 1.0
    max_new_tokens: int = 512
    seed: int = 0


class Continuation(NamedTuple):
    """One way in which a reply goes on.

    Args:
        text: the sentence, without blanks around it; "" where the reply ends where it stood.
        ends: whether the reply ends after it.
        whole: whether the sentence came to its end within the tokens that it may have.
        tokens: how many were drawn for it, the one that shows that it is over included.
    """

    text: str
    ends: bool = False
    whole: bool = True
    tokens: int = 0


Begun = TypeVar("Begun")
"""What a model keeps of an image and a prompt while their reply is written."""


class Continuing(Protocol[Begun]):
    """A model that says how replies may go on, sentence by sentence."""

    @property
    def identity(self) -> ModelIdentity:
        """What makes it the same as another."""
        ...

    def begin(self, image: Path, prompt: str) -> Begun:
        """Begin a reply. What is computed of its image is kept for as long as the caller keeps what this returns.

        May be called in several threads.

        Raises:
            DataError: the image cannot be read.
            RequestError: the prompt cannot be asked.
        """
        ...

    def next_sentences(
        self, replies: Sequence[Begun], contexts: Sequence[str], how: Drawing
    ) -> tuple[tuple[Continuation, ...], ...]:
        """Draw the next sentence of each of several replies, several times.

        Args:
            replies: of any images.
            contexts: what each reply has said so far, "" where it says its first sentence.
            how: how sentences are drawn.

        Returns:
            For each reply ``how.n`` sentences, in the order drawn.

        Raises:
            RequestError: the model cannot do this.
        """
        ...
