"""What more workers bring: rows a second of one, two and more, each with the whole model, and their share of linear.

    python speed/scaling.py --shape qwen2-vl-7b --workers 1 2 --images 256 --out result.json        two large GPUs
    python speed/scaling.py --shape bundled --workers 1 2 --images 48 --questions 8                 two cores
    python speed/scaling.py --shape bundled --workers 1 2 --through ray                             likewise, by Ray

A worker is sightline's (``sightline.scale.worker``), with a GPU of its own, or one core. Through processes, each runs
in a plain one and takes batches from a queue, two at a time, as through Ray; that is for machines where Ray is not
installed. There are as many pictures for each worker, however many workers, so that every clock is as long. Reading and
processing the files, sending batches and collecting replies are inside it; loading the model and a first batch are
outside. Replies are chosen by log-likelihood.
"""

import argparse
import json
import multiprocessing
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import torch

from pope_throughput import write_pictures
from shapes import NOUNS, SHAPES, build, question
from sightline.core import Asking, ImageGroup, Replies, Replying
from sightline.models.loading import load, wrap
from sightline.scale.worker import ReplyShard, Worker
from sightline.scenes.rendered import render_scenes

ASKING = Asking(("Yes", "No"))
IN_FLIGHT = 2

Batches = Sequence[Sequence[ImageGroup]]
Replied = list[tuple[Replies, ...]]


@dataclass(frozen=True)
class Shaped:
    """How a worker gets the model: the bundled one, or one of a shape with random weights.

    Args:
        name: of the shape.
    """

    name: str
    device: str = "auto"

    def load(self) -> Replying:
        """Load or make it, on the one GPU that is seen here."""
        if not torch.cuda.is_available():
            torch.set_num_threads(1)
        if self.name == "bundled":
            return load("bundled")
        device, dtype = ("cuda", "bfloat16") if torch.cuda.is_available() else ("cpu", "float32")
        return wrap(*build(self.name, device, dtype), self.name)


class Clocked(NamedTuple):
    """Some workers, measured.

    Args:
        workers: how many.
        rows: questions asked inside each clock.
        seconds: the median of the repeats.
        all_seconds: what each repeat took.
        processor_s: seconds that the cores were busy with it in the last repeat; None where that is not known.
        replied: what was said, batch by batch.
    """

    workers: int
    rows: int
    seconds: float
    all_seconds: tuple[float, ...]
    processor_s: float | None
    replied: Replied

    @property
    def per_s(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


class Processes:
    """Workers in plain processes, which take batches from one queue.

    Args:
        loading: how each gets the model.
        count: how many.
        gpus: how many GPUs there are; none: workers compute on cores.
        warm: what each answers once before all clocks.
    """

    def __init__(self, loading: Shaped, count: int, gpus: int, warm: Sequence[ImageGroup]) -> None:
        context = multiprocessing.get_context("spawn")
        self._shards: Any = context.Queue()
        self._done: Any = context.Queue()
        self._processes = []
        self._busy: dict[int, float] = {}
        for place in range(count):
            if gpus:
                os.environ["CUDA_VISIBLE_DEVICES"] = str(place)  # what a process sees is fixed when it starts
            what = loading, ReplyShard(tuple(warm), ASKING), self._shards, self._done
            self._processes.append(context.Process(target=serve, args=what, daemon=True))
            self._processes[-1].start()
        for _ in range(count):
            self._next()

    def reply(self, batches: Batches) -> tuple[Replied, float | None]:
        """Replies to all batches, and the seconds that cores were busy."""
        before = sum(self._busy.values())
        for place, batch in enumerate(batches):
            self._shards.put((place, ReplyShard(tuple(batch), ASKING)))
        found = dict(self._next() for _ in batches)
        return [found[place] for place in range(len(batches))], sum(self._busy.values()) - before

    def _next(self) -> tuple[int, Any]:
        place, value, process, busy = self._done.get()
        if isinstance(value, Exception):
            raise value
        self._busy[process] = max(busy, self._busy.get(process, 0.0))
        return place, value

    def close(self) -> None:
        """End the workers."""
        for process in self._processes:
            process.terminate()


def serve(loading: Shaped, warm: ReplyShard, shards: Any, done: Any) -> None:
    """What a plain process does: load, then answer from two threads, so that one reads images for the next batch."""
    worker = Worker(loading)

    def tell(place: int, value: Any) -> None:
        done.put((place, value, os.getpid(), time.process_time()))

    def answer(place: int, shard: ReplyShard) -> None:
        try:
            tell(place, worker.answer(shard).value)
        except Exception as error:
            tell(place, error)

    def answer_on() -> None:
        while True:
            answer(*shards.get())

    try:
        worker.load()
    except Exception as error:
        tell(-1, error)
        return
    answer(-1, warm)
    threads = [Thread(target=answer_on) for _ in range(IN_FLIGHT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class ThroughRay:
    """Workers of a Ray cluster on this machine.

    Args:
        loading: how each gets the model.
        count: how many.
        warm: what each answers once before all clocks.
    """

    def __init__(self, loading: Shaped, count: int, warm: Sequence[ImageGroup]) -> None:
        from sightline.scale.ray_model import ray_model

        self._model = ray_model(loading, workers=count)
        self.reply([warm] * count)  # the first of them go to one worker each

    def reply(self, batches: Batches) -> tuple[Replied, float | None]:
        """Replies to all batches."""
        return list(self._model.reply(batches, ASKING)), None

    def close(self) -> None:
        """End the workers."""
        self._model.close()


@contextmanager
def crew(given: argparse.Namespace, count: int, warm: Sequence[ImageGroup]) -> Iterator[Processes | ThroughRay]:
    """Workers that are loaded and have answered something."""
    loading, gpus = Shaped(given.shape), torch.cuda.device_count()
    if gpus and count > gpus:
        raise SystemExit(f"{count} workers are asked for, and there are {gpus} GPUs.")
    through_ray = given.through == "ray"
    made = ThroughRay(loading, count, warm) if through_ray else Processes(loading, count, gpus, warm)
    try:
        yield made
    finally:
        made.close()


def batches_of(pictures: Sequence[Path], questions: int, size: int) -> list[list[ImageGroup]]:
    """Some questions about each picture, other ones about the next, some pictures a batch."""
    groups = [
        ImageGroup(path, tuple(question(NOUNS[(place + k) % len(NOUNS)]) for k in range(questions)))
        for place, path in enumerate(pictures)
    ]
    return [groups[start : start + size] for start in range(0, len(groups), size)]


def clocked(given: argparse.Namespace, count: int, pictures: Sequence[Path]) -> Clocked:
    """Measure so many workers."""
    batches = batches_of(pictures[: given.images * count], given.questions, given.batch)
    taken: list[float] = []
    with crew(given, count, batches[0]) as workers:
        for _ in range(given.repeats):
            start = time.perf_counter()
            replied, busy = workers.reply(batches)
            taken.append(time.perf_counter() - start)
    rows = sum(len(group.prompts) for batch in batches for group in batch)
    return Clocked(count, rows, statistics.median(taken), tuple(taken), busy, replied)


def table(measured: Sequence[Clocked]) -> str:
    first = measured[0]
    lines = [f"{'workers':>8}{'rows':>8}{'s':>9}{'rows a second':>15}{'of linear':>11}{'processor ms a row':>20}"]
    for found in measured:
        share = found.per_s / found.workers / (first.per_s / first.workers)
        busy = "" if found.processor_s is None else f"{1e3 * found.processor_s / found.rows:.2f}"
        lines.append(
            f"{found.workers:>8}{found.rows:>8}{found.seconds:>9.2f}{found.per_s:>15.1f}{share:>11.3f}{busy:>20}"
        )
    return "\n".join(lines)


def record(found: Clocked, first: Clocked) -> dict[str, Any]:
    same = sum(one == other for one, other in zip(found.replied, first.replied, strict=False))
    return {
        **{name: value for name, value in found._asdict().items() if name != "replied"},
        "rows_a_second": found.per_s,
        "of_linear": found.per_s / found.workers / (first.per_s / first.workers),
        "batches_as_the_first": f"{same} of {len(first.replied)}",
    }


def machine(through: str) -> dict[str, Any]:
    gpus = [torch.cuda.get_device_properties(place).name for place in range(torch.cuda.device_count())]
    return {
        "devices": gpus or [f"{platform.machine()}, {os.cpu_count()} cores, one thread a worker"],
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "transformers", *(["ray"] if through == "ray" else []))},
    }


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=["bundled", *SHAPES], default="bundled")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--through", choices=["processes", "ray"], default="processes")
    parser.add_argument("--images", type=int, default=64, help="pictures for each worker")
    parser.add_argument("--questions", type=int, default=10, help="questions about each picture")
    parser.add_argument("--batch", type=int, default=16, help="pictures of a batch")
    parser.add_argument("--repeats", type=int, default=3, help="the median counts")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(words)
    if given.questions > len(NOUNS):
        raise SystemExit(f"--questions is {given.questions}, at most {len(NOUNS)} are known.")
    about = machine(given.through)
    with tempfile.TemporaryDirectory() as folder:
        number = given.images * max(given.workers)
        if given.shape == "bundled":
            render_scenes(Path(folder), n=number, seed=5)
            pictures = sorted((Path(folder) / "images").glob("*.png"))
        else:
            pictures = write_pictures(Path(folder), number)
        measured = [clocked(given, count, pictures) for count in given.workers]
    found = {
        "machine": about,
        **{name: getattr(given, name) for name in ("shape", "through", "images", "questions", "batch")},
        "workers": [record(one, measured[0]) for one in measured],
    }
    print(table(measured))
    text = json.dumps(found, indent=1)
    print(text)
    if given.out:
        given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
