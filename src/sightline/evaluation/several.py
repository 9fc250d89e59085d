"""Several benchmarks measured in one go: what they ask about the same images is asked together.

Benchmarks that poll the same pictures (POPE, its corrected labels, your own) share their images only if their questions
travel together. So those are asked first, image by image, into the reply cache; then every benchmark is measured as if
alone, and finds there what has been asked. Whatever is interrupted goes on from the cache and the run folders, as ever.
Questions that are answered in other ways (a caption of 512 tokens, a choice by likelihood) are not put together: nearly
all of their time goes into what is said, not into the image.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from sightline.core import Asking, ImageGroup, Replying
from sightline.evaluation.asking import hash_images
from sightline.evaluation.evaluation import evaluate
from sightline.evaluation.measure import BATCH_IMAGES, BATCH_ROWS, Measured, Progress, measure
from sightline.evaluation.scorer import scorer
from sightline.evaluation.task import Task
from sightline.records.cached_replying import CachedReplying
from sightline.records.reply_cache import ReplyCache
from sightline.stats.intervals import DRAWS

__all__ = ["Headline", "ask_shared_images", "headlines", "measure_several", "shared_groups"]


class Headline(NamedTuple):
    """The first rate of a benchmark, of one label set and split.

    Args:
        benchmark: its name.
        labels: the label set.
        split: the split.
        rate: the name of the rate.
        value: percent as a share from 0 to 1, means as they are; None where there was nothing to divide by.
        low: of the 95 % interval.
        high: likewise.
        n: replies or groups that were scored.
        unit: "percent" for shares, "number" for means.
        unreadable: the share of replies that could not be read; None where the benchmark does not tell.
    """

    benchmark: str
    labels: str
    split: str
    rate: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    unit: Literal["percent", "number"]
    unreadable: float | None


def shared_groups(tasks: Sequence[Task], hashes_known: dict[Path, str] | None = None) -> dict[Asking, list[ImageGroup]]:
    """What several benchmarks ask about the same images in the same way, image by image, each prompt once.

    Args:
        tasks: what is measured. Sampled replies are drawn anew for every question, and are left out.
        hashes_known: hashes of image files that were read before, to which those of others are added.

    Raises:
        DataError: an image cannot be read.
    """
    found: dict[Asking, dict[str, _OfImage]] = {}
    for place, task in enumerate(tasks):
        if not task.asking.greedy:
            continue
        hashes = hash_images(task.plan.images, hashes_known)
        images = found.setdefault(_alike(task.asking), {})
        for ask in task.plan.asks:
            if ask.image:
                own = images.setdefault(hashes[ask.image], _OfImage(task.plan.images[ask.image], {}, set()))
                own.prompts.setdefault((ask.prompt, ask.options))
                own.tasks.add(place)
    shared = {
        asking: [own.group() for own in images.values() if len(own.tasks) > 1] for asking, images in found.items()
    }
    return {asking: groups for asking, groups in shared.items() if groups}


class _OfImage(NamedTuple):
    """An image, what is asked about it, and which tasks do."""

    file: Path
    prompts: dict[tuple[str, tuple[str, ...]], None]
    tasks: set[int]

    def group(self) -> ImageGroup:
        return ImageGroup(self.file, tuple(p for p, _ in self.prompts), tuple(o for _, o in self.prompts))


def _alike(asking: Asking) -> Asking:
    """What of a greedy asking decides what is said."""
    if asking.chooses:
        return Asking(asking.choices, asking.options)
    return Asking(max_new_tokens=asking.max_new_tokens)


def ask_shared_images(
    groups: Sequence[ImageGroup],
    model: Replying,
    cache: ReplyCache,
    asking: Asking,
    batch_images: int = BATCH_IMAGES,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[int]:
    """Ask about images into a cache; what it knows already is not asked.

    Yields:
        After each batch, how many prompts it held.

    Raises:
        DataError: an image cannot be read, or the cache cannot be written.
        RequestError: the model cannot do what is asked.
    """
    batches = list(_batches(groups, batch_images, batch_rows))
    for batch, _ in zip(batches, CachedReplying(model, cache).reply(batches, asking), strict=True):
        yield sum(len(group.prompts) for group in batch)


def _batches(groups: Sequence[ImageGroup], images: int, rows: int) -> Iterator[list[ImageGroup]]:
    batch: list[ImageGroup] = []
    filled = 0
    for whole in groups:
        for start in range(0, len(whole.prompts), rows):
            cut = slice(start, start + rows)
            group = _only(whole, cut)
            if batch and (len(batch) == images or filled + len(group.prompts) > rows):
                yield batch
                batch, filled = [], 0
            batch.append(group)
            filled += len(group.prompts)
    if batch:
        yield batch


def _only(group: ImageGroup, cut: slice) -> ImageGroup:
    """Some of the prompts of a group."""
    return group._replace(prompts=group.prompts[cut], options=group.options[cut])


def measure_several(
    tasks: Sequence[tuple[Task, Path]],
    model: Replying,
    *,
    batch_images: int = BATCH_IMAGES,
    use_cache: bool = True,
    progress: Callable[[str, Progress], None] | None = None,
) -> list[Measured]:
    """Measure a model on several benchmarks, each into its run folder.

    Args:
        tasks: what is asked, and the run folder of each.
        model: who is asked.
        batch_images: images of a batch.
        use_cache: whether replies go by the cache; without it, images are not shared between benchmarks.
        progress: told what is under way, and how far it is.

    Raises:
        RequestError: see `measure`. The benchmarks before are complete.
        DataError: likewise.
    """
    hashes: dict[Path, str] = {}
    if use_cache:
        with ReplyCache() as cache:
            for asking, groups in shared_groups([task for task, _ in tasks], hashes).items():
                asked, total = 0, sum(len(group.prompts) for group in groups)
                for more in ask_shared_images(groups, model, cache, asking, batch_images):
                    asked += more
                    if progress is not None:
                        progress("images that several ask about", Progress(asked, total))
    found = []
    for task, out in tasks:
        name = task.benchmark.name
        told = None if progress is None else _telling(progress, name)
        done = measure(
            task, model, out, batch_images=batch_images, use_cache=use_cache, hashes_known=hashes, progress=told
        )
        found.append(done)
    return found


def _telling(progress: Callable[[str, Progress], None], name: str) -> Callable[[Progress], None]:
    return lambda far: progress(name, far)


def headlines(task: Task, run: Path, allow_missing: bool = False, draws: int = DRAWS) -> list[Headline]:
    """The first rate of a benchmark, for every label set and split of a run.

    Args:
        task: what was measured.
        run: its run folder.
        allow_missing: score what there is, where images were missing.
        draws: bootstrap draws.

    Raises:
        DataError: a file is broken.
    """
    evaluation = evaluate(task.benchmark.name, [str(run)], task.labels, (), task.splits, allow_missing)
    how = scorer(task.benchmark)
    unit = "percent" if task.benchmark.scoring is None else task.benchmark.scoring.rates[0].unit
    return [
        Headline(
            task.benchmark.name,
            row["labels"],
            row["split"],
            how.metric,
            row[how.metric],
            row[f"{how.metric}_low"],
            row[f"{how.metric}_high"],
            row["n"],
            unit,
            row.get("unreadable"),
        )
        for row in how.scores(evaluation, [how.reader], draws, 0).to_pylist()
    ]
