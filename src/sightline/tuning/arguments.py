"""How a run is computed and watched, and what transformers' Trainer is told of it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sightline.errors import RequestError, unknown_name

if TYPE_CHECKING:
    from transformers import TrainingArguments

    from sightline.tuning.recipes import Recipe

__all__ = ["Computing", "Watching", "steps_between", "training_arguments"]

_AT_ONCE = {"cuda": 32, "cpu": 8}
_WORKERS = 8
_TIMES_WATCHED, _WATCHED_AFTER = 10, 10
_TIMES_LOGGED = 40


@dataclass(frozen=True, slots=True)
class Computing:
    """How a run is computed; it decides how fast it is, and rounding.

    Args:
        device: auto: a GPU where there is one.
        dtype: of the weights; auto: bfloat16 on a GPU, float32 elsewhere and where the weights themselves are trained.
        at_once: pairs that a device computes at once; None: 32 on a GPU, 8 elsewhere.
        workers: processes that read and encode images ahead; None: up to 8 for a GPU, none elsewhere.
        recompute: whether layers are computed again in the backward pass, which saves memory; None: on a GPU.
        plain: whether each reply is computed by itself, and pairs are shuffled one by one, as other trainers do.
        use_cache: whether references are kept for other epochs and runs.
        report_to: trackers, as transformers names them: wandb, tensorboard, mlflow.
    """

    device: Literal["auto", "cpu"] = "auto"
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    at_once: int | None = None
    workers: int | None = None
    recompute: bool | None = None
    plain: bool = False
    use_cache: bool = True
    report_to: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.at_once is not None and self.at_once < 1:
            raise RequestError(f"{self.at_once} pairs are to be computed at once; expected 1 or more.")
        if self.workers is not None and self.workers < 0:
            raise RequestError(f"There are to be {self.workers} workers; expected 0 or more.")

    def pairs_at_once(self, device: str) -> int:
        """Pairs that a device of this type computes at once."""
        return self.at_once or _AT_ONCE.get(device, _AT_ONCE["cpu"])


@dataclass(frozen=True, slots=True)
class Watching:
    """When a run is looked at and saved.

    Args:
        log_steps: steps between two lines of the log; None: some 40 lines in all.
        watch_steps: steps between two looks at the held-out pairs; None: ten looks in all, at least ten steps apart.
            The last step is always followed by one.
        save_steps: steps between two checkpoints, which is what an interruption can lose; None: as often as it is
            watched.
        replies: held-out questions that are asked each time; 0: none.
        drop: percentage points that accuracy on positive questions may fall before a warning.
    """

    log_steps: int | None = None
    watch_steps: int | None = None
    save_steps: int | None = None
    replies: int = 32
    drop: float = 2.0

    def __post_init__(self) -> None:
        for name, value in (("log", self.log_steps), ("watch", self.watch_steps), ("save", self.save_steps)):
            if value is not None and value < 1:
                raise RequestError(f"{name} steps are {value}; expected 1 or more.")
        if self.replies < 0 or self.drop < 0:
            raise RequestError(f"Replies are {self.replies} and the drop {self.drop}; expected 0 or more.")


def steps_between(watching: Watching, steps: int) -> tuple[int, int, int]:
    """Steps between two logs, looks and checkpoints of a run of so many steps.

    Example:
        >>> steps_between(Watching(save_steps=5), 938)
        (23, 94, 5)
    """
    watch = watching.watch_steps or max(_WATCHED_AFTER, -(-steps // _TIMES_WATCHED))
    return watching.log_steps or max(1, steps // _TIMES_LOGGED), watch, watching.save_steps or watch


def training_arguments(checkpoints: Path, recipe: "Recipe", seed: int, computing: Computing) -> "TrainingArguments":
    """What Trainer is told; how many steps there are, and what depends on that, is filled in once they are planned.

    Making it joins the processes of a launcher.

    Args:
        checkpoints: the folder of checkpoints, which lies in the run's.
        recipe: rates and sizes.
        seed: of dropout.
        computing: how the run is computed.

    Raises:
        RequestError: a tracker is unknown or not installed, or a scheduler unknown.
    """
    import torch
    from transformers import SchedulerType, TrainingArguments
    from transformers.integrations.integration_utils import get_reporting_integration_callbacks

    on_gpu = computing.device == "auto" and torch.cuda.is_available()
    try:
        for tracker in get_reporting_integration_callbacks(list(computing.report_to)):
            tracker()
    except (ImportError, RuntimeError, ValueError) as error:
        raise RequestError(f"Nothing can be reported to {', '.join(computing.report_to)}: {error}") from error
    workers = min(_WORKERS, (os.cpu_count() or 1) // _environment("LOCAL_WORLD_SIZE")) if on_gpu else 0
    schedule = recipe.schedule
    if schedule.scheduler not in (known := [each.value for each in SchedulerType]):
        raise unknown_name("scheduler", schedule.scheduler, known)
    at_once = min(computing.pairs_at_once("cuda" if on_gpu else "cpu"), schedule.batch_pairs)
    made = TrainingArguments(
        output_dir=str(checkpoints),
        per_device_train_batch_size=at_once,
        # as many as plan_steps makes; DeepSpeed wants to know before anything is planned
        gradient_accumulation_steps=-(-schedule.batch_pairs // (at_once * _environment("WORLD_SIZE"))),
        use_cpu=not on_gpu,
        bf16=on_gpu and computing.dtype != "float32",
        learning_rate=schedule.learning_rate,
        lr_scheduler_type=schedule.scheduler,
        warmup_steps=schedule.warm_up,
        weight_decay=schedule.weight_decay,
        max_grad_norm=schedule.max_grad_norm,
        num_train_epochs=1,
        seed=seed,
        dataloader_num_workers=workers if computing.workers is None else computing.workers,
        dataloader_pin_memory=False,
        remove_unused_columns=False,
        disable_tqdm=True,
        use_cache=True,
        ddp_find_unused_parameters=False,
        report_to=list(computing.report_to) or "none",
        run_name=checkpoints.parent.name,
        save_strategy="steps",
        eval_strategy="no",
    )
    # Without a launcher one device is used; Trainer would copy the model to all of them in each step.
    made._n_gpu = min(made.n_gpu, 1)
    return made


def _environment(name: str) -> int:
    """A number that a launcher gives its processes."""
    return int(os.environ.get(name, "1"))
