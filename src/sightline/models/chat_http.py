"""How calls travel to a server for chat: through the official client's connections, bounded in time and size.

The official client holds the address, the key and the headers. Calls go through the HTTP client below it: its own
method builds and checks objects for each, which takes longer than sending it. Where ``aiohttp`` is installed
(``pip install 'openai[aiohttp]'``), connections are its, which takes half the time.
"""

import asyncio
from base64 import b64encode
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from pydantic_core import to_json

from sightline.models.chat_failures import PassingError

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

__all__ = ["MOST_BYTES", "ChatHttp", "Received"]

MOST_BYTES = 16 * 2**20
"""The longest reply that is read: what never ends would otherwise fill the memory before its time is over."""

_CONNECT_S = 10.0


class Received(NamedTuple):
    """What a server sent.

    Args:
        status: the status.
        headers: the headers, their names in small letters.
        content: the body.
    """

    status: int
    headers: dict[str, str]
    content: bytes


class ChatHttp:
    """Connections to one server. Everything happens in one event loop; they are opened with the first call.

    Args:
        base_url: where the server is. A user and password in it are sent in place of the key.
        api_key: the key.
        timeout_s: the longest that one call may take, from the first byte sent to the last received.
        at_once: connections that are kept.
    """

    def __init__(self, base_url: str, api_key: str, timeout_s: float, at_once: int) -> None:
        parts = urlsplit(base_url)
        user, at, place = parts.netloc.rpartition("@")
        self._base_url, self._user = (parts._replace(netloc=place).geturl(), user) if at else (base_url, "")
        self._key, self._timeout_s, self._at_once = api_key, timeout_s, at_once
        self._opened: tuple[AsyncOpenAI, httpx2.AsyncClient] | None = None
        self._chat: tuple[httpx2.URL, httpx2.Headers] | None = None

    async def post(self, body: dict[str, Any]) -> Received:
        """Send one call.

        Raises:
            PassingError: it took too long, or what came back never ends.
            httpx2.TransportError: there was no server, or the connection broke.
        """
        _, http = self._client()
        assert self._chat is not None
        url, headers = self._chat
        return await self._within(http.build_request("POST", url, content=to_json(body), headers=headers))

    async def models(self) -> Received:
        """Ask for the names of the models.

        Raises:
            PassingError, httpx2.TransportError: as `post`.
        """
        _, http = self._client()
        assert self._chat is not None
        return await self._within(http.build_request("GET", f"{self._base_url}/models", headers=self._chat[1]))

    async def close(self) -> None:
        """Close what is open."""
        if self._opened is not None:
            await self._opened[0].close()
            self._opened = None

    async def _within(self, request: "httpx2.Request") -> Received:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._received(request)
        except TimeoutError:
            raise PassingError(f"no reply within {self._timeout_s:g} s") from None

    async def _received(self, request: "httpx2.Request") -> Received:
        _, http = self._client()
        response = await http.send(request, stream=True)
        try:
            parts, size = [], 0
            async for part in response.aiter_bytes():
                parts.append(part)
                size += len(part)
                if size > MOST_BYTES:
                    raise PassingError(f"its reply has more than {MOST_BYTES // 2**20} MB, where it should have few kB")
            return Received(response.status_code, dict(response.headers), b"".join(parts))
        finally:
            await response.aclose()

    def _client(self) -> "tuple[AsyncOpenAI, httpx2.AsyncClient]":
        if self._opened is None:
            import httpx2
            from openai import AsyncOpenAI, DefaultAioHttpClient, DefaultAsyncHttpxClient

            make = DefaultAioHttpClient if find_spec("aiohttp") else DefaultAsyncHttpxClient
            http = make(
                timeout=httpx2.Timeout(self._timeout_s, connect=min(_CONNECT_S, self._timeout_s)),
                limits=httpx2.Limits(max_connections=self._at_once, max_keepalive_connections=self._at_once),
            )
            openai = AsyncOpenAI(base_url=self._base_url, api_key=self._key, max_retries=0, http_client=http)
            told = {**openai.default_headers, **openai.auth_headers}
            if self._user:
                told["Authorization"] = f"Basic {b64encode(unquote_to_bytes(self._user)).decode()}"
            headers = httpx2.Headers({name: value for name, value in told.items() if isinstance(value, str)})
            self._chat = httpx2.URL(f"{self._base_url}/chat/completions"), headers
            self._opened = openai, http
        return self._opened
