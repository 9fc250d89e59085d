"""The model that is tuned, as it is before."""

from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch

from sightline.core import ModelIdentity
from sightline.errors import RequestError
from sightline.models.bundled_model import BUNDLED, bundled_folder
from sightline.models.families import Family, family_of
from sightline.models.loading import content_hash, explained, hub_folder, load, quiet, refuse_original_llava
from sightline.tuning.adapters import Adapter, check_quantised

__all__ = ["BaseModel", "load_base", "token_limit"]

DType = Literal["auto", "float32", "bfloat16"]


class BaseModel(NamedTuple):
    """A model before it is tuned.

    Args:
        model: of transformers.
        processor: its processor.
        identity: what it is.
        family: what is known of its family; None: nothing.
    """

    model: Any
    processor: Any
    identity: ModelIdentity
    family: Family | None


def load_base(
    name: str,
    adapter: Adapter,
    device: str,
    dtype: DType = "auto",
    revision: str | None = None,
    trust_remote_code: bool = False,
) -> BaseModel:
    """Load the model that is tuned.

    Args:
        name: a folder, an id on the hub, or "bundled".
        adapter: what is trained of it.
        device: where it is put; "cpu" where it is to be cut up among devices later.
        dtype: of its weights; auto: bfloat16 on a GPU, but float32 where the weights themselves are trained.
        revision: branch, tag or commit on the hub.
        trust_remote_code: whether code that comes with the model may run.

    Raises:
        RequestError: there is no such model, it is an adapter, or QLoRA cannot be done here.
        DataError: a file of the bundled model is missing or damaged.
    """
    if (Path(name) / "adapter_config.json").is_file():
        raise RequestError(
            f"{name} holds an adapter. What is tuned further has to be a whole model: merge the adapter into its "
            "model first, and name the folder that comes of it."
        )
    if adapter.method == "qlora":
        check_quantised()
        return _in_four_bits(name, device, revision, trust_remote_code)
    if dtype == "auto":
        dtype = "bfloat16" if torch.cuda.is_available() and adapter.method != "full" else "float32"
    loaded = load(name, revision=revision, dtype=dtype, device=device, trust_remote_code=trust_remote_code)
    return BaseModel(loaded.model, loaded.processor, loaded.identity, loaded.family)


def _in_four_bits(name: str, device: str, revision: str | None, trust_remote_code: bool) -> BaseModel:
    """Load weights in four bits (NF4, with quantised constants), as QLoRA does (arXiv 2305.14314)."""
    from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor, BitsAndBytesConfig

    where = str(bundled_folder()) if name == BUNDLED else name
    options: dict[str, Any] = {"trust_remote_code": trust_remote_code}
    if revision is not None:
        options["revision"] = revision
    try:
        with quiet():
            config = AutoConfig.from_pretrained(where, **options)
            refuse_original_llava(where, config)
            processor = AutoProcessor.from_pretrained(where, **options)
        in_bits = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
        model = AutoModelForImageTextToText.from_pretrained(
            where,
            dtype=torch.bfloat16,
            attn_implementation="sdpa",
            quantization_config=in_bits,
            device_map={"": device},
            **options,
        ).eval()
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise explained(where, error, trust_remote_code) from error
    folder = Path(where) if Path(where).is_dir() else hub_folder(where, revision, config)
    family = family_of(config.model_type)
    identity = ModelIdentity(
        content_hash(folder),
        folder.resolve().name if Path(where).is_dir() else name,
        family.name if family else str(config.model_type),
        f"transformers {version('transformers')}",
        "nf4",
        str(model.config._attn_implementation),
        {"model_type": str(config.model_type)},
    )
    return BaseModel(model, processor, identity, family)


def token_limit(model: Any, max_length: int | None) -> int | None:
    """How many tokens a prompt with its reply may have: what was asked for, or fewer where the model takes no more."""
    own = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return min((limit for limit in (own, max_length) if limit is not None), default=None)
