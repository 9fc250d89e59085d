"""A server for chat on loopback that answers what a script tells it to, defects included. Standard library only.

    with ChatServer(lambda asked: says(asked.prompt.upper())) as server:
        ...  # server.base_url is what a client is given, server.asked what it was asked

It holds hundreds of requests at once in one thread. As a process of its own it is given a latency and prints its
address; it ends where its input does:

    python tests/models/chat_server.py 0.5
"""

import asyncio
import json
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType
from typing import Any, Literal, NamedTuple

MODEL = "tiny"


class Asked(NamedTuple):
    """One request for a reply.

    Args:
        body: what was sent.
        headers: the headers, their names in small letters.
        place: which of all requests for replies it is, counted from 0.
    """

    body: dict[str, Any]
    headers: dict[str, str]
    place: int

    @property
    def content(self) -> Any:
        """What the user says last."""
        return self.body["messages"][-1]["content"]

    @property
    def prompt(self) -> str:
        """The text of it, without images."""
        parts = [self.content] if isinstance(self.content, str) else [part.get("text", "") for part in self.content]
        return "".join(parts)

    @property
    def images(self) -> list[str]:
        """The images of it, as they were sent."""
        return [part["image_url"]["url"] for part in self.content if isinstance(part, dict) and "image_url" in part]


@dataclass(frozen=True)
class Sent:
    """What the server sends back.

    Args:
        body: the body.
        status: the status.
        headers: further headers.
        how: whole; cut: half of the body, then the connection is closed; endless: a body that never ends; silent:
            nothing at all.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    how: Literal["whole", "cut", "endless", "silent"] = "whole"


Script = Callable[[Asked], Sent]


def says(text: str | None, finish: str = "stop", model: str | None = MODEL, **more: Any) -> Sent:
    """A reply.

    Args:
        text: what is said.
        finish: why it ends there.
        model: the model that is said to have said it.
        more: usage, False for none or (tokens of the prompt, tokens of the reply); refusal; first, log-probabilities
            of the first token by its text; how, see `Sent`.
    """
    message = {"role": "assistant", "content": text, "refusal": more.get("refusal")}
    choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": finish}
    if (first := more.get("first")) is not None:
        top = [{"token": token, "logprob": value, "bytes": list(token.encode())} for token, value in first.items()]
        choice["logprobs"] = {"content": [{**top[0], "top_logprobs": top}]}
    body: dict[str, Any] = {"id": "chat-1", "object": "chat.completion", "created": 1, "model": model}
    body["choices"] = [choice]
    if (usage := more.get("usage", (10, 5))) is not False:
        names = ("prompt_tokens", "completion_tokens", "total_tokens")
        body["usage"] = dict(zip(names, (*usage, sum(usage)), strict=True))
    return Sent(json.dumps(body).encode(), how=more.get("how", "whole"))


def fails(status: int, message: str = "no", retry_after: str | None = None, **more: str) -> Sent:
    """An error, as OpenAI's servers word it; ``more`` holds its code and param."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Sent(json.dumps({"error": {"message": message, "type": "error", **more}}).encode(), status, headers)


def in_turn(*sent: Sent) -> Script:
    """One after the other, the last of them for ever."""
    places = count()
    return lambda asked: sent[min(next(places), len(sent) - 1)]


class ChatServer:
    """The server, in a thread of its own.

    Args:
        script: what it answers.
        latency_s: how long every reply takes.
        models: the models that it lists; None: it lists none, because it does not know the question.
        hold: hold all replies back until so many are asked for at once.
        port: where it listens; 0: where there is room.
    """

    def __init__(
        self,
        script: Script,
        latency_s: float = 0.0,
        models: Sequence[str] | None = (MODEL,),
        hold: int = 0,
        port: int = 0,
    ) -> None:
        self.script = script
        self._port = port
        self.hold = hold
        self.latency_s = latency_s
        self.models = models
        self.asked: list[Asked] = []
        """Every request for a reply, in the order in which they came."""
        self.at_once = 0
        self.most_at_once = 0
        self._loop = asyncio.new_event_loop()
        self._connections: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._enough = asyncio.Event()

    @property
    def prompts(self) -> list[str]:
        """The text of every request."""
        return [asked.prompt for asked in self.asked]

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> "ChatServer":
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", self._port, backlog=1024))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it; once is enough."""
        if self._loop.is_closed():
            return
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, what: Coroutine[Any, Any, Any]) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(what, self._loop)
        return future.result()

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            # a client that goes away, at whatever moment, is no mistake of the server's
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._answer(reader, writer):
                    pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection stays open."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        sent = await self._sent(head[0], headers, body)
        if sent.how == "silent":
            await asyncio.sleep(3600)
        length = "1000000000000" if sent.how == "endless" else str(len(sent.body))
        lines = {"Content-Type": "application/json", "Content-Length": length, **sent.headers}
        begun = f"HTTP/1.1 {sent.status} -\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        part = sent.body[: len(sent.body) // 2] if sent.how == "cut" else sent.body
        writer.write(begun.encode() + b"\r\n" + part)
        await writer.drain()
        while sent.how == "endless":
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.001)
        return sent.how == "whole"

    async def _sent(self, line: str, headers: dict[str, str], body: bytes) -> Sent:
        if line.startswith("GET /v1/models ") and self.models is not None:
            return Sent(json.dumps({"object": "list", "data": [{"id": name} for name in self.models]}).encode())
        if not line.startswith("POST /v1/chat/completions "):
            return fails(404, "Not Found")
        asked = Asked(json.loads(body), headers, len(self.asked))
        self.asked.append(asked)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if self.at_once >= self.hold:
            self._enough.set()
        try:
            await self._enough.wait()
            await asyncio.sleep(self.latency_s)
            return self.script(asked)
        finally:
            self.at_once -= 1


def main(latency_s: str) -> None:
    with ChatServer(lambda asked: says("Yes"), float(latency_s)) as server:
        print(server.base_url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
