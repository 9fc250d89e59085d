"""What calls cost as they are made, and a limit that they keep to."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from sightline.core import TextRequest, Totals
from sightline.errors import RequestError
from sightline.models.chat_answer import ChatAnswer
from sightline.models.costs import Price, prompt_tokens

__all__ = ["Spending"]


class Spending:
    """What is spent. Everything but `totals` belongs to one event loop.

    What a call could cost at most is set aside while it is in flight: its tokens as estimated beforehand, and its
    longest reply. Where the server does not count tokens, that is what it is taken to have cost.

    Args:
        price: what tokens cost; None: nothing is counted but tokens.
        limit: what may be spent.
        rest: how to wait until a call in flight has come back.

    Raises:
        RequestError: the limit is not above 0, or there is no price to hold it against.
    """

    def __init__(
        self, price: Price | None, limit: float | None, rest: Callable[[Coroutine[Any, Any, object]], Awaitable[None]]
    ) -> None:
        if limit is not None and price is None:
            raise RequestError("A limit of spending needs a price of tokens to be held against.")
        if limit is not None and not limit > 0:
            raise RequestError(f"The limit of spending is {limit:g}; it must be above 0.")
        self.totals = Totals(cost=None if price is None else 0.0)
        """What the server counted so far."""
        self._price, self._limit, self._rest = price, limit, rest
        self._taken = 0.0
        self._set_aside = 0.0
        self._returned = asyncio.Event()

    async def begin(self, request: TextRequest) -> float:
        """Set aside what a request could cost, as soon as there is enough; how much that is.

        Raises:
            RequestError: there will not be enough, even if nothing else is asked.
        """
        if self._price is None:
            return 0.0
        most = self._price.of(prompt_tokens(request), request.max_new_tokens)
        while self._limit is not None and self._taken + self._set_aside + most > self._limit:
            if not self._set_aside:
                raise RequestError(
                    f"{self._taken:.4f} of the limit of {self._limit:g} is spent on {self.totals.requests:,} requests, "
                    f"and the next one ({request.purpose}) could cost {most:.4f}. What was written is kept; raise the "
                    "limit to go on."
                )
            await self._rest(self._returned.wait())
        self._set_aside += most
        return most

    def end(self, set_aside: float, answer: ChatAnswer | None) -> None:
        """Put back what was set aside, and take what was spent; None: nothing came back."""
        self._set_aside = max(0.0, self._set_aside - set_aside)
        if answer is not None:
            self._count(set_aside, answer)
        self._returned.set()
        self._returned = asyncio.Event()

    def _count(self, set_aside: float, answer: ChatAnswer) -> None:
        cost = None if self._price is None else self._price.of(answer.prompt_tokens, answer.reply_tokens)
        so_far = self.totals
        self.totals = so_far._replace(
            requests=so_far.requests + 1,
            prompt_tokens=so_far.prompt_tokens + answer.prompt_tokens,
            reply_tokens=so_far.reply_tokens + answer.reply_tokens,
            uncounted=so_far.uncounted + (not answer.counted and not answer.problem),
            cost=None if cost is None or so_far.cost is None else so_far.cost + cost,
        )
        self._taken += set_aside if not answer.counted and not answer.problem else cost or 0.0
