"""One sentence as it is drawn, token by token: with what numbers, and where it is over.

A token that holds a full stop, an exclamation mark or a question mark may end a sentence, as in SENTINEL, which stops
there. But "Mr." goes on, and so does "3.", and whether the reply ends after a sentence is not known either. So one more
token is drawn; it decides both, and is no part of the sentence.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from sightline.core import Continuation, Drawing, SentenceEnd

__all__ = ["Sentence", "Spelling", "pick", "sentence_seed"]

_MARKS = ".!?"


def pick(logits: torch.Tensor, shares: torch.Tensor, how: Drawing) -> torch.Tensor:
    """Draw a token for each row: the one at which the probability of all before it passes a share.

    Args:
        logits: (rows, vocabulary).
        shares: (rows,) from 0 to 1, on the same device.
        how: the temperature and top_p; rows are not told apart by anything else.

    Returns:
        (rows,) long.

    Example:
        >>> half = torch.tensor([[0.25, 0.25, 0.5]]).log().expand(3, -1)
        >>> pick(half, torch.tensor([0.2, 0.3, 0.9]), Drawing(temperature=1.0)).tolist()
        [0, 1, 2]
        >>> pick(half, torch.tensor([0.2, 0.3, 0.9]), Drawing(temperature=1.0, top_p=0.5)).tolist()
        [2, 2, 2]
    """
    if how.temperature == 0:
        return logits.argmax(dim=-1)
    likely = torch.softmax(logits.float() / how.temperature, dim=-1)
    if how.top_p >= 1:
        return _passed(likely, shares)
    ordered, order = likely.sort(dim=-1, descending=True)
    ordered = ordered.masked_fill(ordered.cumsum(-1) - ordered >= how.top_p, 0)
    return order.gather(-1, _passed(ordered, shares)[:, None])[:, 0]


def _passed(likely: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    """The first token of each row up to which there is more than a share of all."""
    sums = likely.cumsum(-1)
    found = torch.searchsorted(sums, (shares[:, None] * sums[:, -1:]).to(sums.dtype), right=True)
    return found[:, 0].clamp(max=likely.shape[-1] - 1)


def sentence_seed(digest: bytes, ids: Sequence[int], candidate: int, seed: int) -> int:
    """What a sentence is drawn with: image, context and candidate's own, whatever else is in the batch.

    Args:
        digest: of the image, and what stands before it.
        ids: the tokens between the image and the sentence.
        candidate: which of several.
        seed: the user's.
    """
    text = f"{seed} {candidate} {list(ids)}".encode()
    return int.from_bytes(hashlib.sha256(digest + text).digest()[:8], "big")


class Spelling:
    """What tokens mean for sentences.

    Args:
        tokenizer: of the model.
        stops: the tokens that end a reply.
        sentence_end: says where the first sentence of a text is over.
    """

    def __init__(self, tokenizer: Any, stops: frozenset[int], sentence_end: SentenceEnd) -> None:
        self.stops = stops
        self.sentence_end = sentence_end
        self._tokenizer = tokenizer
        self._marks: dict[int, bool] = {}

    def text(self, tokens: Sequence[int]) -> str:
        """What tokens say, without blanks before it."""
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True)).lstrip()

    def may_end(self, token: int) -> bool:
        """Whether a sentence may be over with a token."""
        if token not in self._marks:
            self._marks[token] = any(mark in self._tokenizer.decode([token]) for mark in _MARKS)
        return self._marks[token]


class Sentence:
    """A sentence that is being drawn.

    Args:
        spelling: what tokens mean.
        seed: its own.
        most: the most tokens that may be drawn.
    """

    def __init__(self, spelling: Spelling, seed: int, most: int) -> None:
        self.spelling = spelling
        self.most = most
        self.tokens: list[int] = []
        self.found: Continuation | None = Continuation("", whole=False) if most < 1 else None
        """The sentence, once it is over."""
        self._draw = np.random.default_rng(seed)
        self._drawn = 0
        self._may_be_over = False

    def share(self) -> float:
        """The number that its next token is drawn with, from 0 to 1; a new one each time."""
        return float(self._draw.random())

    def add(self, token: int) -> None:
        """Take one more token; afterwards the sentence may be over."""
        self._drawn += 1
        if token in self.spelling.stops:
            self._finish(self.spelling.text(self.tokens), ends=True)
            return
        self.tokens.append(token)
        if self._may_be_over or self.spelling.may_end(token):
            text = self.spelling.text(self.tokens)
            end = self.spelling.sentence_end(text)
            if end is not None and end < len(text):
                self._finish(text[:end])
                return
            self._may_be_over = end is not None or self.spelling.may_end(token)
        if self._drawn == self.most:
            text = self.spelling.text(self.tokens)
            self._finish(text, whole=self.spelling.sentence_end(text) == len(text))

    def _finish(self, text: str, ends: bool = False, whole: bool = True) -> None:
        self.found = Continuation(text.rstrip(), ends, whole, self._drawn)
