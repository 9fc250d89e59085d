"""What a folder of rendered scenes costs: everything that ``sightline scenes render`` does, on one core.

    python speed/render_scenes.py [--n 500] [--repeats 5] [--out result.json]

The process is held to one core and its libraries to one thread. The clock runs from the empty folder to the last file:
drawing, painting, writing pictures, waiting for the disk, annotations and captions. The first folder, which also makes
the masks, is told apart. Seconds of the processor stand beside those of the clock, for machines that do
other things too.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any


def hold_to_one_core() -> None:
    """Before numpy is loaded, which asks the environment once."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    if hasattr(os, "sched_setaffinity"):  # not on macOS
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def folders(n: int, repeats: int) -> list[tuple[float, float]]:
    """Seconds of the clock and of the processor for each folder."""
    from sightline.scenes.rendered import render_scenes

    taken = []
    for _ in range(repeats + 1):
        with tempfile.TemporaryDirectory() as folder:
            clock, processor = time.perf_counter(), time.process_time()
            render_scenes(Path(folder) / "scenes", n=n)
            taken.append((time.perf_counter() - clock, time.process_time() - processor))
    return taken


def parts(n: int) -> dict[str, float]:
    """Milliseconds a scene of what it is made of."""
    from sightline.scenes.rendered import annotations, compose, paint
    from sightline.scenes.rendered.png import encode

    def ms(run: Any, given: list[Any]) -> tuple[float, list[Any]]:
        start = time.perf_counter()
        made = [run(each) for each in given]
        return 1e3 * (time.perf_counter() - start) / n, made

    found: dict[str, float] = {}
    found["compose"], scenes = ms(lambda index: compose(0, index), list(range(n)))
    found["paint"], pictures = ms(paint, scenes)
    found["encode"], files = ms(encode, pictures)
    for name in ("instances", "scene_graphs", "captions"):
        found[name], _ = ms(lambda some, name=name: list(getattr(annotations, name)(some)), [scenes])
    found["kB a picture"] = sum(map(len, files)) / n / 1e3
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=500, help="scenes in a folder")
    parser.add_argument("--repeats", type=int, default=5, help="folders; the median counts")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    hold_to_one_core()
    first, *others = folders(given.n, given.repeats)
    clock, processor = (statistics.median(seconds) for seconds in zip(*others, strict=True))
    result = {
        "n": given.n,
        "images_per_s": round(given.n / clock, 1),
        "images_per_processor_s": round(given.n / processor, 1),
        "first_folder_images_per_s": round(given.n / first[0], 1),
        "all_seconds": [round(seconds, 3) for seconds, _ in others],
        "ms_a_scene": {name: round(value, 3) for name, value in parts(given.n).items()},
        "load_before": os.getloadavg()[1],
        "machine": f"{platform.machine()}, one of {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    text = json.dumps(result, indent=1)
    print(f"{result['images_per_s']} images a second, {result['images_per_processor_s']} a second of the processor")
    print(text)
    if given.out:
        given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
