"""Models loaded through transformers, with errors that say what to do, and known by their content."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import torch
from huggingface_hub.utils import logging as hub_logging
from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor
from transformers.utils import logging

from sightline.core import ModelIdentity
from sightline.errors import RequestError
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
    revision: str | None = None,
    dtype: DType = "auto",
    device: str = "auto",
    trust_remote_code: bool = False,
    share: bool = True,
    tokens_at_once: int | None = None,
) -> TransformersModel:
    """Load a model and its processor.

    Args:
        model: a folder, an id on the hub, or "bundled": the small model inside the package.
        revision: branch, tag or commit on the hub; without it the newest, whose commit the record names.
        dtype: of the weights; auto: bfloat16 on a GPU, float32 elsewhere.
        device: "auto", "cpu", "cuda", "cuda:1", "mps".
        trust_remote_code: whether code that comes with the model may run.
        share: whether the image may be computed once for all its questions.
        tokens_at_once: question tokens computed side by side.

    Raises:
        RequestError: there is no such model, no network, a package is missing, or the checkpoint is of another format.
        DataError: a file of the bundled model is missing or damaged.
    """
    bundled = model == BUNDLED
    if bundled:
        model = str(bundled_folder())
    where = _device(device)
    kind = _dtype(dtype, where)
    options: dict[str, Any] = {"trust_remote_code": trust_remote_code}
    if revision is not None:
        options["revision"] = revision
    try:
        with quiet():
            config = AutoConfig.from_pretrained(model, **options)
            refuse_original_llava(model, config)
            processor = AutoProcessor.from_pretrained(model, **options)
        with _bar(not bundled):
            loaded = AutoModelForImageTextToText.from_pretrained(
                model, dtype=kind, attn_implementation="sdpa", **options
            )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise explained(model, error, trust_remote_code) from error
    try:
        loaded = loaded.eval().to(where)
        fuse_norms(loaded)
    except torch.OutOfMemoryError:
        size = sum(p.numel() for p in loaded.parameters())
        raise RequestError(
            f"{model} has {size / 1e9:.1f} billion parameters, {size * kind.itemsize / 1e9:.0f} GB as "
            f"{_dtype_name(kind)}, which does not fit into the memory of {where}. Take a smaller dtype or model, or "
            "--device cpu."
        ) from None
    folder = Path(model) if Path(model).is_dir() else hub_folder(model, revision, config)
    name = folder.resolve().name if Path(model).is_dir() else model
    identity = _identity(name, config, loaded, content_hash(folder), getattr(config, "_commit_hash", None))
    return TransformersModel(loaded, processor, identity, family_of(config.model_type), share, tokens_at_once)


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
