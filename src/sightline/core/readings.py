"""What is made of a reply, and who makes it."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["UNREADABLE", "Reader", "Reading"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of a reply.

    Args:
        answer: what was read, ``"yes"`` or ``"no"`` for a yes/no reader; None where the reply is unreadable.
        span: half-open range of characters of the reply that it was read from, where the reader says.
    """

    answer: str | None
    span: tuple[int, int] | None = None

    @property
    def readable(self) -> bool:
        """Whether anything could be read."""
        return self.answer is not None


UNREADABLE = Reading(None)
"""The reading of a reply that says nothing definite."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A named, versioned, pure function from the text of a reply to a reading.

    Args:
        name: what it is called.
        version: raised when any reading would change.
        read: the function.
        source: the code it follows, or where its rules are written down.
    """

    name: str
    version: int
    read: Callable[[str], Reading]
    source: str

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"
