"""``sightline tune``."""

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from cyclopts import App, Parameter

from sightline.cli.measure import slug
from sightline.cli.options import names_in

if TYPE_CHECKING:
    from rich.table import Table

    from sightline.tuning.adapters import Adapter
    from sightline.tuning.arguments import Computing, Watching
    from sightline.tuning.recipes import Recipe, Schedule, Selection
    from sightline.tuning.tune import Request, Tuned

__all__ = ["Loading", "Running", "Settings", "Steps", "What", "register"]

_flag = Parameter(negative="", show_default=False)
_many = Parameter(consume_multiple=True, negative="", show_default=False)
_quiet = Parameter(show_default=False)

app = App(name="tune")


def register(to: App) -> None:
    """Add the verb."""
    to.command(app)


@Parameter(name="*")
@dataclass(frozen=True)
class What:
    """The options that say what is tuned, and on what."""

    pairs: Annotated[
        list[Path],
        _many,
        Parameter(
            help="Files of pairs: sightline's own, published rows of SENTINEL or FINER-Tuning, TRL, LLaMA-Factory, "
            "HA-DPO."
        ),
    ]
    images: Annotated[Path, Parameter(help="The folder of their images.")]
    model: Annotated[
        str | None,
        Parameter(
            help="The model: its folder, its id on the hub, or bundled. The recipe's where none is named.",
            show_default=False,
        ),
    ] = None
    recipe: Annotated[
        str | None,
        Parameter(
            help="Settings to begin with (sightline tune recipes); dpo where none is named, for the bundled model "
            "finer-bundled.",
            show_default=False,
        ),
    ] = None
    out: Annotated[
        Path | None, Parameter(help="The folder to write; tuned/RECIPE_MODEL where none is given.", show_default=False)
    ] = None
    held_out: Annotated[
        list[Path], _many, Parameter(help="Files of pairs to watch; by default a share of the pairs, drawn by image.")
    ] = field(default_factory=list)
    held_out_share: Annotated[float | None, _quiet, Parameter(help="That share, from 0 to 1.")] = None
    limit: Annotated[int | None, _quiet, Parameter(help="The first so many pairs only.")] = None
    skip_bad_rows: Annotated[
        bool, _flag, Parameter(help="Leave rows out that cannot be tuned on, and count them, instead of refusing all.")
    ] = False


@Parameter(name="*")
@dataclass(frozen=True)
class Settings:
    """The options that say what is minimised, and what is trained; each overrides the recipe."""

    loss: Annotated[
        str | None,
        _quiet,
        Parameter(
            help="sigmoid (DPO), ipo, hinge, robust, sigmoid_norm or sft, or several with weights: sigmoid=1,sft=0.1."
        ),
    ] = None
    beta: Annotated[float | None, _quiet, Parameter(help="How strongly the model is held to what it was.")] = None
    label_smoothing: Annotated[
        float | None, _quiet, Parameter(help="The share of pairs taken to be the wrong way round.")
    ] = None
    method: Annotated[
        Literal["lora", "qlora", "full"] | None,
        _quiet,
        Parameter(help="lora: adapters; qlora: on weights of four bits; full: the weights themselves."),
    ] = None
    lora_r: Annotated[int | None, _quiet, Parameter(help="Rank of the adapters.")] = None
    lora_alpha: Annotated[
        int | None, _quiet, Parameter(help="Their scale; twice the rank where only that is given.")
    ] = None
    lora_dropout: Annotated[float | None, _quiet, Parameter(help="Dropout of what goes into them.")] = None
    lora_targets: Annotated[
        list[str],
        _many,
        Parameter(help="The layers that get one, as q_proj,v_proj; all: every linear layer of the language model."),
    ] = field(default_factory=list)
    vision: Annotated[bool, _flag, Parameter(help="Train vision tower and projector too.")] = False


@Parameter(name="*")
@dataclass(frozen=True)
class Steps:
    """The options that say how far and how fast; each overrides the recipe."""

    learning_rate: Annotated[float | None, _quiet, Parameter(help="The highest learning rate.")] = None
    batch: Annotated[
        int | None, _quiet, Parameter(help="Pairs of an optimiser step, over all devices and accumulated batches.")
    ] = None
    epochs: Annotated[int | None, _quiet, Parameter(help="How often each pair is seen.")] = None
    steps: Annotated[int | None, _quiet, Parameter(help="So many optimiser steps, whatever the epochs.")] = None
    warm_up: Annotated[float | None, _quiet, Parameter(help="The share of steps in which the rate rises.")] = None
    scheduler: Annotated[str | None, _quiet, Parameter(help="How it falls, as transformers names it.")] = None
    max_length: Annotated[
        int | None, _quiet, Parameter(help="The longest prompt with its reply, in tokens, the image's among them.")
    ] = None
    max_pixels: Annotated[int | None, _quiet, Parameter(help="Scale larger images down to this area.")] = None
    seed: Annotated[int, Parameter(help="What order, adapters and dropout are drawn with.")] = 0


@Parameter(name="*")
@dataclass(frozen=True)
class Running:
    """The options that say how it is computed."""

    at_once: Annotated[
        int | None, _quiet, Parameter(help="Pairs that a device computes at once; 16 on a GPU, 8 elsewhere.")
    ] = None
    plain: Annotated[
        bool,
        _flag,
        Parameter(help="Compute each reply by itself and shuffle pairs one by one, as other trainers do."),
    ] = False
    recompute: Annotated[
        bool | None,
        _quiet,
        Parameter(help="Compute layers again in the backward pass, which saves memory; by default on a GPU."),
    ] = None
    workers: Annotated[
        int | None, _quiet, Parameter(help="Processes that read images ahead; up to 8 for a GPU, none elsewhere.")
    ] = None
    no_cache: Annotated[bool, _flag, Parameter(help="Keep no references for other epochs and runs.")] = False
    report_to: Annotated[list[str], _many, Parameter(help="Trackers: wandb, tensorboard, mlflow.")] = field(
        default_factory=list
    )
    log_steps: Annotated[int | None, _quiet, Parameter(help="Steps between two lines; some 40 lines in all.")] = None
    watch_steps: Annotated[
        int | None, _quiet, Parameter(help="Steps between two looks at the held-out pairs; ten looks in all.")
    ] = None
    save_steps: Annotated[int | None, _quiet, Parameter(help="Steps between two checkpoints; as often as watched.")] = (
        None
    )
    replies: Annotated[int, Parameter(help="Held-out questions that are asked each time.")] = 32


@Parameter(name="*")
@dataclass(frozen=True)
class Loading:
    """The options that say how the model is loaded, and when to warn."""

    device: Annotated[Literal["auto", "cpu"], Parameter(help="auto: a GPU where there is one.")] = "auto"
    dtype: Annotated[
        Literal["auto", "float32", "bfloat16"],
        Parameter(help="Of the weights; auto: bfloat16 on a GPU, float32 elsewhere and where weights are trained."),
    ] = "auto"
    revision: Annotated[str | None, _quiet, Parameter(help="Branch, tag or commit on the hub.")] = None
    trust_remote_code: Annotated[bool, _flag, Parameter(help="Let code that comes with the model run.")] = False
    drop: Annotated[
        float, Parameter(help="Percentage points that accuracy on positive questions may fall before a warning.")
    ] = 2.0


@app.default
def tune(
    *,
    what: What,
    settings: Settings | None = None,
    steps: Steps | None = None,
    running: Running | None = None,
    loading: Loading | None = None,
) -> None:
    """Tune a model on preference pairs, so that it prefers what is true of an image.

    All pairs of an image are computed together: the image once, each question once. Rows are checked before the first
    step. While it is tuned, held-out pairs are watched, with positive and negative questions apart, since a model that
    learns to reject what is false may come to reject what is true. The same command goes on where it was interrupted.

    Several GPUs: accelerate launch -m sightline tune … (DDP, FSDP, DeepSpeed).
    """
    from sightline.cli.progress import shown_steps
    from sightline.cli.tables import print_named
    from sightline.tuning.tune import tune as run

    settings, steps, running, loading = (
        settings or Settings(),
        steps or Steps(),
        running or Running(),
        loading or Loading(),
    )
    request = _request(what, settings, steps, loading)
    with shown_steps() as progress:
        done = run(
            request,
            _computing(running, loading),
            _watching(running, loading),
            lambda name, text: print_named({name: text}, _INDENT),
            progress,
        )
    if os.environ.get("RANK", "0") == "0":
        _show(done)


_INDENT = 13
_Value = TypeVar("_Value", "Adapter", "Schedule", "Selection")


def _request(what: What, settings: Settings, steps: Steps, loading: Loading) -> "Request":
    from sightline.errors import RequestError
    from sightline.models.bundled_model import BUNDLED
    from sightline.tuning.recipes import recipe
    from sightline.tuning.tune import Request

    chosen = recipe(what.recipe or ("finer-bundled" if what.model == BUNDLED else "dpo"))
    model = what.model or chosen.model
    if model == "any":
        raise RequestError("No model is named: --model MODEL, or a recipe that was published for one: --recipe NAME.")
    return Request(
        model,
        what.pairs,
        what.images,
        what.out or Path("tuned") / f"{chosen.name}_{slug(model)}",
        _overridden(chosen, what, settings, steps),
        what.held_out,
        steps.seed,
        loading.revision,
        loading.trust_remote_code,
        shlex.join(["sightline", *sys.argv[1:]]),
    )


def _overridden(chosen: "Recipe", what: What, settings: Settings, steps: Steps) -> "Recipe":
    """The recipe with what options say in place of its own."""
    from sightline.tuning.losses import Loss, loss_weights

    loss = Loss(
        loss_weights(settings.loss) if settings.loss else chosen.loss.weights,
        _or(settings.beta, chosen.loss.beta),
        _or(settings.label_smoothing, chosen.loss.label_smoothing),
    )
    schedule = _with(
        chosen.schedule,
        learning_rate=steps.learning_rate,
        batch_pairs=steps.batch,
        epochs=steps.epochs,
        steps=steps.steps,
        warm_up=steps.warm_up,
        scheduler=steps.scheduler,
    )
    selection = _with(
        chosen.selection,
        limit=what.limit,
        held_out_share=what.held_out_share,
        max_length=steps.max_length,
        max_pixels=steps.max_pixels,
        skip_bad_rows=what.skip_bad_rows,
    )
    return replace(
        chosen, loss=loss, adapter=_adapter(chosen.adapter, settings), schedule=schedule, selection=selection
    )


def _adapter(chosen: "Adapter", settings: Settings) -> "Adapter":
    alpha = settings.lora_alpha
    if alpha is None and settings.lora_r is not None:
        alpha = 2 * settings.lora_r
    return _with(
        chosen,
        method=settings.method,
        r=settings.lora_r,
        alpha=alpha,
        dropout=settings.lora_dropout,
        targets=tuple(names_in(settings.lora_targets)) or None,
        vision=settings.vision or None,
    )


def _or(given: float | None, otherwise: float) -> float:
    return otherwise if given is None else given


def _with(value: _Value, **given: Any) -> _Value:
    """A value with those fields replaced that are given."""
    return replace(value, **{name: one for name, one in given.items() if one is not None})


def _computing(running: Running, loading: Loading) -> "Computing":
    from sightline.tuning.arguments import Computing

    return Computing(
        loading.device,
        loading.dtype,
        running.at_once,
        running.workers,
        running.recompute,
        running.plain,
        not running.no_cache,
        tuple(names_in(running.report_to)),
    )


def _watching(running: Running, loading: Loading) -> "Watching":
    from sightline.tuning.arguments import Watching

    return Watching(running.log_steps, running.watch_steps, running.save_steps, running.replies, loading.drop)


_SHOWN: Mapping[str, tuple[str, int]] = {
    "accuracy_positive": ("likelier reply right, positive questions", 100),
    "accuracy_negative": ("likelier reply right, negative questions", 100),
    "accuracy": ("likelier reply right, all pairs", 100),
    "yes_rate": ("likelier reply says yes", 100),
    "said_accuracy_positive": ("says yes where it is right", 100),
    "said_accuracy_negative": ("says no where it is right", 100),
    "said_yes_rate": ("says yes", 100),
    "said_unreadable": ("says neither", 100),
    "reward_accuracy": ("chosen reply rewarded more", 100),
    "margin": ("margin of rewards", 1),
    "caption_words": ("words of a caption", 1),
}
"""What is shown of held-out pairs, and what it is multiplied by."""


def _show(done: "Tuned") -> None:
    from sightline.cli.progress import duration
    from sightline.cli.tables import console, print_named, show

    screen = console()
    if done.before:
        show(screen, _before_and_after(done))
    folder = shlex.quote(str(done.folder))
    taken = done.steps - (done.resumed or 0)
    of_all = f"{taken:,} of {done.steps:,}" if done.resumed else f"{taken:,}"
    lines = {"done": f"{of_all} steps in {duration(done.seconds)}" if taken else "nothing: the run was complete before"}
    if done.warnings:
        lines["warning"] = done.warnings[-1]
    what = "the model" if done.adapter.method == "full" else "the adapter"
    lines["written"] = f"{done.folder}: {what}; tune.json says how it came about, log.jsonl what happened"
    lines["next"] = f"sightline measure pope --model {folder} --images FOLDER"
    if done.adapter.method != "full":
        lines["next"] += f"\nsightline merge {folder} --out FOLDER"
    print_named(lines, _INDENT)


def _before_and_after(done: "Tuned") -> "Table":
    from sightline.cli.tables import plain_table

    rows = []
    for name, (what, times) in _SHOWN.items():
        if name in done.before and name in done.after:
            before, after = times * done.before[name], times * done.after[name]
            rows.append([what, f"{before:.1f}", f"{after:.1f}", f"{after - before:+.1f}"])
    headings = [("", "left"), ("before", "right"), ("after", "right"), ("change", "right")]
    return plain_table("Held-out pairs (percent; margin and words as they are)", headings, rows)


@app.command
def recipes(name: str | None = None) -> None:
    """List the recipes, or show one.

    Parameters
    ----------
    name
        The recipe to show.
    """
    from sightline.cli.tables import console, plain_table, print_named, show
    from sightline.tuning.recipes import RECIPES, recipe

    if name is not None:
        print_named(_described(recipe(name)), 17)
        return
    headings = [("name", "left"), ("model", "left"), ("trained", "left"), ("rate", "right"), ("batch", "right")]
    rows = [
        [each.name, each.model, str(each.adapter), f"{each.schedule.learning_rate:g}", each.schedule.batch_pairs]
        for each in RECIPES.values()
    ]
    short = [[row[0], row[1], *row[3:]] for row in rows]
    show(
        console(),
        plain_table("Recipes (sightline tune recipes NAME shows all of one)", headings, rows),
        plain_table("Recipes (sightline tune recipes NAME shows all of one)", [*headings[:2], *headings[3:]], short),
    )


def _described(chosen: "Recipe") -> dict[str, str]:
    schedule, selection = chosen.schedule, chosen.selection
    lines = {
        "name": chosen.name,
        "source": chosen.source,
        "model": chosen.model,
        "loss": f"{chosen.loss}, beta {chosen.loss.beta:g}",
        "trained": str(chosen.adapter),
        "learning rate": f"{schedule.learning_rate:g}, {schedule.scheduler}, warm-up {100 * schedule.warm_up:g} %",
        "batch": f"{schedule.batch_pairs} pairs",
        "epochs": str(schedule.epochs),
        "weight decay": f"{schedule.weight_decay:g}",
        "gradient norm": f"{schedule.max_grad_norm:g} at most",
        "pairs": "all" if selection.limit is None else f"the first {selection.limit:,}",
        "held out": f"{100 * selection.held_out_share:g} %",
    }
    if selection.max_length is not None:
        lines["longest"] = f"{selection.max_length:,} tokens"
    if selection.max_pixels is not None:
        lines["largest image"] = f"{selection.max_pixels:,} pixels; larger ones are scaled down"
    return lines
