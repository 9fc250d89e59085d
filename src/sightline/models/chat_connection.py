"""One server for chat: calls are sent, tried again where that may help, and failures said in words.

- A server that is busy, fails, breaks off or takes too long is asked again, after waits that double and are drawn at
  random, so that calls which failed together do not come back together; a wait that the server asks for comes on top.
- A call that is given up after that is a problem of its own and no error, unless the server cannot be reached, or many
  in a row were given up and a plain one does not succeed either.
- A key, model, address or option that the server refuses would fail every call, and is an error at once.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sightline.errors import RequestError, unknown_name
from sightline.models.chat_answer import ChatAnswer, read_answer, read_models
from sightline.models.chat_failures import PassingError, Refused, passing, refusing
from sightline.models.chat_http import ChatHttp
from sightline.models.chat_messages import IMAGES_HELD, ChatCall, Structured, messages_of, response_format

if TYPE_CHECKING:
    from httpx2 import TransportError

__all__ = ["NO_KEY", "ChatConnection"]

NO_KEY = "none"
"""What servers that want no key are sent."""

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
        at_once: connections that are kept.
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
        rest: Callable[[Coroutine[Any, Any, object]], Awaitable[None]],
        at_once: int,
    ) -> None:
        self.base_url, self.model, self.structured = base_url, model, structured
        self.replied_as: set[str] = set()
        """What the server called the model that replied."""
        self._key, self._retries, self._wait_s = api_key, retries, wait_s
        self._rest = rest
        self._http = ChatHttp(base_url, api_key, timeout_s, at_once)
        self._at_hand: deque[Path] = deque(maxlen=IMAGES_HELD)
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
        messages = await self._messages(call)
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
        await self._http.close()

    async def _messages(self, call: ChatCall) -> list[dict[str, Any]]:
        """What is sent; images that may have to be read are read elsewhere, so that nothing waits for the disk."""
        given, image = (call.request, self.structured), call.request.image
        if image is None or image in self._at_hand:
            return messages_of(*given)
        messages = await asyncio.to_thread(messages_of, *given)
        if image not in self._at_hand:
            self._at_hand.append(image)
        return messages

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
        from httpx2 import TransportError

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
            sent = await self._http.post(body)
        except TransportError as error:
            raise self._broken_off(error) from error
        self._reached = True
        if sent.status < 300:
            return self._read(sent.content)
        refused = Refused(*sent, self._key)
        if refused.wants_other_name and longest == "max_tokens":
            self._longest = "max_completion_tokens"
            return await self._try(call, messages)
        return await self._refused(refused, form)

    def _broken_off(self, error: "TransportError") -> Exception:
        import httpx2

        reason = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
            failure = PassingError(reason, unreachable=True)
            return failure if self._reached else self._unreachable(failure)
        return PassingError(f"the connection broke ({reason})")

    def _unreachable(self, failure: PassingError) -> RequestError:
        if self._reached:
            return RequestError(
                f"No server can be reached at {self.address} any more ({failure}), tried {self._retries + 1} times. "
                "What it replied before is kept; start it, and give the same command again."
            )
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
        if refused.is_too_long:
            return ChatAnswer(problem=f"it is too long for the model ({refused})")
        return ChatAnswer(problem=f"the server refuses this request ({refused})")

    async def _not_found(self, refused: Refused) -> RequestError:
        import httpx2

        try:
            names = read_models((await self._http.models()).content)
        except (PassingError, httpx2.TransportError, ValueError):
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
        # A server may say which version an alias stands for: gpt-4o replies as gpt-4o-2024-08-06, and what transformers
        # serves as NAME@main.
        versions = f"{self.model}-", f"{self.model}@"
        if answer.model and answer.model != self.model and not answer.model.startswith(versions):
            raise RequestError(
                f"The server at {self.address} replies as {answer.model!r} where {self.model!r} was asked for. Ask for "
                f"{answer.model!r}, so that the record says what replied."
            )
        if answer.model:
            self.replied_as.add(answer.model)
        return answer
