"""What a sweep over all heads costs: the loop of the PIH repository and ours, on the same pictures, in one process.

    python speed/knockout_sweep.py --out result.json          Qwen2-VL-7B's shape with random weights, one large GPU
    python speed/knockout_sweep.py --tiny --out result.json   a small shape, on a CPU, in seconds

- the repository's loop (arXiv 2601.05201), written anew in `pih_loop`: a hook on every ``o_proj``, and for each head 50
  tokens generated from the pixels on, one prompt at a time. Scaled to all heads from some of every layer.
- one hooked forward a head: what somebody writes who wants log-probabilities only. Still one head at a time.
- ours, in `ways_to_sweep`: all heads of a layer side by side, the layers below them not computed again.

Replies have 50 tokens, their number the 10th token or the 3rd (`moons`). Model, pictures and prompts are made ready
outside the clock. Heads that both ways judge are held against each other (`judged_heads`); beside it stands how far the
loop lies from the single forward, which is the same by another order of rounding. In half precision answers that are
equally likely are a matter of rounding, so all is done again in float32.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from judged_heads import Judging, agreement, beginning_of, hooked_log_odds, judging_of, our_log_odds, sampled
from moons import KNOWN, NEW_TOKENS, OBJECT, OFFSETS, REPLIES, TRUE, draft, pictures_of, prompt_of, texts
from pih_loop import forward_log_probs, loop_log_probs, loop_reply
from pope_throughput import inputs_of, machine
from shapes import build
from sightline.mechanisms.means import Gathering
from sightline.mechanisms.screening import estimate_effects, promising_heads
from sightline.mechanisms.sweep import Asked, SweepSettings, sweep_images
from sightline.models.families import family_of
from sightline.models.head_outputs import HeadOutputs
from sightline.models.heads import Head, HeadLayout, head_layout
from sightline.models.loading import wrap
from sightline.models.transformers import TransformersModel
from sweep_work import Sizes, loop_flops
from ways_to_sweep import WITHOUT_NUMBER, clocked, measured, ways_of

KEPT_FOR_FLOAT32_S = 85


class Clock:
    """Ends what would take too long."""

    def __init__(self, seconds: float) -> None:
        self.end = time.perf_counter() + seconds
        self.left_out: list[str] = []

    def has(self, kept_s: float) -> bool:
        """Whether there is more time than so much."""
        return time.perf_counter() < self.end - kept_s

    def allows(self, what: str, kept_s: float) -> bool:
        """The same, noting what there is no time for."""
        if not self.has(kept_s):
            self.left_out.append(what)
        return self.has(kept_s)


def loop_costs(
    model: Any, inputs: Mapping[str, Any], heads: Sequence[Head], beginning: Sequence[int], limit_s: float
) -> dict[str, Any]:
    """Seconds a head, of the loop and of one hooked forward."""
    device, sizes, end = model.device, Sizes.of(model), time.perf_counter() + limit_s
    for _ in range(2):
        loop_reply(model, inputs, heads[0])
        forward_log_probs(model, inputs, heads[0], beginning)
    taken = []
    for head in heads:
        taken.append(clocked(partial(loop_reply, model, inputs, head), device))
        if time.perf_counter() > end:
            break
    alone = [clocked(partial(forward_log_probs, model, inputs, head, beginning), device) for head in heads]
    prompt, every = inputs["input_ids"].shape[1], sizes.layers * sizes.heads
    flops = {
        "loop": loop_flops(sizes, prompt, NEW_TOKENS),
        "one_forward": loop_flops(sizes, prompt + len(beginning), 1),
    }
    found = {}
    for name, some in (("loop", taken), ("one_forward", alone)):
        seconds = [one.median for one in some]
        median = statistics.median(seconds)
        found[name] = {
            "heads": len(seconds),
            "seconds_a_head": {"median": median, "least": min(seconds), "most": max(seconds)},
            "tflop_s": flops[name] / median / 1e12,
            "peak_gb": max(one.peak_gb for one in some),
            "scaled": {"heads": every, "seconds_a_prompt": every * median, "pflop": every * flops[name] / 1e15},
        }
    return found


@torch.inference_mode()
def layer_costs(model: Any, tokens: int, at_once: Sequence[int], repeats: int) -> list[dict[str, Any]]:
    """What one layer costs, by the rows computed side by side and the form of their mask."""
    text, sizes, device = model.model.language_model, Sizes.of(model), model.device
    layer = text.layers[sizes.layers // 2]
    places = torch.arange(tokens, device=device).expand(3, 1, -1)
    sees = torch.ones(1, 1, tokens, tokens, dtype=torch.bool, device=device).tril()
    added = torch.zeros_like(sees, dtype=model.dtype).masked_fill_(~sees, torch.finfo(model.dtype).min)
    found = []
    for rows in at_once:
        hidden = torch.randn(rows, tokens, sizes.width, dtype=model.dtype, device=device)
        turned = text.rotary_emb(hidden, places)
        for name, mask in (("added", added), ("boolean", sees), ("none", None)):
            run = partial(layer, hidden, attention_mask=mask, position_embeddings=turned, use_cache=False)
            run()
            ms = 1e3 * clocked(lambda run=run: [run() for _ in range(5)], device, repeats).median / 5
            tflop_s = rows * sizes.layer(tokens, tokens) / ms / 1e9
            found.append({"rows": rows, "mask": name, "ms": ms, "tflop_s": tflop_s})
    return found


def screening_costs(
    model: TransformersModel, asked: list[Asked], outputs: HeadOutputs, layout: HeadLayout, repeats: int
) -> list[dict[str, Any]]:
    """What it costs to estimate the effects of all heads, and to sweep the promising ones after that."""
    settings = SweepSettings("mean")
    prompts = sum(len(one.prompts) for one in asked)
    chosen: tuple[Head, ...] = ()

    def estimate() -> None:
        nonlocal chosen
        chosen = promising_heads(estimate_effects(model, asked, settings, outputs), layout)

    def screen() -> None:
        estimate()
        sweep_images(model, asked, chosen, KNOWN, settings, outputs)

    found = []
    for run, title in ((estimate, "mean, estimated only"), (screen, "mean, screened and swept")):
        run()
        taken = clocked(run, model.model.device, repeats)
        way = {"way": f"{title}, prompts of an image: {prompts}", "prompts": prompts, "heads": len(chosen)}
        way |= {"seconds": taken.median, "all_seconds": taken.seconds, "seconds_a_prompt": taken.median / prompts}
        found.append(way | {"peak_gb": taken.peak_gb})
    return found


class Sweeps:
    """Everything that is measured, one part after the other; what is done is written at once."""

    def __init__(self, given: argparse.Namespace, folder: Path) -> None:
        self.given, self.clock = given, Clock(given.seconds)
        cuda = torch.cuda.is_available() and not given.tiny
        self.device, self.dtype = ("cuda", "bfloat16") if cuda else ("cpu", "float32")
        self.shape = "qwen2-vl-tiny" if given.tiny else "qwen2-vl-7b"
        torch.backends.cudnn.allow_tf32 = False  # of the picture's first layer, where float32 judges
        KNOWN.read(WITHOUT_NUMBER, OBJECT)  # its words take seconds to load
        self.pictures = pictures_of(folder, given.stacked)
        self.model, self.processor = build(self.shape, self.device, self.dtype, texts())
        self.layout = head_layout(self.model, family_of(self.model.config.model_type))
        self.sampled = sampled(self.layout)
        drafts = [draft(self.processor.tokenizer, place, TRUE + OFFSETS[0]) for place in REPLIES]
        self.drafts = dict(zip((f"number the {place} token" for place in REPLIES), drafts, strict=True))
        self.found: dict[str, Any] = {
            "machine": machine(self.device),
            "shape": self.shape,
            "dtype": self.dtype,
            "prompt_tokens": self.inputs()["input_ids"].shape[1],
            "reply_tokens": NEW_TOKENS,
            "loop": {},
            "ours": [],
            "agreement": {},
            "one_layer": {},
            "left_out": self.clock.left_out,
        }

    @property
    def kept_s(self) -> float:
        """Seconds kept for float32."""
        return 0 if self.dtype == "float32" else KEPT_FOR_FLOAT32_S

    def run(self) -> None:
        """Measure everything."""
        inputs = self.inputs()
        # The loop comes before `wrap`, which makes the model itself faster.
        beginning = beginning_of(next(iter(self.drafts.values())))
        self.found["loop"] = loop_costs(self.model, inputs, self.sampled, beginning, self.given.loop_seconds)
        self.save()
        judging = judging_of(self.model, inputs, self.drafts)
        loop = hooked_log_odds(partial(loop_log_probs, self.model, inputs), judging, self.sampled)
        alone = hooked_log_odds(partial(forward_log_probs, self.model, inputs), judging, self.sampled)
        model = wrap(self.model, self.processor, self.shape)
        whole = self.agree(self.dtype, model, judging, loop)
        control = agreement(judging, self.sampled, loop, alone, whole)
        self.found["agreement"][f"{self.dtype}, loop and one forward"] = control
        self.costs(model)
        if self.dtype != "float32" and self.clock.allows("float32", self.kept_s / 2):
            self.in_float32(judging)

    def inputs(self) -> dict[str, Any]:
        """What the loop is given: one picture and its prompt."""
        return dict(inputs_of(self.model, self.processor, [(self.pictures[0], prompt_of(TRUE + OFFSETS[0]))]))

    def agree(self, name: str, model: TransformersModel, judging: Judging, loop: np.ndarray) -> np.ndarray:
        """Hold ours against the loop; what the whole model finds comes back."""
        heads = self.sampled[: len(loop)]
        ours, whole = our_log_odds(model, self.pictures[0], judging, heads)
        self.found["agreement"][f"{name}, loop and ours"] = agreement(judging, heads, loop, ours, whole)
        self.save()
        return whole

    def in_float32(self, judging: Judging) -> None:
        """Judge the heads again, as many as there is time for."""
        self.model.float()
        torch.cuda.empty_cache()
        find = partial(loop_log_probs, self.model, self.inputs())
        loop = hooked_log_odds(find, judging, self.sampled, lambda: self.clock.has(KEPT_FOR_FLOAT32_S / 4))
        self.agree("float32", wrap(self.model, self.processor, self.shape), judging, loop)

    def costs(self, model: TransformersModel) -> None:
        """What ours cost, and one layer."""
        ways, repeats = list(ways_of(model, self.pictures)), self.given.repeats
        eight = next(way.asked for way in ways if way.prompts == len(OFFSETS))
        gathering = Gathering(model)
        gathering.add(eight)
        outputs = gathering.done()
        for way in ways:
            if self.clock.allows(way.name, self.kept_s):
                self.found["ours"].append(measured(model, way, self.layout.all_heads, outputs, repeats))
                self.save()
        for asked in (ways[0].asked, eight):
            if self.clock.allows("screening", self.kept_s):
                self.found["ours"] += screening_costs(model, asked, outputs, self.layout, repeats)
        if self.clock.allows("one layer", self.kept_s):
            tokens = ways[0].prefix + len(ways[0].rows[0].row.tree.ids)
            at_once = (1, 7, 14, 28, 56, 112, 212) if self.device == "cuda" else (1, 4)
            costs = layer_costs(self.model, tokens, at_once, repeats)
            self.found["one_layer"] = {"tokens_of_a_row": tokens, "costs": costs}
        self.save()

    def save(self) -> None:
        """Write what was found so far."""
        if self.given.out:
            self.given.out.write_text(json.dumps(self.found, indent=1) + "\n")


def table(found: Mapping[str, Any]) -> str:
    loop = found["loop"]
    most = loop["loop"]["scaled"]["seconds_a_prompt"]
    lines = [f"{'all heads':48}{'s':>9}{'s a prompt':>12}{'times':>8}{'TFLOP/s':>9}{'GB':>7}"]
    ways = [
        (f"{title}, of {loop[name]['heads']} heads", "", loop[name]["scaled"]["seconds_a_prompt"], loop[name])
        for name, title in (("loop", "the repository's loop"), ("one_forward", "one hooked forward a head"))
    ]
    ways += [(way["way"], f"{way['seconds']:.2f}", way["seconds_a_prompt"], way) for way in found["ours"]]
    for name, seconds, a_prompt, way in ways:
        rate = f"{way['tflop_s']:.1f}" if "tflop_s" in way else ""
        lines.append(f"{name:48}{seconds:>9}{a_prompt:12.3f}{most / a_prompt:8.1f}{rate:>9}{way['peak_gb']:7.1f}")
    lines.append("Scaled: the first two, to all heads. The mean is another knockout than the loop's.")
    lines.append(
        f"\n{'log-odds of heads, held against each other':72}{'heads':>6}{'differ':>8}{'apart':>9}{'spread':>9}"
    )
    for name, answers in found["agreement"].items():
        for one in answers:
            told = f"{one['heads']:6}{len(one['disagreements']):8}{one['largest_difference']:9.2g}"
            lines.append(f"{name + ': ' + one['answer']:72}{told}{one['spread_over_heads']:9.2g}")
    if found["left_out"]:
        lines.append(f"Left out for want of time: {', '.join(found['left_out'])}.")
    return "\n".join(lines)


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="a small shape, on a CPU")
    parser.add_argument("--repeats", type=int, default=3, help="how often each way of ours runs; the median counts")
    parser.add_argument("--stacked", type=int, default=4, help="pictures swept together")
    parser.add_argument("--loop-seconds", type=float, default=170, help="limit for the repository's loop")
    parser.add_argument("--seconds", type=float, default=550, help="limit for everything; what is late is left out")
    folder = os.environ.get("OUT")
    usual = Path(folder) / "knockout_sweep.json" if folder else None
    parser.add_argument("--out", type=Path, default=usual, help="a file; by default knockout_sweep.json in $OUT")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    given = parsed(arguments)
    if not given.tiny and not torch.cuda.is_available():
        raise SystemExit("There is no GPU for a model of 8 billion parameters; --tiny runs on a CPU.")
    with tempfile.TemporaryDirectory() as folder:
        sweeps = Sweeps(given, Path(folder))
        sweeps.run()
    print(table(sweeps.found))


if __name__ == "__main__":
    main()
