"""Preference pairs about pictures of noise, and tiny models of real families with adapters that do something."""

import warnings
from collections.abc import Callable, Sequence
from copy import copy, deepcopy
from functools import cache
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from PIL import Image
from tiny_families import tiny
from torch.nn.functional import logsigmoid

from sightline.core import ImageRef, PreferencePair
from sightline.models.families import Family, family_of
from sightline.models.loading import load
from sightline.tuning.encoded import ImagePairs, encode
from sightline.tuning.log_probs import PairLogProbs

_ANSWER = {
    "llava": (" ", " "),
    "vipllava": (" ", " "),
    "llava_next": (" ", " "),
    "smolvlm": (" ", "<end_of_utterance>\n"),
    "idefics3": (" ", "<end_of_utterance>\n"),
    "janus": (" ", "</s>"),
    "gemma3": ("", "<end_of_turn>\n"),
}
"""What the real templates write before and after a reply; Qwen's is written around all others."""

FINER = (
    ("Is there a dog in the image?", "Yes, there is a dog.", "No, but there is a cat."),
    ("Is there a cat in the image?", "No, but there is a dog.", "Yes, there is a cat."),
    ("What is this?", "A dog.", "It is a “zebra”, isn’t it?"),
    ("Is there a dog in the image?", "Yes.", "Yes, two."),
)
SENTINEL = (
    ("Describe it.", "", "A dog sits.", "A cat sits."),
    ("Describe it.", "A dog sits.", "It is brown.", "A ball lies beside it."),
    ("Describe it.", "A dog sits. It is brown.", "There is a mat.", "There is a bowl of water."),
)


def finer(name: str = "a.png", rows: Sequence[tuple[str, str, str]] = FINER) -> list[PreferencePair]:
    """Pairs as FINER makes them: queries, and two answers to each."""
    return [PreferencePair(ImageRef(name), *row) for row in rows]


def sentinel(name: str = "a.png") -> list[PreferencePair]:
    """Pairs as SENTINEL makes them: a caption that grows, and two sentences to go on with."""
    return [
        PreferencePair(ImageRef(name), prompt, chosen, rejected, context, ends=False)
        for prompt, context, chosen, rejected in SENTINEL
    ]


@cache
def _loaded(model_type: str) -> tuple[Any, Any]:
    if model_type == "bundled":
        bundled = load("bundled", device="cpu")
        return bundled.model, bundled.processor
    of_family = tiny(model_type)
    processor = copy(of_family.processor)
    if processor.chat_template is not None:
        before, after = _ANSWER.get(model_type, ("", "<|im_end|>\n"))
        processor.chat_template = (
            processor.chat_template.replace("in messages %}", "in messages if m['role'] == 'user' %}")
            + "{% for m in messages if m['role'] == 'assistant' %}"
            + f"{before}{{{{ m['content'][0]['text'] }}}}{after}{{% endfor %}}"
        )
    return of_family.model, processor


def processor_of(model_type: str) -> Any:
    """A copy of the processor of a tiny model, with a template that writes replies as the real one does."""
    return copy(_loaded(model_type)[1])


def family(model_type: str) -> Family:
    """The family of a tiny model, or of the bundled one."""
    found = family_of("llava" if model_type == "bundled" else model_type)
    assert found is not None
    return found


def encoded(model_type: str, picture: Image.Image, pairs: Sequence[PreferencePair]) -> ImagePairs:
    """An image and its pairs as tokens of a family."""
    return encode(_loaded(model_type)[1], family(model_type), picture, pairs)


def adapted(model_type: str) -> Any:
    """A copy of a tiny model with adapters at all linear layers of its language model, which are not zero."""
    model = deepcopy(_loaded(model_type)[0]).requires_grad_(False)
    layers = family(model_type).layers.replace(".", r"\.")
    targets = rf"{layers}\..*\.(q|k|v|o|gate|up|down)_proj"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by an old name whether it checkpoints
        model = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=targets))
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_" in name:
                weight.copy_(torch.randn(weight.shape, generator=generator) * (0.05 if "lora_B" in name else 0.2))
    return model


def base(model_type: str) -> Any:
    """A tiny model as it is."""
    return _loaded(model_type)[0]


def dpo(log_probs: Callable[[], PairLogProbs], model: Any) -> tuple[PairLogProbs, PairLogProbs, torch.Tensor]:
    """What policy and reference give, and the loss of direct preference optimisation; its gradients are left behind."""
    with torch.no_grad(), model.disable_adapter():
        reference = log_probs()
    policy = log_probs()
    ratios = policy.totals - reference.totals
    loss = -logsigmoid(0.1 * (ratios[:, 0] - ratios[:, 1])).mean()
    model.zero_grad(set_to_none=True)
    loss.backward()
    return policy._replace(totals=policy.totals.detach()), reference, loss.detach()


def gradients(model: Any) -> dict[str, torch.Tensor]:
    """The gradient of every weight that is trained."""
    return {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.requires_grad}
