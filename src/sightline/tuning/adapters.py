"""What of a model is trained: low-rank adapters of its language model (LoRA, QLoRA), or its weights themselves."""

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from sightline.errors import RequestError

if TYPE_CHECKING:
    from sightline.models.families import Family

__all__ = [
    "ALL_LINEAR",
    "Adapter",
    "adapted_layers",
    "attach",
    "check_quantised",
    "frozen_modules",
    "language_model_path",
    "switched_off",
    "trained",
]

ALL_LINEAR: tuple[str, ...] = ("all",)
"""Every linear layer of the language model's decoder layers."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """What is trained.

    Args:
        method: lora: adapters; qlora: adapters on weights of four bits; full: the weights themselves.
        r: rank of the adapters.
        alpha: they are scaled by alpha / r.
        dropout: of what goes into them, in training.
        targets: names of the linear layers that get one, or `ALL_LINEAR`.
        vision: whether vision tower and projector are trained too; otherwise they stay as they are.

    Raises:
        RequestError: a value is impossible.
    """

    method: Literal["lora", "qlora", "full"] = "lora"
    r: int = 16
    alpha: int = 32
    dropout: float = 0.0
    targets: tuple[str, ...] = ALL_LINEAR
    vision: bool = False

    def __post_init__(self) -> None:
        if self.method not in ("lora", "qlora", "full"):
            raise RequestError(f"The method is {self.method!r}; expected lora, qlora or full.")
        if self.r < 1 or self.alpha < 1:
            raise RequestError(f"The rank is {self.r} and alpha {self.alpha}; expected 1 or more.")
        if not 0 <= self.dropout < 1:
            raise RequestError(f"Dropout is {self.dropout}; expected a share from 0 to below 1.")
        if not self.targets:
            raise RequestError("No layers are named that get an adapter; say all for every linear one.")

    def __str__(self) -> str:
        if self.method == "full":
            return "all weights" if self.vision else "the weights of the language model"
        layers = "all linear layers" if self.targets == ALL_LINEAR else ", ".join(self.targets)
        name = "QLoRA" if self.method == "qlora" else "LoRA"
        dropout = f", dropout {self.dropout:g}" if self.dropout else ""
        also = ", and of the vision tower" if self.vision else ""
        return f"{name} r {self.r}, alpha {self.alpha}{dropout}, on {layers} of the language model{also}"


def check_quantised() -> None:
    """See that weights can be held in four bits here.

    Raises:
        RequestError: there is no CUDA device, or bitsandbytes is not installed.
    """
    import torch

    if not torch.cuda.is_available():
        raise RequestError("QLoRA holds weights in four bits, which needs a CUDA device; there is none. Say lora.")
    if find_spec("bitsandbytes") is None:
        raise RequestError("QLoRA needs bitsandbytes, which is not installed: pip install bitsandbytes")


def language_model_path(model: Any, family: "Family | None") -> str:
    """Path from a model to its language model.

    Raises:
        RequestError: the family is not known, and the model does not say which part of it is the language model.
    """
    if family is not None:
        return family.language_model
    decoder = model.get_decoder()
    found: str | None = next((name for name, module in model.named_modules() if module is decoder and name), None)
    if found is None:
        raise RequestError(
            f"Which part of {type(model).__name__} is the language model is not known, so that adapters could land "
            "anywhere. Tune a model of a family that is known."
        )
    return found


def attach(model: Any, family: "Family | None", adapter: Adapter, given: str = "", revision: str | None = None) -> Any:
    """Freeze a model but for what is trained.

    Args:
        model: of transformers; it is changed in place.
        family: its family.
        adapter: what is trained.
        given: how the user named the model, which an adapter's configuration repeats.
        revision: branch, tag or commit of the model on the hub, likewise.

    Returns:
        The model itself, or the PeftModel around it.

    Raises:
        RequestError: a layer that is named is not there, peft is missing.
    """
    language = language_model_path(model, family)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(adapter.method == "full" and (adapter.vision or not _is_vision(name, language, model)))
    if adapter.method == "full":
        return model
    if find_spec("peft") is None:
        raise RequestError("Adapters need peft, which is not installed: pip install peft")
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=adapter.r,
        lora_alpha=adapter.alpha,
        lora_dropout=adapter.dropout,
        target_modules=_pattern(model, language, adapter),
    )
    with warnings.catch_warnings():
        # peft asks transformers for something by a name that is going out of use
        warnings.simplefilter("ignore", FutureWarning)
        adapted = get_peft_model(model, config)
    adapted.peft_config["default"].base_model_name_or_path = given
    adapted.peft_config["default"].revision = revision
    _check_places(adapted, language, adapter.vision)
    return adapted


def _is_vision(name: str, language: str, model: Any) -> bool:
    """Whether a parameter belongs to neither the language model nor its head."""
    if name.startswith(f"{language}."):
        return False
    head = model.get_output_embeddings()
    return head is None or not any(own is model.get_parameter(name) for own in head.parameters())


def _pattern(model: Any, language: str, adapter: Adapter) -> str:
    """A regular expression of the names of the layers that get an adapter, which peft matches whole."""
    from sightline.models.families import follow

    layers = f"{language}.layers"
    within = _linear_names(follow(model, layers))
    leaves = sorted({name.rpartition(".")[2] for name in within})
    wanted = leaves if adapter.targets == ALL_LINEAR else list(adapter.targets)
    if unknown := sorted(set(wanted) - set(leaves)):
        raise RequestError(
            f"The language model has no linear layer called {', '.join(unknown)}; it has {', '.join(leaves)}."
        )
    pattern = rf"{re.escape(layers)}\.\d+\.(?:.+\.)?(?:{'|'.join(map(re.escape, wanted))})"
    if not adapter.vision:
        return pattern
    head = model.get_output_embeddings()
    linear = {name for name in _linear_names(model) if model.get_submodule(name) is not head}
    beside = sorted(name for name in linear if not name.startswith(f"{language}."))
    return f"{pattern}|{'|'.join(map(re.escape, beside))}"


def _linear_names(module: Any) -> list[str]:
    """Names of linear layers, of whatever precision: what has a weight that takes and gives features."""
    return [name for name, each in module.named_modules() if hasattr(each, "in_features") and hasattr(each, "weight")]


def _check_places(adapted: Any, language: str, vision: bool) -> None:
    """See by its names that nothing is trained but adapters, and those only where they belong."""
    names = trained(adapted)
    strange = [name for name in names if "lora_" not in name]
    outside = [name for name in names if f".{language}." not in name]
    if not names or strange or (outside and not vision):
        raise RequestError(f"An adapter landed where none belongs: {(strange or outside or ['nowhere'])[0]}.")


def trained(model: Any) -> list[str]:
    """Names of the parameters that are trained."""
    return [name for name, parameter in model.named_parameters() if parameter.requires_grad]


def frozen_modules(model: Any) -> list[Any]:
    """The largest parts of a model that have parameters of which none is trained."""
    found: list[Any] = []

    def look(module: Any) -> None:
        own = [parameter.requires_grad for parameter in module.parameters()]
        if own and not any(own):
            found.append(module)
        elif own:
            for child in module.children():
                look(child)

    look(model)
    return found


def adapted_layers(model: Any) -> list[Any]:
    """The layers of a model that have an adapter."""
    return [module for module in model.modules() if hasattr(module, "_disable_adapters")]


@contextmanager
def switched_off(layers: Sequence[Any]) -> Iterator[None]:
    """Let layers compute as if they had no adapter.

    Some thousand times as fast as peft's own switch, which goes through all modules, asks each how it is, and changes
    what requires a gradient; a step would wait for it longer than for some forwards.
    """
    for layer in layers:
        layer._disable_adapters = True
    try:
        yield
    finally:
        for layer in layers:
            layer._disable_adapters = False
