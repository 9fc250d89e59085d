"""The same questions in vLLM's engine and through transformers: rows a second, one after the other in one process.

    python speed/vllm_throughput.py --out speed/results/vllm_cpu.json                          a CPU, the bundled model
    python speed/vllm_throughput.py --model Qwen/Qwen2-VL-7B-Instruct --pictures DIR --images 64      a large GPU

Needs an environment in which vLLM is installed (`.ci/engines` makes one). Measured are questions with yes or no, chosen
by log-likelihood, and replies generated; what is inside the clock: reading and processing pictures, computing, reading
the replies. Starting is told apart. Every repeat of either way asks about pictures of its own, since an engine that
keeps prefixes would have those of the last; the median counts. vLLM is closed before transformers loads. Replies and
log-probabilities of both are held against each other, outside the clock.

On a CPU vLLM keeps one core for its front and computes on the others, in processes of their own; transformers computes
in this one, with OMP_NUM_THREADS. Where others use the machine, whoever has more processes gets more of it: the
processor's time a row, over all processes of an engine, stands beside the clock's.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from sightline.core import Asking, ImageGroup, Said
from sightline.models.loading import load
from sightline.models.vllm_model import load_vllm
from sightline.scenes.rendered import render_scenes
from sightline.scenes.rendered.world import KINDS

WARM, WAYS = 2, 2


class Way(NamedTuple):
    """One way of replying, measured.

    Args:
        engine: what ran it.
        way: choosing or generating.
        rows: questions of each repeat.
        all_seconds: what each repeat took.
        all_cpu_seconds: of the processor's time, over all processes.
    """

    engine: str
    way: str
    rows: int
    all_seconds: tuple[float, ...]
    all_cpu_seconds: tuple[float, ...]

    @property
    def per_s(self) -> float:
        """Rows a second, of the median repeat."""
        return self.rows / statistics.median(self.all_seconds)

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of the processor a row, of the median repeat."""
        return 1e3 * statistics.median(self.all_cpu_seconds) / self.rows


def groups(pictures: Sequence[Path], questions: int) -> list[ImageGroup]:
    """Some questions about each picture, other ones about the next."""
    return [
        ImageGroup(path, tuple(f"Is there a {KINDS[(at + n) % len(KINDS)]} in the image?" for n in range(questions)))
        for at, path in enumerate(pictures)
    ]


def said(model: Any, some: Sequence[ImageGroup], asking: Asking, batch: int) -> list[Said]:
    parts: Iterator[Sequence[ImageGroup]] = (some[start : start + batch] for start in range(0, len(some), batch))
    return [one[0] for replies in model.reply(parts, asking) for group in replies for one in group]


def processor_s() -> float:
    """The processor's time that this process and those below it have had."""
    this = psutil.Process()
    times = [process.cpu_times() for process in (this, *this.children(recursive=True))]
    return sum(time.user + time.system for time in times)


def measured(
    model: Any, warm: Sequence[ImageGroup], repeats: Sequence[Sequence[ImageGroup]], tokens: int, batch: int
) -> tuple[list[Way], dict[str, list[Said]]]:
    """Each way, and what was said."""
    ways, replies = [], {}
    both = (
        ("choosing Yes or No", Asking(choices=("Yes", "No"))),
        (f"generating up to {tokens} tokens", Asking(max_new_tokens=tokens)),
    )
    for number, (way, asking) in enumerate(both):
        said(model, warm, asking, batch)
        own = repeats[number :: len(both)]
        taken, processor = [], []
        replies[way] = []
        for some in own:
            start, used = time.perf_counter(), processor_s()
            replies[way] += said(model, some, asking, batch)
            taken.append(time.perf_counter() - start)
            processor.append(processor_s() - used)
        ways.append(Way(model.identity.engine, way, len(replies[way]) // len(own), tuple(taken), tuple(processor)))
    return ways, replies


def compared(one: dict[str, list[Said]], other: dict[str, list[Said]]) -> dict[str, dict[str, float | int]]:
    """How many replies differ, and how far log-probabilities lie apart."""
    found = {}
    for way in one:
        pairs = list(zip(one[way], other[way], strict=True))
        apart = [abs(x - y) for a, b in pairs for x, y in zip(a.log_probs, b.log_probs, strict=True)]
        found[way] = {
            "rows": len(pairs),
            "replies_that_differ": sum(a.text != b.text for a, b in pairs),
            **({"largest_nats": max(apart), "median_nats": statistics.median(apart)} if apart else {}),
        }
    return found


def pictures(given: argparse.Namespace, folder: Path) -> list[Path]:
    wanted = WARM + given.images * given.repeats * WAYS
    if given.pictures is None:
        return sorted((render_scenes(folder, n=wanted, seed=2000).folder / "images").glob("*.png"))
    found = sorted(path for path in given.pictures.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if len(found) < wanted:
        raise SystemExit(f"{given.pictures} holds {len(found)} pictures; {wanted} are needed.")
    return found[:wanted]


def run(given: argparse.Namespace, paths: Sequence[Path]) -> dict[str, Any]:
    asked = groups(paths, given.questions)
    warm = asked[:WARM]
    repeats = [asked[start : start + given.images] for start in range(WARM, len(asked), given.images)]
    ways, starts, replies, identities = [], {}, [], []
    for name, loads in (("vllm", load_vllm), ("transformers", load)):
        clock = time.perf_counter()
        model = loads(given.model, dtype=given.dtype)
        starts[name] = round(time.perf_counter() - clock, 1)
        own, texts = measured(model, warm, repeats, given.tokens, given.batch)
        ways += own
        replies.append(texts)
        identities.append({"engine": model.identity.engine, **model.identity.details, "dtype": model.identity.dtype})
        if name == "vllm":
            model.close()
        print(
            "\n".join(
                f"{way.engine:24}{way.way:32}{way.per_s:8.1f} rows/s {way.cpu_ms:8.1f} ms of the processor"
                for way in own
            ),
            flush=True,
        )
    return {
        "start_s": starts,
        "ways": [
            way._asdict() | {"rows_per_s": round(way.per_s, 1), "cpu_ms_a_row": round(way.cpu_ms, 1)} for way in ways
        ],
        "vllm_to_transformers": {
            a.way: {"rows_per_s": round(a.per_s / b.per_s, 2), "cpu_ms_a_row": round(a.cpu_ms / b.cpu_ms, 2)}
            for a, b in zip(ways[:WAYS], ways[WAYS:], strict=True)
        },
        "replies": compared(*replies),
        "models": identities,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--pictures", type=Path, help="a folder of them; rendered scenes where none is named")
    parser.add_argument("--images", type=int, default=32, help="pictures of each repeat and way")
    parser.add_argument("--questions", type=int, default=10, help="about each picture")
    parser.add_argument("--tokens", type=int, default=32, help="the longest reply")
    parser.add_argument("--batch", type=int, default=16, help="pictures in a batch")
    parser.add_argument("--repeats", type=int, default=3, help="each of pictures of its own; the median counts")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    found: dict[str, Any] = {
        "machine": {
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "not set"),
            "python": platform.python_version(),
            "torch": version("torch"),
            "load_before": os.getloadavg()[0],
        },
        "model": given.model,
        "images": given.images,
        "questions_an_image": given.questions,
    }
    with tempfile.TemporaryDirectory() as folder:
        found |= run(given, pictures(given, Path(folder) / "scenes"))
    found["load_after"] = os.getloadavg()[0]
    text = json.dumps(found, indent=1)
    print(text)
    if given.out:
        given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
