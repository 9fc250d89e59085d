"""What is told of a run while it goes on: named lines for people, rows for the log."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from transformers import TrainerCallback

from sightline.tuning.adapters import Adapter
from sightline.tuning.grouping import Step
from sightline.tuning.run_log import RunLog
from sightline.tuning.watched import overrejection

if TYPE_CHECKING:
    from transformers import TrainingArguments

    from sightline.tuning.base_model import BaseModel
    from sightline.tuning.recipes import Recipe
    from sightline.tuning.row_lengths import Checked
    from sightline.tuning.sources import Sources

__all__ = ["Telling", "Told", "figures_line"]

Telling = Callable[[str, str], None]
"""Takes a name and a text."""

_LOGGED = (
    "loss",
    "reward_accuracy",
    "margin",
    "reward_chosen",
    "reward_rejected",
    "log_prob_chosen",
    "log_prob_rejected",
    "grad_norm",
    "learning_rate",
    "epoch",
)


class Told:
    """Tells people of a run.

    Args:
        tell: told a name and a text each; None: nobody is.
        progress: told the name of a step of the work, how much of it is done, and of how much; None: nobody is.
    """

    def __init__(self, tell: Telling | None, progress: Callable[[str, int, int], None] | None) -> None:
        self._tell, self._progress = tell, progress

    def __call__(self, name: str, text: str) -> None:
        """Tell something."""
        if self._tell is not None:
            self._tell(name, text)

    def step(self, name: str) -> Callable[[int, int], None]:
        """Told how much of a step of the work is done."""

        def progress(done: int, total: int) -> None:
            if self._progress is not None:
                self._progress(name, done, total)

        return progress

    def of_sources(self, sources: "Sources") -> None:
        """Tell what was read."""
        marked = f"; {sources.marked:,} rows are marked as not to be trained on" if sources.marked else ""
        formats = ", ".join(dict.fromkeys(sources.formats))
        files = f"{len(sources.files):,} file{'s' if len(sources.files) > 1 else ''}"
        self("read", f"{sources.read:,} pairs from {files} ({formats}){marked}")

    def of_rows(self, sources: "Sources") -> None:
        """Tell what is left of it, once all was looked at."""
        reasons = "\n".join(f"{count:,} {reason}" for reason, count in sources.left_out.items())
        self("left out", reasons or "nothing: every row was looked at and encoded")
        self("tuned on", _pairs(sources.rows))
        if sources.held_out:
            self("watched", _pairs(sources.held_out))

    def of_model(self, base: "BaseModel", model: Any, adapter: Adapter) -> None:
        """Tell what is trained."""
        own = sum(p.numel() for p in model.parameters() if p.requires_grad)
        whole = sum(p.numel() for p in model.parameters()) - (0 if adapter.method == "full" else own)
        self("model", f"{base.identity.name}, {_many(whole)} parameters in {base.identity.dtype}")
        self("trained", f"{adapter}: {_many(own)} parameters, {100 * own / whole:.2g} % of the model's")

    def of_devices(self, arguments: "TrainingArguments") -> None:
        """Tell on what is computed, where there is more."""
        there = torch.cuda.device_count()
        if arguments.world_size > 1:
            self("devices", f"{arguments.world_size} processes side by side")
        elif arguments.device.type == "cuda" and there > 1:
            self("devices", f"one of {there} GPUs; all of them: accelerate launch -m sightline tune …")

    def of_layout(self, checked: "Checked", why_not: str) -> None:
        """Tell how pairs are computed."""
        trees, plain = checked.tree_tokens, checked.plain_tokens
        if why_not:
            self("computed", f"each reply by itself: {why_not}; {plain:,} tokens an epoch")
        else:
            self(
                "computed",
                f"the pairs of an image as one tree: {trees:,} tokens an epoch instead of {plain:,} "
                f"({plain / trees:.1f} times as many)",
            )

    def of_plan(self, steps: Sequence[Step], at_once: int, recipe: "Recipe") -> None:
        """Tell what lies ahead."""
        schedule, loss = recipe.schedule, recipe.loss
        mean = sum(step.pairs for step in steps) / len(steps)
        self("steps", f"{len(steps):,} of {mean:.0f} pairs on average, at most {at_once} at once on a device")
        warm_up = f", after a warm-up in the first {100 * schedule.warm_up:g} % of steps" if schedule.warm_up else ""
        self("rate", f"{schedule.learning_rate:g}, {schedule.scheduler}{warm_up}")
        smoothing = f", label smoothing {loss.label_smoothing:g}" if loss.label_smoothing else ""
        beta = f", beta {loss.beta:g}" if loss.needs_reference else ""
        self("loss", f"{loss}{beta}{smoothing}")

    def callback(self, log: RunLog, drop: float) -> "TrainerCallback":
        """Write rows of the log, and tell of them.

        Args:
            log: where to.
            drop: percentage points that accuracy on positive questions may fall before a warning.
        """
        return _Callback(self, log, drop)


def _pairs(rows: Sequence[Any]) -> str:
    images = len({row.pair.image.name for row in rows})
    kinds: dict[str, int] = {}
    for row in rows:
        if row.pair.polarity:
            kinds[row.pair.polarity] = kinds.get(row.pair.polarity, 0) + 1
    polarity = "".join(f", {count:,} {name}" for name, count in sorted(kinds.items(), reverse=True))
    return f"{len(rows):,} pairs of {images:,} images{polarity}"


def _many(count: int) -> str:
    """A number as people say it.

    Example:
        >>> _many(753_664), _many(14_031_000), _many(8_292_166_656)
        ('0.754 M', '14.0 M', '8.29 G')
    """
    value, unit = (count / 1e9, "G") if count >= 1e9 else (count / 1e6, "M")
    return f"{value:.3g} {unit}" if value < 10 else f"{value:,.1f} {unit}"


def figures_line(figures: Mapping[str, float]) -> str:
    """What was watched, in a line.

    Example:
        >>> figures_line({"accuracy_positive": 0.951, "accuracy_negative": 0.5, "yes_rate": 0.7, "caption_words": 21.4})
        'held out: likelier reply right on positive 95.1 %, negative 50.0 %, yes 70.0 %; captions of 21 words'
    """
    parts: list[str] = []
    for begin, what in (("", "likelier reply right"), ("said_", "said right")):
        shares = [
            f"{kind} {100 * figures[name]:.1f} %"
            for kind in ("positive", "negative")
            if (name := f"{begin}accuracy_{kind}") in figures
        ]
        if f"{begin}yes_rate" in figures:
            shares.append(f"yes {100 * figures[f'{begin}yes_rate']:.1f} %")
        if shares:
            parts.append(f"{what} on {', '.join(shares)}")
        elif not begin and "accuracy" in figures:
            parts.append(f"{what} {100 * figures['accuracy']:.1f} %")
    if "margin" in figures:
        parts.append(f"margin {figures['margin']:+.3f}")
    if "caption_words" in figures:
        parts.append(f"captions of {figures['caption_words']:.0f} words")
    return f"held out: {'; '.join(parts)}"


class _Callback(TrainerCallback):
    """Told by Trainer."""

    def __init__(self, told: Told, log: RunLog, drop: float) -> None:
        self.told, self.log, self.drop = told, log, drop

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Count steps, and let the last be watched too, before it is saved."""
        self.told.step("tuned")(state.global_step, state.max_steps)
        if state.global_step >= state.max_steps and args.eval_strategy != "no":
            control.should_evaluate = True

    def on_log(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Write a row."""
        if not state.is_world_process_zero:
            return
        logs: Mapping[str, float] = given["logs"]
        if "loss" in logs:
            row = {name: logs[name] for name in _LOGGED if name in logs}
            self.log.write("tuned", state.global_step, row)
            self.told(f"step {state.global_step:,}", _training_line(row))
        elif "eval_accuracy" in logs:
            own = {name.removeprefix("eval_"): value for name, value in logs.items() if name.startswith("eval_")}
            self.log.write("watched", state.global_step, {"figures": own})
            self.told(f"step {state.global_step:,}", figures_line(own))
            if warning := overrejection(self.log.of_kind("watched")[0]["figures"], own, self.drop):
                self.log.write("warning", state.global_step, {"text": warning})
                self.told("warning", warning)


def _training_line(row: Mapping[str, float]) -> str:
    parts = [f"loss {row['loss']:.4f}"]
    if "margin" in row:
        parts += [f"margin {row['margin']:+.3f}", f"chosen rewarded more {100 * row['reward_accuracy']:.1f} %"]
    return "   ".join([*parts, f"rate {row['learning_rate']:.2e}"])
