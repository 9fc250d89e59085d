"""OWL-ViT and OWLv2: each noun a query of its own, with a score of its own in every box."""

from collections.abc import Sequence
from typing import Any

import torch

from sightline.detectors.text_spans import Best

__all__ = ["TextQueries"]

_QUERY = "a photo of a {}"
"""As in transformers' documentation of both."""

_AT_ONCE = 128
"""Queries of one pass; their text costs as much as the image from some hundreds on."""


class TextQueries:
    """Asks a model of the OWL family.

    Args:
        model: of transformers.
        tokenizer: its tokenizer, CLIP's.
        longest: tokens of a query that the text model reads.
    """

    def __init__(self, model: Any, tokenizer: Any, longest: int) -> None:
        self._model, self._tokenizer, self._longest = model, tokenizer, longest

    def refusal(self, object: str) -> str | None:
        """Why a noun cannot be asked; None where it can."""
        if not object.strip():
            return "it is empty"
        tokens = len(self._tokenizer(_QUERY.format(object))["input_ids"])
        return f"its query has {tokens} tokens, of {self._longest}" if tokens > self._longest else None

    def parts(self, objects: Sequence[str]) -> list[tuple[str, ...]]:
        """Cut nouns into groups of a size that is good for one pass."""
        return [tuple(objects[start : start + _AT_ONCE]) for start in range(0, len(objects), _AT_ONCE)]

    @torch.inference_mode()
    def see(self, pixels: torch.Tensor, parts: Sequence[tuple[str, ...]]) -> list[list[Best]]:
        """Look for the nouns of each part in the picture beside it.

        Args:
            pixels: (n, 3, h, w).
            parts: n groups of nouns.
        """
        most = max(len(part) for part in parts)
        # pictures of one pass have equally many queries: the first is asked again where there are fewer
        asked = [_QUERY.format(object_) for part in parts for object_ in (*part, *part[:1] * (most - len(part)))]
        text = self._tokenizer(asked, padding="max_length", max_length=self._longest, return_tensors="pt")
        out = self._model(
            pixel_values=pixels,
            input_ids=text["input_ids"].to(pixels.device),
            attention_mask=text["attention_mask"].to(pixels.device),
        )
        scores, places = out.logits.float().sigmoid().max(dim=1)
        return [
            [_at(out.pred_boxes[row, places[row, query]], scores[row, query]) for query in range(len(part))]
            for row, part in enumerate(parts)
        ]


def _at(box: torch.Tensor, score: torch.Tensor) -> Best:
    across, down, width, height = box.float().tolist()
    return Best(float(score), (across, down, width, height))
