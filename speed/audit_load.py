"""How an audit's page holds many labellers at once, and what a server that is killed in the middle loses.

    python speed/audit_load.py [--labellers 50] [--items 20000] [--seconds 120] [--pace 1.5] [--kill]
                               [--store FILE-OR-URL] [--out result.json]

The server is a process of its own, as `sightline audit serve` starts it. Every labeller has a connection, and does what
the page does: gets six items, loads their images, says one thing after the other, and sends what was not acknowledged
again, in the same words. Between two verdicts a labeller looks for `pace` seconds in the mean (0: not at all, which is
what the server can take). What is timed is a verdict from the first byte sent to the last byte of the answer, of
requests that the server was there for.

With --kill the server gets SIGKILL in the middle and is started again at once. At the end the store is held against
what was acknowledged: no verdict lost, none twice, no item given to a person again that they had answered, none to more
than its two labellers.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCENES = 24


def make_audit(where: str, images: Path, items: int, labellers: int) -> dict[str, str]:
    """A store with that many items about a few images. Name → token."""
    from sightline.audit.contents import About
    from sightline.audit.items import Item
    from sightline.audit.people import Role
    from sightline.audit.store import Store
    from sightline.core import Presence
    from sightline.scenes.rendered import render_scenes

    render_scenes(images.parent, n=SCENES)
    asked = [
        Item(
            f"{n:016x}",
            f"scene_{n % SCENES:06d}.png",
            f"Is there a thing {n} in the image?",
            Presence(f"thing {n}"),
            (),
            "yes",
            ("random",),
            (f"random/{n}",),
        )
        for n in range(items)
    ]
    with Store.create(where, About("pope", "pope", images=str(images)), asked) as store:
        store.set_order([(item.key, 1.0) for item in asked[: items // 2]], [], "by number")
        return {f"labeller {n}": store.add_person(f"labeller {n}", Role.LABELLER) for n in range(labellers)}


class Server:
    """The server's process."""

    def __init__(self, where: str) -> None:
        self._where = where
        self.port = 0
        self.start()

    def start(self) -> None:
        """Start, at the same port as before; returns once it answers."""
        command = [sys.executable, __file__, "--serve", self._where, "--port", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline().rpartition(":")[2])

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """SIGTERM."""
        self._process.terminate()
        self._process.wait()


class Connection:
    """One connection that is kept open, with as little of HTTP as is needed, so that the client costs little."""

    def __init__(self, server: Server, cookie: str = "") -> None:
        self._server = server
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.cookie = cookie

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes, str]:
        """Status, body, and the cookie that is set; OSError or EOFError where the server is not there."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._server.port)
        reader, writer = self._streams
        head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {self.cookie}\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        try:
            writer.write(head.encode() + body)
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
            given = await reader.readexactly(int(headers.get("content-length", 0)))
        except (OSError, EOFError):
            self._streams = None
            writer.close()
            raise
        cookie = next((line.split(": ", 1)[1] for line in lines if line.lower().startswith("set-cookie")), "")
        return int(lines[0].split()[1]), given, cookie.split(";")[0]


@dataclass
class Seen:
    """What labellers saw."""

    say_s: list[float] = field(default_factory=list)
    next_s: list[float] = field(default_factory=list)
    image_s: list[float] = field(default_factory=list)
    acknowledged: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    sent: int = 0
    again: int = 0
    given_again: int = 0
    outages: int = 0


async def label(name: str, token: str, server: Server, seen: Seen, until: float, pace: float, seed: int) -> None:
    """Be one labeller."""
    draw, connection, answered = random.Random(seed), Connection(server), set[str]()

    async def ask(method: str, path: str, body: Any = None, times: list[float] | None = None) -> bytes:
        data, tries = b"" if body is None else json.dumps(body).encode(), 0
        while True:
            start = time.perf_counter()
            try:
                status, given, cookie = await connection.ask(method, path, data)
            except (OSError, EOFError):
                seen.outages += 1
                tries += 1
                await asyncio.sleep(min(0.05 * 2**tries, 1.0) * draw.uniform(0.5, 1))
                continue
            if times is not None and not tries:
                times.append(time.perf_counter() - start)
            seen.again += tries > 0
            assert status < 300, (status, given)
            connection.cookie = cookie or connection.cookie
            return given

    await ask("POST", "/enter", {"token": token})
    await asyncio.sleep(draw.uniform(0, pace))
    while time.monotonic() < until:
        given = json.loads(await ask("POST", "/next", {"stage": "label", "count": 6}, seen.next_s))["items"]
        items = [part.split('"', 1)[0] for part in given.split('data-item="')[1:]]
        if not items:
            return
        for item in items:
            await ask("GET", f"/image/{item}", times=seen.image_s)
        for item in items[:3]:  # as the page does, which asks for more while three are left
            if pace:
                await asyncio.sleep(draw.uniform(0.3, 1.7) * pace)
            seen.given_again += item in answered
            answered.add(item)
            word, request = draw.choice(("yes", "no", "ambiguous")), f"{draw.getrandbits(128):032x}"
            said = {"item": item, "stage": "label", "act": "verdict", "word": word, "note": "", "seconds": pace}
            seen.sent += 1
            told = json.loads(await ask("POST", "/say", said | {"wording": "?", "request": request}, seen.say_s))
            seen.acknowledged[name, item] = told["number"], word


async def run(server: Server, tokens: dict[str, str], seconds: float, pace: float, kill: bool) -> tuple[Seen, float]:
    """Let all label; where it is asked for, kill the server in the middle. What was seen, and seconds without it."""
    seen, until, without = Seen(), time.monotonic() + seconds, 0.0
    everybody = [
        asyncio.create_task(label(name, token, server, seen, until, pace, seed))
        for seed, (name, token) in enumerate(tokens.items())
    ]
    if kill:
        await asyncio.sleep(seconds / 2)
        start = time.monotonic()
        server.kill()
        await asyncio.to_thread(server.start)
        without = time.monotonic() - start
    await asyncio.gather(*everybody)
    return seen, without


def check(where: str, seen: Seen) -> dict[str, int]:
    """Hold the store against what was acknowledged; all of it is to be 0 but the first two."""
    from sightline.audit.store import Store

    with Store.open(where, serving=True) as store:
        entries = store.entries()
    stored = {(entry.person, entry.item): (entry.number, entry.word) for entry in entries}
    of_items: dict[str, int] = {}
    for _, item in stored:
        of_items[item] = of_items.get(item, 0) + 1
    return {
        "stored": len(entries),
        "acknowledged": len(seen.acknowledged),
        "lost": sum(stored.get(key) != told for key, told in seen.acknowledged.items()),
        "stored_twice": len(entries) - len(stored),
        "never_acknowledged": len(stored.keys() - seen.acknowledged.keys()),
        "given_again": seen.given_again,
        "more_than_two_labellers": sum(count > 2 for count in of_items.values()),
    }


def quantiles(seconds: list[float]) -> dict[str, float]:
    """Milliseconds."""
    ordered = sorted(seconds)
    at = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {
        name: round(1e3 * ordered[min(int(share * len(ordered)), len(ordered) - 1)], 1) for name, share in at.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labellers", type=int, default=50)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pace", type=float, default=1.5)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--store", help="a new file, or the URL of an empty PostgreSQL database")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        from sightline.web.serving import serve

        serve(given.serve, port=given.port, ready=lambda store, address: print(address, flush=True))
        return
    with tempfile.TemporaryDirectory() as folder:
        where = given.store or str(Path(folder) / "audit.sqlite")
        tokens = make_audit(where, Path(folder) / "scenes" / "images", given.items, given.labellers)
        server = Server(where)
        start = time.monotonic()
        seen, without = asyncio.run(run(server, tokens, given.seconds, given.pace, given.kill))
        lasted = time.monotonic() - start
        server.stop()
        result = {
            "labellers": given.labellers,
            "items": given.items,
            "pace_s": given.pace,
            "database": "postgresql" if "://" in where else "sqlite",
            "seconds": round(lasted, 1),
            "verdicts_per_second": round(len(seen.acknowledged) / lasted, 1),
            "verdict_ms": quantiles(seen.say_s),
            "next_ms": quantiles(seen.next_s),
            "image_ms": quantiles(seen.image_s),
            "killed": given.kill,
            "seconds_without_server": round(without, 2),
            "sent_again": seen.again,
            **check(where, seen),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        }
    print(json.dumps(result, indent=1))
    if given.out:
        given.out.write_text(json.dumps(result, indent=1) + "\n")
    wrong = ("lost", "stored_twice", "never_acknowledged", "given_again", "more_than_two_labellers")
    if any(result[name] for name in wrong):
        sys.exit("The store does not hold what was acknowledged.")


if __name__ == "__main__":
    main()
