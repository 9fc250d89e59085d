"""What knocking heads out does to replies: one row a prompt, one column a head.

Answers are compared by log-probability: after the reply's own words before its answer, how likely is the true answer,
and how likely the one that the prompt asserts? Where texts were made as well, a reply that did not change is not kept
again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sightline.models.heads import Head

__all__ = ["Effects", "SweptPrompt"]


class SweptPrompt(NamedTuple):
    """A prompt that heads were swept on, and what the whole model says to it.

    Args:
        question_id: in its benchmark.
        image: its name.
        split: "+1", "distance 2", …
        object: what is counted or has a colour, in the singular.
        true: what holds, as a reader would read it: "3", "blue".
        asserted: what the prompt says.
        prompt: the question as it is typed.
        reply: what the whole model says, as far as it was generated.
        said: what the reply says, as read; None where it is unreadable.
        log_p_true: of the true answer, after the reply's own beginning; nan where nothing was scored.
        log_p_asserted: of the asserted answer.
    """

    question_id: str
    image: str
    split: str
    object: str
    true: str
    asserted: str
    prompt: str
    reply: str
    said: str | None
    log_p_true: float
    log_p_asserted: float

    @property
    def copied(self) -> bool:
        """Whether the reply repeats what the prompt asserts, which is not true."""
        return self.said == self.asserted != self.true


@dataclass(frozen=True)
class Effects:
    """A sweep: what each head's absence does to each prompt's reply.

    Args:
        model_layers: layers of the model.
        model_heads: heads of each layer.
        heads: those that were swept, (h,).
        prompts: (p,).
        log_p_true: (p, h) log-probability of the true answer without the head; nan where nothing was scored.
        log_p_asserted: (p, h) of the asserted one.
        has_texts: whether the replies without each head are known.
        changed: (prompt, head) places → the reply without the head, where it differs from the whole model's; cut after
            its answer.
        benchmark: "counting" or "colour".
        key_value_heads: heads of keys and values, for the groups of heads that share one.
    """

    model_layers: int
    model_heads: int
    heads: tuple[Head, ...]
    prompts: tuple[SweptPrompt, ...]
    log_p_true: NDArray[np.float64]
    log_p_asserted: NDArray[np.float64]
    has_texts: bool = False
    changed: Mapping[tuple[int, int], str] = field(default_factory=lambda: MappingProxyType({}))
    benchmark: str = "counting"
    key_value_heads: int | None = None

    @property
    def log_odds(self) -> NDArray[np.float64]:
        """(p, h) log-odds of the true over the asserted answer, without each head."""
        return self.log_p_true - self.log_p_asserted

    @property
    def log_odds_whole(self) -> NDArray[np.float64]:
        """(p,) the same of the whole model."""
        return np.array([prompt.log_p_true - prompt.log_p_asserted for prompt in self.prompts], dtype=np.float64)

    def text(self, prompt: int, head: int) -> str:
        """The reply to a prompt without a head, both by their places.

        Raises:
            ValueError: texts were not made.
        """
        if not self.has_texts:
            raise ValueError("this sweep has no texts")
        return self.changed.get((prompt, head), self.prompts[prompt].reply)
