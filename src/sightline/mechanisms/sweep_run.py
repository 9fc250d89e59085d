"""A sweep from end to end: prompts chosen, heads swept, everything kept so that it can be interrupted.

Images are cut in two: heads are found on the prompts of one part and judged on those of the other, so that what is
reported is not what was searched.
"""

import hashlib
import json
import time
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sightline.benchmarks import benchmark as find_benchmark
from sightline.core import LabelSet
from sightline.errors import RequestError
from sightline.evaluation.asking import find_images
from sightline.evaluation.keys import check_splits, read_answer_keys
from sightline.evaluation.measure import Progress
from sightline.mechanisms.presupposing import Asserting, asserting_prompts, presupposing
from sightline.mechanisms.screening import EXACT_LAYERS, TOP, promising_heads
from sightline.mechanisms.sweep import SweepSettings
from sightline.mechanisms.sweep_batches import Batch, Sweeping, SweptHere
from sightline.mechanisms.sweep_folder import SweepFolder, hold_sweep, rounded
from sightline.models.head_outputs import HeadOutputs
from sightline.models.heads import Head, check_heads
from sightline.models.knockout import check_way
from sightline.models.transformers import TransformersModel

__all__ = ["Screen", "SweepPlan", "plan_sweep", "run_sweep", "split_images"]


class Screen(NamedTuple):
    """How heads are screened.

    Args:
        top: heads that are swept exactly, for their estimates.
        exact_layers: layers whose heads are, whatever their estimates.
    """

    top: int = TOP
    exact_layers: int = EXACT_LAYERS


@dataclass(frozen=True)
class SweepPlan:
    """What is swept.

    Args:
        benchmark: "counting" or "colour".
        labels: the label set that says what holds.
        prompts: the prompts, image by image.
        images: for every image of them its file.
        held_out: names of the images that are kept for the judging of heads.
        splits: the splits that were asked for.
    """

    benchmark: str
    labels: LabelSet
    prompts: tuple[Asserting, ...]
    images: Mapping[str, Path]
    held_out: tuple[str, ...]
    splits: tuple[str, ...]

    @property
    def by_image(self) -> dict[str, tuple[Asserting, ...]]:
        """The prompts of each image."""
        found: dict[str, list[Asserting]] = {}
        for prompt in self.prompts:
            found.setdefault(prompt.image, []).append(prompt)
        return {image: tuple(own) for image, own in found.items()}


def split_images(images: Sequence[str], share: float, seed: int = 0) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Cut images in two by the order of a hash of their names, so that the same images are always cut the same way.

    Args:
        images: names.
        share: of the first part, above 0 and up to 1.
        seed: another cut for another seed.

    Returns:
        The images to find heads on, and those to judge them on.

    Raises:
        RequestError: the share is none, or one part would be empty.

    Example:
        >>> found, held_out = split_images(["a.png", "b.png", "c.png", "d.png"], 0.5)
        >>> len(found), len(held_out), set(found) & set(held_out)
        (2, 2, set())
    """
    if not 0 < share <= 1:
        raise RequestError(f"The share of images to find heads on is {share:g}; expected above 0 and up to 1.")
    order = sorted(images, key=lambda name: hashlib.sha256(f"{seed}/{name}".encode()).digest())
    count = round(share * len(order))
    if not count:
        raise RequestError(f"{share:g} of {len(order)} images are none; take a larger share or more images.")
    first = set(order[:count])
    return tuple(name for name in images if name in first), tuple(name for name in images if name not in first)


def plan_sweep(
    benchmark: str,
    images: str | Path,
    labels: Sequence[str],
    *,
    splits: Sequence[str] = (),
    share: float = 0.5,
    most: int | None = None,
    without_images: Collection[str] = (),
    seed: int = 0,
) -> SweepPlan:
    """Choose what is swept.

    Args:
        benchmark: "counting" or "colour".
        images: the folder of its images.
        labels: its label set, as ``NAME=FILE``.
        splits: only these splits; all that assert something false where none is named.
        share: of the images to find heads on; the rest is kept for judging them.
        most: at most so many prompts, whole images drawn by the hash of their names.
        without_images: images that are left out before the rest is cut, as those that heads were found on.
        seed: of the cut and the draw.

    Raises:
        RequestError: the benchmark asserts nothing, or there are no prompts.
        MissingError: images are not there.
        DataError: a file is broken.
    """
    presupposing(benchmark)
    found = find_benchmark(benchmark)
    keys = read_answer_keys(found, labels)
    check_splits(found, splits, keys.questions)
    if len(keys.label_sets) != 1:
        raise RequestError(f"A sweep takes one label set; {len(keys.label_sets)} were given.")
    prompts = asserting_prompts(benchmark, keys.questions, keys.label_sets[0], splits)
    names = tuple(dict.fromkeys(prompt.image for prompt in prompts if prompt.image not in frozenset(without_images)))
    if not names:
        raise RequestError("All prompts are about images that are to be left out.")
    chosen, held_out = split_images(names, share, seed)
    chosen = _at_most(chosen, prompts, most, seed)
    kept = tuple(prompt for name in chosen for prompt in prompts if prompt.image == name)
    files = find_images(images, chosen)
    missing = [name for name in chosen if name not in files]
    if missing:
        raise RequestError(
            f"{len(missing):,} of {len(chosen):,} images are not in {images}: {', '.join(missing[:3])}"
            f"{', …' if len(missing) > 3 else ''}. Name the folder that holds them: --images FOLDER."
        )
    return SweepPlan(benchmark, keys.label_sets[0], kept, files, held_out, tuple(splits))


def _at_most(images: Sequence[str], prompts: Sequence[Asserting], most: int | None, seed: int) -> tuple[str, ...]:
    """Whole images, drawn, with no more prompts than wanted."""
    if most is None:
        return tuple(images)
    counts = {name: sum(prompt.image == name for prompt in prompts) for name in images}
    kept: set[str] = set()
    used = 0
    for name in sorted(images, key=lambda name: hashlib.sha256(f"{seed}/draw/{name}".encode()).digest()):
        if used + counts[name] <= most:
            kept.add(name)
            used += counts[name]
    if not kept:
        raise RequestError(f"No image has as few as {most} prompts; raise the number of prompts.")
    return tuple(name for name in images if name in kept)


def run_sweep(
    plan: SweepPlan,
    model: TransformersModel | Sweeping,
    out: str | Path,
    settings: SweepSettings | None = None,
    heads: Sequence[Head] | None = None,
    *,
    screen: Screen | None = None,
    batch_images: int | None = None,
    command: str = "",
    progress: Callable[[Progress], None] | None = None,
) -> Path:
    """Sweep heads, and keep what comes of it in a folder.

    The same call again finishes a sweep that was interrupted. One that is complete is left as it is.

    Args:
        plan: what is swept.
        model: the whole model, or whoever has it.
        out: the folder.
        settings: how heads are knocked out.
        heads: which; all where None.
        screen: estimate the effects of all heads first, and sweep only the promising ones.
        batch_images: images swept together; by the device where None.
        command: the command that does it.
        progress: told how far it is, after each batch.

    Returns:
        The folder.

    Raises:
        RequestError: a head does not exist, the model cannot be swept, or the folder holds something else.
        DataError: an image cannot be read, or a file cannot be written. What was complete is kept.
    """
    settings = settings or SweepSettings()
    work = _sweeping(model)
    layout = work.layout
    chosen = tuple(heads) if heads is not None else layout.all_heads
    check_heads(chosen, layout)
    if not chosen:
        raise RequestError("No heads are to be swept.")
    if screen is not None and heads is not None:
        raise RequestError("Screening looks at all heads; leave the choice of heads to it, or do not screen.")
    if screen is not None and (min(screen) < 0 or not any(screen)):
        raise RequestError(
            f"{screen.top} heads beyond the first {screen.exact_layers} layers are to be swept; expected one or more."
        )
    if settings.max_new_tokens < 1 or (batch_images is not None and batch_images < 1):
        raise RequestError(
            f"Replies have {settings.max_new_tokens} tokens and batches {batch_images} images; expected at least one."
        )
    check_way(settings.kind, settings.scope, settings.strength)
    if settings.kind == "patch" and settings.texts:
        raise RequestError("The texts of patched replies are not made; sweep patches without texts.")
    at_once = batch_images or work.batch_images
    about = _about(plan, work, settings, chosen, screen, command)
    with hold_sweep(out, about) as folder:
        if not folder.complete:
            _Sweeper(plan, work, folder, settings, chosen, at_once).run(screen, progress)
    return Path(out)


def _sweeping(model: TransformersModel | Sweeping) -> Sweeping:
    if not isinstance(model, TransformersModel):
        return model
    if model.watch is not None:
        raise RequestError("Heads are knocked out of this model already; sweep the whole model.")
    return SweptHere(model)


class _Sweeper:
    """Goes through the images of a plan."""

    def __init__(
        self,
        plan: SweepPlan,
        work: Sweeping,
        folder: SweepFolder,
        settings: SweepSettings,
        heads: Sequence[Head],
        at_once: int,
    ) -> None:
        self.plan, self.work, self.folder, self.settings, self.heads = plan, work, folder, settings, heads
        names = list(plan.by_image)
        self.batches = [names[start : start + at_once] for start in range(0, len(names), at_once)]

    def run(self, screen: Screen | None, progress: Callable[[Progress], None] | None) -> None:
        """Sweep what is left."""
        outputs = self.folder.outputs
        if outputs is None:
            outputs = self.work.gathered(self.plan, self.settings, self.batches)
            self.folder.keep_outputs(outputs)
        if screen is not None:
            self.heads = self._screened(screen, outputs)
        total, begun, before = len(self.plan.prompts), time.monotonic(), len(self.folder.done)
        for swept in self.work.swept(self.plan, self.settings, self._left(self.folder.done), self.heads, outputs):
            self.folder.append(swept)
            if progress is not None:
                done = len(self.folder.done)
                rate = (done - before) / max(time.monotonic() - begun, 1e-9)
                progress(Progress(done, total, rate, (total - done) / rate))
        self.folder.finish([prompt.question_id for prompt in self.plan.prompts], self.heads)

    def _screened(self, screen: Screen, outputs: HeadOutputs) -> tuple[Head, ...]:
        """Estimate every head's effect, and choose those to sweep."""
        layout = self.work.layout
        with self.folder.estimating() as journal:
            known = {question: own for line in journal.lines for question, own in line}
            for found in self.work.estimated(self.plan, self.settings, self._left(known), outputs):
                new = [(question, [rounded(value) for value in values]) for question, values in found]
                journal.append(new)
                known |= dict(new)
        table = {prompt.question_id: known[prompt.question_id] for prompt in self.plan.prompts}
        self.folder.keep_estimates(table, layout.all_heads)
        return promising_heads(np.array(list(table.values()), dtype=np.float64), layout, *screen)

    def _left(self, done: Container[str]) -> list[Batch]:
        """Of each batch the images that have a prompt which is not done."""
        by_image = self.plan.by_image
        left = [[n for n in batch if any(p.question_id not in done for p in by_image[n])] for batch in self.batches]
        return [batch for batch in left if batch]


def _about(
    plan: SweepPlan,
    work: Sweeping,
    settings: SweepSettings,
    heads: Sequence[Head],
    screen: Screen | None,
    command: str,
) -> dict[str, Any]:
    layout, identity = work.layout, work.identity
    told = [[p.question_id, p.image, p.prompt, p.true, p.asserted] for p in plan.prompts]
    return {
        "command": command,
        "benchmark": plan.benchmark,
        "benchmark_version": find_benchmark(plan.benchmark).version,
        "model": {
            **asdict(identity),
            "details": dict(identity.details),
            "layers": len(layout.layers),
            "heads": layout.heads,
            "key_value_heads": layout.key_value_heads,
            "head_dim": layout.head_dim,
        },
        "knockout": {"kind": settings.kind, "scope": settings.scope, "strength": settings.strength},
        "heads": [str(head) for head in heads] if screen is None else {"screened": screen._asdict()},
        "prompts": {
            "sha256": hashlib.sha256(json.dumps(told).encode()).hexdigest(),
            "count": len(plan.prompts),
            "splits": list(dict.fromkeys(p.split for p in plan.prompts)),
            "images": list(plan.by_image),
        },
        "held_out_images": list(plan.held_out),
        "labels": [asdict(source) for source in plan.labels.sources],
        "texts": settings.texts,
        "max_new_tokens": settings.max_new_tokens,
        "versions": {name: version(name) for name in ("sightline", "torch", "transformers")},
    }
