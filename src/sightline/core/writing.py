"""What a language model is asked to write, and what came of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from sightline.core.models import ModelIdentity

__all__ = ["CountsTokens", "TextRequest", "Totals", "Writing", "Written"]


@dataclass(frozen=True, slots=True)
class TextRequest:
    """One text that a language model is asked for.

    Args:
        purpose: the step that asks, as people are shown it: "objects", "negatives".
        system: what the model is told about its task.
        prompt: what it is asked.
        schema: the JSON schema that the text is to keep to; None: any text.
        image: an image to look at, for models that can.
        max_new_tokens: the longest text, in tokens.
        temperature: 0 is greedy.
        attempt: how often the same was asked before and refused: the same request is otherwise written once.
    """

    purpose: str
    system: str
    prompt: str
    schema: Mapping[str, Any] | None = None
    image: Path | None = None
    max_new_tokens: int = 512
    temperature: float = 0.0
    attempt: int = 0


class Written(NamedTuple):
    """What came of a request.

    Args:
        text: what was written; "" where nothing was.
        problem: why nothing was written, in words for people; "" where something was.
        prompt_tokens: tokens of the request, as the server counts them.
        reply_tokens: tokens of the text.
        cached: whether it was known from an earlier call, which costs nothing.
        version: which version of the model wrote it, where a server says so; "" where it does not, or is not asked.
    """

    text: str
    problem: str = ""
    prompt_tokens: int = 0
    reply_tokens: int = 0
    cached: bool = False
    version: str = ""


class Totals(NamedTuple):
    """What was written so far, and what it took.

    Args:
        requests: requests that the model was asked, each once, however often it was tried.
        cached: requests besides these that were known already, which costs nothing.
        prompt_tokens: tokens of what was asked, as the server counts them.
        reply_tokens: tokens of what was replied.
        uncounted: replies whose tokens the server did not count; they are left out of tokens and cost.
        cost: what the tokens cost, in the currency of the price; None where there is no price.
    """

    requests: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    reply_tokens: int = 0
    uncounted: int = 0
    cost: float | None = None

    def plus(self, other: "Totals") -> "Totals":
        """Both together.

        Example:
            >>> Totals(requests=2, cost=0.5).plus(Totals(requests=1))
            Totals(requests=3, cached=0, prompt_tokens=0, reply_tokens=0, uncounted=0, cost=0.5)
        """
        costs = [cost for cost in (self.cost, other.cost) if cost is not None]
        return Totals(
            self.requests + other.requests,
            self.cached + other.cached,
            self.prompt_tokens + other.prompt_tokens,
            self.reply_tokens + other.reply_tokens,
            self.uncounted + other.uncounted,
            sum(costs) if costs else None,
        )

    def since(self, before: "Totals") -> "Totals":
        """What has come on top of what there was before."""
        return Totals(
            self.requests - before.requests,
            self.cached - before.cached,
            self.prompt_tokens - before.prompt_tokens,
            self.reply_tokens - before.reply_tokens,
            self.uncounted - before.uncounted,
            None if self.cost is None else self.cost - (before.cost or 0.0),
        )


@runtime_checkable
class CountsTokens(Protocol):
    """What counts the tokens it takes."""

    @property
    def totals(self) -> Totals:
        """What it took so far."""
        ...


class Writing(Protocol):
    """A language model that writes texts."""

    @property
    def identity(self) -> ModelIdentity:
        """What makes it the same as another."""
        ...

    @property
    def totals(self) -> Totals:
        """What it wrote so far, and what that took."""
        ...

    def write(self, requests: Iterable[TextRequest]) -> Iterator[tuple[int, Written]]:
        """Write texts, many at once; requests are drawn as there is room for them.

        Yields:
            The place of a request and what came of it, as soon as it is there, in whatever order.

        Raises:
            RequestError: the model refuses all of them: a wrong key, an unknown model, a limit of spending reached.
        """
        ...
