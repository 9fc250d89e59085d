"""What is asked of an engine that batches requests by itself: one prompt in, the tokens that follow it out.

An engine sees token ids and pictures, and knows nothing of questions, choices or benchmarks. So a stand-in of a few
lines can take its place in tests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from sightline.models.pictures import Picture

__all__ = ["Engine", "Finished", "Rendered", "Wanted"]


class Rendered(NamedTuple):
    """A prompt as the engine takes it.

    Args:
        tokens: of the prompt, those of its image among them.
        what: what the engine itself makes of it.
    """

    tokens: tuple[int, ...]
    what: Any = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to follow a prompt.

    Args:
        max_new_tokens: the longest reply.
        stops: tokens that end it.
        temperature: 0 takes the likeliest token.
        top_p: sample among the most likely tokens that together have this probability.
        seed: of the sampling; None where nothing is drawn.
        scored: tokens whose log-probabilities after the prompt are wanted.
    """

    max_new_tokens: int
    stops: tuple[int, ...] = ()
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    scored: tuple[int, ...] = ()


class Finished(NamedTuple):
    """What followed a prompt.

    Args:
        key: of the request.
        tokens: the reply's, with the one that ended it.
        log_probs: of the tokens that were to be scored.
        cached: how many of the prompt's tokens were computed already for another.
    """

    key: int
    tokens: tuple[int, ...]
    log_probs: Mapping[int, float]
    cached: int = 0


class Engine(Protocol):
    """Computes many requests at once, in whatever order."""

    @property
    def context(self) -> int:
        """How many tokens a prompt and its reply may have together."""
        ...

    @property
    def at_once(self) -> int:
        """How many requests should be in its hands, so that it always has the next ones."""
        ...

    @property
    def most_scored(self) -> int:
        """How many tokens one request may have scored."""
        ...

    def render(self, tokens: Sequence[int], picture: Picture | None) -> Rendered:
        """Make a prompt ready: the tokens of its image take the place of the one that stands for it.

        Raises:
            ValueError: it cannot be made.
        """
        ...

    def add(self, key: int, prompt: Rendered, wanted: Wanted) -> None:
        """Hand over a request; nothing is waited for.

        Raises:
            RequestError: the engine takes none.
        """
        ...

    def step(self) -> Sequence[Finished]:
        """Wait for the engine, and take what is finished; it may be nothing.

        Raises:
            RequestError: the engine has ended.
        """
        ...

    def drop(self, keys: Sequence[int]) -> None:
        """Give requests up, and hold nothing of their prompts."""
        ...
