"""``sightline tune``."""

import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sightline.cli.measure import slug
from sightline.cli.options import names_in
from sightline.cli.tune.options import Loading, Running, Settings, Steps, What
from sightline.cli.tune.shown import INDENT, show_tuned

if TYPE_CHECKING:
    from sightline.tuning.adapters import Adapter
    from sightline.tuning.arguments import Computing, Watching
    from sightline.tuning.recipes import Recipe, Schedule, Selection
    from sightline.tuning.tune import Request

__all__ = ["tune"]

_Value = TypeVar("_Value", "Adapter", "Schedule", "Selection")


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
            lambda name, text: print_named({name: text}, INDENT),
            progress,
        )
    if os.environ.get("RANK", "0") == "0":
        show_tuned(done)


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
