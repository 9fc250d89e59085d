"""Language models of transformers that see no images, loaded to judge replies or to write.

They are asked a batch at a time, in their chat template where they have one.
"""

from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
)

from sightline.core import Asking, ImageGroup, ModelIdentity, Replies, Said
from sightline.errors import RequestError
from sightline.models.loading import content_hash, explained, hub_folder, quiet

__all__ = ["TextModel", "is_text_model", "load_text_model"]

_AS_TEXT = "{% for m in messages %}{{ m['content'] }}\n{% endfor %}"
"""How those are asked that have no chat template."""


class TextModel:
    """A language model in memory.

    Args:
        model: a causal language model of transformers.
        tokenizer: its tokenizer.
        identity: what makes it the same as another.
    """

    def __init__(self, model: Any, tokenizer: Any, identity: ModelIdentity) -> None:
        self._model, self._tokenizer, self.identity = model, tokenizer, identity
        tokenizer.padding_side = "left"
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token

    def reply(self, batches: Iterable[Sequence[ImageGroup]], asking: Asking) -> Iterator[tuple[Replies, ...]]:
        """Reply to prompts without images; see `Replying`.

        Raises:
            RequestError: there is an image, choices are given, several samples are asked for, or a prompt is too long.
        """
        if asking.chooses or asking.samples > 1:
            raise RequestError(f"{self.identity.name} writes one text for a prompt, and chooses among none.")
        for batch in batches:
            if (shown := next((group for group in batch if group.image is not None), None)) is not None:
                raise RequestError(f"{self.identity.name} sees no images, and is asked about {shown.shown}.")
            texts = iter(self._write([prompt for group in batch for prompt in group.prompts], asking))
            yield tuple(tuple((Said(next(texts)),) for _ in group.prompts) for group in batch)

    @torch.inference_mode()
    def _write(self, prompts: Sequence[str], asking: Asking) -> list[str]:
        if not prompts:
            return []
        template = None if self._tokenizer.chat_template else _AS_TEXT
        texts = [
            self._tokenizer.apply_chat_template(
                [{"role": "user", "content": prompt}],
                add_generation_prompt=True,
                tokenize=False,
                chat_template=template,
            )
            for prompt in prompts
        ]
        given = self._tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
        asked = given["input_ids"].shape[1]
        self._refuse_too_long(asked + asking.max_new_tokens)
        how: dict[str, Any] = {"do_sample": not asking.greedy}
        if not asking.greedy:
            torch.manual_seed(asking.seed)
            how |= {"temperature": asking.temperature, "top_p": asking.top_p}
        made = self._model.generate(
            input_ids=given["input_ids"].to(self._model.device),
            attention_mask=given["attention_mask"].to(self._model.device),
            max_new_tokens=asking.max_new_tokens,
            pad_token_id=self._tokenizer.pad_token_id,
            **how,
        )
        return [text.strip() for text in self._tokenizer.batch_decode(made[:, asked:], skip_special_tokens=True)]

    def _refuse_too_long(self, tokens: int) -> None:
        limit = getattr(self._model.config, "max_position_embeddings", None)
        if limit is not None and tokens > limit:
            raise RequestError(
                f"The longest prompt with its reply has {tokens:,} tokens; the context of {self.identity.name} holds "
                f"{limit:,}. Take another model, or a shorter reply (--max-new-tokens)."
            )


def is_text_model(model: str, revision: str | None = None) -> bool:
    """Whether a folder or an id on the hub holds a language model that sees no images.

    What cannot be looked at is none: whoever loads it says why.
    """
    try:
        with quiet():
            kind = AutoConfig.from_pretrained(model, revision=revision).model_type
    except (OSError, ValueError, KeyError):
        return False
    return kind in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES and kind not in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES


def load_text_model(model: str, *, revision: str | None = None, device: str = "auto") -> TextModel:
    """Load a language model: in bfloat16 on a GPU, in float32 elsewhere.

    Args:
        model: a folder or an id on the hub.
        revision: branch, tag or commit on the hub; without it the newest, whose commit the record names.
        device: "auto", "cpu", "cuda", "cuda:1", "mps".

    Raises:
        RequestError: there is no such model, no network, or the checkpoint is of another format.
    """
    where = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device)
    dtype = torch.float32 if where.type == "cpu" else torch.bfloat16
    try:
        with quiet():
            config = AutoConfig.from_pretrained(model, revision=revision)
            tokenizer = AutoTokenizer.from_pretrained(model, revision=revision)
            loaded: Any = AutoModelForCausalLM.from_pretrained(model, revision=revision, dtype=dtype)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise explained(model, error, trust_remote_code=False) from error
    loaded = loaded.eval().to(where)
    folder = Path(model) if Path(model).is_dir() else hub_folder(model, revision, config)
    details = {"model_type": str(config.model_type), "torch": version("torch"), "device": str(where)}
    if (commit := getattr(config, "_commit_hash", None)) is not None:
        details["revision"] = commit
    identity = ModelIdentity(
        content_hash(folder),
        folder.resolve().name if Path(model).is_dir() else model,
        str(config.model_type),
        f"transformers {version('transformers')}",
        str(loaded.dtype).removeprefix("torch."),
        str(loaded.config._attn_implementation),
        details,
    )
    return TextModel(loaded, tokenizer, identity)
