"""A model measured: asked everything that is planned, its replies put into a run folder.

Batches are drawn by the model, so that it can prepare the next images while it computes. What an earlier run has in the
cache, or this one had done before it was interrupted, is left out of them; batches are otherwise the same each time.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from sightline.core import (
    CountsTokens,
    ImageGroup,
    Question,
    Replies,
    RepliesAnyOrder,
    RepliesOneByOne,
    Replying,
    Said,
    Totals,
)
from sightline.errors import RequestError
from sightline.evaluation.asking import hash_images
from sightline.evaluation.task import Task
from sightline.records.reply_cache import ReplyCache, reply_key
from sightline.records.run_folder import RunFolder, hold_run
from sightline.records.run_replies import AskedQuestion, Entry

__all__ = ["BATCH_IMAGES", "BATCH_ROWS", "Measured", "Progress", "measure"]

BATCH_IMAGES = 16
BATCH_ROWS = 1024
"""Images and prompts of a batch, at most: what a process that is killed has to ask again."""


class Progress(NamedTuple):
    """How far a run is.

    Args:
        done: prompts that have their replies.
        total: all prompts.
        per_s: prompts a second since the model began; None before the first batch.
        left_s: seconds left at this rate.
    """

    done: int
    total: int
    per_s: float | None = None
    left_s: float | None = None


class Measured(NamedTuple):
    """A run that is complete.

    Args:
        folder: its run folder, which `evaluate` takes among its replies.
        asked: prompts that the model was asked this time.
        from_cache: prompts that an earlier run had asked.
        resumed: prompts that were done when the run was taken up.
        was_cut: whether a batch had not been written whole when the run was interrupted.
    """

    folder: Path
    asked: int
    from_cache: int
    resumed: int
    was_cut: bool


def measure(
    what: Task,
    model: Replying,
    out: str | Path,
    *,
    batch_images: int = BATCH_IMAGES,
    batch_rows: int = BATCH_ROWS,
    use_cache: bool = True,
    hashes_known: dict[Path, str] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Measured:
    """Ask a model what is planned, and write its replies to a run folder.

    The same call again finishes a run that was interrupted. A run that is complete is left as it is.

    Args:
        what: what is asked.
        model: who is asked.
        out: the run folder.
        batch_images: images of a batch; a batch is one prompt where the model replies one by one.
        batch_rows: prompts of a batch, at most.
        use_cache: whether replies of other runs are taken, and these are kept for others.
        hashes_known: hashes of image files that were read before, to which those of others are added.
        progress: told how far it is, after each batch.

    Raises:
        RequestError: the folder holds another run, or another process works in it; or the model cannot do this.
        DataError: an image cannot be read, or a file cannot be written. What was complete is kept.
    """
    if batch_images < 1 or batch_rows < 1:
        raise RequestError(f"A batch has {batch_images} images and {batch_rows} prompts; expected at least one.")
    if isinstance(model, RepliesOneByOne):
        batch_images = batch_rows = 1
    hashes = hash_images(what.plan.images, hashes_known)
    batches = what.plan.batches(batch_images, batch_rows)
    packed = {"images": batch_images, "rows": batch_rows, "count": len(batches)}
    about = {**what.about(model.identity, hashes), "batches": packed}
    with ExitStack() as stack:
        run = stack.enter_context(hold_run(out, about))
        total = len(what.plan.asks)
        if run.complete:
            return Measured(run.path, 0, 0, total, False)
        resumed = len(run.done)
        cache = stack.enter_context(ReplyCache()) if use_cache else None
        asker = _Asker(what, model, hashes, run, cache)
        for _ in asker.ask(batches):
            if progress is not None:
                progress(_progress(len(run.done), total, asker.asked, asker.seconds))
        run.finish(model.identity.details if asker.asked else None)
    return Measured(run.path, asker.asked, total - resumed - asker.asked, resumed, run.was_cut)


def _progress(done: int, total: int, asked: int, seconds: float) -> Progress:
    if not asked or not seconds:
        return Progress(done, total)
    return Progress(done, total, asked / seconds, (total - done) * seconds / asked)


_Batch = tuple[tuple[int, ...], ...]


class _Asker:
    """Takes what is known from run and cache, and asks the model for the rest."""

    def __init__(
        self, what: Task, model: Replying, hashes: Mapping[str, str], run: RunFolder, cache: ReplyCache | None
    ) -> None:
        self.what, self.model, self.run, self.cache, self.hashes = what, model, run, cache, hashes
        self._counts = model if isinstance(model, CountsTokens) else None
        self.asked = 0
        self.seconds = 0.0
        samples = range(what.asking.samples)
        self._keys: dict[int, list[str]] = {}
        if cache is not None:
            identity, plan = model.identity, what.plan
            for place, ask in enumerate(plan.asks):
                question_id = plan.questions[ask.questions[0]].id
                of_ask = (identity, hashes.get(ask.image, ""), ask.prompt, what.asking)
                self._keys[place] = [reply_key(*of_ask, sample, question_id, ask.options) for sample in samples]

    def ask(self, batches: Sequence[_Batch]) -> Iterator[None]:
        """Go through the batches, putting each into the run folder."""
        known = self._known([place for place in range(len(self.what.plan.asks)) if place not in self.run.done])
        for batch in batches:
            if cached := [place for group in batch for place in group if place in known]:
                self.run.append([self._entry(place, known[place]) for place in cached], len(cached), 0.0)
                yield
        left = [[[place for place in group if place not in self.run.done] for group in batch] for batch in batches]
        left = [groups for groups in ([group for group in batch if group] for batch in left) if groups]
        if not left:
            return
        before, counted = time.monotonic(), self._counted()
        waiting = dict(enumerate(left))
        for place, replies in self._replied([self._group(group) for group in batch] for batch in left):
            said = dict(self._said(waiting.pop(place), replies))
            now, taken = time.monotonic(), self._counted()
            more = None if taken is None or counted is None else taken.since(counted)
            self.run.append([self._entry(place, said[place]) for place in said], 0, now - before, more)
            self.asked += len(said)
            self.seconds += now - before
            before, counted = now, taken
            self._keep(said)
            yield
        if waiting:
            raise ValueError(f"the model gave no replies to {len(waiting)} batches")

    def _counted(self) -> Totals | None:
        """What the model has counted of tokens, if it counts any."""
        return None if self._counts is None else self._counts.totals

    def _replied(self, batches: Iterator[list[ImageGroup]]) -> Iterator[tuple[int, tuple[Replies, ...]]]:
        """Each batch's place and replies, as soon as the model has them."""
        if isinstance(self.model, RepliesAnyOrder):
            return self.model.reply_as_done(batches, self.what.asking)
        return enumerate(self.model.reply(batches, self.what.asking))

    def _known(self, places: Sequence[int]) -> dict[int, tuple[Said, ...]]:
        """What the cache knows; of sampled replies all samples, or none."""
        if self.cache is None:
            return {}
        found = self.cache.find([key for place in places for key in self._keys[place]])
        return {
            place: tuple(found[key]._replace(sample=sample) for sample, key in enumerate(self._keys[place]))
            for place in places
            if all(key in found for key in self._keys[place])
        }

    def _keep(self, said: Mapping[int, tuple[Said, ...]]) -> None:
        if self.cache is not None:
            pairs = (pair for place, own in said.items() for pair in zip(self._keys[place], own, strict=True))
            self.cache.keep(dict(pairs))

    def _group(self, places: Sequence[int]) -> ImageGroup:
        plan = self.what.plan
        image = plan.images.get(plan.asks[places[0]].image)  # None: asked without one
        asks = [plan.asks[place] for place in places]
        return ImageGroup(image, tuple(ask.prompt for ask in asks), tuple(ask.options for ask in asks))

    def _said(self, groups: list[list[int]], replies: tuple[Replies, ...]) -> Iterator[tuple[int, tuple[Said, ...]]]:
        for places, of_group in zip(groups, replies, strict=True):
            for place, said in zip(places, of_group, strict=True):
                if len(said) != self.what.asking.samples:
                    raise ValueError(f"the model gave {len(said)} samples, expected {self.what.asking.samples}")
                yield place, said

    def _entry(self, place: int, said: tuple[Said, ...]) -> Entry:
        plan = self.what.plan
        ask = plan.asks[place]
        questions = tuple(_asked_question(at, plan.questions[at]) for at in ask.questions)
        return Entry(place, questions, self.hashes.get(ask.image, ""), ask.prompt, said)


def _asked_question(place: int, question: Question) -> AskedQuestion:
    image = question.images[0].name if question.images else ""
    return AskedQuestion(place, question.id, question.split, image, question.text)
