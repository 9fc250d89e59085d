"""VLMEvalKit and lmms-eval beside sightline: the bundled model, the same pictures and questions, and the same replies.

    python speed/peers.py --vlmevalkit ENV/bin/python --lmms-eval ENV/bin/python [--images 40] [--repeats 3]
        [--replies NAME=FILE … --labels pope=FOLDER --questions FILE …] [--out speed/results/peers_cpu.json]

Runs the peers' real code, each in an environment of its own; without one of them, the other. What is measured:

- ways: POPE of rendered scenes, asked by each. The clock begins with files of questions and pictures and ends with the
  replies in each one's own file (lmms-eval: with its scores, without their errors). Starting Python, importing,
  loading the model, lmms-eval's list of tasks and a few questions to warm up are outside. All compute in float32
  with one thread, in a process of its own; sides take turns, as often as said. Times are those of the processor, which
  others who use the machine disturb least; those on the clock stand beside them. Beside the times stand the prompts and
  the pixels that each gave to the model, and where its replies are others than ours to the same wording.
- scores: what each makes of the same replies: the bundled model's words and sentences, the example's, and recorded ones
  that are named as `sightline score` takes them. Our readers of the peers' names are held against the peers' own code,
  reply by reply and rate by rate.

The environments (Python 3.11; VLMEvalKit e8e78f0 of 2026-08-18 and lmms-eval 75571cf of 2026-08-06, from GitHub), each
after `python -m venv ENV` and with torch 2.13.0 and torchvision 0.28.0, both built for processors:

    ENV/bin/pip install -r VLMEvalKit/requirements.txt rouge-score transformers==5.23.0
    ENV/bin/pip install --no-deps -e VLMEvalKit

    ENV/bin/pip install -e lmms-eval decord 'filelock<3.25' transformers==5.23.0

rouge-score and decord are imported and not required by them; filelock 4 lacks a module that lmms-eval takes apart. What
is patched beyond that is said in `peers_vlmevalkit.py` and `peers_lmms_eval.py`, and stands in the results.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import sightline
from sightline.core import Answer, Reply
from sightline.evaluation.evaluation import Evaluation, evaluate
from sightline.examples import example_labels, example_replies
from sightline.models.bundled_model import bundled_folder
from sightline.readers.yes_no import yes_no_reader

HERE = Path(__file__).parent
READERS = {"vlmevalkit": "vlmevalkit", "lmms_eval": "lmms-eval"}
"""Peer → our reader of its name."""

RATES = {
    "vlmevalkit": {"accuracy": "acc", "precision": "precision", "recall": "recall", "f1": "Overall"},
    "lmms_eval": {
        "accuracy": "pope_accuracy",
        "precision": "pope_precision",
        "recall": "pope_recall",
        "f1": "pope_f1_score",
        "yes_ratio": "pope_yes_ratio",
    },
}
"""Peer → our name of a rate → its own. VLMEvalKit's are in percent; what it calls Overall is F1."""

HARD = (
    "Yes.",
    "NO",
    "No, there is no dog.",
    "There isn't a dog in the image.",
    "There are none.",
    "I cannot see a dog.",
    "I am not sure.",
    "Yes, there is no doubt: a dog is visible.",
    "The image shows snow on the eyes of a cat.",
    "**No**",
    "",
    "<think>is there no dog?</think> Yes",
)
"""Replies on which the field's rules differ."""

Row = dict[str, str]


class Way(NamedTuple):
    """A way of asking.

    Args:
        name: what it is.
        side: whose script runs it.
        wording: which of our wordings its prompts are like.
        options: for its script.
    """

    name: str
    side: str
    wording: str
    options: Mapping[str, Any] = {}


WAYS = (
    Way("sightline", "ours", "pope", {"share": True, "wording": "pope"}),
    Way("sightline --no-share", "ours", "pope", {"share": False, "wording": "pope"}),
    Way("VLMEvalKit, LLaVA_Next", "vlmevalkit", "pope"),
    Way("sightline --wording llava", "ours", "llava", {"share": True, "wording": "llava"}),
    Way("sightline --wording llava --no-share", "ours", "llava", {"share": False, "wording": "llava"}),
    Way("lmms-eval, llava_hf", "lmms_eval", "llava", {"model": "llava_hf", "batch": 1}),
    Way("lmms-eval, huggingface, batches of 16", "lmms_eval", "llava", {"model": "huggingface", "batch": 16}),
)


class Sides:
    """The processes that the sides run in.

    Args:
        pythons: side → its Python.
        folder: where jobs and what they write are put.
    """

    def __init__(self, pythons: Mapping[str, str], folder: Path) -> None:
        self.pythons, self.folder = pythons, folder
        self.jobs = 0
        self.said: dict[str, dict[str, Any]] = {}

    def run(self, side: str, do: str, job: Mapping[str, Any]) -> dict[str, Any]:
        """Have a side do a job, and give what it found."""
        self.jobs += 1
        scratch = self.folder / f"{self.jobs:03}_{side}"
        scratch.mkdir()
        path, out = scratch / "job.json", scratch / "out.json"
        path.write_text(json.dumps({**job, "do": do, "scratch": str(scratch), "out": str(out)}))
        alone = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(scratch / "hf"), "TQDM_DISABLE": "1"}
        alone["LMUData"] = str(scratch)
        env = {**os.environ, **alone, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
        command = [self.pythons[side], str(HERE / f"peers_{side}.py"), str(path)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, cwd=scratch)
        if done.returncode:
            raise SystemExit(f"{side} failed:\n{done.stderr[-3000:]}")
        made = json.loads(out.read_text())
        self.said[side] = {"versions": made["versions"], "patches": made["patches"]}
        found: dict[str, Any] = made["found"]
        return found


def questions_of(folder: Path, images: int) -> list[Row]:
    """Render scenes, build POPE of them, and give its rows."""
    sightline.render_scenes(folder / "scenes", n=images + images // 2)
    sightline.build_pope(folder / "scenes" / "instances.json", folder / "pope", images=images)
    rows = []
    for split in ("random", "popular", "adversarial"):
        for line in (folder / "pope" / f"instances_pope_{split}.json").read_text().splitlines():
            row = json.loads(line)
            named = {"id": str(row["question_id"]), "image": row["image"]}
            rows.append({"split": split, **named, "question": row["text"], "label": row["label"]})
    return rows


def asked(
    sides: Sides, rows: Sequence[Row], folder: Path, repeats: int
) -> Iterator[tuple[list[dict[str, Any]], list[str]]]:
    """Every way of asking, in turn, as often as said; after each turn what was found so far, and our replies."""
    ways = [way for way in WAYS if way.side in sides.pythons]
    runs: dict[str, list[dict[str, Any]]] = {way.name: [] for way in ways}
    shared = {"rows": rows, "images": str(folder / "scenes" / "images"), "labels": str(folder / "pope")}
    for turn in range(repeats):
        for way in ways:
            model = "bundled" if way.side == "ours" else str(bundled_folder())
            runs[way.name].append(sides.run(way.side, "ask", {**shared, "model": model, "way": way.options}))
            print(f"{turn + 1}/{repeats} {way.name}: {runs[way.name][-1]['seconds']:.2f} s", flush=True)
        yield list(compared(ways, runs, rows)), runs[ways[0].name][0]["replies"]


def compared(
    ways: Sequence[Way], runs: Mapping[str, Sequence[Mapping[str, Any]]], rows: Sequence[Row]
) -> Iterator[dict[str, Any]]:
    """What each way took, and where it differs from ours with the same wording."""
    for way in ways:
        own = runs[way.name]
        ours = runs[next(one.name for one in ways if one.side == "ours" and one.wording == way.wording)][0]
        seconds, processor = [run["seconds"] for run in own], [run["processor_s"] for run in own]
        median = statistics.median(processor)
        others = [
            {"row": row, "ours": mine, "reply": reply}
            for row, mine, reply in zip(rows, ours["replies"], own[0]["replies"], strict=True)
            if mine != reply
        ]
        yield {
            **way._asdict(),
            "rows": len(rows),
            "asked": own[0]["asked"],
            "seconds": statistics.median(seconds),
            "all_seconds": seconds,
            "processor_s": median,
            "all_processor_s": processor,
            "rows_per_s": len(rows) / median,
            "ms_a_question": 1e3 * median / own[0]["asked"],
            "loading_s": [run["loading_s"] for run in own],
            "generating_s": [run["generating_s"] for run in own if "generating_s" in run],
            "prompt": own[0]["prompts"][0],
            "same_prompts": sorted(own[0]["prompts"]) == sorted(ours["prompts"]),
            "same_pixels": own[0]["pixels"] == ours["pixels"],
            "same_replies_each_turn": all(run["replies"] == own[0]["replies"] for run in own),
            "other_replies": len(others),
            "examples": others[:5],
            "own_scores": own[0]["scores"],
        }


def evaluations(
    given: argparse.Namespace, sides: Sides, rows: Sequence[Row], folder: Path, words: Sequence[str]
) -> Iterator[Evaluation]:
    """The replies that everybody scores, joined to their labels."""
    job = {"rows": rows, "images": str(folder / "scenes" / "images"), "model": "bundled"}
    said = {"bundled, in a word": words, "bundled, in a sentence": sides.run("ours", "sentences", job)["replies"]}
    for name, replies in said.items():
        lines = [
            json.dumps({"question_id": row["id"], "split": row["split"], "image": row["image"], "text": reply})
            for row, reply in zip(rows, replies, strict=True)
        ]
        path = folder / f"{name}.jsonl"
        path.write_text("\n".join(lines) + "\n")
        yield evaluate("pope", [f"{name}={path}"], [f"own={folder / 'pope'}"])
    yield evaluate("pope", example_replies("pope"), example_labels("pope")[:1])
    if given.replies:
        yield evaluate("pope", given.replies, given.labels, given.questions, allow_missing=True)


def rows_of(evaluation: Evaluation, replies: Sequence[Reply | None]) -> list[Row]:
    """Labelled questions of an evaluation with a model's replies."""
    answers, rows = evaluation.label_sets[0].answers, []
    for question, reply in zip(evaluation.questions, replies, strict=True):
        label = answers.get((question.images[0].name, question.claims[0]))
        if reply is not None and label in (Answer.HOLDS, Answer.DOES_NOT_HOLD):
            named = {"image": question.images[0].name, "question": question.text, "reply": reply.text}
            rows.append({"split": question.split, "label": "yes" if label is Answer.HOLDS else "no", **named})
    return rows


def scored(sides: Sides, some: Sequence[Evaluation]) -> dict[str, Any]:
    """What each makes of the same replies, and whether our readers of the peers' names do what the peers do."""
    sets = {model: rows_of(one, one.replies[model]) for one in some for model in one.models}
    hard = [{"split": "hard", "label": "no", "image": "", "question": "", "reply": reply} for reply in HARD]
    peers = [side for side in READERS if side in sides.pythons]
    theirs = {peer: sides.run(peer, "score", {"sets": {**sets, "hard": hard}}) for peer in peers}
    ours: dict[str, dict[str, dict[str, Any]]] = {}
    for one in some:
        for row in sightline.score(one, readers=["strict", "pope", *READERS.values()], draws=100).to_pylist():
            ours.setdefault(row["model"], {}).setdefault(row["reader"].split("@")[0], {})[row["split"]] = row
    found: dict[str, Any] = {"sets": {}, "readers": {}}
    for name, rows in sets.items():
        of = {f"sightline, {reader}": our_rates(ours[name][reader]) for reader in ("strict", "pope")}
        for peer in peers:
            of[peer] = their_rates(peer, theirs[peer][name])
        found["sets"][name] = {"rows": len(rows), "by": of}
    for peer in peers:
        found["readers"][READERS[peer]] = agreement(peer, theirs[peer], {**sets, "hard": hard}, ours)
    readings = {reader: [yes_no_reader(reader).read(text).answer for text in HARD] for reader in ("strict", "pope")}
    found["hard"] = {"replies": HARD, **readings, **{peer: theirs[peer]["hard"]["readings"] for peer in peers}}
    return found


def our_rates(by_split: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    mean = by_split["mean"]
    rates = {name: mean[name] for name in ("accuracy", "precision", "recall", "f1", "yes_ratio", "unreadable")}
    return {**rates, "f1_by_split": {split: row["f1"] for split, row in by_split.items() if split != "mean"}}


def their_rates(peer: str, scores: Mapping[str, Any]) -> dict[str, Any]:
    """A peer's rates, the mean of its splits, and what it prints for all rows together."""
    scale = 100.0 if peer == "vlmevalkit" else 1.0
    whole = scores["scores"]["Overall" if peer == "vlmevalkit" else "pooled"]
    splits = {name: rates for name, rates in scores["scores"].items() if rates is not whole}
    names = RATES[peer]
    rates = {name: statistics.mean(of[own] for of in splits.values()) / scale for name, own in names.items()}
    unread = scores["readings"].count("unknown") / len(scores["readings"])
    by_split = {split: of[names["f1"]] / scale for split, of in splits.items()}
    pooled = {name: whole[own] / scale for name, own in names.items()}
    return {**rates, "unreadable": unread, "f1_by_split": by_split, "pooled": pooled}


def agreement(
    peer: str, theirs: Mapping[str, Any], sets: Mapping[str, Sequence[Row]], ours: Mapping[str, Any]
) -> dict[str, Any]:
    """How our reader of a peer's name and the peer's own code differ: replies read otherwise, rates further apart."""
    reader, scale = yes_no_reader(READERS[peer]), 100.0 if peer == "vlmevalkit" else 1.0
    otherwise, undefined, checked, furthest = [], [], 0, 0.0
    for name, rows in sets.items():
        for row, reading in zip(rows, theirs[name]["readings"], strict=True):
            mine = reader.read(row["reply"]).answer or "unknown"
            if mine != reading:
                otherwise.append({"reply": row["reply"], "ours": mine, "theirs": reading})
        for split, row in ours.get(name, {}).get(READERS[peer], {}).items():
            for rate, own in RATES[peer].items() if split != "mean" else ():
                value = theirs[name]["scores"][split][own] / scale
                checked += 1
                if row[rate] is None:
                    undefined.append({"set": name, "split": split, "rate": rate, "theirs": value})
                else:
                    furthest = max(furthest, abs(row[rate] - value))
    return {
        "replies": sum(map(len, sets.values())),
        "read_otherwise": len(otherwise),
        "examples": otherwise[:10],
        "rates": checked,
        "furthest_apart": furthest,
        "undefined_with_us": undefined,
    }


def table(found: Mapping[str, Any]) -> str:
    lines = [f"{'':40}{'asked':>7}{'s':>8}{'processor':>10}{'range':>16}{'rows a s':>10}{'ms each':>9}{'others':>8}"]
    for way in found["ways"]:
        low, high = min(way["all_processor_s"]), max(way["all_processor_s"])
        lines.append(
            f"{way['name']:40}{way['asked']:>7}{way['seconds']:>8.2f}{way['processor_s']:>10.2f}"
            f"{f'{low:.2f} to {high:.2f}':>16}{way['rows_per_s']:>10.1f}"
            f"{way['ms_a_question']:>9.1f}{way['other_replies']:>8}"
        )
    for name, of in found["scores"]["sets"].items():
        lines.append(f"\n{name + ', ' + str(of['rows']):40}{'accuracy':>10}{'F1':>8}{'yes':>8}{'unread':>8}")
        for by, rates in of["by"].items():
            yes = f"{100 * rates['yes_ratio']:>8.2f}" if "yes_ratio" in rates else f"{'':8}"
            f1 = f"{'':8}" if rates["f1"] is None else f"{100 * rates['f1']:>8.2f}"
            lines.append(f"  {by:38}{100 * rates['accuracy']:>10.2f}{f1}{yes}{100 * rates['unreadable']:>8.2f}")
    lines += ["", *(f"{name}: {value}" for name, value in found["scores"]["readers"].items())]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vlmevalkit", help="the Python of an environment that has VLMEvalKit")
    parser.add_argument("--lmms-eval", help="the Python of an environment that has lmms-eval")
    parser.add_argument("--images", type=int, default=40, help="rendered scenes; 18 rows each")
    parser.add_argument("--repeats", type=int, default=3, help="turns; the median counts")
    parser.add_argument(
        "--replies", nargs="+", default=[], help="recorded replies to POPE, as sightline score takes them"
    )
    parser.add_argument("--labels", nargs="+", default=["pope"], help="POPE's labels for them")
    parser.add_argument("--questions", nargs="+", default=[], help="question files that their ids index")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    pythons = {"ours": sys.executable, "vlmevalkit": given.vlmevalkit, "lmms_eval": given.lmms_eval}
    pythons = {side: str(Path(python).absolute()) for side, python in pythons.items() if python}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sides = Sides(pythons, folder)
        found: dict[str, Any] = {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
            "load_before": os.getloadavg()[1],
        }
        rows = questions_of(folder, given.images)
        for found["ways"], words in asked(sides, rows, folder, given.repeats):
            if "scores" not in found:
                found["scores"] = scored(sides, list(evaluations(given, sides, rows, folder, words)))
            found["sides"], found["load_after"] = sides.said, os.getloadavg()[1]
            if given.out:
                given.out.write_text(json.dumps(found, indent=1, default=str) + "\n")
    print(table(found))


if __name__ == "__main__":
    main()
