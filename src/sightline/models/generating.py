"""How the next token is chosen, and when a reply ends."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from transformers import GenerationConfig

from sightline.core import Asking
from sightline.models.prompts import Prepared
from sightline.models.shared_image import Row

__all__ = ["Picker", "plain_generation", "seed_of", "stop_tokens"]


class Picker:
    """Picks the next token of every question: the likeliest, or one drawn with a seed of image and question's own."""

    def __init__(self, asking: Asking, groups: Sequence[Prepared], rows: Sequence[Row], sample: int) -> None:
        self.asking = asking
        self.generators = {
            (place, branch): torch.Generator().manual_seed(seed_of(asking, sample, groups[row.image], question))
            for place, row in enumerate(rows)
            for branch, question in enumerate(row.questions)
            if not asking.greedy
        }

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        """Pick, from (rows, questions, vocabulary) logits."""
        tokens = logits.argmax(dim=-1).cpu()
        for (place, branch), generator in self.generators.items():
            scores = torch.softmax(logits[place, branch].cpu() / self.asking.temperature, dim=-1)
            ordered, order = scores.sort(descending=True)
            ordered[ordered.cumsum(0) - ordered >= self.asking.top_p] = 0
            tokens[place, branch] = order[torch.multinomial(ordered, 1, generator=generator)]
        return tokens


def seed_of(asking: Asking, sample: int, group: Prepared, question: int) -> int:
    """What a sampled reply is drawn with: image and question's own, whatever else is in the batch."""
    text = f"{asking.seed} {sample} {list(group.suffixes[question])}".encode()
    return int.from_bytes(hashlib.sha256(group.digest + text).digest()[:7], "big")


@contextmanager
def plain_generation(model: Any, asking: Asking) -> Iterator[None]:
    """Put the checkpoint's own habits aside, such as a penalty on repetition: the shared way has none either."""
    own = model.generation_config
    how: dict[str, Any] = {"do_sample": False}
    if not asking.greedy:
        how = {"do_sample": True, "temperature": asking.temperature, "top_p": asking.top_p, "top_k": 0}
    names = ("bos_token_id", "eos_token_id", "pad_token_id")
    ends = {name: getattr(own, name) for name in names}
    model.generation_config = GenerationConfig(**ends, **how, max_new_tokens=asking.max_new_tokens)
    try:
        yield
    finally:
        model.generation_config = own


def stop_tokens(model: Any) -> frozenset[int]:
    """The tokens that end a reply."""
    found = model.generation_config.eos_token_id
    return frozenset([] if found is None else [found] if isinstance(found, int) else found)
