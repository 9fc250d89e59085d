"""Grounding DINO, MM-Grounding-DINO and LLMDet: nouns in one text, scored over the tokens of each.

These models take a text of phrases, "moon. cup.", and score every token of it in every box. The usual way reads labels
back from the tokens above a threshold, which can join phrases ("moon cup") and lose halves of others, so that comparing
labels with what was asked fails. Here nothing is read back: it is known which tokens are whose, and the score of a noun
in a box is the mean over its own.

Phrases do not see each other within the text, but all of them meet the image, so that a score depends slightly on what
else is asked.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from sightline.errors import RequestError

__all__ = ["Best", "TextSpans"]

_DELIMITERS = (101, 102, 1012, 1029)
"""BERT's [CLS], [SEP], full stop and question mark, at which these models cut a text into phrases. The code
of both in transformers has the ids written in (SPECIAL_TOKENS), whatever the tokenizer says."""


class Best(NamedTuple):
    """The best box for one noun.

    Args:
        score: in [0, 1].
        box: its middle across and down, its width and its height, in fractions of what the model saw.
    """

    score: float
    box: tuple[float, float, float, float]


class TextSpans:
    """Asks a model of the Grounding DINO family.

    Args:
        model: of transformers.
        tokenizer: its tokenizer, BERT's.
        name: of the model, for messages.

    Raises:
        RequestError: the tokenizer is another than the model's code takes for granted.

    Source: the mean over a phrase's tokens is how Grounding DINO's authors score classes of COCO
        (IDEA-Research/GroundingDINO demo/test_ap_on_coco.py).
    """

    def __init__(self, model: Any, tokenizer: Any, name: str) -> None:
        self._model, self._tokenizer, self._name = model, tokenizer, name
        self._begin, self._end, self._stop, _ = _DELIMITERS
        if tuple(tokenizer.convert_tokens_to_ids(["[CLS]", "[SEP]", ".", "?"])) != _DELIMITERS:
            raise RequestError(
                f"The tokenizer of {name} is not the uncased one of BERT, so that the model would not see where a noun "
                "ends. Load the processor that belongs to the model."
            )

    def refusal(self, object: str) -> str | None:
        """Why a noun cannot be asked; None where it can."""
        ids = self._ids(object)
        if not ids:
            return "it is empty"
        if set(ids) & set(_DELIMITERS):
            return "full stops and question marks end a noun"
        if len(ids) > self._room:
            return f"it has {len(ids)} tokens, of {self._room} that a text may have"
        return None

    def parts(self, objects: Sequence[str]) -> list[tuple[str, ...]]:
        """Cut nouns into texts that are not longer than the model reads."""
        parts: list[list[str]] = []
        left = 0
        for object_ in objects:
            needed = len(self._ids(object_)) + 1
            if not parts or needed > left:
                parts.append([])
                left = self._room + 1
            parts[-1].append(object_)
            left -= needed
        return [tuple(part) for part in parts]

    @torch.inference_mode()
    def see(self, pixels: torch.Tensor, parts: Sequence[tuple[str, ...]]) -> list[list[Best]]:
        """Look for the nouns of each part in the picture beside it.

        Args:
            pixels: (n, 3, h, w).
            parts: n texts.
        """
        spans = [self._spans(part) for part in parts]
        longest = max(len(ids) for ids, _ in spans)
        ids = torch.tensor([own + [0] * (longest - len(own)) for own, _ in spans], device=pixels.device)
        mask = torch.tensor([[1] * len(own) + [0] * (longest - len(own)) for own, _ in spans], device=pixels.device)
        out = self._model(pixel_values=pixels, input_ids=ids, attention_mask=mask, token_type_ids=torch.zeros_like(ids))
        of_tokens = out.logits.float().sigmoid()
        return [
            [_best(of_tokens[row, :, start:stop].mean(dim=-1), out.pred_boxes[row]) for start, stop in of_nouns]
            for row, (_, of_nouns) in enumerate(spans)
        ]

    @property
    def _room(self) -> int:
        """How many tokens of nouns and full stops fit, less the last full stop."""
        return int(self._model.config.max_text_len) - 3

    def _ids(self, object: str) -> list[int]:
        found: list[int] = self._tokenizer(object.strip().lower(), add_special_tokens=False)["input_ids"]
        return found

    def _spans(self, part: Sequence[str]) -> tuple[list[int], list[tuple[int, int]]]:
        """The token ids of a text, and where each noun begins and ends in it."""
        ids, spans = [self._begin], []
        for object_ in part:
            own = self._ids(object_)
            spans.append((len(ids), len(ids) + len(own)))
            ids += [*own, self._stop]
        return [*ids, self._end], spans


def _best(scores: torch.Tensor, boxes: torch.Tensor) -> Best:
    """The highest of the scores of all boxes."""
    place = int(scores.argmax())
    across, down, width, height = boxes[place].float().tolist()
    return Best(float(scores[place]), (across, down, width, height))
