"""Models in vLLM's engine, which runs beside this process: the same replies, for many requests at once.

A model is known by the same hash as through transformers, and by its engine; exported knockouts and merged models are
folders like any other. Adapters are computed beside the weights, as vLLM does for all who share a server.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from transformers import AutoConfig, AutoProcessor, GenerationConfig

from sightline.core import ModelIdentity
from sightline.errors import RequestError
from sightline.models.adapter import Adapter, ModelParts, model_parts
from sightline.models.adapter_fit import refuse_other_base, refuse_other_shapes, weights_adapted
from sightline.models.batched_model import BatchedModel, refuse_unshared
from sightline.models.bundled_model import BUNDLED, bundled_folder
from sightline.models.checkpoint import Checkpoint, open_checkpoint
from sightline.models.counterparts import TOWERS
from sightline.models.families import Family, family_of
from sightline.models.loading import DType, content_hash, explained, hub_folder, quiet, refuse_original_llava
from sightline.models.vllm_engine import Lora, VllmEngine, start_vllm, vllm_version

__all__ = ["VllmModel", "load_vllm"]

_WEIGHT = ".weight"


class VllmModel(BatchedModel):
    """A model in vLLM's engine.

    Args:
        engine: that runs.
        processor: the model's, of transformers.
        identity: what it is.
        family: what is known of its family, if anything.
        stops: the tokens that end a reply.

    Raises:
        RequestError: the family's images attend to the question, so that they cannot be cached for several.
    """

    def __init__(
        self, engine: VllmEngine, processor: Any, identity: ModelIdentity, family: Family | None, stops: Iterable[int]
    ) -> None:
        super().__init__(engine, processor, identity, family, stops)
        self._vllm = engine

    def close(self) -> None:
        """End the engine's processes, which otherwise live as long as this one."""
        self._vllm.close()


def load_vllm(
    model: str,
    *,
    adapter: str | Path | None = None,
    any_base: bool = False,
    revision: str | None = None,
    dtype: DType = "auto",
    trust_remote_code: bool = False,
    gpu_memory_utilization: float | None = None,
    max_model_len: int | None = None,
    tensor_parallel_size: int = 1,
) -> VllmModel:
    """Load a model into vLLM's engine, which runs in processes of its own until this one ends.

    Args:
        model: a folder, an id on the hub, or "bundled"; an exported knockout and a merged model are folders as well. An
            adapter is a model too: its configuration names its base.
        adapter: a LoRA adapter on top of the model, computed beside its weights.
        any_base: take a base of other content than the adapter was made on.
        revision: branch, tag or commit of the model on the hub.
        dtype: of the weights; auto: bfloat16 on a GPU, float32 elsewhere.
        trust_remote_code: whether code that comes with the model may run.
        gpu_memory_utilization: the share of a GPU's memory that vLLM may take; None: its own default.
        max_model_len: how many tokens a prompt and its reply may have together; fewer take less memory. None: as many
            as the model knows.
        tensor_parallel_size: GPUs over which each layer is spread.

    Raises:
        RequestError: vLLM is not installed or does not know the architecture, there is no such model, it does not fit
            into memory, its image attends to the question, or the adapter was made on another model or adapts more than
            the language model's layers.
        DataError: a file of the bundled model or of the adapter is missing or damaged.
    """
    release = vllm_version()
    of = model_parts(model, adapter, revision)
    source = str(bundled_folder()) if of.base == BUNDLED else of.base
    config, processor, stops = _described(source, of.revision, trust_remote_code)
    commit = getattr(config, "_commit_hash", None)
    settings = {
        "revision": commit or of.revision,
        "trust_remote_code": trust_remote_code,
        "max_model_len": max_model_len,
        "tensor_parallel_size": tensor_parallel_size,
        **({} if gpu_memory_utilization is None else {"gpu_memory_utilization": gpu_memory_utilization}),
    }
    family = family_of(config.model_type)
    refuse_unshared(source, family)
    lora = None if of.adapter is None else _lora(of.adapter)
    known = _content(source, of, config, any_base) if Path(source).is_dir() else None
    engine = start_vllm(source, dtype, settings, lora)
    try:
        name, content = known or _content(source, of, config, any_base)  # of the hub, what the engine has fetched
    except BaseException:
        engine.close()
        raise
    identity = ModelIdentity(
        content,
        name,
        family.name if family else str(config.model_type),
        f"vllm {release}",
        engine.dtype,
        engine.attention,
        _details(config, engine, commit, tensor_parallel_size),
    )
    return VllmModel(engine, processor, _adapted(of.adapter, identity), family, stops)


def _described(source: str, revision: str | None, trust_remote_code: bool) -> tuple[Any, Any, frozenset[int]]:
    """Configuration, processor, and the tokens that end a reply; no weights are read."""
    where: dict[str, Any] = {} if revision is None else {"revision": revision}
    options = {**where, "trust_remote_code": trust_remote_code}
    try:
        with quiet():
            config = AutoConfig.from_pretrained(source, **options)
            refuse_original_llava(source, config)
            processor = AutoProcessor.from_pretrained(source, **options)
            try:
                habits = GenerationConfig.from_pretrained(source, **where)
            except OSError:  # it comes without such a file
                habits = GenerationConfig.from_model_config(config)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise explained(source, error, trust_remote_code) from error
    return config, processor, _stops(habits.eos_token_id)


def _stops(ends: int | Sequence[int] | None) -> frozenset[int]:
    return frozenset([] if ends is None else [ends] if isinstance(ends, int) else ends)


def _details(config: Any, engine: VllmEngine, commit: str | None, gpus: int) -> dict[str, str]:
    found = {
        "model_type": str(config.model_type),
        "device": engine.device,
        "torch": version("torch"),
        "transformers": version("transformers"),
    }
    if gpus > 1:
        found["GPUs a layer is spread over"] = str(gpus)
    if commit:
        found["revision"] = commit
    return found


def _lora(adapter: Adapter) -> Lora:
    """What the engine is told of an adapter.

    Raises:
        RequestError: it adapts more than the language model's layers, which vLLM would pass over.
    """
    beyond = [name for name in adapter.modules if TOWERS.search(name) or ".layers." not in name]
    if beyond:
        raise RequestError(
            f"The adapter {adapter.name} adapts {beyond[0]}, and vLLM adapts layers of the language model only. Merge "
            f"it first: sightline merge {adapter.name} --out FOLDER"
        )
    return Lora(adapter.name, str(adapter.folder), max(map(int, adapter.ranks.split(", "))))


def _content(source: str, of: ModelParts, config: Any, any_base: bool) -> tuple[str, str]:
    """Name and hash of the base, once it is seen that the adapter is for it.

    Raises:
        RequestError: the adapter was made on a model of other content or layout.
    """
    local = Path(source).is_dir()
    folder = Path(source) if local else hub_folder(source, of.revision, config)
    name, content = folder.resolve().name if local else source, content_hash(folder)
    if of.adapter is not None:
        if not any_base:
            refuse_other_base(of.adapter, name, content)
        if getattr(config, "quantization_config", None) is None:
            _refuse_other_layout(of.adapter, open_checkpoint(source, of.revision))
    return name, content


def _refuse_other_layout(adapter: Adapter, checkpoint: Checkpoint) -> None:
    """Refuse an adapter of layers that are not there or are of other shapes; vLLM passes over the former."""
    names = [name.removesuffix(_WEIGHT) for name in checkpoint.files if name.endswith(_WEIGHT)]
    for module, name in weights_adapted(adapter, names, f"the files of {checkpoint.name}").items():
        refuse_other_shapes(adapter, module, adapter.change(module), checkpoint.shape(name + _WEIGHT))


def _adapted(adapter: Adapter | None, base: ModelIdentity) -> ModelIdentity:
    """The identity of a model with its adapter, if it has one, of the same hash as through transformers."""
    if adapter is None:
        return base
    return replace(
        base,
        hash=hashlib.sha256(f"{base.hash} {adapter.sha256}".encode()).hexdigest(),
        name=adapter.name,
        details={
            **base.details,
            "base": base.hash,
            "base name": base.name,
            "adapter": adapter.sha256,
            "adapter rank": adapter.ranks,
            "adapter targets": adapter.targets,
            "adapter is": "beside the weights, by vLLM",
        },
    )
