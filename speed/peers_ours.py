"""Our side of `peers.py`, in a process of its own as the peers have theirs.

    python speed/peers_ours.py JOB.json

Measures POPE on the images of a job through the function that `sightline measure` calls, or has the model reply in
sentences, for `peers.py` to score them (it writes the job).
"""

import hashlib
import json
import sys
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import sightline
from sightline.core import Asking, ImageGroup
from sightline.models.loading import load
from sightline.models.prompts import Chat

SENTENCES = "Can you see"
"""How questions begin that the bundled model was taught to answer in a sentence."""


def pixels_of(values: Any) -> str:
    """A hash of what the model sees, in the 256 steps of the picture, so that rounding does not count."""
    return hashlib.sha256((values * 127.5 + 127.5).round().byte().numpy().tobytes()).hexdigest()


def ask(job: Mapping[str, Any]) -> dict[str, Any]:
    """Measure; the clock begins with the label files and ends with the run folder."""
    scratch, images, way = Path(job["scratch"]), Path(job["images"]), job["way"]
    rows = job["rows"]
    warm = load(job["model"], share=way["share"])  # another model: the first group of a run is computed both ways
    list(warm.reply([[ImageGroup(images / row["image"], (row["question"],))] for row in rows[::6][:3]], Asking()))
    start = time.perf_counter()
    model = load(job["model"], share=way["share"])
    loading_s = time.perf_counter() - start
    start, processor = time.perf_counter(), time.process_time()
    options = {"labels": [f"own={job['labels']}"], "wording": way["wording"], "use_cache": False}
    done = sightline.measure("pope", model, images, scratch / "run", **options)
    seconds, processor_s = time.perf_counter() - start, time.process_time() - processor
    table = pq.read_table(scratch / "run" / "replies.parquet").to_pylist()
    said = {(row["split"], row["image"], row["question"]): row["reply"] for row in table}
    groups = [ImageGroup(images / name, ("?",)) for name in dict.fromkeys(row["image"] for row in rows)]
    pixels = {pixels_of(model.prepared(one, Asking()).inputs["pixel_values"]) for one in groups}
    chat = Chat(model.processor, None)
    return {
        "seconds": seconds,
        "processor_s": processor_s,
        "loading_s": loading_s,
        "asked": done.asked,
        "replies": [said[row["split"], row["image"], row["question"]] for row in rows],
        "prompts": [chat.written(prompt) for prompt in dict.fromkeys(row["prompt"] for row in table)],
        "pixels": sorted(pixels),
        "scores": {},
    }


def sentences(job: Mapping[str, Any]) -> dict[str, Any]:
    """Ask about the same objects in the words that the model answers in sentences."""
    model, images = load(job["model"]), Path(job["images"])
    prompts: dict[str, dict[str, None]] = {}
    asked = [
        row["question"].replace("Is there", SENTENCES).replace("in the image", "in this image") for row in job["rows"]
    ]
    for row, prompt in zip(job["rows"], asked, strict=True):
        prompts.setdefault(row["image"], {})[prompt] = None
    groups = [ImageGroup(images / image, tuple(some)) for image, some in prompts.items()]
    said = {}
    for group, replies in zip(groups, next(iter(model.reply([groups], Asking(max_new_tokens=32)))), strict=True):
        said.update(
            {(group.image.name, prompt): one[0].text for prompt, one in zip(group.prompts, replies, strict=True)}
        )
    return {"replies": [said[row["image"], prompt] for row, prompt in zip(job["rows"], asked, strict=True)]}


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    found = {"ask": ask, "sentences": sentences}[job["do"]](job)
    names = ("torch", "transformers", "pillow", "numpy")
    Path(job["out"]).write_text(json.dumps({"found": found, "patches": [], "versions": {n: version(n) for n in names}}))


if __name__ == "__main__":
    main()
