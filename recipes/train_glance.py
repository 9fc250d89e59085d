"""Train glance, the small detector inside the package, from nothing on a processor.

It learns where the middles of objects are, and how far they reach, in rendered scenes of a stream of its own: neither
those that users render nor those that the bundled model was trained on. The kinds of every scene change places at
random, so that nothing goes along with anything and every kind has every colour. What is expected beside what is
there, which is what a vision-language model hallucinates, teaches it nothing.

    python recipes/train_glance.py --out OUT                        twenty minutes on two cores
    python recipes/train_glance.py --out OUT --steps 4 --images 2   to see that it runs

What is written to OUT is what lies in src/sightline/detectors/bundled.
"""

import argparse
import hashlib
import json
import math
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch.utils.data import DataLoader, IterableDataset

from sightline.detectors.glance_network import STRIDE, GlanceNetwork, Maps
from sightline.scenes.rendered.compose import CANVAS_PX, RenderedObject, RenderedScene, compose, visible_px
from sightline.scenes.rendered.paint import paint
from sightline.scenes.rendered.world import KINDS

STREAM = 3
"""Scenes of this stream are trained on here and nowhere else; 0 is what users render, 1 what the bundled model saw."""

FEWEST_VISIBLE_PX = 12
"""Objects that show less, after kinds changed places, are left out of the scene."""

PLACES = CANVAS_PX // STRIDE
SPREAD = 0.8
"""How far around its middle an object is not counted as absent, in places (a standard deviation)."""


class Batch(NamedTuple):
    """Scenes as the network sees them, and what it should make of them.

    Args:
        pixels: (n, 128, 128, 3) uint8.
        near: (n, kinds, h, w), 1 at the middle of an object, falling off around it.
        edges: (n, 4, h, w), how far left, top, right and bottom of the object are from its middle, in places.
        middle: (n, h, w), where an object has its middle.
    """

    pixels: torch.Tensor
    near: torch.Tensor
    edges: torch.Tensor
    middle: torch.Tensor


def scene_of(seed: int, index: int) -> RenderedScene:
    """A scene whose kinds have changed places with others."""
    scene = compose(seed, index, combinations="any", stream=STREAM)
    order = np.random.default_rng((seed, index, STREAM, 1)).permutation(len(KINDS))
    other = {kind: KINDS[order[place]] for place, kind in enumerate(KINDS)}
    objects = [replace(each, kind=other[each.kind]) for each in scene.objects]
    shown = (
        each for place, each in enumerate(objects) if visible_px(each, objects[place + 1 :])[0] >= FEWEST_VISIBLE_PX
    )
    return replace(scene, objects=tuple(shown))


class Scenes(IterableDataset):  # type: ignore[type-arg]
    """Batches of scenes; each depends on the seed and its step alone."""

    def __init__(self, seed: int, steps: int, images: int) -> None:
        self.seed, self.steps, self.images = seed, steps, images

    def __iter__(self) -> Iterator[Batch]:
        """Every worker makes each n-th batch; the loader takes them in turn."""
        worker = torch.utils.data.get_worker_info()
        if worker:
            torch.set_num_threads(1)
        first, by = (worker.id, worker.num_workers) if worker else (0, 1)
        for step in range(first, self.steps, by):
            yield self.batch(step)

    def batch(self, step: int) -> Batch:
        """The batch of one step."""
        n = self.images
        pixels = np.empty((n, CANVAS_PX, CANVAS_PX, 3), dtype=np.uint8)
        near = np.zeros((n, len(KINDS), PLACES, PLACES), dtype=np.float32)
        edges = np.zeros((n, 4, PLACES, PLACES), dtype=np.float32)
        middle = np.zeros((n, PLACES, PLACES), dtype=bool)
        for row in range(n):
            scene = scene_of(self.seed, step * n + row)
            pixels[row] = paint(scene)
            for each in scene.objects:
                self._mark(each, near[row], edges[row], middle[row])
        return Batch(*(torch.from_numpy(each) for each in (pixels, near, edges, middle)))

    @staticmethod
    def _mark(
        each: RenderedObject, near: NDArray[np.float32], edges: NDArray[np.float32], middle: NDArray[np.bool_]
    ) -> None:
        """Write one object into the maps of its scene; what lies in front is written last."""
        at = np.asarray([each.y, each.x], dtype=np.float32) / STRIDE
        row, column = np.clip(np.round(at).astype(int), 0, PLACES - 1)
        down, across = np.ogrid[:PLACES, :PLACES]
        fall = np.exp(-((down - at[0]) ** 2 + (across - at[1]) ** 2) / (2 * SPREAD**2))
        of_kind = near[KINDS.index(each.kind)]
        np.maximum(of_kind, fall, out=of_kind)
        of_kind[row, column] = 1
        left, top, right, bottom = (edge / STRIDE for edge in each.box)
        edges[:, row, column] = column - left, row - top, right - column, bottom - row
        middle[row, column] = True


def loss_of(maps: Maps, batch: Batch) -> torch.Tensor:
    """How far maps are from what they should be.

    Source: the focal loss of CornerNet (arXiv 1808.01244, equation 1) with its exponents 2 and 4, as CenterNet uses it.
    """
    at = batch.near == 1
    found, missed = torch.nn.functional.logsigmoid(maps.logits), torch.nn.functional.logsigmoid(-maps.logits)
    p = maps.logits.sigmoid()
    there = (1 - p) ** 2 * found * at
    absent = (1 - batch.near) ** 4 * p**2 * missed * ~at
    places = batch.middle[:, None].expand_as(maps.edges)
    reach = (maps.edges - batch.edges).abs()[places].mean()
    return -(there + absent).sum() / at.sum().clamp(min=1) + 0.1 * reach


def rate(step: int, steps: int, peak: float) -> float:
    """The learning rate: up over 5 % of the steps, then down along a cosine."""
    return peak * min(1.0, (step + 1) / max(1, 0.05 * steps)) * 0.5 * (1 + math.cos(math.pi * step / steps))


def train(given: argparse.Namespace) -> None:
    """Train and save."""
    torch.manual_seed(given.seed)
    network = GlanceNetwork(len(KINDS)).to(memory_format=torch.channels_last)
    say(parameters=sum(p.numel() for p in network.parameters()))
    optimizer = torch.optim.AdamW(network.parameters(), lr=given.rate, weight_decay=0.02)
    loader = DataLoader(Scenes(given.seed, given.steps, given.images), batch_size=None, num_workers=given.workers)
    began, losses = time.monotonic(), []
    for step, batch in enumerate(loader):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, given.steps, given.rate)
        loss = loss_of(network(inputs(batch.pixels)), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if (step + 1) % given.every == 0:
            mean = sum(losses[-given.every :]) / given.every
            say(step=step + 1, seconds=round(time.monotonic() - began), loss=round(mean, 4))
    save(network, given, time.monotonic() - began)


def inputs(pixels: torch.Tensor) -> torch.Tensor:
    """(n, h, w, 3) uint8 → (n, 3, h, w) in [−1, 1]."""
    return (pixels.permute(0, 3, 1, 2).float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def save(network: GlanceNetwork, given: argparse.Namespace, seconds: float) -> None:
    """Write the weights in half precision, how they came about, and the checksums."""
    out = Path(given.out)
    out.mkdir(parents=True, exist_ok=True)
    weights = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    save_file(weights, out / "glance.safetensors")
    settings = {name: value for name, value in vars(given).items() if name not in ("out", "workers", "every")}
    record = {
        "settings": settings,
        "stream": STREAM,
        "kinds": list(KINDS),
        "seconds": round(seconds),
        "torch": torch.__version__,
    }
    (out / "glance.json").write_text(json.dumps(record, indent=1) + "\n")
    sums = {
        path: hashlib.sha256((out / path).read_bytes()).hexdigest() for path in ("glance.json", "glance.safetensors")
    }
    (out / "checksums.json").write_text(json.dumps(sums, indent=1) + "\n")


def say(**facts: float) -> None:
    """Print one line of JSON."""
    print(json.dumps(facts), flush=True)


def parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, help="folder of the weights")
    parser.add_argument("--seed", type=int, default=20507)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--images", type=int, default=24, help="scenes of a step")
    parser.add_argument("--rate", type=float, default=4e-3, help="peak learning rate")
    parser.add_argument("--every", type=int, default=50, help="steps between two lines of progress")
    parser.add_argument("--workers", type=int, default=min(1, (os.cpu_count() or 1) - 1))
    return parser.parse_args(arguments)


if __name__ == "__main__":
    train(parsed())
