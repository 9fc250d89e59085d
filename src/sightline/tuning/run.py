"""A tuning run from what is asked for to what comes of it, one method a stage."""

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from sightline.errors import RequestError
from sightline.models.transformers import TransformersModel
from sightline.tuning.adapters import attach
from sightline.tuning.arguments import Computing, Watching, steps_between
from sightline.tuning.base_model import BaseModel, load_base, token_limit
from sightline.tuning.batches import Encoder
from sightline.tuning.checkpointing import checkpoint_language_model
from sightline.tuning.grouping import RowLength, Step, plan_steps
from sightline.tuning.layout import apart
from sightline.tuning.log_probs import why_not_shared
from sightline.tuning.model_card import write_card
from sightline.tuning.reference import ReferenceCache, reference_key
from sightline.tuning.request import Request, Tuned
from sightline.tuning.rows import PairRow
from sightline.tuning.run_log import RunLog
from sightline.tuning.run_record import begin, finish, pairs_hash, read_record, refuse_other
from sightline.tuning.saved_states import drop_checkpoints, newest_checkpoint
from sightline.tuning.sources import CHECKED, Sources, encode_sources, read_sources
from sightline.tuning.told import Told
from sightline.tuning.trainer import HeldOut, PairTrainer, References
from sightline.tuning.watched import choose_asked, figures_of_replies, replies_of

if TYPE_CHECKING:
    from transformers import TrainingArguments

__all__ = ["CHECKPOINTS", "Run"]

CHECKPOINTS = "checkpoints"
"""The folder of checkpoints within the run's."""


class Run:
    """A run.

    Args:
        request: what is tuned, on what, and where to.
        computing: how it is computed.
        watching: when it is looked at and saved.
        arguments: what Trainer is told.
        told: told of it.

    Raises:
        DataError: files cannot be read, or rows cannot be tuned on and may not be left out.
    """

    def __init__(
        self,
        request: Request,
        computing: Computing,
        watching: Watching,
        arguments: "TrainingArguments",
        told: Told,
    ) -> None:
        self.request, self.computing, self.watching = request, computing, watching
        self.arguments, self.told = arguments, told
        self.folder, self.recipe = request.out, request.recipe
        self.sharded = bool(arguments.fsdp or arguments.deepspeed) or _is_sharded_by_launcher()
        self.sources = self._read()
        self.about: dict[str, Any] = {
            "recipe": self.recipe.name,
            "settings": request.settings,
            "data": _data(self.sources.rows),
            "held_out": _data(self.sources.held_out),
        }

    def _read(self) -> Sources:
        request, selection = self.request, self.recipe.selection
        found = read_sources(request.pairs, request.images, request.held_out, selection, request.seed, self.folder)
        self.told.of_sources(found)
        return found

    def done_before(self) -> Tuned | None:
        """What came of the run where it is complete already."""
        record = read_record(self.folder)
        if record is None or not record["complete"]:
            return None
        refuse_other(self.folder, record, self.about)
        return self._tuned(record, 0.0, record["steps"])

    def _tuned(self, record: Mapping[str, Any], seconds: float, resumed: int | None) -> Tuned:
        return Tuned(
            self.folder,
            self.recipe.adapter,
            record["steps"],
            record["pairs"],
            record["before"],
            record["after"],
            tuple(record["warnings"]),
            seconds,
            resumed,
            record,
        )

    def carry_out(self, stack: ExitStack) -> Tuned:
        """Go through all steps, or those that are left."""
        base, model = self._load()
        self._encode(base)
        as_trees = self._choose_layout(base)
        steps = self._plan(as_trees)
        checkpoint = self._begin(base, steps, as_trees)
        resumed = None if checkpoint is None else _step_of(checkpoint)
        log = stack.enter_context(RunLog(self.folder, resumed, writes=self.arguments.process_index == 0))
        self.arguments.eval_on_start = checkpoint is None and bool(self.sources.held_out)
        trainer = self._trainer(base, model, steps, as_trees, log, stack)
        if not trainer.scored.switches and self.recipe.loss.needs_reference:
            trainer.compute_references(self.told.step("references"))
        before = time.monotonic()
        self._train(trainer, checkpoint)
        seconds = time.monotonic() - before
        self._save(trainer, base)
        return self._finish(log, len(steps), seconds, resumed)

    def _load(self) -> tuple[BaseModel, Any]:
        request, adapter = self.request, self.recipe.adapter
        device = "cpu" if self.sharded else str(self.arguments.device)
        base = load_base(
            request.model, adapter, device, self.computing.dtype, request.revision, request.trust_remote_code
        )
        torch.manual_seed(request.seed)
        model = attach(base.model, base.family, adapter, request.model, request.revision)
        recompute = self.computing.recompute
        if self.arguments.device.type == "cuda" if recompute is None else recompute:
            checkpoint_language_model(model, base.family)
        self.told.of_model(base, model, adapter)
        self.told.of_devices(self.arguments)
        return base, model

    def _encode(self, base: BaseModel) -> None:
        """Look at every row; the main process first, the others find what it found."""
        selection = self.recipe.selection
        dtype = base.model.dtype
        self.encoder = Encoder(base.processor, base.family, self.request.images, selection.max_pixels, dtype)
        limit = token_limit(base.model, selection.max_length)
        with self.arguments.main_process_first(local=False):
            self.sources, self.checked = encode_sources(
                self.sources,
                self.encoder,
                base.identity.hash,
                limit,
                selection.skip_bad_rows,
                self.folder,
                self.arguments.dataloader_num_workers,
                self.told.step("checked"),
            )
        self.told.of_rows(self.sources)

    def _choose_layout(self, base: BaseModel) -> bool:
        """Whether pairs are computed as trees."""
        why_not = "as asked for" if self.computing.plain else ""
        why_not = why_not or why_not_shared(base.model, base.family) or self.checked.why_not
        if not why_not and base.family is not None and not self.sharded:
            first = self.sources.rows[0].pair.image.name
            pairs = [row.pair for row in self.sources.rows if row.pair.image.name == first][:_COMPARED]
            images = [self.encoder.encode(self.encoder.picture(first), pairs)]
            difference, too_far = apart(base.model, base.family, images)
            why_not = f"the first pairs came out {difference:.2g} nats a token apart" if too_far else ""
        self.told.of_layout(self.checked, why_not)
        return not why_not

    def _plan(self, as_trees: bool) -> tuple[Step, ...]:
        schedule = self.recipe.schedule
        steps = plan_steps(
            self._lengths(self.sources.rows),
            schedule.batch_pairs,
            self.arguments.per_device_train_batch_size,
            self.arguments.world_size,
            schedule.epochs,
            schedule.steps,
            self.request.seed,
            by_image=as_trees,
        )
        self.told.of_plan(steps, self.arguments.per_device_train_batch_size, self.recipe)
        return steps

    def _lengths(self, rows: Sequence[PairRow]) -> list[RowLength]:
        return [self.checked.lengths[row.pair.key] for row in rows]

    def _begin(self, base: BaseModel, steps: Sequence[Step], as_trees: bool) -> Path | None:
        """Write the record, or go on with the run that it tells of: the checkpoint to go on from."""
        about = {
            **self.about,
            "base_hash": base.identity.hash,
            "images_sha256": pairs_hash(self.checked.images.values()),
            "plan": {
                "batch_pairs": self.recipe.schedule.batch_pairs,
                "at_once": self.arguments.per_device_train_batch_size,
                "batches": len(steps[0].batches),
                "as_trees": as_trees,
                "steps": len(steps),
            },
            **self._described(base),
        }
        with self.arguments.main_process_first(local=False):
            checkpoint = newest_checkpoint(self.folder / CHECKPOINTS)
            if self.arguments.process_index == 0:
                begin(self.folder, about, anew=checkpoint is None)
        if checkpoint is not None:
            self.told("goes on", f"after step {_step_of(checkpoint):,}, where the run was interrupted")
        return checkpoint

    def _described(self, base: BaseModel) -> dict[str, Any]:
        """What else is written down of a run."""
        return {
            "source": self.recipe.source,
            "files": [asdict(file) for file in self.sources.files],
            "left_out": self.sources.left_out,
            "base": {**asdict(base.identity), "details": dict(base.identity.details)},
            "versions": {name: version(name) for name in ("sightline", "torch", "transformers", "accelerate")},
            "command": self.request.command,
        }

    def _trainer(
        self,
        base: BaseModel,
        model: Any,
        steps: Sequence[Step],
        as_trees: bool,
        log: RunLog,
        stack: ExitStack,
    ) -> PairTrainer:
        arguments, held_out = self.arguments, self._held_out(base)
        arguments.logging_steps, watch, arguments.save_steps = steps_between(self.watching, len(steps))
        if held_out is not None:
            arguments.eval_strategy, arguments.eval_steps = "steps", watch
        references = None
        if self.computing.use_cache and self.recipe.loss.needs_reference:
            references = self._references(base, as_trees, stack.enter_context(ReferenceCache()))
        return PairTrainer(
            model,
            arguments,
            self.encoder,
            [row.pair for row in self.sources.rows],
            steps,
            self.recipe.loss,
            as_trees,
            references,
            held_out,
            [self.told.callback(log, self.watching.drop)],
        )

    def _references(self, base: BaseModel, as_trees: bool, cache: ReferenceCache) -> References:
        pixels = self.recipe.selection.max_pixels
        keys = {
            key: reference_key(base.identity, as_trees, self.checked.images[length.image], pixels, key)
            for key, length in self.checked.lengths.items()
        }
        return References(keys, cache)

    def _held_out(self, base: BaseModel) -> HeldOut | None:
        pairs = [row.pair for row in self.sources.held_out]
        if not pairs:
            return None
        asked = choose_asked(pairs, self.watching.replies, self.request.seed)
        model = TransformersModel(base.model, base.processor, base.identity, base.family)

        def replies() -> dict[str, float]:
            # one process alone cannot ask a model whose parts lie on several
            if not asked or self.sharded:
                return {}
            base.model.eval()
            return figures_of_replies(asked, replies_of(model, asked, self.request.images))

        return HeldOut(pairs, self._lengths(self.sources.held_out), replies)

    def _train(self, trainer: PairTrainer, checkpoint: Path | None) -> None:
        try:
            trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
        except torch.OutOfMemoryError:
            at_once = self.arguments.per_device_train_batch_size
            raise RequestError(
                f"{at_once} pairs at once do not fit into the memory of {self.arguments.device}. Compute fewer at once "
                f"(--at-once {max(1, at_once // 2)}); the batch stays as large as it is. Or, where layers are not "
                "computed again in the backward pass, do that: --recompute."
            ) from None
        trainer.scored.write_down()

    def _save(self, trainer: PairTrainer, base: BaseModel) -> None:
        """Write what was trained into the run's folder: an adapter, or a whole model with its processor."""
        if trainer.is_fsdp_enabled:
            trainer.accelerator.state.fsdp_plugin.set_state_dict_type("FULL_STATE_DICT")
        if trainer.scored.switches:
            trainer.save_model(str(self.folder))
            return
        weights = trainer.accelerator.get_state_dict(trainer.model_wrapped) if self.sharded else None
        if trainer.is_world_process_zero():
            base.model.save_pretrained(self.folder, state_dict=weights)
            base.processor.save_pretrained(self.folder)

    def _finish(self, log: RunLog, steps: int, seconds: float, resumed: int | None) -> Tuned:
        watched = [row["figures"] for row in log.of_kind("watched")] or [{}]
        found = {
            "steps": steps,
            "pairs": len(self.sources.rows),
            "images": len({row.pair.image.name for row in self.sources.rows}),
            "seconds": round(seconds, 3),
            "before": watched[0],
            "after": watched[-1],
            "warnings": [row["text"] for row in log.of_kind("warning")],
        }
        if self.arguments.process_index:
            return self._tuned({**self.about, **found}, seconds, resumed)
        write_card(self.folder, {**(read_record(self.folder) or {}), **found}, self.recipe.adapter.method != "full")
        record = finish(self.folder, found)
        drop_checkpoints(self.folder / CHECKPOINTS)
        (self.folder / CHECKED).unlink(missing_ok=True)
        return self._tuned(record, seconds, resumed)


_COMPARED = 4
"""Pairs of an image that are computed both ways before trees are trusted."""


def _data(rows: Sequence[PairRow]) -> dict[str, Any]:
    """What makes two sets of pairs the same."""
    return {
        "pairs": len(rows),
        "images": len({row.pair.image.name for row in rows}),
        "sha256": pairs_hash(row.pair.key for row in rows),
    }


def _step_of(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])


def _is_sharded_by_launcher() -> bool:
    """Whether ``accelerate launch`` was told to cut models up."""
    names = ("ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED")
    return any(os.environ.get(name, "false").lower() in ("true", "1") for name in names)
