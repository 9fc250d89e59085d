"""The options of ``sightline tune``."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

__all__ = ["Loading", "Running", "Settings", "Steps", "What"]

_flag = Parameter(negative="", show_default=False)
_many = Parameter(consume_multiple=True, negative="", show_default=False)
_quiet = Parameter(show_default=False)


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
        int | None, _quiet, Parameter(help="Pairs that a device computes at once; 32 on a GPU, 8 elsewhere.")
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
