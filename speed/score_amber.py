"""What scoring AMBER's 15,220 replies and CHAIR's captions costs, beside a plain loop over the originals' steps.

    python speed/score_amber.py --data FOLDER [--out result.json]

The folder holds `amber`, `chair` and `coco` (see tests/conformance). Replies are made: captions that a model once wrote
of other images, and answers drawn with a seed; what they say does not change the cost. Timed are sightline's command as
a whole process, from reading the files to the printed table with 2,000 bootstrap draws, and in one process what it does
of that before the draws, beside the loop. Seconds are the processor's but where the clock is named.

AMBER's loop takes the steps of its code one after the other (tests/evaluation/amber_loop.py), comparing a noun with one
word after the other. Tagging is sightline's in both, since NLTK is not at hand, and so is left out of both by tagging
before the clock starts; it is timed by itself. The vectors are made (300 numbers a word); AMBER's code has spaCy read
both words anew for every comparison, where the loop here only takes the cosine. CHAIR's loop brings every word of every
caption to its dictionary form, joins each two neighbours and looks both up, as CHAIR's code does.
"""

import argparse
import json
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sightline.benchmarks import amber, chair
from sightline.benchmarks.amber.counting import count
from sightline.benchmarks.amber.words import nouns, official_noun
from sightline.core import Reply
from sightline.readers.caption_objects import dictionary_forms
from sightline.readers.coco_vocabulary import COCO
from sightline.records.recorded_captions import read_recorded_captions

sys.path.append(str(Path(__file__).parents[1] / "tests" / "evaluation"))
from amber_loop import figures

REPEATS, CAPTIONS, LOOPED = 3, 10_000, 500


def timed(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    """The median of the processor's seconds that it takes, on one core; others may be at work beside it."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)


def command(*words: str) -> dict[str, float]:
    """Seconds of a command: on the clock, and the processor's."""
    clock, processor = [], []
    for _ in range(REPEATS):
        start, before = time.perf_counter(), os.times()
        subprocess.run([sys.executable, "-m", "sightline", *words], check=True, stdout=subprocess.DEVNULL)
        clock.append(time.perf_counter() - start)
        after = os.times()
        processor.append(sum(after[2:4]) - sum(before[2:4]))
    return {"clock": statistics.median(clock), "processor": statistics.median(processor)}


def of_amber(data: Path, folder: Path, texts: list[str]) -> dict[str, Any]:
    """AMBER's replies, its captions compared by words and by vectors."""
    labels = folder / "amber"
    shutil.copytree(data / "amber", labels)
    relation = json.loads((labels / "relation.json").read_text())
    known = sorted({*relation, *(word for words in relation.values() for word in words)})
    table = np.random.default_rng(0).normal(size=(len(known), 300)).astype(np.float32)
    np.savez(labels / "vectors.npz", words=np.array(known), vectors=table)
    questions, keys = amber.read_labels(labels, "amber")
    draw = random.Random(0)
    said = {q.id: draw.choice(texts if q.split == "generative" else ["Yes", "No"]) for q in questions}
    responses = [{"id": int(id_), "response": text} for id_, text in said.items()]
    file = folder / "m.json"
    file.write_text(json.dumps(responses))
    captions = [said[q.id] for q in questions if q.split == "generative"]
    found: dict[str, Any] = {"tagging 1,004 captions": timed(lambda: [nouns.__wrapped__(text) for text in captions])}
    tagged = {text: [official_noun(noun) for noun in nouns(text)] for text in captions}
    replies = [Reply(q.id, "m", said[q.id]) for q in questions]
    rows = json.loads((labels / "annotations.json").read_text())
    safe = (labels / "safe_words.txt").read_text().splitlines()
    vectors = dict(zip(known, table, strict=True))
    for by, alike in (("words", _same), ("vectors", _cosine(vectors))):
        found[f"counting, amber-{by}"] = timed(lambda by=by: count(questions, keys, replies, f"amber-{by}"))
        found[f"loop, amber-{by}"] = timed(
            lambda alike=alike: figures(responses, rows, relation, safe, tagged.__getitem__, alike), 1
        )
        words = ["score", "amber", "--replies", str(file), "--labels", f"amber={labels}", "--reader", f"amber-{by}"]
        found[f"command, amber-{by}"] = command(*words)
    return found


def _same(one: str, other: str) -> bool:
    return one == other


def _cosine(vectors: Mapping[str, Any]) -> Callable[[str, str], bool]:
    def alike(one: str, other: str) -> bool:
        a, b = vectors[one], vectors[other]
        return one == other or float(a @ b) / float(np.linalg.norm(a) * np.linalg.norm(b)) > 0.8

    return alike


def of_chair(data: Path, folder: Path, texts: list[str]) -> dict[str, Any]:
    """10,000 captions of as many images."""
    questions, keys = chair.read_labels(data / "coco" / "coco2014_objects.json.gz", "coco")
    kept = questions[:CAPTIONS]
    draw = random.Random(0)
    said = {q.id: draw.choice(texts) for q in kept}
    captions, objects = folder / "captions.jsonl", folder / "objects.json"
    captions.write_text("".join(json.dumps({"image": q.images[0].name, "caption": said[q.id]}) + "\n" for q in kept))
    present = {q.images[0].name: sorted(keys.references[q.id].objects) for q in kept}
    objects.write_text(json.dumps(present))
    replies = [Reply(q.id, "m", said[q.id]) for q in kept]
    looped = {q.id: said[q.id] for q in kept[:LOOPED]}
    by_id = {q.id: present[q.images[0].name] for q in kept[:LOOPED]}
    return {
        "counting 10,000 captions": timed(lambda: chair.count(kept, keys, replies)),
        f"loop, from {LOOPED}": timed(lambda: _chair_loop(looped, by_id), 1) * CAPTIONS / LOOPED,
        "command": command("score", "chair", "--replies", str(captions), "--labels", f"coco={objects}"),
    }


def _chair_loop(said: Mapping[str, str], present: Mapping[str, list[str]]) -> float:
    """CHAIR_i, word by word."""
    meaning = {phrase: object_ for object_, phrases in COCO.phrases.items() for phrase in phrases}
    forms = dictionary_forms.__wrapped__
    wrong = total = 0
    for id_, text in said.items():
        words = [forms(word)[-1] for word in re.findall(r"[a-z]+", text.lower())]
        at = 0
        while at < len(words):
            pair = " ".join(words[at : at + 2])
            named = pair if pair in meaning else words[at]
            at += 2 if pair in meaning else 1
            if named in meaning:
                total += 1
                wrong += meaning[named] not in present[id_]
    return wrong / total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    texts = [row.text for row in read_recorded_captions(given.data / "chair" / "pope_captions_brief_llava.json").rows]
    with tempfile.TemporaryDirectory() as name:
        found = {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
            "load_before": load,
            "draws": 2000,
            "amber_15220_replies_s": of_amber(given.data, Path(name), texts),
            "chair_s": of_chair(given.data, Path(name), texts),
        }
    text = json.dumps(found, indent=1)
    print(text)
    if given.out:
        given.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
