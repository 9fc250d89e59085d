"""What heads attend to where a model is about to answer: the image, the asserted word, or what stands around them.

The query is the token before the answer, after the reply's own beginning. Without some heads it is the same token after
the same words, so that the two can be compared. A head that is missing attends as ever, only nobody hears of it: what
changes is the attention of heads in layers above the lowest of the missing ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from sightline.errors import RequestError
from sightline.mechanisms.effects import SweptPrompt
from sightline.mechanisms.judging import WHOLE, name_of
from sightline.mechanisms.sweep import Asked, swept_prompt
from sightline.mechanisms.trees import SweptRow
from sightline.mechanisms.without_heads import WithoutHeads, alike
from sightline.models.heads import head_layout
from sightline.models.knockout import Knockout
from sightline.models.roles import Role
from sightline.models.transformers import TransformersModel

__all__ = ["ROLES", "AttentionMass", "answer_places", "attention_mass"]

ROLES = (Role.IMAGE, Role.ASSERTED, Role.PROMPT, Role.GENERATED, Role.TEMPLATE, Role.MARKER, Role.SINK)
"""The roles that attention is divided among, in the order of the last axis."""


@dataclass(frozen=True, eq=False)
class AttentionMass:
    """What share of its attention the query that predicts the answer spends on each role.

    Args:
        prompts: (prompts,) with what the whole model says.
        whole: (prompts, layers, heads, roles) float32 of the whole model, roles as in `ROLES`; each row sums to one, or
            is NaN where a reply has no readable answer.
        without: the same without the heads; None where none were knocked out.
        knockout: which were.
        measure: whose attention, and which part of it, in words.
    """

    prompts: tuple[SweptPrompt, ...]
    whole: NDArray[np.float32]
    without: NDArray[np.float32] | None = None
    knockout: Knockout | None = None
    measure: str = "Attention of the query before the answer"

    @property
    def runs(self) -> dict[str, NDArray[np.float32]]:
        """The whole model, and the model without the heads, by what they are called."""
        if self.without is None or self.knockout is None:
            return {WHOLE: self.whole}
        return {WHOLE: self.whole, f"without {name_of(self.knockout.heads)}": self.without}

    @property
    def unreadable(self) -> int:
        """How many replies have no readable answer."""
        return int(np.isnan(self.whole).all(axis=(1, 2, 3)).sum())

    @property
    def sink_free(self) -> "AttentionMass":
        """The same, divided among all tokens but the first, on which models rest attention that goes nowhere else.

        A head that attends to the first token alone is NaN, and left out of means.
        """
        without = None if self.without is None else _sink_free(self.without)
        measure = f"{self.measure}, on all tokens but the first"
        return replace(self, whole=_sink_free(self.whole), without=without, measure=measure)


def _sink_free(mass: NDArray[np.float32]) -> NDArray[np.float32]:
    rest = mass.astype(np.float64)
    rest[..., ROLES.index(Role.SINK)] = 0
    return _shares(rest)


def _shares(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Divide the last axis by its sum, giving NaN where that is nought."""
    total = values.sum(axis=-1, keepdims=True)
    found = np.full(values.shape, np.nan)
    np.divide(values, total, out=found, where=total > 0)
    return found.astype(np.float32)


@torch.inference_mode()
def attention_mass(model: TransformersModel, asked: Sequence[Asked], knockout: Knockout | None = None) -> AttentionMass:
    """Measure how the query that predicts each answer divides its attention, in the whole model and without heads.

    Args:
        model: the whole model.
        asked: images of any signatures, with the whole model's replies.
        knockout: heads that are missing, if any. Replies stay the whole model's.

    Raises:
        RequestError: nothing is asked, a head does not exist, or the model's attention cannot be captured.

    Returns:
        Prompts image by image, as they are asked.
    """
    if not asked:
        raise RequestError("Attention needs a prompt at least; none is asked.")
    runs = [None] if knockout is None else [None, knockout]
    found: list[dict[tuple[int, int], NDArray[np.float32]]] = [{} for _ in runs]
    for places in alike(model, asked, apart=knockout is not None and not knockout.is_causal):
        prompts = WithoutHeads(model, [asked[place] for place in places], knockout)
        for own, how in zip(found, runs, strict=True):
            for (image, question), mass in _masses(prompts, how).items():
                own[places[image], question] = mass
    keys = [(image, question) for image, one in enumerate(asked) for question in range(len(one.prompts))]
    layout = head_layout(model.model, model.family)
    unread = np.full((len(layout.layers), layout.heads, len(ROLES)), np.nan, dtype=np.float32)
    whole, *without = (np.stack([own.get(key, unread) for key in keys]) for own in found)
    told = tuple(swept_prompt(*pair) for one in asked for pair in zip(one.prompts, one.drafts, strict=True))
    return AttentionMass(told, whole, without[0] if without else None, knockout)


def answer_places(row: SweptRow) -> dict[int, int]:
    """The tokens of a row that predict its answers.

    Returns:
        Place of a prompt in the row → that of the token; only of prompts whose reply has a readable answer.
    """
    found: dict[int, int] = {}
    for prompt in np.flatnonzero(row.scored):
        form = row.forms[prompt, 0, 0]
        first = int(np.flatnonzero(row.entries[:, 2] == form)[0])
        found[int(prompt)] = int(row.places[row.entries[first, 0]])
    return found


def _masses(prompts: WithoutHeads, how: Knockout | None) -> dict[tuple[int, int], NDArray[np.float32]]:
    """(image, question) → (layers, heads, roles), where there is an answer."""
    queries = [answer_places(row) for row in prompts.rows]
    most = max(map(len, queries))
    if not most:
        return {}
    wanted = np.zeros((len(queries), most), dtype=np.int64)
    for number, own in enumerate(queries):
        wanted[number, : len(own)] = list(own.values())
    rows = prompts.attention(how, wanted)
    is_role = (prompts.roles[..., None] == np.array(ROLES)).astype(np.float32)
    mass = _shares((rows @ is_role[None, :, None]).astype(np.float64))  # (layers, rows, heads, queries, roles)
    return {
        (row.row.image, row.row.questions[prompt]): mass[:, number, :, query]
        for number, (row, own) in enumerate(zip(prompts.rows, queries, strict=True))
        for query, prompt in enumerate(own)
    }
