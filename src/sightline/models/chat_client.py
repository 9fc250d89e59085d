"""Language models behind a server that speaks OpenAI's interface for chat.

Sixty-four requests are in flight at all times while there is work; what comes back is handed over in whatever order.
Nothing is kept here: see `sightline.records.cached_writing`.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TypeVar, get_args
from urllib.parse import urlsplit

from sightline.core import ModelIdentity, TextRequest, Totals, Written
from sightline.errors import DataError, RequestError
from sightline.models.chat_answer import ChatAnswer
from sightline.models.chat_connection import NO_KEY, ChatConnection
from sightline.models.chat_messages import ChatCall, Structured
from sightline.models.costs import Price
from sightline.models.in_flight import InFlight
from sightline.models.spending import Spending

__all__ = ["ENGINE", "ChatClient"]

ENGINE = "OpenAI-compatible server"

Ask = TypeVar("Ask")
Said = TypeVar("Said")


class ChatClient:
    """A model behind a server, from OpenAI's to vLLM's on this machine.

    The model is known by its name alone: a server that serves other weights under the same name cannot be told apart.

    Args:
        base_url: where the server is, as http://localhost:8000/v1.
        model: what the server calls the model. A server that replies under another name is refused, unless that only
            says which version it is (gpt-4o, gpt-4o-2024-08-06).
        api_key: the key; None: the environment's OPENAI_API_KEY, or none, which servers of one's own do with.
        at_once: requests in flight.
        timeout_s: the longest that one try may take.
        retries: further tries where the server is busy, fails, breaks off or takes too long.
        wait_s: the first wait before one is drawn from nothing to this; each further one to twice as much, up to 60.
        structured: how the server is told that JSON is wanted, where a request has a schema: json_schema tells it the
            schema, json_object that it be JSON, none nothing; the last two put the schema into the task.
        price: what tokens cost.
        limit: what may be spent, in the same currency.

    Raises:
        RequestError: an address, number or name is impossible.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str | None = None,
        at_once: int = 64,
        timeout_s: float = 300.0,
        retries: int = 8,
        wait_s: float = 0.5,
        structured: Structured = "json_schema",
        price: Price | None = None,
        limit: float | None = None,
    ) -> None:
        _check(base_url, model, at_once, timeout_s, retries, wait_s, structured)
        key = (os.environ.get("OPENAI_API_KEY", "") if api_key is None else api_key).strip()
        if not (key.isascii() and key.isprintable()):
            raise RequestError("The key holds characters that no key has; was it copied whole, and nothing else?")
        self.price = price
        self._in_flight = InFlight(at_once)
        self._spending = Spending(price, limit, self._in_flight.rest)
        self._connection = ChatConnection(
            base_url.rstrip("/"),
            model,
            api_key=key or NO_KEY,
            timeout_s=timeout_s,
            retries=retries,
            wait_s=wait_s,
            structured=structured,
            rest=self._in_flight.rest,
            at_once=at_once,
        )

    @property
    def identity(self) -> ModelIdentity:
        """The name of the model and how it is asked for JSON; the address and the key are no part of it."""
        connection = self._connection
        hash_ = hashlib.sha256(json.dumps([connection.model, connection.structured]).encode()).hexdigest()
        details = {"structured": connection.structured}
        return ModelIdentity(hash_, connection.model, "", ENGINE, "unknown", "unknown", details)

    @property
    def model(self) -> str:
        """What the server calls the model."""
        return self._connection.model

    @property
    def address(self) -> str:
        """Where the server is, without what may be secret in it."""
        return self._connection.address

    @property
    def replied_as(self) -> tuple[str, ...]:
        """What the server called the model that replied so far, if it said; more than one name where that changed."""
        return tuple(sorted(self._connection.replied_as))

    @property
    def totals(self) -> Totals:
        """What was asked so far, and what it took."""
        return self._spending.totals

    def write(self, requests: Iterable[TextRequest]) -> Iterator[tuple[int, Written]]:
        """Write texts, many at once; see `Writing`.

        A text is given as it comes; whether it is JSON, and keeps to the schema, is for the reader to see. A reply
        that was cut off, refused, filtered or left empty, an image that cannot be read, and a request that was given
        up are problems.

        Raises:
            RequestError: no request could succeed; what is in flight is handed over first.
        """
        yield from self._in_flight.run(map(ChatCall, requests), self._write)

    def ask(
        self, asked: Iterable[Ask], call: Callable[[Ask], ChatCall], read: Callable[[Ask, ChatAnswer], Said]
    ) -> Iterator[tuple[int, Said]]:
        """Make calls, many at once, and give what is read out of the answers as they come.

        Args:
            asked: what is asked.
            call: the call that asks it.
            read: what an answer says; an error that it raises ends the run.

        Raises:
            RequestError: no call could succeed; what is in flight is handed over first.
            DataError: an image cannot be read; likewise.
        """

        async def one(what: Ask) -> Said:
            return read(what, await self._send(call(what)))

        yield from self._in_flight.run(asked, one)

    def close(self) -> None:
        """Close connections and end the thread; what is in flight is given up."""
        self._in_flight.close(self._connection.close)

    def __enter__(self) -> "ChatClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _write(self, call: ChatCall) -> Written:
        try:
            answer = await self._send(call)
            version = answer.model if answer.model != self.model else ""
            return _written(answer, call.request)._replace(version=version)
        except DataError as error:
            return Written("", str(error))

    async def _send(self, call: ChatCall) -> ChatAnswer:
        set_aside = await self._spending.begin(call.request)
        answer = None
        try:
            answer = await self._connection.send(call)
        finally:
            self._spending.end(set_aside, answer)
        return answer


def _written(answer: ChatAnswer, request: TextRequest) -> Written:
    tokens = (answer.prompt_tokens, answer.reply_tokens)
    problem = answer.problem
    if answer.refusal:
        problem = f"the model refused: {answer.refusal}"
    elif answer.finish == "content_filter":
        problem = "the server's filter held the reply back"
    elif answer.finish == "length":
        problem = f"the reply was cut off: it was to have at most {request.max_new_tokens} tokens"
    elif not problem and not answer.text.strip():
        problem = "the reply is empty"
    return Written("", problem, *tokens) if problem else Written(answer.text, "", *tokens)


def _check(
    base_url: str, model: str, at_once: int, timeout_s: float, retries: int, wait_s: float, structured: str
) -> None:
    try:
        parts = urlsplit(base_url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise RequestError(f"{base_url!r} is no address of a server; it looks like http://localhost:8000/v1.")
    if not model:
        raise RequestError("The model has no name; take one that the server lists.")
    if structured not in get_args(Structured):
        raise RequestError(f"structured is {structured!r}; it can be {', '.join(get_args(Structured))}.")
    for name, value, least in (("at_once", at_once, 1), ("retries", retries, 0), ("wait_s", wait_s, 0)):
        if not value >= least:
            raise RequestError(f"{name} is {value}; it must be at least {least}.")
    if not timeout_s > 0:
        raise RequestError(f"timeout_s is {timeout_s:g}; it must be above 0.")
