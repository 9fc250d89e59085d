"""The loop of the PIH repository, written anew: a hook on every layer, and for each head a reply from the pixels on.

Source: arXiv 2601.05201 and michalg04/prompt-induced_hallucinations @f301d68, whose protocol it is: the mean over the
tokens of a forward is put in the place of a head, in every forward. While one token after the other is generated, that
mean is the token's own value, so that only the prompt is changed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from transformers import LogitsProcessor, LogitsProcessorList

from moons import NEW_TOKENS
from sightline.models.heads import Head

__all__ = ["forward_log_probs", "hooked", "loop_log_probs", "loop_reply"]


@contextmanager
def hooked(model: Any, head: Head | None, tokens: int | None = None) -> Iterator[None]:
    """Hook every ``o_proj``: what it takes is copied, and a head's part becomes its mean over rows and tokens.

    Args:
        model: of Qwen2-VL's class.
        head: which; None: no part is changed.
        tokens: only the first ones, over which the mean is taken too; None: all of a forward, as the repository does.
    """
    text = model.config.get_text_config()
    size = text.hidden_size // text.num_attention_heads

    def hook_of(layer: int) -> Callable[[Any, tuple[Any, ...]], tuple[Any, ...]]:
        def hook(module: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
            values = given[0].clone()
            if head is not None and head.layer == layer:
                part = values[:, :tokens, head.head * size : (head.head + 1) * size]
                part[:] = part.mean(dim=(0, 1))
            return (values, *given[1:])

        return hook

    with ExitStack() as stack:
        for place, layer in enumerate(model.model.language_model.layers):
            stack.callback(layer.self_attn.o_proj.register_forward_pre_hook(hook_of(place)).remove)
        yield


class Forced(LogitsProcessor):  # type: ignore[misc]
    """Makes a generation begin as said, and keeps the log-probabilities of what comes next."""

    def __init__(self, prompt_tokens: int, reply: Sequence[int]) -> None:
        self.prompt_tokens, self.reply = prompt_tokens, reply
        self.log_probs = torch.empty(0)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """The scores of the next token."""
        step = input_ids.shape[1] - self.prompt_tokens
        if step == len(self.reply):
            self.log_probs = torch.log_softmax(scores[0].float(), dim=-1)
            return scores
        forced = torch.full_like(scores, -torch.inf)
        forced[:, self.reply[step]] = 0
        return forced


@torch.inference_mode()
def loop_reply(model: Any, inputs: Mapping[str, Any], head: Head) -> None:
    """What the repository does for a head: a greedy reply, the picture encoded again."""
    with hooked(model, head):
        model.generate(**inputs, max_new_tokens=NEW_TOKENS, min_new_tokens=NEW_TOKENS, do_sample=False)


@torch.inference_mode()
def loop_log_probs(model: Any, inputs: Mapping[str, Any], head: Head | None, beginning: Sequence[int]) -> torch.Tensor:
    """(vocabulary,) what the loop finds likely after the beginning of a reply."""
    forced = Forced(inputs["input_ids"].shape[1], beginning)
    with hooked(model, head):
        model.generate(
            **inputs,
            max_new_tokens=len(beginning) + 1,
            do_sample=False,
            logits_processor=LogitsProcessorList([forced]),
        )
    return forced.log_probs


@torch.inference_mode()
def forward_log_probs(model: Any, inputs: Mapping[str, Any], head: Head, beginning: Sequence[int]) -> torch.Tensor:
    """(vocabulary,) the same in a single forward, the head replaced where the prompt is."""
    length, more = inputs["input_ids"].shape[1], torch.tensor([beginning], device=model.device)
    longer = {name: value for name, value in inputs.items() if value.shape[:2] != (1, length)}
    for name, value in inputs.items():
        if name not in longer:
            rest = {"input_ids": more, "attention_mask": torch.ones_like(more)}.get(name, torch.zeros_like(more))
            longer[name] = torch.cat([value, rest.to(value.dtype)], dim=1)
    with hooked(model, head, length):
        logits = model(**longer, use_cache=False, logits_to_keep=1).logits[0, -1]
    return torch.log_softmax(logits.float(), dim=-1)
