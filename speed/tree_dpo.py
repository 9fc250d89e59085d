"""What preference tuning costs: TRL's DPOTrainer and ours, on the same pairs in the same order, in one process.

    python speed/tree_dpo.py --out result.json                       Qwen2-VL-7B's shape, random weights, one large GPU
    python speed/tree_dpo.py --only 640x480 finer --out result.json  some layouts
    python speed/tree_dpo.py --gpus 1 2 4 --out result.json          ours alone, on several GPUs of one machine, twice
    python speed/tree_dpo.py --shape bundled --only 640x480          the bundled model, on a CPU

The 7B shape in bfloat16, LoRA of rank 16 on every linear layer of the language model, gradient checkpointing, AdamW. Of
each layout (`dpo_rows`) the clock holds all that a step takes: reading and processing the JPEG files, both forwards,
the backward, the optimizer, the logging. The first steps are dropped. Both trainers see the same pairs in each step, at
the smallest of some learning rates at which the loss of ours falls below 0.5; TRL computes as many pairs side by side
as is fastest for it.

That both compute the same is shown on pairs of the same layout: the margin of each (policy less reference, chosen less
rejected), and the gradients that the optimizer gets; in bfloat16, where TRL is held against itself with other batches
too, and in float32 on the first two layers of the language model and of the vision tower.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import torch

from dpo_parity import cut, parity
from dpo_rows import LAYOUTS, Layout, pairs_of, photographs, texts
from dpo_runs import Run, Setting, in_order, ours, peer, train
from pope_throughput import machine
from shapes import SHAPES, build
from sightline.core import PreferencePair
from sightline.models.families import family_of
from sightline.models.loading import load
from sightline.tuning.batches import Encoder
from sightline.tuning.row_lengths import check_rows
from sightline.tuning.rows import PairRow

RATES = (5e-5, 1e-4, 2e-4, 5e-4, 1e-3)
LEARNED = 0.5
BUNDLED = "bundled"


class Rows(NamedTuple):
    """What is trained on.

    Args:
        folder: of the pictures.
        pairs: picture after picture.
    """

    folder: Path
    pairs: list[PreferencePair]


def rows_of(layout: Layout, folder: Path, pairs: int) -> Rows:
    """So many pairs."""
    pictures = photographs(folder, -(-pairs // layout.queries), layout.picture)
    return Rows(folder, pairs_of(pictures, layout.queries)[:pairs])


def model_of(shape: str) -> tuple[Any, Any]:
    """A model and its processor; in bfloat16 on a GPU."""
    device, dtype = ("cuda", "bfloat16") if torch.cuda.is_available() else ("cpu", "float32")
    if shape == BUNDLED:
        loaded = load(BUNDLED, dtype=dtype, device=device)
        return loaded.model, loaded.processor
    return build(shape, device, dtype, texts())


def limit_pictures(processor: Any, layout: Layout) -> None:
    """Have a processor make pictures no larger than a layout says, where it takes any size."""
    if hasattr(processor.image_processor, "merge_size"):
        processor.image_processor.size = {"shortest_edge": 56 * 56, "longest_edge": layout.max_pixels}


def setting_of(given: argparse.Namespace, layout: Layout, folder: Path, model: Any) -> Setting:
    """What trainers are told of a layout, to begin with."""
    pairs = given.pairs or layout.pairs_a_step
    half = model.dtype == torch.bfloat16
    return Setting(folder, pairs, pairs, given.steps, given.rates[0], workers=given.workers, half=half)


def record(run: Run, setting: Setting, dropped: int) -> dict[str, Any]:
    """What a run took."""
    counted = run.seconds[dropped:]
    middle, least, most = (1e3 * made(counted) / setting.pairs_a_step for made in (statistics.median, min, max))
    return {
        "pairs_a_step": setting.pairs_a_step,
        "pairs_at_once": setting.at_once,
        "learning_rate": setting.rate,
        "seconds": run.seconds,
        "dropped_steps": dropped,
        "ms_a_pair": middle,
        "ms_a_pair_least_and_most": [least, most],
        "peak_gb": run.peak_gb,
        "losses": run.losses,
        "loss_at_the_end": at_the_end(run),
    }


def at_the_end(run: Run) -> float:
    """The loss of the last two steps."""
    return statistics.mean(run.losses[-2:])


def middle_of(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The run in the middle."""
    return sorted(records, key=lambda one: one["ms_a_pair"])[len(records) // 2]


class Comparison:
    """One layout, TRL and ours.

    Args:
        model: stays as it is.
        processor: of the model.
        layout: its name.
        rows: enough for all steps.
        given: what was asked for on the command line.
        end: when all is to be done, by `time.perf_counter`.
        save: called after each part, with what was found so far.
    """

    def __init__(
        self,
        model: Any,
        processor: Any,
        layout: str,
        rows: Rows,
        given: argparse.Namespace,
        end: float,
        save: Callable[[dict[str, Any]], None],
    ) -> None:
        self.model, self.processor, self.rows, self.given = model, processor, rows, given
        self.end, self.save = end, save
        self.setting = setting_of(given, LAYOUTS[layout], rows.folder, model)
        self.found: dict[str, Any] = {}

    def run(self) -> None:
        """Everything about the layout, the cheap first."""
        for name, measure in (
            ("tokens", self.tokens),
            ("parity", self.parities),
            ("ours", self.ours),
            ("ours_keeping_what_layers_compute", self.keeping),
            ("trl", self.trl),
        ):
            before = time.perf_counter()
            self.found[name] = measure()
            self.save(self.found)
            print(json.dumps({"measured": name, "seconds": round(time.perf_counter() - before, 1)}), flush=True)
        self.found["times"] = self.found["trl"]["ms_a_pair"] / middle_of(self.found["ours"])["ms_a_pair"]
        self.save(self.found)

    def tokens(self) -> dict[str, float]:
        """How long things are, and what it takes to look at every row before the first step, as `sightline tune` does.

        Left out there: a step takes it once for all epochs.
        """
        family = family_of(self.model.config.model_type)
        encoder = Encoder(self.processor, family, self.rows.folder)
        rows = [PairRow(pair, "", row) for row, pair in enumerate(self.rows.pairs)]
        before = time.perf_counter()
        checked, _ = check_rows(rows, encoder, "", None, self.rows.folder / "rows.jsonl", self.given.workers)
        seconds = time.perf_counter() - before
        images = len(checked.images)
        return {
            "queries": len(rows) / images,
            "up_to_the_end_of_the_image": statistics.mean(length.prefix for length in checked.lengths.values()),
            "of_a_pair": statistics.mean(length.own for length in checked.lengths.values()),
            "as_a_tree": checked.tree_tokens / images,
            "each_by_itself": checked.plain_tokens / images,
            "looked_at_before_ms_a_pair": 1e3 * seconds / len(rows),
        }

    def parities(self) -> dict[str, Any]:
        """In the precision that is measured, and in float32 on a cut."""
        pairs = self.rows.pairs[: self.given.compared]
        few = self.setting._replace(pairs_a_step=len(pairs), at_once=len(pairs), steps=1, clip=0.0, workers=0)
        found = {str(self.model.dtype).removeprefix("torch."): parity(self.model, self.processor, pairs, few)}
        found["float32_two_layers"] = parity(cut(self.model), self.processor, pairs, few._replace(half=False))
        return found

    def ours(self) -> list[dict[str, Any]]:
        """Ours, at the smallest learning rate at which it learns, and as many pairs at once as is fastest."""
        for rate in self.given.rates:
            self.setting = self.setting._replace(rate=rate, at_once=self.given.ours_at_once[0])
            first = self.trained(ours, self.setting)
            if first["loss_at_the_end"] < LEARNED:
                break
        others = [self.setting._replace(at_once=at_once) for at_once in self.given.ours_at_once[1:]]
        tried = [(first, self.setting)] + [(self.trained(ours, setting), setting) for setting in others]
        best, self.setting = min(tried, key=lambda one: one[0]["ms_a_pair"])
        self.found["ours_tried"] = {one["pairs_at_once"]: one["ms_a_pair"] for one, _ in tried}
        return [best] + [self.trained(ours, self.setting) for _ in range(self.given.repeats - 1)]

    def keeping(self) -> dict[str, Any] | None:
        """Ours without computing layers again in the backward pass; None where it does not fit."""
        try:
            return self.trained(ours, self.setting._replace(recompute=False))
        except torch.OutOfMemoryError:
            return None

    def trl(self) -> dict[str, Any]:
        """TRL on the same pairs in the same order, as many at once as is fastest; fewer steps where time runs out."""
        tried = {at_once: self.tried(at_once) for at_once in self.given.at_once}
        fits = {at_once: ms for at_once, ms in tried.items() if ms is not None}
        at_once = min(fits, key=fits.__getitem__)
        a_step = fits[at_once] / 1e3 * self.setting.pairs_a_step
        steps = int((self.end - time.perf_counter()) / a_step)
        steps = max(self.given.dropped + 2, min(self.setting.steps, steps))
        found = self.trained(peer, self.setting._replace(at_once=at_once, steps=steps))
        return found | {"ms_a_pair_by_pairs_at_once": tried}

    def tried(self, at_once: int) -> float | None:
        """Milliseconds a pair of TRL with so many at once; None where they do not fit."""
        most = max(self.given.at_once)
        try:
            run = self.raw(peer, self.setting._replace(pairs_a_step=most, at_once=at_once, steps=2))
        except torch.OutOfMemoryError:
            return None
        return 1e3 * run.seconds[-1] / most

    def trained(self, make: Callable[..., Any], setting: Setting) -> dict[str, Any]:
        """What it takes to train."""
        return record(self.raw(make, setting), setting, self.given.dropped)

    def raw(self, make: Callable[..., Any], setting: Setting) -> Run:
        """Train on the pairs in the order of ours, which makes its order itself."""
        pairs = self.rows.pairs if make is ours else in_order(self.rows.pairs, self.setting)
        return train(make, self.model, self.processor, pairs, setting)


def compare(given: argparse.Namespace, found: dict[str, Any], folder: Path) -> None:
    """Measure layout after layout."""
    end = time.perf_counter() + given.seconds
    model, processor = model_of(given.shape)
    found["parameters"] = sum(weights.numel() for weights in model.parameters())
    found["layouts"], found["left_out"] = {}, []
    for name in given.only:
        if found["layouts"] and time.perf_counter() > end - given.seconds / 4:
            found["left_out"].append(name)
            continue
        layout = LAYOUTS[name]
        limit_pictures(processor, layout)
        rows = rows_of(layout, folder / name, (given.pairs or layout.pairs_a_step) * given.steps)

        def saved(own: dict[str, Any], name: str = name) -> None:
            found["layouts"][name] = own
            save(found, given)

        comparison = Comparison(model, processor, name, rows, given, end, saved)
        comparison.run()
        given.rates = [rate for rate in given.rates if rate >= comparison.setting.rate]


def scale(given: argparse.Namespace, found: dict[str, Any], folder: Path) -> None:
    """Measure ours on several GPUs, each number of them in processes of their own.

    Each trains twice on the same pairs: what a GPU does once for each new length of a batch is done the second time.
    """
    for name in given.only:
        layout = LAYOUTS[name]
        pairs = (given.pairs or layout.pairs_a_step) * given.steps * max(given.gpus)
        rows_of(layout, folder / name, pairs)
    found["gpus"] = {}
    for gpus in given.gpus:
        own = folder / f"{gpus}.json"
        asked = ["--shape", given.shape, "--steps", str(given.steps), "--dropped", str(given.dropped)]
        asked += ["--workers", str(given.workers), "--only", *given.only, "--process", str(folder), "--out", str(own)]
        asked += ["--pairs", str(given.pairs)] if given.pairs else []
        asked += ["--ours-at-once", str(given.ours_at_once[0])]
        launched = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(gpus)]
        subprocess.run([*launched, __file__, *asked], check=True)
        found["gpus"][str(gpus)] = json.loads(own.read_text())
        save(found, given)


def one_process(given: argparse.Namespace) -> None:
    """One of the processes that train together; the first writes what it saw."""
    rank, world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    model, processor = model_of(given.shape)
    found = {}
    for name in given.only:
        layout, folder = LAYOUTS[name], given.process / name
        limit_pictures(processor, layout)
        pairs = pairs_of(sorted(folder.glob("*.jpg")), layout.queries)
        setting = setting_of(given, layout, folder, model)._replace(at_once=given.ours_at_once[0])
        first, again = (record(train(ours, model, processor, pairs, setting), setting, given.dropped) for _ in range(2))
        found[name] = {"first": paced(first, layout, world), "again": paced(again, layout, world)}
    if rank == 0:
        given.out.write_text(json.dumps(found))
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def paced(run: dict[str, Any], layout: Layout, processes: int) -> dict[str, Any]:
    """What a run took, and how many images that is in a second, over all processes."""
    return run | {"images_a_second": 1e3 * processes / (run["ms_a_pair"] * layout.queries)}


def save(found: Mapping[str, Any], given: argparse.Namespace) -> None:
    """Write what was found so far."""
    if given.out:
        given.out.write_text(json.dumps(found, indent=1) + "\n")


def table(found: Mapping[str, Any]) -> str:
    """What was measured, to be read."""
    lines = []
    if "layouts" in found:
        lines.append(f"{'':10}{'TRL':>10}{'ours':>9}{'times':>8}{'TRL':>9}{'ours':>8}{'TRL':>9}{'ours':>8}")
    for name, one in found.get("layouts", {}).items():
        theirs, mine = one["trl"], middle_of(one["ours"])
        lines.append(
            f"{name:10}{theirs['ms_a_pair']:10.1f}{mine['ms_a_pair']:9.1f}{one['times']:8.1f}{theirs['peak_gb']:9.1f}"
            f"{mine['peak_gb']:8.1f}{theirs['loss_at_the_end']:9.3f}{mine['loss_at_the_end']:8.3f}"
        )
        for precision, checked in one["parity"].items():
            apart = checked["gradients_of_ours_and_trl"]["relative"], checked["gradients_of_trl_and_trl"]["relative"]
            lines.append(
                f"  {precision}: margins at most {checked['largest_nats']:.2g} nats apart, their spread "
                f"{checked['spread_of_margins_nats']:.2g}; "
                f"gradients {apart[0]:.2g} (of TRL in other batches {apart[1]:.2g})"
            )
    if lines:
        lines.append(
            "The columns: ms a pair, and how many times faster; peak memory in GB; loss of the last two steps."
        )
    if found.get("left_out"):
        lines.append(f"Left out for want of time: {', '.join(found['left_out'])}.")
    for gpus, layouts in found.get("gpus", {}).items():
        fewest = min(found["gpus"], key=int)
        for name, runs in layouts.items():
            for when, run in runs.items():
                alone = found["gpus"][fewest][name][when]["images_a_second"]
                share = run["images_a_second"] / alone * int(fewest) / int(gpus)
                lines.append(
                    f"{name:10}{gpus} GPUs, {when:5}: {run['images_a_second']:6.2f} images a second, "
                    f"{share:.2f} of linear"
                )
    return "\n".join(lines)


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=[*SHAPES, BUNDLED], default="qwen2-vl-7b")
    parser.add_argument("--only", nargs="+", choices=list(LAYOUTS), default=["640x480", "finer", "1200"])
    parser.add_argument("--pairs", type=int, help="pairs for each step of the optimizer, on each GPU; by layout")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--dropped", type=int, default=2, help="first steps that do not count")
    parser.add_argument("--repeats", type=int, default=3, help="how often ours trains; the median counts")
    parser.add_argument("--at-once", type=int, nargs="+", default=[2, 4, 8], help="tried for TRL: pairs side by side")
    parser.add_argument("--ours-at-once", type=int, nargs="+", default=[16, 32], help="tried for ours")
    parser.add_argument("--compared", type=int, default=8, help="pairs whose margins and gradients are compared")
    parser.add_argument("--rates", type=float, nargs="+", default=RATES, help="learning rates that are tried")
    parser.add_argument("--workers", type=int, default=8, help="processes that read pictures, of each trainer")
    parser.add_argument("--seconds", type=float, default=500, help="limit for everything; what is late is left out")
    parser.add_argument("--gpus", type=int, nargs="+", help="measure ours alone, on so many GPUs")
    parser.add_argument("--process", type=Path, help=argparse.SUPPRESS)
    folder = os.environ.get("OUT")
    usual = Path(folder) / "tree_dpo.json" if folder else None
    parser.add_argument("--out", type=Path, default=usual, help="a file; by default tree_dpo.json in $OUT")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    given = parsed(arguments)
    if given.process:
        one_process(given)
        return
    if given.shape == "qwen2-vl-7b" and not torch.cuda.is_available():
        raise SystemExit("There is no GPU for a model of 8 billion parameters; --shape qwen2-vl-tiny runs on a CPU.")
    began = time.perf_counter()
    found: dict[str, Any] = {
        "machine": machine("cuda" if torch.cuda.is_available() else "cpu"),
        "versions": {name: version(name) for name in ("trl", "peft", "accelerate")},
        "shape": given.shape,
        "workers": given.workers,
    }
    with tempfile.TemporaryDirectory() as folder:
        (scale if given.gpus else compare)(given, found, Path(folder))
    found["seconds"] = time.perf_counter() - began
    save(found, given)
    print(table(found))


if __name__ == "__main__":
    main()
