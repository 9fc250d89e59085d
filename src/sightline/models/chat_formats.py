"""A model's chat format by itself: its processor is loaded, its weights are not."""

from typing import Any

from transformers import AutoConfig, AutoProcessor

from sightline.models.adapter import model_parts
from sightline.models.bundled_model import BUNDLED, bundled_folder
from sightline.models.families import family_of
from sightline.models.loading import explained, quiet, refuse_original_llava
from sightline.models.prompts import Chat

__all__ = ["load_chat"]


def load_chat(model: str, revision: str | None = None, trust_remote_code: bool = False) -> Chat:
    """Load the chat format of a model.

    Args:
        model: a folder, an id on the hub, "bundled", or an adapter, whose base is meant.
        revision: branch, tag or commit on the hub.
        trust_remote_code: whether code that comes with the model may run.

    Raises:
        RequestError: there is no such model, no network, a package is missing, or it has no chat template.
    """
    parts = model_parts(model, None, revision)
    source = str(bundled_folder()) if parts.base == BUNDLED else parts.base
    options: dict[str, Any] = {"trust_remote_code": trust_remote_code}
    if parts.revision is not None:
        options["revision"] = parts.revision
    try:
        with quiet():
            config = AutoConfig.from_pretrained(source, **options)
            refuse_original_llava(source, config)
            processor = AutoProcessor.from_pretrained(source, **options)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise explained(source, error, trust_remote_code) from error
    family = family_of(config.model_type)
    return Chat(processor, None if family is None else family.chat_template)
