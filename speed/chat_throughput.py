"""How near a client for chat comes to what its server can do: 64 requests in flight, a server that takes a fixed time.

    python speed/chat_throughput.py [--latency 0.5 1 2] [--cycles 20] [--repeats 3] [--out speed/results/FILE.json]

The server is `tests/models/chat_server.py` in a process of its own on loopback; it takes the same time for every reply,
however many are asked for at once, so that the ideal is 64 over that time. What is measured for each time:

- steady: the rate without the first and the last 64 replies, while there is always more to ask.
- whole: the rate of the whole run, from a client that has no connection yet to the last reply. It begins with 64
  requests at once and ends with none, which a longer run makes up for.
- the processor's time a request, in the client's process and in the server's, which share the machine.

Beside it stands what the openai library takes for the same requests by itself, through its method for chat and through
its plain one, which the client uses, and what the HTTP library below takes. All of them have 64 in flight, and read
the text out of the reply. Loading the openai library is told apart: it happens once.

A fixed time is the hardest case: what comes back at once is sent again at once, and waits for the one processor that a
process has. Servers whose replies differ in length spread them by themselves.
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from sightline.core import TextRequest
from sightline.models.chat_client import ChatClient

SERVER = Path(__file__).parents[1] / "tests" / "models" / "chat_server.py"
MODEL = "tiny"
AT_ONCE = 64
WARM = 64
SYSTEM, PROMPT = "List objects. " * 20, "A dog lies on a red rug beside a chair. " * 20


class Run(NamedTuple):
    """One run, measured.

    Args:
        whole: requests a second, everything counted.
        steady: requests a second without the first and the last replies.
        ms: milliseconds of the processor a request.
    """

    whole: float
    steady: float
    ms: float


@contextmanager
def server(latency_s: float) -> Iterator[str]:
    """A server in a process of its own, and its address."""
    command = [sys.executable, str(SERVER), str(latency_s)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def requests(count: int) -> Iterator[TextRequest]:
    return (TextRequest("objects", SYSTEM, f"{PROMPT} {n}", max_new_tokens=64) for n in range(count))


def run_client(address: str, count: int) -> Run:
    """Write so many texts with a client that has just been made."""
    arrived = []
    with ChatClient(address, MODEL, api_key="none", at_once=AT_ONCE) as client:
        clock, processor = time.perf_counter(), time.process_time()
        for _, written in client.write(requests(count)):
            if written.problem:
                raise SystemExit(written.problem)
            arrived.append(time.perf_counter())
        taken = time.process_time() - processor
    steady = (count - 2 * AT_ONCE) / (arrived[-AT_ONCE - 1] - arrived[AT_ONCE - 1])
    return Run(count / (arrived[-1] - clock), steady, 1e3 * taken / count)


async def at_once(count: int, ask: Callable[[dict[str, Any]], Awaitable[str]]) -> float:
    """Milliseconds of the processor a request, so many in flight, once connections are open."""
    left = iter(requests(WARM + count))

    async def some(many: int) -> None:
        for _ in range(many):
            request = next(left)
            messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": request.prompt}]
            body = {"model": MODEL, "messages": messages, "max_tokens": 64, "temperature": 0.0}
            if not await ask(body):
                raise SystemExit("there was no reply")

    await asyncio.gather(*(some(1) for _ in range(WARM)))
    processor = time.process_time()
    await asyncio.gather(*(some(count // AT_ONCE) for _ in range(AT_ONCE)))
    return 1e3 * (time.process_time() - processor) / count


async def run_library(address: str, count: int) -> dict[str, float]:
    """Milliseconds of the processor a request, by the ways that the libraries offer."""
    import httpx2
    from openai import AsyncOpenAI

    async with (
        AsyncOpenAI(base_url=address, api_key="none", max_retries=0) as library,
        httpx2.AsyncClient(limits=httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)) as http,
    ):

        async def chat(body: dict[str, Any]) -> str:
            return (await library.chat.completions.create(**body)).choices[0].message.content or ""

        async def plain(body: dict[str, Any]) -> str:
            return text_of((await library.post("/chat/completions", cast_to=httpx2.Response, body=body)).content)

        async def bare(body: dict[str, Any]) -> str:
            return text_of((await http.post(f"{address}/chat/completions", json=body, timeout=None)).content)

        return {
            "openai, chat.completions.create": await at_once(count, chat),
            "openai, post": await at_once(count, plain),
            "httpx2, post": await at_once(count, bare),
        }


def text_of(content: bytes) -> str:
    return str(json.loads(content)["choices"][0]["message"]["content"])


def measured(latency_s: float, count: int, repeats: int) -> dict[str, Any]:
    """What a client comes to with a server that takes so long; medians of some runs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with server(latency_s) as address:
        runs = [run_client(address, count) for _ in range(repeats)]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    server_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    whole, steady, ms = (statistics.median(values) for values in zip(*runs, strict=True))
    ideal = AT_ONCE / latency_s
    return {
        "latency_s": latency_s,
        "requests": count,
        "ideal_per_s": ideal,
        "steady_per_s": round(steady, 2),
        "steady_share": round(steady / ideal, 4),
        "whole_per_s": round(whole, 2),
        "whole_share": round(whole / ideal, 4),
        "client_ms_a_request": round(ms, 3),
        "server_ms_a_request": round(1e3 * server_s / (count * repeats), 3),
        "runs": [run._asdict() for run in runs],
    }


def machine() -> dict[str, Any]:
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_before": os.getloadavg()[1],
        "versions": {name: version(name) for name in ("openai", "httpx2")},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latency", type=float, nargs="+", default=[0.5, 1.0, 2.0], help="seconds a reply takes")
    parser.add_argument("--cycles", type=int, default=20, help="requests in a run, for each of the 64 in flight")
    parser.add_argument("--repeats", type=int, default=3, help="runs; the median counts")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    if given.cycles < 4:
        raise SystemExit(f"--cycles is {given.cycles}; there must be at least 4.")
    found = machine()
    start = time.perf_counter()
    import openai  # noqa: F401

    found["loading_openai_s"] = round(time.perf_counter() - start, 2)
    count = given.cycles * AT_ONCE
    with server(given.latency[0]) as address:
        library = asyncio.run(run_library(address, count))
    found["libraries_ms_a_request"] = {name: round(value, 3) for name, value in library.items()}
    found["in_flight"] = AT_ONCE
    found["measured"] = [measured(latency, count, given.repeats) for latency in given.latency]
    for one in found["measured"]:
        print(
            f"{one['latency_s']:g} s: steady {one['steady_per_s']:.1f} a second, {one['steady_share']:.1%} of the "
            f"ideal; whole run {one['whole_share']:.1%}; {one['client_ms_a_request']:.2f} ms of the processor each"
        )
    found["load_after"] = os.getloadavg()[1]
    text = json.dumps(found, indent=1)
    print(text)
    if given.out:
        given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
