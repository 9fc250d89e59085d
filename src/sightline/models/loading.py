"""Models loaded through transformers, with errors that say what to do, and known by their content."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import torch
from huggingface_hub.utils import logging as hub_logging
from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor
from transformers.utils import logging

from sightline.core import ModelIdentity
from sightline.errors import RequestError
from sightline.models.adapted import adapt
from sightline.models.adapter import Adapter, model_parts
from sightline.models.adapter_fit import refuse_other_base
from sightline.models.bundled_model import BUNDLED, bundled_folder
from sightline.models.families import family_of
from sightline.models.fused_norms import fuse_norms
from sightline.models.transformers import TransformersModel

__all__ = [
    "DType",
    "content_hash",
    "explained",
    "hub_folder",
    "load",
    "quiet",
    "refuse_original_llava",
    "wrap",
]

DType = Literal["auto", "float32", "bfloat16", "float16"]

_ORIGINAL_LLAVA = ("LlavaLlamaForCausalLM", "LlavaMistralForCausalLM", "LlavaMptForCausalLM", "LlavaQwenForCausalLM")
_HASHED = (".json", ".jinja", ".model", ".txt", ".safetensors", ".bin", ".py")
_BLOCK = 1 << 24


def load(
    model: str,
    *,
    adapter: str | Path | None = None,
    any_base: bool = False,
    revision: str | None = None,
    dtype: DType = "auto",
    device: str = "auto",
    trust_remote_code: bool = False,
    share: bool = True,
    tokens_at_once: int | None = None,
) -> TransformersModel:
    """Load a model and its processor.

    A LoRA adapter is added to the weights of its base, or computed beside them where they are quantised.

    Args:
        model: a folder, an id on the hub, or "bundled": the small model inside the package. An adapter is a model too:
            its configuration names its base.
        adapter: a LoRA adapter on top of the model, its folder or id on the hub, where the base is not where its
            configuration says.
        any_base: take a base of other content than the adapter was made on.
        revision: branch, tag or commit of the model on the hub; without it the newest, whose commit the record names.
        dtype: of the weights; auto: bfloat16 on a GPU, float32 elsewhere.
        device: "auto", "cpu", "cuda", "cuda:1", "mps".
        trust_remote_code: whether code that comes with the model may run.
        share: whether the image may be computed once for all its questions.
        tokens_at_once: question tokens computed side by side.

    Raises:
        RequestError: there is no such model, no network, a package is missing, or the checkpoint is of another format;
            or the adapter was made on another model, or cannot be added to weights.
        DataError: a file of the bundled model or of the adapter is missing or damaged.
    """
    of = model_parts(model, adapter, revision)
    where = _device(device)
    source = str(bundled_folder()) if of.base == BUNDLED else of.base
    try:
        loaded, processor, config = _from_pretrained(source, of.revision, _dtype(dtype, where), trust_remote_code)
    except RequestError as error:
        raise error if of.adapter is None else _without_base(of.adapter, error) from error
    _move(loaded, source, where)
    folder = Path(source) if Path(source).is_dir() else hub_folder(source, of.revision, config)
    name = folder.resolve().name if Path(source).is_dir() else source
    identity = _identity(name, config, loaded, content_hash(folder), getattr(config, "_commit_hash", None))
    if of.adapter is not None:
        identity = _adapted(loaded, of.adapter, identity, any_base)
    return TransformersModel(loaded, processor, identity, family_of(config.model_type), share, tokens_at_once)


def _from_pretrained(
    source: str, revision: str | None, dtype: torch.dtype, trust_remote_code: bool
) -> tuple[Any, Any, Any]:
    """Model, processor and configuration."""
    options: dict[str, Any] = {"trust_remote_code": trust_remote_code}
    if revision is not None:
        options["revision"] = revision
    try:
        with quiet():
            config = AutoConfig.from_pretrained(source, **options)
            refuse_original_llava(source, config)
            processor = AutoProcessor.from_pretrained(source, **options)
        with _bar(not Path(source).is_relative_to(Path(__file__).parent)):
            loaded = AutoModelForImageTextToText.from_pretrained(
                source, dtype=dtype, attn_implementation="sdpa", **options
            )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise explained(source, error, trust_remote_code) from error
    return loaded.eval(), processor, config


def _move(loaded: Any, source: str, where: torch.device) -> None:
    """Put a model where it is to compute."""
    try:
        loaded.to(where)
        fuse_norms(loaded)
    except torch.OutOfMemoryError:
        size = sum(p.numel() for p in loaded.parameters())
        raise RequestError(
            f"{source} has {size / 1e9:.1f} billion parameters, {size * loaded.dtype.itemsize / 1e9:.0f} GB as "
            f"{_dtype_name(loaded.dtype)}, which does not fit into the memory of {where}. Take a smaller dtype or "
            "model, or --device cpu."
        ) from None


def _without_base(adapter: Adapter, error: RequestError) -> RequestError:
    return RequestError(
        f"{error} It is the base of the adapter {adapter.name}; if it has moved, say where it is: --model BASE "
        f"--adapter {adapter.name}"
    )


def _adapted(loaded: Any, adapter: Adapter, base: ModelIdentity, any_base: bool) -> ModelIdentity:
    """Put an adapter into a model, and say what has become of it."""
    if not any_base:
        refuse_other_base(adapter, base.name, base.hash)
    rounding = adapt(loaded, adapter)
    how = "beside quantised weights" if rounding is None else f"in the weights, rounded by {rounding.share:.2g}"
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
            "adapter is": how,
        },
    )


def wrap(
    model: Any, processor: Any, name: str, share: bool = True, tokens_at_once: int | None = None
) -> TransformersModel:
    """Take a model that is in memory already.

    Its identity is the hash of its configuration and of the first 4,096 values of every tensor: hashing all of a large
    model out of a GPU's memory would take minutes.

    Args:
        model: an image-text-to-text model of transformers.
        processor: its processor.
        name: what to call it.
        share: whether the image may be computed once for all its questions.
        tokens_at_once: question tokens computed side by side.
    """
    digest = hashlib.sha256(json.dumps(model.config.to_dict(), sort_keys=True, default=str).encode())
    for key, value in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(value.detach().flatten()[:4096].float().cpu().numpy().tobytes())
    fuse_norms(model)
    identity = _identity(name, model.config, model, digest.hexdigest(), None)
    family = family_of(model.config.model_type)
    return TransformersModel(model.eval(), processor, identity, family, share, tokens_at_once)


def _dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep remarks back: that torchvision, which is not needed, is not there, and every retry without a network."""
    before = [(log, log.get_verbosity()) for log in (logging, hub_logging)]
    for log, _ in before:
        log.set_verbosity_error()
    try:
        yield
    finally:
        for log, verbosity in before:
            log.set_verbosity(verbosity)


@contextmanager
def _bar(shown: bool) -> Iterator[None]:
    """Show how far the weights are, or nothing where they are read at once."""
    before = logging.is_progress_bar_enabled()
    if not shown:
        logging.disable_progress_bar()
    try:
        yield
    finally:
        if before:
            logging.enable_progress_bar()


def _device(device: str) -> torch.device:
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError) as error:
        raise RequestError(f"The device {device!r} cannot be used here: {error}") from None
    return found


def _dtype(dtype: DType, device: torch.device) -> torch.dtype:
    if dtype == "auto":
        return torch.float32 if device.type == "cpu" else torch.bfloat16
    found: torch.dtype = getattr(torch, dtype)
    return found


def refuse_original_llava(model: str, config: Any) -> None:
    """Refuse a LLaVA checkpoint that transformers does not load."""
    if set(_ORIGINAL_LLAVA) & set(config.architectures or ()):
        raise RequestError(
            f"{model} is a LLaVA checkpoint in its original format. Take the converted one (llava-hf/…), or convert it "
            "with transformers' src/transformers/models/llava/convert_llava_weights_to_hf.py."
        )


def explained(model: str, error: Exception, trust_remote_code: bool) -> RequestError:
    """Say in one sentence why a model could not be loaded, and what to do."""
    text = " ".join(str(error).split())
    if any(name in text for name in _ORIGINAL_LLAVA) or "llava_llama" in text:
        return RequestError(
            f"{model} is a LLaVA checkpoint in its original format. Take the converted one (llava-hf/…), or convert it "
            "with transformers' src/transformers/models/llava/convert_llava_weights_to_hf.py."
        )
    if "torchvision" in text.lower():
        return RequestError(f"The processor of {model} needs torchvision: pip install torchvision. ({text[:200]})")
    if "trust_remote_code" in text and not trust_remote_code:
        return RequestError(f"{model} brings code of its own; to run it, say --trust-remote-code.")
    if isinstance(error, OSError) and not Path(model).exists():
        return RequestError(
            f"The model {model!r} could not be found: it is no folder here, and the hub could not be reached or does "
            "not have it. Check the name; without a network, name a folder that holds the model."
        )
    return RequestError(f"The model {model!r} could not be loaded: {text[:400]}")


def _identity(name: str, config: Any, model: Any, content: str, commit: str | None) -> ModelIdentity:
    family = family_of(config.model_type)
    details = {
        "model_type": str(config.model_type),
        "device": str(model.device) if model.device.type == "cpu" else torch.cuda.get_device_name(model.device),
        "torch": version("torch"),
        "parameters": str(sum(p.numel() for p in model.parameters())),
    }
    if commit:
        details["revision"] = commit
    return ModelIdentity(
        content,
        name,
        family.name if family else str(config.model_type),
        f"transformers {version('transformers')}",
        _dtype_name(model.dtype),
        str(model.config._attn_implementation),
        details,
    )


def hub_folder(model: str, revision: str | None, config: Any) -> Path:
    """The folder of the cache that holds what was loaded from the hub."""
    from huggingface_hub import snapshot_download

    commit = getattr(config, "_commit_hash", None) or revision
    return Path(
        snapshot_download(model, revision=commit, local_files_only=True, allow_patterns=[f"*{s}" for s in _HASHED])
    )


def content_hash(folder: Path) -> str:
    """Hash names and bytes of the files that make the model: configuration, processor, weights, code."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in _HASHED and path.is_file():
            digest.update(path.name.encode())
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
    return digest.hexdigest()
