"""A LoRA adapter in PEFT's files: what tuning added to a model's weights, read without PEFT.

Of each weight that it adapts an adapter holds two narrow matrices, whose product is added to it. Whatever else one can
hold (whole modules, magnitudes, embeddings) is no such product, and is refused with the reason.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open

from sightline.errors import DataError, RequestError
from sightline.models.bundled_model import BUNDLED

__all__ = ["CONFIG", "WEIGHTS", "Adapter", "Change", "ModelParts", "find_adapter", "model_parts", "read_adapter"]

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
"""What PEFT calls the files of an adapter."""

_TUNED = "tune.json"
"""What sightline's own tuning leaves beside them; it knows the base by its content."""
_PICKLED = "adapter_model.bin"
_BLOCK = 1 << 24

_FACTOR = re.compile(r"(?:base_model\.model\.)?(?P<module>.+)\.lora_(?P<factor>[AB])(?:\.\w+)?\.weight")
_INSTEAD = "Merge it with PEFT (merge_and_unload), save the model, and name that folder."
_BEYOND = {
    "modules_to_save": "holds whole modules besides ({})",
    "trainable_token_indices": "holds embeddings of single tokens ({})",
    "target_parameters": "adapts parameters that belong to no linear layer ({})",
    "layer_replication": "repeats layers of its base",
    "alora_invocation_tokens": "acts only after certain tokens",
    "arrow_config": "chooses among adapters token by token",
    "lora_bias": "adds to biases too",
    "use_dora": "scales the weights besides (DoRA)",
    "use_qalora": "averages what its matrices take in (QA-LoRA)",
    "use_bdlora": "has matrices in blocks (BD-LoRA)",
    "kasa_config": "takes parts of the weights away (KaSA)",
    "monteclora_config": "draws its matrices at random (MonteCLoRA)",
    "fan_in_fan_out": "is of weights that are stored the other way round",
}
"""Settings by which an adapter is more, or other, than products added to weights."""
_OTHER_BASE = ("pissa", "olora", "corda", "loftq", "lora_ga")
"""Ways to begin an adapter that change the base's weights, so that the adapter alone says nothing."""
_SCALING = ("r", "lora_alpha", "use_rslora", "rank_pattern", "alpha_pattern")
"""The settings that matter once an adapter is trained, besides its weights."""


class Change(NamedTuple):
    """What an adapter adds to one weight.

    Args:
        a: (rank, inputs).
        b: (outputs, rank).
        scale: what their product is multiplied with.
    """

    a: torch.Tensor
    b: torch.Tensor
    scale: float

    @property
    def shape(self) -> tuple[int, int]:
        """(outputs, inputs) of the weight."""
        return self.b.shape[0], self.a.shape[1]

    def product(self, device: torch.device | str = "cpu") -> torch.Tensor:
        """(outputs, inputs) float32, what is added.

        Example:
            >>> Change(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [0.0]]), 2.0).product().tolist()
            [[6.0, 12.0], [0.0, 0.0]]
        """
        found: torch.Tensor = self.b.to(device).float() @ self.a.to(device).float()
        return found.mul_(self.scale)


@dataclass(frozen=True)
class Adapter:
    """A LoRA adapter whose weights are read when they are asked for.

    Args:
        name: of its folder, or its id on the hub.
        folder: that holds it.
        config: as its file says it.
        keys: for each module that it adapts, the names of its two tensors.
        base_hash: the hash of the base's content, where the folder says it.
    """

    name: str
    folder: Path
    config: Mapping[str, Any]
    keys: Mapping[str, Mapping[str, str]]
    base_hash: str | None = None

    @property
    def base(self) -> str | None:
        """What its configuration says it was made on: a folder, an id on the hub, or "bundled"."""
        found = self.config.get("base_model_name_or_path")
        return str(found) if found else None

    @property
    def base_revision(self) -> str | None:
        """Branch, tag or commit of the base on the hub."""
        found = self.config.get("revision")
        return str(found) if found else None

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules that it adapts, by the names that they had when it was made."""
        return tuple(self.keys)

    @property
    def targets(self) -> str:
        """The modules that it adapts, by the ends of their names.

        Example:
            >>> modules = dict.fromkeys(["layers.0.q_proj", "layers.1.q_proj", "layers.0.v_proj"], {})
            >>> Adapter("a", Path("a"), {}, modules).targets
            'q_proj (2), v_proj (1)'
        """
        ends = Counter(module.rpartition(".")[2] for module in self.modules)
        return ", ".join(f"{end} ({number})" for end, number in sorted(ends.items()))

    @cached_property
    def ranks(self) -> str:
        """The rank of its products, or those that occur."""
        with _opened(self.folder / WEIGHTS) as file:
            found = {file.get_slice(keys["A"]).get_shape()[0] for keys in self.keys.values()}
        return ", ".join(map(str, sorted(found)))

    @cached_property
    def sha256(self) -> str:
        """The hash of its content: the settings that matter, and its weights."""
        settings = {name: self.config.get(name) for name in _SCALING}
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
        with (self.folder / WEIGHTS).open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        return digest.hexdigest()

    def change(self, module: str) -> Change:
        """What is added to the weight of a module that it adapts.

        Raises:
            DataError: the weights cannot be read.
        """
        with _opened(self.folder / WEIGHTS) as file:
            a, b = (file.get_tensor(self.keys[module][factor]) for factor in "AB")
        if a.dim() != 2 or b.dim() != 2 or a.shape[0] != b.shape[1]:
            problem = f"{module} is adapted by {tuple(a.shape)} and {tuple(b.shape)}, expected the matrices of a linear"
            raise DataError(f"{problem} layer", file=self.folder / WEIGHTS)
        return Change(a, b, self._scale(module, a.shape[0]))

    def _scale(self, module: str, rank: int) -> float:
        alpha = float(self.config["lora_alpha"])
        for pattern, value in (self.config.get("alpha_pattern") or {}).items():
            if re.fullmatch(rf"(.*\.)?({pattern})", module):
                alpha = float(value)
                break
        return alpha / rank**0.5 if self.config.get("use_rslora") else alpha / rank


def find_adapter(source: str, revision: str | None = None) -> Path | None:
    """The folder of an adapter; None where the source is something else.

    Args:
        source: a folder, or an id on the hub.
        revision: branch, tag or commit on the hub.
    """
    if source == BUNDLED:
        return None
    if Path(source).is_dir():
        return Path(source) if (Path(source) / CONFIG).is_file() else None
    if not _is_on_hub(source, revision):
        return None
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(source, revision=revision, allow_patterns=[CONFIG, WEIGHTS, _PICKLED, _TUNED]))


def _is_on_hub(source: str, revision: str | None) -> bool:
    """Whether an id on the hub is that of an adapter; what is on this machine already is not asked for."""
    from huggingface_hub import file_exists, try_to_load_from_cache

    try:
        if isinstance(try_to_load_from_cache(source, CONFIG, revision=revision), str):
            return True
        if isinstance(try_to_load_from_cache(source, "config.json", revision=revision), str):
            return False
        return bool(file_exists(source, CONFIG, revision=revision))
    except Exception:  # no id, or no network, of which each version has errors of its own: loading it as a model says
        return False


def read_adapter(source: str | Path, revision: str | None = None) -> Adapter:
    """Read what an adapter is; its weights are not read yet.

    Args:
        source: its folder, or its id on the hub.
        revision: branch, tag or commit on the hub.

    Raises:
        RequestError: it is no adapter, its weights are pickled, or it is more than products added to weights.
        DataError: a file is broken.
    """
    folder = find_adapter(str(source), revision)
    if folder is None:
        raise RequestError(
            f"{str(source)!r} is no adapter: there is no {CONFIG}. Name the folder that the tuning wrote, or an id on "
            "the hub."
        )
    name = folder.resolve().name if Path(source).is_dir() else str(source)
    config = _read_json(folder / CONFIG)
    _refuse_others(name, config)
    if "lora_alpha" not in config:
        raise DataError("lora_alpha is not there", file=folder / CONFIG)
    if not (folder / WEIGHTS).is_file():
        raise _without_weights(name, folder)
    keys = _keys(name, folder / WEIGHTS)
    tuned = _read_json(folder / _TUNED) if (folder / _TUNED).is_file() else {}
    if tuned.get("complete") is False:
        command = tuned.get("command") or "the command that began it"
        raise RequestError(f"The tuning that writes {name} is not complete. Finish it: {command}")
    return Adapter(name, folder, config, keys, tuned.get("base_hash"))


class ModelParts(NamedTuple):
    """What a model is made of.

    Args:
        base: a folder, an id on the hub, or "bundled".
        revision: branch, tag or commit of the base on the hub.
        adapter: what is added to it, where something is.
    """

    base: str
    revision: str | None
    adapter: Adapter | None


def model_parts(model: str, adapter: str | Path | None = None, revision: str | None = None) -> ModelParts:
    """Tell a model from an adapter, whose configuration names its base.

    Args:
        model: a model, or an adapter.
        adapter: an adapter on top of the model.
        revision: branch, tag or commit of the model on the hub.

    Raises:
        RequestError: the model is an adapter and there is another on top, or its base is not said; or as
            `read_adapter`.
        DataError: a file of the adapter is broken.

    Example:
        >>> model_parts("bundled")
        ModelParts(base='bundled', revision=None, adapter=None)
    """
    itself = find_adapter(model, revision)
    if adapter is not None:
        if itself is not None:
            raise RequestError(
                f"{model} is an adapter itself, and one is added at a time: name its base, or merge it first "
                f"(sightline merge {model} --out FOLDER) and name that folder."
            )
        return ModelParts(model, revision, read_adapter(adapter))
    if itself is None:
        return ModelParts(model, revision, None)
    found = read_adapter(model, revision)
    if found.base is None:
        raise RequestError(
            f"The adapter {found.name} does not say what it was made on. Name its base: --model BASE --adapter {model}"
        )
    return ModelParts(found.base, found.base_revision, found)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"this is no JSON ({error})", file=path) from error
    if not isinstance(found, dict):
        raise DataError(f"this is a {type(found).__name__}, expected an object", file=path)
    return found


def _without_weights(name: str, folder: Path) -> RequestError:
    if (folder / _PICKLED).is_file():
        return RequestError(
            f"The weights of the adapter {name} are pickled ({_PICKLED}), not safetensors, and pickles can run any "
            "code. Load it with PEFT where you trust it, and save it with save_pretrained."
        )
    return RequestError(f"The adapter {name} has no weights: {folder} holds no {WEIGHTS}.")


def _refuse_others(name: str, config: Mapping[str, Any]) -> None:
    """Refuse what is more, or other, than products added to weights."""
    kind = config.get("peft_type")
    if kind != "LORA":
        raise RequestError(f"{name} is an adapter of type {kind}, and only LoRA is known here. {_INSTEAD}")
    bias = config.get("bias") or "none"
    if bias != "none":
        raise RequestError(f"The adapter {name} changes biases too (bias: {bias}). {_INSTEAD}")
    for setting, what in _BEYOND.items():
        if value := config.get(setting):
            listed = ", ".join(map(str, value)) if isinstance(value, list | dict) else str(value)
            raise RequestError(f"The adapter {name} {what.format(listed)}, setting {setting}. {_INSTEAD}")
    began = str(config.get("init_lora_weights")).lower()
    if began.startswith(_OTHER_BASE):
        raise RequestError(
            f"The adapter {name} was begun by {began}, which changes the weights of the base: by itself it says "
            f"nothing of the tuned model. {_INSTEAD}"
        )


def _keys(name: str, path: Path) -> dict[str, dict[str, str]]:
    """For each module the names of its two tensors."""
    with _opened(path) as file:
        names = list(file.keys())
    found: dict[str, dict[str, str]] = {}
    for key in names:
        parts = _FACTOR.fullmatch(key)
        if parts is None:
            raise RequestError(f"The adapter {name} holds {key}, which is no factor of a linear layer. {_INSTEAD}")
        found.setdefault(parts["module"], {})[parts["factor"]] = key
    if half := next((module for module, keys in found.items() if len(keys) < 2), None):
        raise DataError(f"{half} has only one of its two matrices", file=path)
    if not found:
        raise DataError("the adapter holds no tensors", file=path)
    return dict(sorted(found.items()))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (OSError, SafetensorError) as error:
        raise DataError(f"the adapter's weights cannot be read ({error})", file=path) from error
