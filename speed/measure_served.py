"""How near measuring through a server comes to what the server can do: images, 64 requests in flight, a fixed time.

    python speed/measure_served.py [--latency 0.5 1 2] [--cycles 20] [--repeats 3] [--out speed/results/FILE.json]

The server is `tests/models/chat_server.py` in a process of its own on loopback; it takes the same time for every reply,
so that the ideal is 64 over that time. Pictures are random bytes of a size (``--kb``), sent as
data URLs with each of their eight questions. What is measured for each time, through `sightline.measure` from the first
image to the finished run folder, without a cache of replies:

- whole: the rate of the whole run over the ideal, images hashed, every reply on the disk, the table written.
- steady: the rate without the first and the last 64 replies.
- the processor's time a request, in this process and between the first and the last 64: all of it, and of the client
  alone (the same requests, drawn and read by `ServedModel`, nothing written down). Loading libraries happens once.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from chat_throughput import AT_ONCE, MODEL, machine, server
from sightline.core import Asking, ImageGroup
from sightline.evaluation.measure import Progress, measure
from sightline.evaluation.task import Task, task
from sightline.models.chat_client import ChatClient
from sightline.models.served_model import ServedModel

QUESTIONS = 8


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


class Clocks(NamedTuple):
    """What a reply found when it came, in seconds: the time of day, and the processor's."""

    wall: float
    cpu: float


def questions(folder: Path, images: int, kb: int) -> Task:
    """A benchmark of so many images with eight questions each."""
    (folder / "images").mkdir()
    (folder / "own").mkdir()
    names = [f"{n}.png" for n in range(images)]
    for name in names:
        (folder / "images" / name).write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(kb * 1024))
    rows = [
        {"question_id": n, "image": name, "text": f"Is there a thing{n % QUESTIONS} in the image?", "label": "yes"}
        for n, name in enumerate(name for name in names for _ in range(QUESTIONS))
    ]
    (folder / "own" / "x_pope_random.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return task("pope", folder / "images", [f"own={folder / 'own'}"])


@contextmanager
def planned(count: int, kb: int) -> Iterator[tuple[Task, Path]]:
    """What is asked, and a folder for runs."""
    with tempfile.TemporaryDirectory() as folder:
        yield questions(Path(folder), count // QUESTIONS, kb), Path(folder)


def run_measure(address: str, what: Task, out: Path) -> Run:
    """Measure with a client that has just been made."""
    arrived: list[Clocks] = []

    def told(at: Progress) -> None:
        arrived.append(Clocks(time.perf_counter(), time.process_time()))

    with ChatClient(address, MODEL, api_key="none", at_once=AT_ONCE) as client:
        start = time.perf_counter()
        measured = measure(what, ServedModel(client), out, use_cache=False, progress=told)
        end = time.perf_counter()
    if measured.asked != len(what.plan.asks):
        raise SystemExit(f"{measured.asked} were asked of {len(what.plan.asks)}")
    return rates(arrived, end - start)


def run_client(address: str, what: Task) -> Run:
    """The same requests, one prompt a batch, with nothing written down."""
    plan, arrived = what.plan, list[Clocks]()
    batches = ([ImageGroup(plan.images[ask.image], (ask.prompt,))] for ask in plan.asks)
    with ChatClient(address, MODEL, api_key="none", at_once=AT_ONCE) as client:
        start = time.perf_counter()
        for _ in ServedModel(client).reply_as_done(batches, Asking()):
            arrived.append(Clocks(time.perf_counter(), time.process_time()))
    return rates(arrived, arrived[-1].wall - start)


def rates(arrived: list[Clocks], whole_s: float) -> Run:
    count, first, last = len(arrived) - 2 * AT_ONCE, arrived[AT_ONCE - 1], arrived[-AT_ONCE - 1]
    return Run(len(arrived) / whole_s, count / (last.wall - first.wall), 1e3 * (last.cpu - first.cpu) / count)


def measured(latency_s: float, count: int, repeats: int, kb: int) -> dict[str, Any]:
    """What measuring comes to with a server that takes so long; medians of some runs."""
    with planned(count, kb) as (what, folder), server(latency_s) as address:
        runs = [run_measure(address, what, folder / f"run{n}") for n in range(repeats)]
        alone = [run_client(address, what) for _ in range(repeats)]
    ideal = AT_ONCE / latency_s
    whole, steady, ms = (statistics.median(values) for values in zip(*runs, strict=True))
    return {
        "latency_s": latency_s,
        "requests": count,
        "image_kb": kb,
        "ideal_per_s": ideal,
        "whole_share": round(whole / ideal, 4),
        "steady_share": round(steady / ideal, 4),
        "beyond_ideal_ms_a_request": round(1e3 * (1 / whole - 1 / ideal), 3),
        "measure_ms_a_request": round(ms, 3),
        "client_ms_a_request": round(statistics.median(run.ms for run in alone), 3),
        "client_steady_share": round(statistics.median(run.steady for run in alone) / ideal, 4),
        "runs": [run._asdict() for run in runs],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latency", type=float, nargs="+", default=[0.5, 1.0, 2.0], help="seconds a reply takes")
    parser.add_argument("--cycles", type=int, default=20, help="requests in a run, for each of the 64 in flight")
    parser.add_argument("--repeats", type=int, default=3, help="runs; the median counts")
    parser.add_argument("--kb", type=int, default=45, help="size of an image; a photograph of COCO's has some 160")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    found = {**machine(), "aiohttp": find_spec("aiohttp") is not None, "in_flight": AT_ONCE}
    count = given.cycles * AT_ONCE
    with planned(2 * AT_ONCE + QUESTIONS, 1) as (what, _), server(0.01) as address:
        run_client(address, what)  # loads libraries
    found["measured"] = [measured(latency, count, given.repeats, given.kb) for latency in given.latency]
    found["load_after"] = os.getloadavg()[1]
    text = json.dumps(found, indent=1)
    print(text)
    if given.out:
        given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
