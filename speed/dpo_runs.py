"""Two trainers on the same pairs in the same order, watched from outside: TRL's DPOTrainer and ours.

TRL's is run as its documentation says, with its own settings where nothing else is said (gradient checkpointing,
bfloat16 on a GPU, the sigmoid loss with a beta of 0.1); it is told the adapter's configuration, and the dataset reads
the pictures.
"""

import copy
import gc
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple

import torch
from transformers import PrinterCallback, TrainerCallback
from transformers.trainer_utils import SaveStrategy

from dpo_rows import trl_rows
from sightline.core import PreferencePair
from sightline.models.families import family_of
from sightline.models.fused_norms import fuse_norms
from sightline.tuning.adapters import Adapter, attach
from sightline.tuning.arguments import Computing, training_arguments
from sightline.tuning.batches import Encoder
from sightline.tuning.checkpointing import checkpoint_language_model
from sightline.tuning.grouping import RowLength, Step, plan_steps
from sightline.tuning.losses import Loss
from sightline.tuning.recipes import Recipe, Schedule, Selection
from sightline.tuning.reference import ReferenceCache
from sightline.tuning.run_log import RunLog
from sightline.tuning.told import Told
from sightline.tuning.trainer import PairTrainer, References

__all__ = ["Run", "Setting", "Training", "in_order", "ours", "peer", "sharing_weights", "train"]

TARGETS = r".*language_model.*\.(q|k|v|o|gate|up|down)_proj"
"""Every linear layer of the language model."""

RANK = 16


class Setting(NamedTuple):
    """What both trainers are told.

    Args:
        folder: where the pictures lie.
        pairs_a_step: after so many pairs the optimizer steps.
        at_once: how many pairs are computed side by side.
        steps: steps of the optimizer.
        rate: its learning rate, the same at all steps.
        workers: processes that read and prepare pictures.
        half: whether to compute in bfloat16.
        clip: the largest norm of a gradient; 0: any.
        recompute: whether layers are computed again in the backward pass.
    """

    folder: Path
    pairs_a_step: int
    at_once: int
    steps: int = 1
    rate: float = 1e-3
    workers: int = 0
    half: bool = False
    clip: float = 1.0
    recompute: bool = True


class Training(NamedTuple):
    """A trainer that is ready.

    Args:
        trainer: of transformers.
        margins: key of a pair → its margin, policy less reference, chosen less rejected; of the last step's pairs.
        close: to be called when it is done.
    """

    trainer: Any
    margins: Callable[[], dict[str, float]]
    close: Callable[[], None] = lambda: None


class Run(NamedTuple):
    """What was seen while a trainer trained.

    Args:
        seconds: what each step took, with all that comes before the next.
        losses: of each step.
        peak_gb: the most memory that tensors took.
        margins: of the pairs of the last step, by their keys.
        gradients: of the adapter's weights, in the last step.
    """

    seconds: list[float]
    losses: list[float]
    peak_gb: float
    margins: dict[str, float]
    gradients: dict[str, torch.Tensor]


def sharing_weights(model: Any) -> Any:
    """The same model in modules of its own: a trainer may patch them, and the next one finds them as they were."""
    return copy.deepcopy(model, {id(weights): weights for weights in (*model.parameters(), *model.buffers())})


def adapter() -> Any:
    """LoRA on every linear layer of the language model."""
    from peft import LoraConfig

    return LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=TARGETS, task_type="CAUSAL_LM")


def set_adapter(model: Any) -> None:
    """Give an adapter weights, to models of one shape the same, none of them zero: it makes a difference at once."""
    for place, (name, weights) in enumerate(sorted(model.named_parameters())):
        if "lora_" in name:
            draw = torch.Generator(weights.device).manual_seed(place)
            std = 0.01 if "lora_B" in name else (3 * weights.shape[1]) ** -0.5
            torch.nn.init.normal_(weights, std=std, generator=draw)


def peer(model: Any, processor: Any, pairs: Sequence[PreferencePair], setting: Setting) -> Training:
    """TRL's trainer. Margins are told apart where one pair is computed at a time."""
    from trl import DPOConfig, DPOTrainer

    trainer = DPOTrainer(
        sharing_weights(model),
        args=DPOConfig(
            per_device_train_batch_size=setting.at_once,
            gradient_accumulation_steps=setting.pairs_a_step // setting.at_once,
            max_length=None,  # its 1,024 cut pictures of 1,200 tokens
            output_dir=str(setting.folder / "trl"),
            max_steps=setting.steps,
            learning_rate=setting.rate,
            lr_scheduler_type="constant",
            max_grad_norm=setting.clip,
            bf16=setting.half,
            use_cpu=model.device.type == "cpu",
            dataloader_num_workers=setting.workers,
            train_sampling_strategy="sequential",
            logging_steps=1,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        ),
        train_dataset=trl_rows(pairs, setting.folder),
        processing_class=processor,
        peft_config=adapter(),
    )
    set_adapter(trainer.model)

    def margins() -> dict[str, float]:
        seen = trainer._metrics["train"]["rewards/margins"]
        return {pair.key: margin / trainer.beta for pair, margin in zip(pairs, seen, strict=False)}

    return Training(trainer, margins)


def ours(model: Any, processor: Any, pairs: Sequence[PreferencePair], setting: Setting) -> Training:
    """Our trainer as `sightline tune` makes it, with its log, and a cache of references that holds none yet."""
    tuned = sharing_weights(model)
    fuse_norms(tuned)
    family = family_of(model.config.model_type)
    adapter = Adapter("lora", r=RANK, alpha=2 * RANK)
    tuned = attach(tuned, family, adapter, "random weights")
    set_adapter(tuned)
    if setting.recompute:
        checkpoint_language_model(tuned, family)
    run = Path(mkdtemp(dir=setting.folder))
    world = int(os.environ.get("WORLD_SIZE", "1"))
    schedule = Schedule(setting.rate, setting.pairs_a_step * world, scheduler="constant", max_grad_norm=setting.clip)
    recipe = Recipe("measured", "", "", Loss({"sigmoid": 1.0}), adapter, schedule, Selection())
    computing = Computing(dtype="auto" if setting.half else "float32", at_once=setting.at_once, workers=setting.workers)
    arguments = training_arguments(run / "checkpoints", recipe, 0, computing)
    arguments.save_strategy, arguments.logging_steps = SaveStrategy.NO, 1
    cache, log = ReferenceCache(run / "references.sqlite"), RunLog(run, None)
    trainer = PairTrainer(
        tuned,
        arguments,
        Encoder(processor, family, setting.folder, dtype=tuned.dtype),
        pairs,
        planned(pairs, setting, world),
        recipe.loss,
        references=References({pair.key: pair.key for pair in pairs}, cache),
        callbacks=[Told(None, None).callback(log, 2.0)],
    )

    def margins() -> dict[str, float]:
        return {pairs[row].key: margin for row, margin in trainer.margins.items()}

    def close() -> None:
        cache.close()
        log.close()

    return Training(trainer, margins, close)


def planned(pairs: Sequence[PreferencePair], setting: Setting, processes: int = 1) -> tuple[Step, ...]:
    """The steps that ours divides pairs into."""
    lengths = [RowLength(pair.image.name, 1, 0) for pair in pairs]  # pictures of a layout are alike
    return plan_steps(lengths, setting.pairs_a_step * processes, setting.at_once, processes, steps=setting.steps)


def in_order(pairs: Sequence[PreferencePair], setting: Setting) -> list[PreferencePair]:
    """The pairs as they come when ours trains."""
    batches = [batch for step in planned(pairs, setting) for batch in step.batches]
    return [pairs[row] for batch in batches for unit in batch.units for row in unit.rows]


class Watch(TrainerCallback):
    """Sees each step end, and the gradients before the last."""

    def __init__(self, training: Training, device: str, gradients: bool) -> None:
        self.training, self.device, self.wanted = training, device, gradients
        self.marks: list[float] = []
        self.losses: list[float] = []
        self.margins: dict[str, float] = {}
        self.gradients: dict[str, torch.Tensor] = {}

    def mark(self) -> None:
        if self.device == "cuda":
            torch.cuda.synchronize()
        self.marks.append(time.perf_counter())

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        if self.device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        self.mark()

    def on_pre_optimizer_step(self, *_: Any, model: Any, **__: Any) -> None:
        if self.wanted:
            trained = ((name, weights) for name, weights in model.named_parameters() if weights.grad is not None)
            self.gradients = {name: weights.grad.detach().float() for name, weights in trained}
            self.margins = self.training.margins()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.mark()

    def on_log(self, *_: Any, logs: dict[str, float], **__: Any) -> None:
        if "loss" in logs:
            self.losses.append(logs["loss"])


def train(
    make: Callable[..., Training],
    model: Any,
    processor: Any,
    pairs: Sequence[PreferencePair],
    setting: Setting,
    gradients: bool = False,
) -> Run:
    """Train a model as often as the setting says, and give the memory back.

    Args:
        make: `peer` or `ours`.
        model: stays as it is.
        processor: of the model.
        pairs: picture after picture.
        setting: what the trainer is told.
        gradients: whether to keep margins and gradients.

    Raises:
        torch.OutOfMemoryError: it does not fit.
    """
    device = model.device.type
    try:
        return _watched(make(model, processor, pairs, setting), device, gradients)
    finally:
        gc.collect()
        if device == "cuda":
            torch.cuda.empty_cache()


def _watched(training: Training, device: str, gradients: bool) -> Run:
    watch = Watch(training, device, gradients)
    training.trainer.remove_callback(PrinterCallback)
    training.trainer.add_callback(watch)
    training.trainer.train()
    seconds = [end - begin for begin, end in zip(watch.marks[:-1], watch.marks[1:], strict=True)]
    peak = torch.cuda.max_memory_allocated() / 1e9 if device == "cuda" else 0.0
    training.trainer.accelerator.free_memory()
    training.close()
    return Run(seconds, watch.losses, peak, watch.margins, watch.gradients)
