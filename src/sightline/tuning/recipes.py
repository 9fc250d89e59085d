"""Published settings under their names, and those of the bundled model.

FINER-Tuning's are those of its training files for LLaMA-Factory, SENTINEL's those of its released training scripts.
What they leave open is LLaMA-Factory's default: alpha twice the rank, no dropout, no weight decay, gradients of norm 1
at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sightline.errors import RequestError, unknown_name
from sightline.tuning.adapters import ALL_LINEAR, Adapter
from sightline.tuning.losses import Loss

__all__ = ["RECIPES", "Recipe", "Schedule", "Selection", "recipe"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How far and how fast a model is tuned.

    Args:
        learning_rate: the highest.
        batch_pairs: pairs of an optimiser step, over all processes and accumulated batches.
        epochs: how often each pair is seen.
        steps: stop after so many steps instead, or go on that far; None: after the epochs.
        warm_up: the share of steps in which the learning rate rises from zero.
        scheduler: how it falls afterwards, as transformers names it.
        weight_decay: of AdamW.
        max_grad_norm: gradients are scaled down to this norm; 0: they are not.

    Raises:
        RequestError: a value is impossible.
    """

    learning_rate: float
    batch_pairs: int
    epochs: int = 1
    steps: int | None = None
    warm_up: float = 0.0
    scheduler: str = "cosine"
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0

    def __post_init__(self) -> None:
        if not self.learning_rate > 0:
            raise RequestError(f"The learning rate is {self.learning_rate}; expected a number above 0.")
        for name, value in (("batch", self.batch_pairs), ("epochs", self.epochs), ("steps", self.steps)):
            if value is not None and value < 1:
                raise RequestError(f"{name} is {value}; expected 1 or more.")
        if not 0 <= self.warm_up < 1:
            raise RequestError(f"warm-up is {self.warm_up}; expected a share from 0 to below 1.")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which pairs are tuned on, and how large what they show and say may be.

    Args:
        limit: the first so many pairs; None: all.
        held_out_share: the share of pairs that is watched instead of tuned on, drawn by image, where no file of its own
            is given.
        max_length: the longest prompt with its reply, in tokens, the image's among them; None: as the model allows.
        max_pixels: larger images are scaled down to this area; None: as the processor does.
        skip_bad_rows: whether rows that cannot be tuned on are left out and counted, instead of refusing all.

    Raises:
        RequestError: a value is impossible.
    """

    limit: int | None = None
    held_out_share: float = 0.0
    max_length: int | None = None
    max_pixels: int | None = None
    skip_bad_rows: bool = False

    def __post_init__(self) -> None:
        for name, value in (("limit", self.limit), ("max length", self.max_length), ("max pixels", self.max_pixels)):
            if value is not None and value < 1:
                raise RequestError(f"{name} is {value}; expected 1 or more.")
        if not 0 <= self.held_out_share < 1:
            raise RequestError(f"The held-out share is {self.held_out_share}; expected a share from 0 to below 1.")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a model becomes, but for the pairs and the seed.

    Args:
        name: what it is called.
        source: where its values stand.
        model: the model they were published for; "any" where that is none in particular.
        loss: what is minimised.
        adapter: what is trained.
        schedule: how far and how fast.
        selection: on which pairs.
    """

    name: str
    source: str
    model: str
    loss: Loss
    adapter: Adapter
    schedule: Schedule
    selection: Selection


_DPO = Loss({"sigmoid": 1.0}, beta=0.1)

_FINER = "FINER-Tuning, arXiv 2603.17662; ExplainableML/finer, training files for LLaMA-Factory"
_SENTINEL = "SENTINEL, arXiv 2507.12455; pspdada/SENTINEL, llamafactory/examples"
_SENTINEL_LLAVA_1_5 = "SENTINEL, arXiv 2507.12455; pspdada/SENTINEL, train/models/dpo_llava.sh"

_512_SQUARED = 262_144


def _finer(name: str, model: str, batch: int, pairs: int, held_out: float, max_length: int) -> Recipe:
    adapter = Adapter("lora", r=32, alpha=64, targets=("q_proj", "v_proj"))
    schedule = Schedule(5e-6, batch, warm_up=0.1)
    return Recipe(name, _FINER, model, _DPO, adapter, schedule, Selection(pairs, held_out, max_length, _512_SQUARED))


def _sentinel(name: str, model: str, rate: float, pairs: int) -> Recipe:
    adapter = Adapter("lora", r=128, alpha=256, targets=ALL_LINEAR)
    selection = Selection(pairs, max_length=4096)
    return Recipe(name, _SENTINEL, model, _DPO, adapter, Schedule(rate, 64), selection)


def _sentinel_llava_1_5(name: str, model: str, pairs: int) -> Recipe:
    """LLaVA-1.5 was tuned with a script of its own, which goes back to HA-DPO's, with dropout and a shorter context."""
    adapter = Adapter("lora", r=128, alpha=256, dropout=0.05, targets=ALL_LINEAR)
    selection = Selection(pairs, max_length=2048)
    return Recipe(name, _SENTINEL_LLAVA_1_5, model, _DPO, adapter, Schedule(2e-6, 64), selection)


def _bundled(name: str, rate: float, loss: Loss = _DPO, epochs: int = 1) -> Recipe:
    adapter = Adapter("lora", r=16, alpha=32, targets=ALL_LINEAR)
    schedule = Schedule(rate, 64, epochs, warm_up=0.1)
    selection = Selection(held_out_share=0.05)
    return Recipe(name, "sightline, for the model inside the package", "bundled", loss, adapter, schedule, selection)


_OWN = Recipe(
    "dpo",
    "sightline; nothing published",
    "any",
    _DPO,
    Adapter("lora", r=16, alpha=32, targets=ALL_LINEAR),
    Schedule(1e-5, 64, warm_up=0.1),
    Selection(held_out_share=0.01),
)

RECIPES: Mapping[str, Recipe] = {
    each.name: each
    for each in (
        _OWN,
        _finer("finer-qwen2.5-vl-7b", "Qwen/Qwen2.5-VL-7B-Instruct", 128, 120_000, 0.002, 512),
        _finer("finer-internvl3.5-8b", "OpenGVLab/InternVL3_5-8B-HF", 128, 160_000, 0.005, 512),
        _finer("finer-internvl3.5-14b", "OpenGVLab/InternVL3_5-14B-HF", 64, 160_000, 0.005, 512),
        _finer("finer-llava-1.6-7b", "llava-hf/llava-v1.6-vicuna-7b-hf", 128, 40_000, 0.005, 4096),
        _sentinel_llava_1_5("sentinel-llava-1.5-7b", "llava-hf/llava-1.5-7b-hf", 8_600),
        _sentinel_llava_1_5("sentinel-llava-1.5-13b", "llava-hf/llava-1.5-13b-hf", 7_000),
        _sentinel("sentinel-llava-1.6-7b", "llava-hf/llava-v1.6-vicuna-7b-hf", 2e-6, 7_000),
        _sentinel("sentinel-llava-1.6-13b", "llava-hf/llava-v1.6-vicuna-13b-hf", 3e-6, 7_000),
        _sentinel("sentinel-qwen2-vl-2b", "Qwen/Qwen2-VL-2B-Instruct", 2e-6, 12_000),
        _sentinel("sentinel-qwen2-vl-7b", "Qwen/Qwen2-VL-7B-Instruct", 2e-6, 7_000),
        _sentinel("sentinel-qwen2.5-vl-7b", "Qwen/Qwen2.5-VL-7B-Instruct", 3e-6, 7_000),
        _bundled("finer-bundled", 1e-4),
        _bundled("sentinel-bundled", 3e-4, Loss({"sigmoid": 1.0, "sft": 0.5}), epochs=3),
    )
}
"""All recipes by name."""


def recipe(name: str) -> Recipe:
    """Look a recipe up.

    Raises:
        RequestError: there is none of this name.

    Example:
        >>> recipe("finer-qwen2.5-vl-7b").schedule.batch_pairs
        128
    """
    if name not in RECIPES:
        raise unknown_name("recipe", name, RECIPES)
    return RECIPES[name]
