"""Our ways to sweep all heads, and what each costs.

How many replies change without a head, and where, is set from outside: cost depends on nothing else. A reply that is
written on says its number where the whole model's does, or never.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from moons import KNOWN, NEW_TOKENS, OFFSETS, TRUE, asked_of, draft
from sightline.mechanisms.sweep import Asked, SweepSettings, Swept, sweep_images
from sightline.mechanisms.trees import SweptRow, Weighed, rows_to_sweep
from sightline.models.head_outputs import HeadOutputs
from sightline.models.heads import Head
from sightline.models.transformers import TransformersModel
from sweep_work import Sizes, sweep_flops

__all__ = ["WITHOUT_NUMBER", "Taken", "Way", "changing", "clocked", "measured", "ways_of"]

WITHOUT_NUMBER = "The image shows a dark sky; there are shining moons"
"""What is read in the place of a reply that is written on. The tokens of a random model are no words, and reading
nothing would cost nothing."""
SHARES = (0.0, 0.02, 0.05, 0.1, 0.2)
FOR_GOOD = (0.05, 0.2)


class Taken(NamedTuple):
    """What something took.

    Args:
        seconds: of each repeat.
        peak_gb: the most memory, weights included; 0 where there is no GPU.
    """

    seconds: tuple[float, ...]
    peak_gb: float

    @property
    def median(self) -> float:
        """Of the repeats."""
        return statistics.median(self.seconds)


def clocked(run: Callable[[], Any], device: torch.device, repeats: int = 1) -> Taken:
    """Run something as often as said."""
    cuda = device.type == "cuda"
    if cuda:
        torch.cuda.reset_peak_memory_stats()
    seconds = []
    for _ in range(repeats):
        if cuda:
            torch.cuda.synchronize()
        start = time.perf_counter()
        run()
        if cuda:
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return Taken(tuple(seconds), torch.cuda.max_memory_allocated() / 1e9 if cuda else 0.0)


class Way(NamedTuple):
    """A way of sweeping.

    Args:
        name: what it is.
        asked: what is swept.
        settings: how.
        share: of replies that are taken as changed before their number is out, with texts.
    """

    name: str
    asked: list[Asked]
    settings: SweepSettings
    share: float = 0.0

    @property
    def prompts(self) -> int:
        """How many."""
        return sum(len(one.prompts) for one in self.asked)

    @property
    def prefix(self) -> int:
        """Tokens up to the end of the image."""
        return len(self.asked[0].group.prefix)

    @property
    def whole(self) -> bool:
        """Whether the image's tokens are computed again."""
        return self.settings.kind == "prompt-mean" or self.settings.scope == "all"

    @property
    def rows(self) -> list[SweptRow]:
        """The tree that is computed."""
        together = self.settings.kind != "prompt-mean"
        return [
            row
            for image, one in enumerate(self.asked)
            for row in rows_to_sweep(image, one.group, one.drafts, self.settings.texts, together)
        ]


def ways_of(model: TransformersModel, pictures: Sequence[Path]) -> Iterator[Way]:
    """Scoring only, and with texts; one prompt, all of an image as one tree, and several pictures stacked."""
    tokenizer, numbers = model.processor.tokenizer, [TRUE + offset for offset in OFFSETS]
    drafts = [draft(tokenizer, "10th", number) for number in numbers]
    early = [draft(tokenizer, "3rd", numbers[0])]
    one = asked_of(model, pictures[:1], numbers[:1], drafts[:1])
    eight = asked_of(model, pictures[:1], numbers, drafts)
    own, mean = SweepSettings("prompt-mean"), SweepSettings("mean")
    yield Way("prompt mean", one, own)
    yield Way("prompt mean, number the 3rd token", asked_of(model, pictures[:1], numbers[:1], early), own)
    yield Way("mean", one, mean)
    answer = drafts[0].answer
    assert answer is not None
    for share in SHARES:
        settings = replace(own, texts=True, max_new_tokens=answer.end + 1)
        yield Way(f"prompt mean with texts, {share:.0%} change", one, settings, share)
    yield Way("mean, 8 prompts as one tree", eight, mean)
    yield Way("mean, after the image only", one, replace(mean, scope="text"))
    yield Way("mean, after the image only, 8 prompts", eight, replace(mean, scope="text"))
    stacked = asked_of(model, pictures, numbers[:1], drafts[:1])
    yield Way(f"prompt mean, {len(pictures)} pictures stacked", stacked, own)
    for share in FOR_GOOD:
        settings = replace(own, texts=True, max_new_tokens=NEW_TOKENS)
        yield Way(f"prompt mean with texts, {share:.0%} never say one", one, settings, share)


@contextmanager
def changing(share: float) -> Iterator[None]:
    """Take a share of the replies as changed, at any token up to their number; the others as they are.

    Every so many-th reply that is weighed changes, each one token later than the one before it.
    """
    own = SweptRow.weigh
    weighed = changed = 0

    def weigh(row: SweptRow, logits: torch.Tensor, whole: torch.Tensor | None = None) -> Weighed:
        nonlocal weighed, changed
        found = own(row, logits, whole)
        first = np.tile([len(one.tokens) for one in row.drafts], (len(logits), 1))
        for place in np.ndindex(first.shape):
            answer = row.drafts[place[1]].answer
            weighed += 1
            if answer is not None and int(weighed * share) > int((weighed - 1) * share):
                first[place] = changed % (answer.start + 1)
                changed += 1
        return found._replace(first_change=torch.from_numpy(first).to(logits.device))

    SweptRow.weigh = weigh  # type: ignore[method-assign]
    try:
        yield
    finally:
        SweptRow.weigh = own  # type: ignore[method-assign]


def measured(
    model: TransformersModel, way: Way, heads: Sequence[Head], outputs: HeadOutputs, repeats: int
) -> dict[str, Any]:
    """What a way costs, after a first run; what differs from the way before it in the share only, is warm already."""
    reading = replace(KNOWN, read=lambda text, about: KNOWN.read(WITHOUT_NUMBER, about))
    swept: list[Swept] = []

    def run() -> None:
        known = reading if way.settings.texts else KNOWN
        swept[:] = sweep_images(model, way.asked, heads, known, way.settings, outputs)

    with changing(way.share) if way.settings.texts else ExitStack():
        if not way.share:
            run()
        taken = clocked(run, model.model.device, repeats)
    rows, changed = way.rows, sum(len(one.changed) for one in swept)
    flops = sweep_flops(Sizes.of(model.model), rows, way.prefix, way.whole, heads)
    tokens = max(len(row.row.tree.ids) for row in rows) + way.prefix * way.whole
    found = {"way": way.name, "prompts": way.prompts, "heads": len(heads), "changed": changed}
    found |= {"rows": len(rows), "tokens_of_a_row": tokens, "pflop": flops / 1e15}
    found |= {"seconds": taken.median, "all_seconds": taken.seconds, "seconds_a_prompt": taken.median / way.prompts}
    rate = {} if changed else {"tflop_s": flops / taken.median / 1e12}
    return found | rate | {"peak_gb": taken.peak_gb}
