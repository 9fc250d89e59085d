"""transformers' Trainer over batches of pairs, so that launchers, trackers and sharding work as they do there.

The loss of a step is the mean over all pairs of the step, however they are spread over accumulated batches and
processes: each batch adds up its pairs' losses and divides by the pairs of the whole step, which the plan knows.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from accelerate.utils import gather_object
from safetensors.torch import load_file, save_file
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader
from transformers import PrinterCallback, Trainer, TrainingArguments

from sightline.core import PreferencePair
from sightline.errors import DataError, RequestError
from sightline.models.adapter import CONFIG, WEIGHTS
from sightline.tuning.adapters import adapted_layers
from sightline.tuning.batches import EncodedBatch, EncodedBatches, Encoder, loader
from sightline.tuning.fused_adapters import fuse_adapters
from sightline.tuning.grouping import RowLength, Step, in_batches
from sightline.tuning.laid_out import LaidOut
from sightline.tuning.log_probs import PairLogProbs
from sightline.tuning.losses import Loss
from sightline.tuning.policy import PolicyAndReference
from sightline.tuning.reference import ReferenceCache
from sightline.tuning.saved_states import mark_whole
from sightline.tuning.watched import likelihood_figures

__all__ = ["HeldOut", "PairTrainer", "References"]

_WEIGHTS = "trained.safetensors"
"""The weights of a checkpoint, where they are trained themselves: under the names they have in memory."""

_FIGURES = ("reward_chosen", "reward_rejected", "reward_accuracy", "margin", "log_prob_chosen", "log_prob_rejected")


class References(NamedTuple):
    """Where references are kept.

    Args:
        keys: for the key of each pair what its reference is kept under.
        cache: the file.
    """

    keys: Mapping[str, str]
    cache: ReferenceCache


class HeldOut(NamedTuple):
    """What is watched.

    Args:
        pairs: held-out pairs.
        lengths: what each takes up.
        replies: makes figures of what the model says when it is asked; called in the main process.
    """

    pairs: Sequence[PreferencePair]
    lengths: Sequence[RowLength]
    replies: Callable[[], Mapping[str, float]] = dict


class PairTrainer(Trainer):
    """Trains on pairs.

    Args:
        model: of transformers, or the PeftModel around it; what of it requires a gradient is trained.
        args: how; steps, and batches of a step, are taken from the plan.
        encoder: reads and encodes.
        pairs: all pairs, by row.
        steps: the plan.
        loss: what is minimised.
        as_trees: whether the pairs of an image are computed together.
        references: where references are kept; None: nowhere, they are computed each time.
        held_out: what is watched.
        callbacks: of transformers.

    Attributes:
        margins: row → margin of its rewards divided by beta, of the pairs of this process in the last step.
    """

    loss_is_scaled_for_ga = True

    def __init__(
        self,
        model: Any,
        args: TrainingArguments,
        encoder: Encoder,
        pairs: Sequence[PreferencePair],
        steps: Sequence[Step],
        loss: Loss,
        as_trees: bool = True,
        references: References | None = None,
        held_out: HeldOut | None = None,
        callbacks: Sequence[Any] = (),
    ) -> None:
        args.logging_nan_inf_filter = False  # it would log the loss before in place of one that is no number
        args.max_steps = len(steps)
        args.gradient_accumulation_steps = len(steps[0].batches) // args.world_size
        own = [(batch, step.pairs) for step in steps for batch in step.batches[args.process_index :: args.world_size]]
        super().__init__(
            model=model,
            args=args,
            train_dataset=EncodedBatches(encoder, pairs, own),
            eval_dataset=_held_out(held_out, encoder, args, as_trees),
            callbacks=list(callbacks),
        )
        self.remove_callback(PrinterCallback)
        # says that losses are divided by what `_get_num_items_in_batch` counts, and by nothing else
        self.model_accepts_loss_kwargs = True
        self.loss, self.adapted, self.watched = loss, model, held_out
        self.folder = Path(str(args.output_dir))
        self.scored = PolicyAndReference(model, encoder.family, as_trees, *(references or ({}, None)))
        cut_up = self.is_fsdp_enabled or self.is_deepspeed_enabled
        if cut_up:
            self.scored.all_agree = self._all_agree
        if args.bf16:
            # what goes into an adapter would be made 32 bits wide only to be made 16 again
            for layer in adapted_layers(model):
                layer.cast_input_dtype_enabled = False
            if not cut_up:  # weights that lie in pieces are put together for whoever calls their own module
                fuse_adapters(model)
        self._seen = np.cumsum([step.pairs for step in steps]) / len(pairs)
        self._sums = torch.zeros(len(_FIGURES) + 1, dtype=torch.float64)
        self._margins: list[tuple[tuple[int, ...], torch.Tensor]] = []

    @property
    def margins(self) -> dict[int, float]:
        """Row → how much more the policy's log-ratio prefers the chosen reply, of this process's pairs in this step."""
        return {row: margin for rows, own in self._margins for row, margin in zip(rows, own.tolist(), strict=True)}

    def _all_agree(self, holds: bool) -> bool:
        """Whether something holds in all processes, which compute together."""
        return bool(self.accelerator.gather(torch.tensor([holds], device=self.args.device)).all())

    def get_train_dataloader(self) -> DataLoader[EncodedBatch]:
        """The batches of this process, which knows its own; nothing has to be cut up any more."""
        return self._loader(self.train_dataset)

    def _loader(self, batches: Any) -> DataLoader[EncodedBatch]:
        return loader(batches, self.args.dataloader_num_workers, self.args.device.type == "cuda")

    def _prepare_for_training(self, *given: Any) -> Any:
        """Buffers are alike in all processes at the start, and no forward changes them.

        Told so by `ddp_broadcast_buffers`, torch 2.13 warns of the name that transformers passes it on by.
        """
        found = super()._prepare_for_training(*given)  # type: ignore[no-untyped-call]
        if isinstance(self.model_wrapped, DistributedDataParallel):
            self.model_wrapped.broadcast_buffers = False
        return found

    def _get_num_items_in_batch(self, batch_samples: list[Any], device: torch.device) -> int:
        """Called once a step, before its first batch."""
        self._margins = []
        found: int = batch_samples[0].step_pairs
        return found

    def _prepare_inputs(self, inputs: Any) -> Any:
        return inputs

    def floating_point_ops(self, inputs: Any) -> int:
        """None are counted: an image's tokens are computed once for all its pairs, which no formula here knows."""
        return 0

    def compute_loss(
        self,
        model: Any,
        inputs: Any,
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """The share that a batch has in the loss of its step."""
        batch: EncodedBatch = inputs
        rows = self.scored.lay_out(batch)
        with self.scored.looking_once():
            reference = self._reference(model, batch, rows)
            self.scored.into_training()
            policy = self.scored.policy(model, rows)
        reference = policy.totals.detach() if reference is None else reference
        losses = self.loss(policy.totals, reference, policy.tokens)
        if batch.counts:
            self._add_up(batch, policy, reference)
        # Gradients are averaged over processes; they are to be added up.
        share = losses.sum() * batch.counts * self.accelerator.num_processes / batch.step_pairs
        return (share, policy) if return_outputs else share

    def _reference(self, model: Any, batch: EncodedBatch, rows: Sequence[LaidOut]) -> torch.Tensor | None:
        return self.scored.reference(model, batch, rows) if self.loss.needs_reference else None

    @torch.no_grad()
    def _add_up(self, batch: EncodedBatch, policy: PairLogProbs, reference: torch.Tensor) -> None:
        totals = policy.totals.detach()
        rewards = self.loss.rewards(totals, reference)
        columns = (
            rewards.chosen,
            rewards.rejected,
            rewards.margin > 0,
            rewards.margin,
            totals[:, 0],
            totals[:, 1],
            torch.ones_like(rewards.chosen),
        )
        self._margins.append((batch.rows, rewards.margin / self.loss.beta))
        self._sums = self._sums.to(totals.device) + torch.stack([each.double().sum() for each in columns])

    def _means(self) -> dict[str, float]:
        """The figures of all pairs since the last time, of all processes."""
        sums = self.accelerator.gather(self._sums.to(self.args.device)[None]).sum(dim=0).tolist()
        self._sums = torch.zeros_like(self._sums)
        means = {name: total / sums[-1] for name, total in zip(_FIGURES, sums, strict=False)}
        if not self.loss.needs_reference:
            means = {name: mean for name, mean in means.items() if name.startswith("log_prob")}
        return means

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log what Trainer logs, and figures of the pairs beside the loss.

        Raises:
            RequestError: the loss is no number any more.
        """
        step = self.state.global_step
        self.state.epoch = float(self._seen[step - 1]) if step else 0.0
        if "loss" in logs:
            self.scored.write_down()
            logs |= self._means()
            if not np.isfinite(logs["loss"]):
                raise RequestError(
                    f"The loss is {logs['loss']} after step {step}: the model has come apart. Take a lower learning "
                    "rate, or more warm-up. What was saved before stands."
                )
        super().log(logs, start_time)

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: list[str] | None = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """Watch the held-out pairs."""
        figures = self.watch()
        logged = {f"{metric_key_prefix}_{name}": value for name, value in figures.items()}
        self.log(dict(logged))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, logged)
        return logged

    @torch.no_grad()
    def watch(self) -> dict[str, float]:
        """What the held-out pairs say of the model as it is now."""
        model = self.model_wrapped
        found: list[tuple[int, list[float], list[float]]] = []
        if self.watched is None:
            raise ValueError("no pairs are held out")
        for batch in self._loader(self.eval_dataset):
            rows = self.scored.lay_out(batch)
            with self.scored.looking_once():
                reference = self._reference(model, batch, rows)
                self.scored.out_of_training()
                policy = self.scored.policy(model, rows).totals
            reference = policy if reference is None else reference
            if batch.counts:
                found += zip(batch.rows, policy.tolist(), reference.tolist(), strict=True)
        self.scored.write_down()
        gathered = sorted(gather_object(found))
        policies, references = (np.array([row[place] for row in gathered]) for place in (1, 2))
        pairs = [self.watched.pairs[row] for row, _, _ in gathered]
        known = references if self.loss.needs_reference else None
        figures = likelihood_figures(pairs, policies, known, self.loss.beta)
        if self.is_world_process_zero():
            with self.accelerator.autocast():
                figures |= self.watched.replies()
        return figures

    def compute_references(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Compute what the model thinks of all pairs before it is tuned, each process its share.

        Call it before training, with the model as it was loaded.

        Args:
            progress: told how many batches are done, and how many there are.
        """
        found: list[tuple[str, tuple[float, float]]] = []
        sets: list[Any] = [self.train_dataset] if self.watched is None else [self.train_dataset, self.eval_dataset]
        total = sum(map(len, sets))
        home = next(self.adapted.parameters()).device  # elsewhere where the model is to be cut up among devices
        self.adapted.to(self.args.device)
        for done, batch in enumerate(chain.from_iterable(map(self._loader, sets)), start=1):
            with self.accelerator.autocast(), self.scored.looking_once():
                found += self.scored.compute_beforehand(self.adapted, batch).items()
            if progress is not None:
                progress(done, total)
        self.adapted.to(home)
        self.scored.hold(dict(gather_object(found)))

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Save a checkpoint, and say so in it once it is whole."""
        self.scored.write_down()
        super()._save_checkpoint(model, trial)
        self.accelerator.wait_for_everyone()
        if self.args.should_save:
            mark_whole(self.folder / f"checkpoint-{self.state.global_step}")

    def _save(self, output_dir: str | None = None, state_dict: dict[str, torch.Tensor] | None = None) -> None:
        """Save adapters as peft does, and weights under the names they have in memory."""
        if not self.args.should_save:
            return
        folder = Path(output_dir) if output_dir else self.folder
        folder.mkdir(parents=True, exist_ok=True)
        try:
            if self.scored.switches:
                # Asked to look whether embeddings were resized, peft would go to the hub.
                self.adapted.save_pretrained(folder, state_dict=state_dict, save_embedding_layers=False)
                # safetensors makes files for their owner alone
                (folder / WEIGHTS).chmod((folder / CONFIG).stat().st_mode)
            else:
                save_file(self._trained(state_dict), folder / _WEIGHTS)
        except OSError as error:
            raise DataError(f"cannot be written ({error})", file=folder) from error

    def _trained(self, state_dict: dict[str, torch.Tensor] | None) -> dict[str, torch.Tensor]:
        own = {name: value for name, value in self.adapted.named_parameters() if value.requires_grad}
        whole = own if state_dict is None else state_dict
        return {name: whole[name].detach().contiguous() for name in own}

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        weights = Path(resume_from_checkpoint) / _WEIGHTS
        if self.is_fsdp_enabled or not weights.is_file():
            super()._load_from_checkpoint(resume_from_checkpoint, model)
            return
        own = dict(self.adapted.named_parameters())
        with torch.no_grad():
            for name, value in load_file(weights).items():
                own[name].copy_(value)


def _held_out(
    held_out: HeldOut | None, encoder: Encoder, args: TrainingArguments, as_trees: bool
) -> EncodedBatches | None:
    """The held-out batches of this process."""
    if held_out is None:
        return None
    batches = in_batches(held_out.lengths, args.per_device_train_batch_size, args.world_size, as_trees)
    own = batches[args.process_index :: args.world_size]
    return EncodedBatches(encoder, held_out.pairs, [(batch, batch.pairs) for batch in own])
