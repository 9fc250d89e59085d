"""Replies that change without some heads, token by token, each with its probability."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sightline.core import Asking
from sightline.errors import RequestError
from sightline.mechanisms.drafts import Draft, text_of
from sightline.mechanisms.judging import WHOLE, name_of
from sightline.mechanisms.presupposing import Asserting, Presupposing, asserted_words
from sightline.mechanisms.sweep import Asked, drafts_of
from sightline.mechanisms.without_heads import WithoutHeads, alike, one_prompt
from sightline.models.knockout import Knockout
from sightline.models.transformers import TransformersModel
from sightline.report.token_table import TokenMark, TokenRow, TokenSample

__all__ = ["pieces_of", "token_samples"]


def token_samples(
    model: TransformersModel,
    asked: Sequence[Asked],
    knockout: Knockout,
    n: int,
    known: Presupposing,
    max_new_tokens: int = 50,
) -> list[TokenSample]:
    """Find prompts whose answer changes without heads, and show both replies token by token.

    Args:
        model: the whole model.
        asked: images of any signatures, with the whole model's replies.
        knockout: heads that are missing, while the prompt is read and while the reply is written.
        n: how many samples at most: the first that are found, whatever their answer becomes.
        known: how the benchmark's answers are read.
        max_new_tokens: the longest reply without the heads.

    Returns:
        Fewer where fewer answers change. Each reply has the probabilities that its own model gave its tokens; the
        tokens of its answer are marked where that is the true or the asserted one.

    Raises:
        RequestError: a head does not exist, or the knockout is not one that can reply to several prompts of an image.
    """
    if n < 1:
        raise RequestError(f"{n} samples are asked for; expected 1 at least.")
    without = model.knocked_out(knockout, asserted_words)
    asking = Asking(max_new_tokens=max_new_tokens)
    found: list[TokenSample] = []
    for places in alike(model, asked):
        part = [asked[place] for place in places]
        told = [one.prompts for one in part]
        replies = drafts_of(without, [one.group for one in part], told, known, asking)
        for one, drafts in zip(part, replies, strict=True):
            for question, draft in enumerate(drafts):
                if draft.said != one.drafts[question].said:
                    found.append(_sample(model, one_prompt(one, question), draft, knockout))
                if len(found) == n:
                    return found
    return found


@torch.inference_mode()
def _sample(model: TransformersModel, asked: Asked, draft: Draft, knockout: Knockout) -> TokenSample:
    (prompt,) = asked.prompts
    runs: list[tuple[str, Draft, Knockout | None]] = [(WHOLE, asked.drafts[0], None)]
    runs.append((f"without {name_of(knockout.heads)}", draft, knockout))
    rows = []
    for label, own, how in runs:
        tokens = pieces_of(model.processor.tokenizer, own.tokens)
        prompts = WithoutHeads(model, [asked._replace(drafts=(own,))], how, texts=True)
        likely = _probabilities(prompts, how)[: len(tokens)]
        marks = tuple(_marks(own, prompt))[: len(tokens)]
        rows.append(TokenRow(label, tokens, tuple(likely.tolist()), marks))
    return TokenSample(f"{prompt.image}: {prompt.prompt} (true: {prompt.true})", tuple(rows))


def _probabilities(prompts: WithoutHeads, how: Knockout | None) -> NDArray[np.float64]:
    """(tokens,) of the one reply."""
    ((row, logits),) = prompts.logits(how)
    likely = logits.double().softmax(dim=-1).cpu().numpy()
    found: NDArray[np.float64] = likely[row.followed[0], row.reply[0]]
    return found


def _marks(draft: Draft, prompt: Asserting) -> Iterator[TokenMark]:
    for place in range(len(draft.tokens)):
        is_answer = draft.answer is not None and draft.answer.start <= place < draft.answer.end
        if is_answer and draft.said == prompt.true:
            yield "true"
        elif is_answer and draft.said == prompt.asserted:
            yield "asserted"
        else:
            yield ""


def pieces_of(tokenizer: Any, tokens: Sequence[int]) -> tuple[str, ...]:
    """The text of each token of a reply, together the whole; without tokens that end it.

    A letter whose bytes are spread over several tokens belongs to the last of them, and the others are empty.
    """
    text = text_of(tokenizer, tokens)
    ends = [0]
    for place in range(1, len(tokens) + 1):
        so_far = text_of(tokenizer, tokens[:place])
        complete = so_far if text.startswith(so_far) else so_far.rstrip(_INCOMPLETE)
        ends.append(max(ends[-1], min(len(complete), len(text))))
    pieces = [text[low:high] for low, high in pairwise(ends)]
    while pieces and not pieces[-1]:
        pieces.pop()
    return tuple(pieces)


_INCOMPLETE = "\N{REPLACEMENT CHARACTER}"
