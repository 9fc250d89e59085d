"""What scoring costs, beside the naive loop over draws.

Eight models, 9,000 replies each, under two label sets, with 2,000 bootstrap draws of whole images: sightline's command
as a whole process, from reading the files to the printed table; and the intervals alone beside the loop that draws
images one by one and counts again for every draw, in plain Python and in numpy.

    python speed/score_eight_models.py --pope FOLDER --repope FOLDER [--out result.json]

The replies are made up: the labels of POPE with errors drawn with a seed; what they say does not change the cost.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from sightline.benchmarks.pope import SPLITS, read_labels
from sightline.core import Answer
from sightline.stats.intervals import cluster_totals
from sightline.stats.rates import CELLS, rates

MODELS, DRAWS, REPEATS = 8, 2000, 5
NAIVE_DRAWS = 20
FEWEST_DRAWS = 100


def write_replies(pope: Path, folder: Path) -> None:
    """Eight models of different quality, LLaVA's fields."""
    questions, labels = read_labels(pope, "pope")
    for model in range(MODELS):
        draw = random.Random(model)
        with (folder / f"model-{model}.jsonl").open("w") as file:
            for question in questions:
                truth = labels.answer(question.images[0].name, question.claims[0]) is Answer.HOLDS
                said = truth != (draw.random() < 0.05 + 0.02 * model)
                row = {
                    "question_id": int(question.id.split("/")[1]),
                    "prompt": question.text + "\nAnswer the question using a single word or phrase.",
                    "text": "Yes" if said else "No",
                    "answer_id": f"{draw.getrandbits(120):030x}",
                    "model_id": f"model-{model}",
                    "metadata": {},
                }
                file.write(json.dumps(row) + "\n")


def whole_process(words: list[str]) -> list[float]:
    """Wall seconds of the command, after one run that is not counted."""
    seconds = []
    for _ in range(REPEATS + 1):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "sightline", *words], check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - start)
    return seconds[1:]


def naive_python(images: list[list[int]], draws: int) -> float:
    """Draw images, gather their questions' cells, count, divide; once for every draw."""
    generator = random.Random(0)
    start = time.perf_counter()
    for _ in range(draws):
        counts = [0] * len(CELLS)
        for _ in images:
            for cell in images[generator.randrange(len(images))]:
                counts[cell] += 1
        rates(np.array(counts, dtype=float))
    return time.perf_counter() - start


def naive_numpy(images: list[list[int]], draws: int) -> float:
    """The same, each draw by concatenating the drawn images' questions."""
    generator = np.random.default_rng(0)
    arrays = [np.array(cells) for cells in images]
    start = time.perf_counter()
    for _ in range(draws):
        drawn = np.concatenate([arrays[i] for i in generator.integers(0, len(arrays), len(arrays))])
        rates(np.bincount(drawn, minlength=len(CELLS)).astype(float))
    return time.perf_counter() - start


def ours(images: list[list[int]], draws: int, columns: int) -> float:
    """One matrix product for as many models, label sets and splits as there are columns."""
    counts = np.array([np.bincount(cells, minlength=len(CELLS)) for cells in images], dtype=float)
    stacked = np.repeat(counts[:, None], columns, axis=1)
    start = time.perf_counter()
    rates(cluster_totals(stacked, draws))
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pope", type=Path, required=True)
    parser.add_argument("--repope", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_replies(given.pope, Path(folder))
        labels = f"pope={given.pope},repope={given.repope}"
        words = ["score", "pope", "--replies", folder, "--labels", labels, "--draws", str(DRAWS)]
        command = whole_process(words)
        few = whole_process([*words[:-1], str(FEWEST_DRAWS)])
    generator = np.random.default_rng(0)
    images = [generator.integers(0, len(CELLS), 6).tolist() for _ in range(500)]
    columns = MODELS * 2 * len(SPLITS)
    scale = DRAWS / NAIVE_DRAWS * columns
    found = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "command_s": {"median": statistics.median(command), "min": min(command), "max": max(command)},
        "command_with_100_draws_s": statistics.median(few),
        "intervals_s": {
            "ours": min(ours(images, DRAWS, columns) for _ in range(3)),
            "numpy loop, from 20 draws of one column": naive_numpy(images, NAIVE_DRAWS) * scale,
            "python loop, from 20 draws of one column": naive_python(images, NAIVE_DRAWS) * scale,
        },
    }
    text = json.dumps(found, indent=1)
    print(text)
    if given.out:
        given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
