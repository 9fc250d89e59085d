"""Prompts computed without some heads, all of them at once: the tree of each image, from the lowest of the heads on.

A sweep takes heads one by one. Here all heads of a knockout are missing together, while replies are given: they are the
whole model's, so that with and without heads the same tokens are looked at.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from sightline.errors import RequestError
from sightline.mechanisms.layerwise import Layerwise, seen_rows
from sightline.mechanisms.patches import patched_outputs
from sightline.mechanisms.presupposing import asserted_words
from sightline.mechanisms.sweep import Asked
from sightline.mechanisms.trees import SweptRow, rows_of_images
from sightline.models.attention_rows import attention_rows
from sightline.models.heads import head_layout
from sightline.models.knocked_out import KnockedOut, RolesOf
from sightline.models.knockout import Hooks, Knockout
from sightline.models.prompts import Prepared
from sightline.models.shared_image import SharedImages
from sightline.models.transformers import TransformersModel

__all__ = ["WithoutHeads", "alike", "one_prompt"]

_TOKENS_AT_ONCE = {"cuda": 8_192}
_TOKENS_AT_ONCE_ELSEWHERE = 2_048


class WithoutHeads:
    """Prompts of images of one signature, ready to be computed without heads.

    Layers are called one by one, so that the picture is looked at once and nothing below the lowest head is computed
    again. Models that do something between their layers are run whole every time, which takes longer and comes to the
    same.

    Args:
        model: the whole model.
        asked: the images, with the whole model's replies.
        how: a knockout such as will be asked for: its kind and scope, not its heads, decide what is computed again.
            None: only the whole model will be.
        texts: lay out whole replies, not only what comes before their answers.

    Raises:
        RequestError: the model's prompts cannot be computed together, or this kind of knockout not in this model.
    """

    def __init__(
        self, model: TransformersModel, asked: Sequence[Asked], how: Knockout | None = None, texts: bool = False
    ) -> None:
        if model.why_not or model.family is None:
            raise RequestError(f"Prompts of this model cannot be computed together: {model.why_not}.")
        self.model, self.family = model, model.family
        self.layout = head_layout(model.model, model.family)
        self.groups = [one.group for one in asked]
        together = how is None or how.is_causal
        drafts = [one.drafts for one in asked]
        self.rows = rows_of_images(self.groups, drafts, texts, together)
        roles = RolesOf(model.model, model.processor.tokenizer, asserted_words)
        prefix = len(self.groups[0].prefix)
        self.roles = seen_rows(self.groups, [row.row for row in self.rows], roles, prefix, prefix).roles
        """(rows, keys) what each token is that a row may attend to, the image's first."""
        whole = how is not None and (how.touches_prefix or how.kind == "prompt-mean")
        self._patched: dict[int, torch.Tensor] = {}
        self._layers: Layerwise | None = None
        try:
            self._layers = Layerwise(model, self.groups, [row.row for row in self.rows], roles, whole)
        except RequestError:
            if not together:
                raise
        if self._layers is not None and how is not None and how.kind == "patch":
            matching = [one.matching for one in asked]
            self._patched = patched_outputs(model, self._layers, self.groups, matching, drafts, roles, texts)

    def logits(self, knockout: Knockout | None) -> Iterator[tuple[SweptRow, torch.Tensor]]:
        """What is predicted without heads, or by the whole model.

        Yields:
            Each row with (m, vocabulary) logits at its ``places``.
        """
        places = np.zeros((len(self.rows), max(len(row.places) for row in self.rows)), dtype=np.int64)
        for number, row in enumerate(self.rows):
            places[number, : len(row.places)] = row.places
        first = 0 if knockout is None else min((head.layer for head in knockout.heads), default=0)
        hidden = self._forward(knockout, first)(torch.from_numpy(places))
        for number, row in enumerate(self.rows):
            yield row, self.model.model.get_output_embeddings()(hidden[number, : len(row.places)])

    def attention(self, knockout: Knockout | None, wanted: NDArray[np.int64]) -> NDArray[np.float32]:
        """What tokens attend to without heads, or in the whole model.

        Args:
            knockout: which heads are missing.
            wanted: (rows, q) tokens, counted from each row's own first.

        Returns:
            (layers, rows, heads, q, keys), keys beginning with the image's tokens; each row of them sums to one.
        """
        forward = self._forward(knockout, 0)
        skipped = 0 if self._layers is None else self._layers.skipped
        with attention_rows(self.model.model, self.layout, wanted + skipped) as captured:
            forward(torch.from_numpy(wanted))
        (found,) = captured.forwards
        return found

    def _forward(self, knockout: Knockout | None, first: int) -> Callable[[torch.Tensor], torch.Tensor]:
        """What computes the rows once: (rows, m) places → (rows, m, width) hidden states."""
        return self._whole_forward(knockout) if self._layers is None else self._by_layers(self._layers, knockout, first)

    def _by_layers(
        self, layers: Layerwise, knockout: Knockout | None, first: int
    ) -> Callable[[torch.Tensor], torch.Tensor]:
        everything = torch.arange(len(self.rows), device=layers.device)

        def forward(places: torch.Tensor) -> torch.Tensor:
            with ExitStack() as stack:
                if knockout is not None:
                    hooks = Hooks(self.layout, knockout)
                    hooks.targets.patched = self._patched
                    stack.enter_context(hooks.reading(layers.seen))
                return layers.rerun(first, everything, None, None, places.to(layers.device))

        return forward

    def _whole_forward(self, knockout: Knockout | None) -> Callable[[torch.Tensor], torch.Tensor]:
        watch = None
        if knockout is not None:
            tokenizer = self.model.processor.tokenizer
            watch = KnockedOut(self.model.model, self.family, tokenizer, knockout, asserted_words)
        images = SharedImages(self.model.model, self.family, self.groups, watch)

        def forward(places: torch.Tensor) -> torch.Tensor:
            hidden = images.run([row.row for row in self.rows]).hidden
            index = places.to(hidden.device)[..., None].expand(-1, -1, hidden.shape[-1])
            return hidden.gather(1, index)

        return forward


def alike(model: TransformersModel, asked: Sequence[Asked], apart: bool = False) -> Iterator[list[int]]:
    """Find images that can be computed side by side: of one signature, and not too many tokens in all.

    Args:
        model: who computes.
        asked: the images.
        apart: whether every prompt has its image's tokens to itself.

    Yields:
        Their places, each once; signatures in the order in which they first come.
    """
    limit = _TOKENS_AT_ONCE.get(model.model.device.type, _TOKENS_AT_ONCE_ELSEWHERE)
    by_signature: dict[str, list[int]] = {}
    for place, one in enumerate(asked):
        by_signature.setdefault(repr(one.group.signature), []).append(place)
    for places in by_signature.values():
        part: list[int] = []
        used = 0
        for place in places:
            group, drafts = asked[place].group, asked[place].drafts
            images = len(drafts) if apart else 1
            size = images * len(group.prefix) + sum(map(len, group.suffixes)) + sum(len(d.tokens) for d in drafts)
            if part and used + size > limit:
                yield part
                part, used = [], 0
            part.append(place)
            used += size
        yield part


def one_prompt(asked: Asked, question: int) -> Asked:
    """An image with one of its prompts."""

    def only(group: Prepared) -> Prepared:
        own = slice(question, question + 1)
        return replace(group, suffixes=group.suffixes[own], choices=group.choices[own], prompts=group.prompts[own])

    matching = None if asked.matching is None else only(asked.matching)
    return Asked(only(asked.group), (asked.prompts[question],), (asked.drafts[question],), matching)
