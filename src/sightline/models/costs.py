"""What texts cost, before they are asked for and after."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sightline.core import TextRequest
from sightline.errors import RequestError

__all__ = ["CHARACTERS_PER_TOKEN", "IMAGE_TOKENS", "Estimate", "Estimated", "Price", "estimate", "prompt_tokens"]

CHARACTERS_PER_TOKEN = 4
"""Of English text; other languages and numbers take more tokens."""

IMAGE_TOKENS = 1_000
"""Of one image. A photograph of 1024×768 pixels is 765 tokens in OpenAI's tiles of 512 pixels and 999 in Qwen2.5-VL's
squares of 28; LLaVA-1.5 has 576 for every image, LLaVA-NeXT up to 2,880, InternVL 256 a tile."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a server asks for, in any currency.

    Args:
        prompt_per_million: for a million tokens of what is asked.
        reply_per_million: for a million tokens of replies.

    Raises:
        RequestError: a price is negative.

    Example:
        >>> Price(2.5, 10).of(1_000_000, 100_000)
        3.5
    """

    prompt_per_million: float
    reply_per_million: float

    def __post_init__(self) -> None:
        for name in ("prompt_per_million", "reply_per_million"):
            if not (value := getattr(self, name)) >= 0:
                raise RequestError(f"A price cannot be negative: {name} is {value}.")

    @classmethod
    def named(cls, prompt_per_million: float, reply_per_million: float) -> "Price | None":
        """The price that options name; None where both are 0, which says that it is not known.

        Raises:
            RequestError: a price is negative.
        """
        return cls(prompt_per_million, reply_per_million) if prompt_per_million or reply_per_million else None

    def of(self, prompt_tokens: int, reply_tokens: int) -> float:
        """What so many tokens cost."""
        return (prompt_tokens * self.prompt_per_million + reply_tokens * self.reply_per_million) / 1e6


class Estimated(NamedTuple):
    """What some requests will take.

    Args:
        purpose: the step that asks.
        requests: how many there are.
        prompt_tokens: about so many tokens are asked.
        reply_tokens: at most so many are replied.
        cost: so much at most; None where there is no price.
    """

    purpose: str
    requests: int
    prompt_tokens: int
    reply_tokens: int
    cost: float | None


class Estimate(NamedTuple):
    """What requests will take.

    Args:
        total: all together; its purpose is "all".
        by_purpose: the same for each purpose, in the order in which they first come.
    """

    total: Estimated
    by_purpose: tuple[Estimated, ...]


def estimate(requests: Iterable[TextRequest], price: Price | None = None) -> Estimate:
    """Say what requests will take, before any is made. Requests that are known already count like others.

    Args:
        requests: what is to be asked.
        price: what tokens cost.

    Example:
        >>> asked = [TextRequest("objects", "", "x" * 400, max_new_tokens=50)] * 10
        >>> estimate(asked, Price(2.0, 10.0)).total
        Estimated(purpose='all', requests=10, prompt_tokens=1000, reply_tokens=500, cost=0.007)
    """
    found: dict[str, Estimated] = {}
    total = Estimated("all", 0, 0, 0, None if price is None else 0.0)
    for request in requests:
        own = found.get(request.purpose, Estimated(request.purpose, 0, 0, 0, None))
        found[request.purpose] = _with(own, request, price)
        total = _with(total, request, price)
    return Estimate(total, tuple(found.values()))


def _with(so_far: Estimated, request: TextRequest, price: Price | None) -> Estimated:
    asked = so_far.prompt_tokens + prompt_tokens(request)
    replied = so_far.reply_tokens + request.max_new_tokens
    cost = None if price is None else price.of(asked, replied)
    return Estimated(so_far.purpose, so_far.requests + 1, asked, replied, cost)


def prompt_tokens(request: TextRequest) -> int:
    """About how many tokens a request has: its characters over `CHARACTERS_PER_TOKEN`, and `IMAGE_TOKENS`.

    Example:
        >>> prompt_tokens(TextRequest("names", "Be brief.", "Name a dog."))
        5
    """
    schema = "" if request.schema is None else json.dumps(dict(request.schema))
    characters = len(request.system) + len(request.prompt) + len(schema)
    return -(-characters // CHARACTERS_PER_TOKEN) + (IMAGE_TOKENS if request.image is not None else 0)
