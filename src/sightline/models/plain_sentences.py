"""The next sentences of a reply without anything held: one ``generate`` for all its candidates.

``generate`` computes as it always does; only which token comes next is drawn with each sentence's own numbers, so that
what is drawn is the same as where images are shared.
"""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import (
    GenerationConfig,
    GenerationMixin,
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)

from sightline.core import Drawing
from sightline.models.held_replies import HeldReply
from sightline.models.plain_inputs import plain_inputs
from sightline.models.sentence_drawing import Sentence, pick

__all__ = ["last_hidden", "plain_sentences"]


def last_hidden(model: Any, reply: HeldReply, ids: Sequence[int]) -> torch.Tensor:
    """(width,) the hidden state of a reply's last token, computed in one go."""
    found = model.model(**_inputs(model, reply, ids), use_cache=False, return_dict=True)
    hidden: torch.Tensor = found.last_hidden_state[0, -1]
    return hidden


def plain_sentences(
    model: Any, reply: HeldReply, ids: Sequence[int], sentences: Sequence[Sentence], how: Drawing
) -> None:
    """Draw sentences that follow a reply, until each is over.

    Args:
        model: an image-text-to-text model.
        reply: the reply; its image was not looked at yet.
        ids: the tokens between its image and the sentences.
        sentences: what is drawn.
        how: how.
    """
    most = sentences[0].most
    if most < 1:
        return
    own = model.generation_config
    ends = {name: getattr(own, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    # What the processor leaves over is one token a row, which is drawn with certainty.
    certain: dict[str, Any] = {"do_sample": True, "temperature": 1.0, "top_p": 1.0, "top_k": 0}
    model.generation_config = GenerationConfig(
        **ends, **certain, max_new_tokens=most, num_return_sequences=len(sentences)
    )
    try:
        GenerationMixin.generate(  # Janus has one of its own in between, which drops who picks the tokens
            model,
            **_inputs(model, reply, ids),
            logits_processor=LogitsProcessorList([_Drawn(sentences, how)]),
            stopping_criteria=StoppingCriteriaList([_Over(sentences)]),
        )
    finally:
        model.generation_config = own


class _Drawn(LogitsProcessor):
    """Draws the next token of every sentence that is not over."""

    def __init__(self, sentences: Sequence[Sentence], how: Drawing) -> None:
        self.sentences, self.how = sentences, how

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.Tensor:
        left = [place for place, sentence in enumerate(self.sentences) if sentence.found is None]
        shares = torch.tensor([self.sentences[place].share() for place in left], device=scores.device)
        tokens = torch.zeros(len(scores), dtype=torch.long, device=scores.device)
        tokens[left] = pick(scores[left], shares, self.how)
        for place in left:
            self.sentences[place].add(int(tokens[place]))
        return torch.full_like(scores, -torch.inf).scatter(1, tokens[:, None], 0.0)


class _Over(StoppingCriteria):
    """Ends the rows whose sentences are over."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self.sentences = sentences

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor, **_: Any) -> torch.Tensor:
        over = [sentence.found is not None for sentence in self.sentences]
        return torch.tensor(over, device=input_ids.device)


def _inputs(model: Any, reply: HeldReply, ids: Sequence[int]) -> dict[str, Any]:
    """What the model takes for one reply; what was said of it follows the prompt."""
    return plain_inputs(model, reply.prepared, ids, max(len(ids) - len(reply.prepared.suffixes[0]), 0))
