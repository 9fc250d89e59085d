"""One server for chat: calls are sent, tried again where that may help, and failures said in words.

- A server that is busy, fails, breaks off or takes too long is asked again, after waits that double and are drawn at
  random, so that calls which failed together do not come back together; a wait that the server asks for comes on top.
- A call that is given up after that is a problem of its own and no error, unless the server cannot be reached, or many
  in a row were given up and a plain one does not succeed either.
- A key, model, address or option that the server refuses would fail every call, and is an error at once.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sightline.errors import RequestError, unknown_name
from sightline.models.chat_answer import ChatAnswer, read_answer, read_models
from sightline.models.chat_failures import PassingError, Refused, passing, refusing
from sightline.models.chat_messages import ChatCall, Structured, messages_of, response_format

if TYPE_CHECKING:
    from openai import APIConnectionError, AsyncOpenAI

__all__ = ["NO_KEY", "ChatConnection"]

NO_KEY = "none"
"""What servers that want no key are sent."""

_CONNECT_S = 10.0
_LONGEST_WAIT_S = 60.0
_IN_A_ROW = 20
"""So many calls given up one after the other raise the question whether any would succeed."""
_NAMES_SHOWN = 10


class ChatConnection:
    """A server and the model asked of it. Everything happens in one event loop.

    Args:
        base_url: where the server is.
        model: what it calls the model.
        api_key: the key.
        timeout_s: the longest that one try may take, from the first byte sent to the last received.
        retries: further tries.
        wait_s: the first wait is drawn from nothing to this, every further one to twice as much.
        structured: how the server is told that JSON is wanted.
        rest: how to wait, so that waiting can be ended from outside.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str,
        timeout_s: float,
        retries: int,
        wait_s: float,
        structured: Structured,
        rest: Callable[[Awaitable[object]], Awaitable[None]],
    ) -> None:
        self.base_url, self.model, self.structured = base_url, model, structured
        self._key, self._timeout_s, self._retries, self._wait_s = api_key, timeout_s, retries, wait_s
        self._rest = rest
        self._opened: AsyncOpenAI | None = None
        self._reached = False
        self._given_up = 0
        """Calls given up since one succeeded."""
        self._longest = "max_tokens"
        """What the server calls the longest reply."""

    @property
    def address(self) -> str:
        """Where the server is, without what may be secret in it."""
        parts = urlsplit(self.base_url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    async def send(self, call: ChatCall) -> ChatAnswer:
        """Ask, and ask again where that may help.

        Raises:
            RequestError: no call could succeed.
            DataError: the image cannot be read.
        """
        given = (call.request, self.structured)
        messages = messages_of(*given) if call.request.image is None else await asyncio.to_thread(messages_of, *given)
        try:
            answer = await self._try_again(call, messages)
        except PassingError as last:
            if last.unreachable:
                raise self._unreachable(last) from last
            tries = f", tried {self._retries + 1} times" if self._retries else ""
            answer = ChatAnswer(problem=f"{last}{tries}")
        if not answer.problem:
            self._given_up = 0
        else:
            await self._note(answer.problem, call)
        return answer

    async def close(self) -> None:
        """Close what is open."""
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    async def _try_again(self, call: ChatCall, messages: list[dict[str, Any]]) -> ChatAnswer:
        # the library's own tries know no limit of a whole try, have waits that are fixed, and cannot be ended
        longest_s = self._wait_s
        for _ in range(self._retries):
            try:
                return await self._try(call, messages)
            except PassingError as failure:
                pause_s = failure.pause_s + random.uniform(0, longest_s)
            await self._rest(asyncio.sleep(pause_s))
            longest_s = min(2 * longest_s, max(_LONGEST_WAIT_S, self._wait_s))
        return await self._try(call, messages)

    async def _note(self, problem: str, call: ChatCall) -> None:
        """Take note of a call that was given up; see whether a plain one succeeds where many were."""
        self._given_up += 1
        if self._given_up < _IN_A_ROW:
            return
        self._given_up = 0
        plain = replace(call.request, system="", prompt="Hello", schema=None, image=None, max_new_tokens=16)
        try:
            found = (await self._try(ChatCall(plain, call.settings), messages_of(plain, self.structured))).problem
        except PassingError as error:
            found = str(error)
        if found:
            raise RequestError(
                f"The server at {self.address} gave no reply to {_IN_A_ROW} requests in a row, nor to a plain one: "
                f"{found}. What was written is kept."
            )

    async def _try(self, call: ChatCall, messages: list[dict[str, Any]]) -> ChatAnswer:
        from openai import APIConnectionError, APIStatusError

        longest = self._longest
        form = response_format(call.request, self.structured)
        body = {
            "model": self.model,
            "messages": messages,
            longest: call.request.max_new_tokens,
            "temperature": call.request.temperature,
            **({} if form is None else {"response_format": form}),
            **call.settings,
        }
        try:
            sent = await self._post(body)
        except TimeoutError:
            raise PassingError(f"no reply within {self._timeout_s:g} s") from None
        except APIConnectionError as error:
            raise self._broken_off(error) from error
        except APIStatusError as error:
            self._reached = True
            refused = Refused(error, self._key)
            if refused.wants_other_name and longest == "max_tokens":
                self._longest = "max_completion_tokens"
                return await self._try(call, messages)
            return await self._refused(refused, form)
        self._reached = True
        return self._read(sent)

    async def _post(self, body: dict[str, Any]) -> bytes:
        import httpx2

        # the method for chat itself checks messages and builds objects from the reply, which takes as long as the rest
        client = self._client()
        async with asyncio.timeout(self._timeout_s):
            response = await client.post("/chat/completions", cast_to=httpx2.Response, body=body)
        return response.content

    def _client(self) -> "AsyncOpenAI":
        from openai import AsyncOpenAI, Timeout

        if self._opened is None:
            timeout = Timeout(self._timeout_s, connect=min(_CONNECT_S, self._timeout_s))
            self._opened = AsyncOpenAI(base_url=self.base_url, api_key=self._key, timeout=timeout, max_retries=0)
        return self._opened

    def _broken_off(self, error: "APIConnectionError") -> Exception:
        import httpx2
        from openai import APITimeoutError

        cause = error.__cause__
        reason = " ".join(str(cause or error).split()) or type(cause).__name__
        if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout):
            failure = PassingError(reason, unreachable=True)
            return failure if self._reached else self._unreachable(failure)
        if isinstance(error, APITimeoutError):
            return PassingError(f"no reply within {self._timeout_s:g} s")
        return PassingError(f"the connection broke ({reason})")

    def _unreachable(self, failure: PassingError) -> RequestError:
        return RequestError(
            f"No server can be reached at {self.address} ({failure}). Is it running, and is the address right?"
        )

    async def _refused(self, refused: Refused, form: dict[str, Any] | None) -> ChatAnswer:
        if (error := refusing(refused, self.address, self._key != NO_KEY)) is not None:
            raise error
        if refused.is_passing:
            raise passing(refused)
        if refused.status in (404, 405) or refused.code == "model_not_found":
            raise await self._not_found(refused)
        if form is not None and refused.is_about_form:
            others = "'none'" if self.structured == "json_object" else "'json_object' or 'none'"
            raise RequestError(
                f"The server at {self.address} does not take response_format {form['type']} ({refused}). Set "
                f"structured to {others}."
            )
        return ChatAnswer(problem=f"the server refuses this request ({refused})")

    async def _not_found(self, refused: Refused) -> RequestError:
        import httpx2
        from openai import OpenAIError

        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client().get("/models", cast_to=httpx2.Response)
            names = read_models(response.content)
        except (TimeoutError, OpenAIError, ValueError):
            return RequestError(
                f"There is no chat at {self.address}/chat/completions ({refused}). Does the address lack its end, "
                "often /v1?"
            )
        if self.model in names:
            return RequestError(f"The server at {self.address} lists {self.model!r} but does not know it ({refused}).")
        near = get_close_matches(self.model, names, n=_NAMES_SHOWN, cutoff=0)
        return unknown_name(f"model at {self.address}", self.model, near)

    def _read(self, sent: bytes) -> ChatAnswer:
        try:
            answer = read_answer(sent)
        except ValueError as error:
            raise PassingError(f"the server's reply cannot be read: {error}") from None
        # A server may say which version an alias stands for: gpt-4o replies as gpt-4o-2024-08-06.
        if answer.model and answer.model != self.model and not answer.model.startswith(f"{self.model}-"):
            raise RequestError(
                f"The server at {self.address} replies as {answer.model!r} where {self.model!r} was asked for. Ask for "
                f"{answer.model!r}, so that the record says what replied."
            )
        return answer
