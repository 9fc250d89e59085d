"""The sweep: every head knocked out by itself, on every prompt, all heads of a layer side by side.

Exact: what comes out is what a hook on that head alone gives. The image is encoded once, layers below a head are not
computed again, and a reply that stays the same costs no decoding: one forward over it shows that every token would have
come out as it did.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from sightline.core import Asking
from sightline.mechanisms.continuing import Unfinished, continue_replies
from sightline.mechanisms.drafts import Draft, draft_of, text_of
from sightline.mechanisms.effects import SweptPrompt
from sightline.mechanisms.layerwise import Layerwise, Replacing
from sightline.mechanisms.patches import patched_outputs
from sightline.mechanisms.presupposing import Asserting, Presupposing, asserted_words
from sightline.mechanisms.trees import SweptRow, Weighed, rows_of_images
from sightline.models.head_outputs import HeadOutputs
from sightline.models.heads import Head
from sightline.models.knocked_out import RolesOf
from sightline.models.knockout import Knockout, Targets
from sightline.models.prompts import Prepared
from sightline.models.roles import Role
from sightline.models.transformers import TransformersModel

__all__ = ["NEAR_TIE", "Asked", "SweepSettings", "Swept", "drafts_of", "sweep_images", "swept_prompt"]

NEAR_TIE = 0.05
"""Changes that rest on less than so many nats are listed: in half precision another batch might decide otherwise."""

_ROW_TOKENS_AT_ONCE = {"cuda": 28_672}
_ROW_TOKENS_AT_ONCE_ELSEWHERE = 4_096


_LOGITS_AT_ONCE = 400_000_000
"""Logits weighed together: 1.6 GB in float32, and as much again on the way."""


@dataclass(frozen=True)
class SweepSettings:
    """How heads are swept.

    Args:
        kind: what heads are replaced by.
        scope: where.
        strength: how much of them.
        texts: find the replies without each head, too; else only how likely the answers are.
        max_new_tokens: the longest reply.
        tokens_at_once: tokens computed side by side; None: by the device.
    """

    kind: str = "mean"
    scope: str = "all"
    strength: float = 1.0
    texts: bool = False
    max_new_tokens: int = 50
    tokens_at_once: int | None = None


class Asked(NamedTuple):
    """An image, and what is asked about it.

    Args:
        group: image and prompts, ready for the model.
        prompts: what they assert.
        drafts: what the whole model replies.
        matching: image and the prompts that say the truth, for patching.
    """

    group: Prepared
    prompts: tuple[Asserting, ...]
    drafts: tuple[Draft, ...]
    matching: Prepared | None = None


@dataclass(frozen=True)
class Swept:
    """A prompt without each of the heads.

    Args:
        prompt: the prompt, and what the whole model says.
        log_p_true: (heads,) of the true answer; nan where there is no answer to weigh.
        log_p_asserted: (heads,) of the asserted one.
        changed: place of a head → the reply without it, where it differs.
        near_ties: place of a head → by how many nats its reply changed, where by few.
    """

    prompt: SweptPrompt
    log_p_true: NDArray[np.float64]
    log_p_asserted: NDArray[np.float64]
    changed: Mapping[int, str]
    near_ties: Mapping[int, float]


def drafts_of(
    model: TransformersModel,
    groups: Sequence[Prepared],
    prompts: Sequence[Sequence[Asserting]],
    known: Presupposing,
    asking: Asking,
) -> list[tuple[Draft, ...]]:
    """What the whole model replies to the prompts of images of one signature."""
    tokenizer = model.processor.tokenizer
    replies = model.reply_tokens(groups, asking)
    return [
        tuple(
            draft_of(tokenizer, tokens, p.object, known.read, known.forms(p.true), known.forms(p.asserted))
            for p, tokens in zip(own, of_image, strict=True)
        )
        for own, of_image in zip(prompts, replies, strict=True)
    ]


def swept_prompt(
    prompt: Asserting, draft: Draft, log_p_true: float = np.nan, log_p_asserted: float = np.nan
) -> SweptPrompt:
    """A prompt with what the whole model says to it."""
    told = (prompt.question_id, prompt.image, prompt.split, prompt.object, prompt.true, prompt.asserted, prompt.prompt)
    return SweptPrompt(*told, draft.text, draft.said, log_p_true, log_p_asserted)


@torch.inference_mode()
def sweep_images(
    model: TransformersModel,
    asked: Sequence[Asked],
    heads: Sequence[Head],
    known: Presupposing,
    settings: SweepSettings,
    outputs: HeadOutputs | None = None,
) -> list[Swept]:
    """Sweep heads over the prompts of some images.

    Args:
        model: the whole model.
        asked: images of one signature, with the whole model's replies.
        heads: which heads.
        known: how the benchmark's answers are read.
        settings: how.
        outputs: what heads hand on over a discovery set.

    Returns:
        Every prompt, image by image.

    Raises:
        RequestError: the model cannot be swept.
    """
    how = Knockout(tuple(heads), settings.kind, settings.scope, settings.strength, outputs)
    groups = [one.group for one in asked]
    roles = RolesOf(model.model, model.processor.tokenizer, asserted_words)
    drafts = [one.drafts for one in asked]
    rows = rows_of_images(groups, drafts, settings.texts, how.is_causal)
    whole = how.touches_prefix or settings.kind == "prompt-mean"
    layers = Layerwise(model, groups, [row.row for row in rows], roles, whole)
    targets = Targets(settings.kind, outputs, layers.device, model.model.dtype, None)
    if settings.kind == "patch":
        matching = [one.matching for one in asked]
        targets.patched = patched_outputs(model, layers, groups, matching, drafts, roles, settings.texts)
    runner = _Runner(model, layers, rows, Replacing(settings.scope, settings.strength, targets), settings)
    found = runner.run(heads)
    replies = _finished(model, layers, asked, rows, heads, how, found, known, settings) if settings.texts else {}
    return _collected(asked, rows, heads, runner.whole, found, replies)


class _Runner:
    """Goes through the layers, all heads of one and several rows at once."""

    def __init__(
        self,
        model: TransformersModel,
        layers: Layerwise,
        rows: Sequence[SweptRow],
        how: Replacing,
        settings: SweepSettings,
    ) -> None:
        self.layers, self.rows, self.how = layers, rows, how
        self.head = model.model.get_output_embeddings()
        most = max(len(row.places) for row in rows)
        self.places = torch.zeros((len(rows), most), dtype=torch.long)
        for place, row in enumerate(rows):
            self.places[place, : len(row.places)] = torch.from_numpy(row.places)
        self.places = self.places.to(layers.device)
        width = layers.seen.roles.shape[1]
        limit = settings.tokens_at_once or _ROW_TOKENS_AT_ONCE.get(layers.device.type, _ROW_TOKENS_AT_ONCE_ELSEWHERE)
        self.at_once = max(1, limit // width)
        everything = torch.arange(len(rows), device=layers.device)
        hidden = layers.rerun(0, everything, None, None, self.places)
        logits = [self._logits(hidden, place) for place in range(len(rows))]
        self.predicted = [found.argmax(dim=-1) for found in logits]
        self.whole = [
            _on_cpu(row.weigh(found[None], top)) for row, found, top in zip(rows, logits, self.predicted, strict=True)
        ]

    def run(self, heads: Sequence[Head]) -> list[Weighed]:
        """Of every row what came out without each of the heads, in their order."""
        order = {head: place for place, head in enumerate(heads)}
        parts: list[list[tuple[list[int], Weighed]]] = [[] for _ in self.rows]
        for layer, of_layer in groupby(sorted(heads), key=lambda head: head.layer):
            numbers = [head.head for head in of_layer]
            jobs = [(row, number) for row in range(len(self.rows)) for number in numbers]
            for start in range(0, len(jobs), self.at_once):
                for row, own, weighed in self._chunk(layer, jobs[start : start + self.at_once]):
                    parts[row].append(([order[Head(layer, number)] for number in own], weighed))
        return [_in_order(of_row, len(heads)) for of_row in parts]

    def _chunk(self, layer: int, jobs: Sequence[tuple[int, int]]) -> Iterator[tuple[int, list[int], Weighed]]:
        device = self.layers.device
        at = torch.tensor([row for row, _ in jobs], device=device)
        numbers = torch.tensor([number for _, number in jobs], device=device)
        hidden = self.layers.rerun(layer, at, numbers, self.how, self.places[at])
        start = 0
        for row, own in groupby(jobs, key=lambda job: job[0]):
            numbers_of_row, looked_at = [number for _, number in own], len(self.rows[row].places)
            few = max(1, _LOGITS_AT_ONCE // max(1, looked_at * self.head.weight.shape[0]))
            for first in range(0, len(numbers_of_row), few):
                mine = numbers_of_row[first : first + few]
                logits = self.head(hidden[start : start + len(mine), :looked_at])
                yield row, mine, self.rows[row].weigh(logits, self.predicted[row])
                start += len(mine)

    def _logits(self, hidden: torch.Tensor, place: int) -> torch.Tensor:
        found: torch.Tensor = self.head(hidden[place, : len(self.rows[place].places)])
        return found


def _on_cpu(weighed: Weighed) -> Weighed:
    return Weighed(*(part.cpu() for part in weighed))


def _in_order(parts: Sequence[tuple[list[int], Weighed]], heads: int) -> Weighed:
    """Put what was computed layer by layer into the order of the heads, taking it from the device at once."""
    places = torch.tensor([place for own, _ in parts for place in own])
    order = torch.empty(heads, dtype=torch.long)
    order[places] = torch.arange(heads)
    fields = zip(*(weighed for _, weighed in parts), strict=True)
    return Weighed(*(torch.cat(list(field)).cpu()[order] for field in fields))


def _finished(
    model: TransformersModel,
    layers: Layerwise,
    asked: Sequence[Asked],
    rows: Sequence[SweptRow],
    heads: Sequence[Head],
    how: Knockout,
    found: Sequence[Weighed],
    known: Presupposing,
    settings: SweepSettings,
) -> dict[tuple[int, int, int], str]:
    """(row, prompt, head) → the reply without the head, where it changed; cut after the sentence with its answer."""
    tokenizer = model.processor.tokenizer
    means = _prompt_means(layers) if how.kind == "prompt-mean" else None
    unfinished: dict[tuple[int, int, int], Unfinished] = {}
    for place, (row, weighed) in enumerate(zip(rows, found, strict=True)):
        lengths = torch.tensor([len(draft.tokens) for draft in row.drafts])
        for head, prompt in (weighed.first_change < lengths).nonzero().tolist():
            draft, first = row.drafts[prompt], int(weighed.first_change[head, prompt])
            tokens = (*draft.tokens[:first], int(weighed.token[head, prompt]))
            question = row.row.questions[prompt]
            about = asked[row.row.image].prompts[question].object
            target = None if means is None else means[heads[head].layer][place, heads[head].head]
            unfinished[place, prompt, head] = Unfinished(row.row.image, question, heads[head], tokens, about, target)
    done = continue_replies(
        model, [one.group for one in asked], list(unfinished.values()), how, known.read, settings.max_new_tokens
    )
    return {key: text_of(tokenizer, tokens) for key, tokens in zip(unfinished, done, strict=True)}


def _prompt_means(layers: Layerwise) -> list[torch.Tensor]:
    """Of each layer (rows, heads, d): the heads' means over each prompt.

    A head that is knocked out by itself hands on what it does in the whole model, so that its mean over the prompt is
    known before the prompt is read again.
    """
    places = torch.zeros((len(layers.rows), 1), dtype=torch.long, device=layers.device)
    _, outputs = layers.outputs(places)
    roles = torch.from_numpy(layers.seen.roles).to(layers.device)
    read = ((roles != Role.GENERATED) & (roles != Role.PADDING))[..., None]
    layout = layers.layout
    found = []
    for values in outputs:
        mean = (values.float() * read).sum(dim=1) / read.sum(dim=1)
        found.append(mean.to(values.dtype).view(len(values), layout.heads, layout.head_dim))
    return found


def _collected(
    asked: Sequence[Asked],
    rows: Sequence[SweptRow],
    heads: Sequence[Head],
    whole: Sequence[Weighed],
    found: Sequence[Weighed],
    replies: Mapping[tuple[int, int, int], str],
) -> list[Swept]:
    of_prompt: dict[tuple[int, int], Swept] = {}
    changed: dict[tuple[int, int], dict[int, str]] = {}
    for (place, prompt, head), text in replies.items():
        changed.setdefault((place, prompt), {})[head] = text
    for place, (row, base, weighed) in enumerate(zip(rows, whole, found, strict=True)):
        true, asserted = (part.double().numpy() for part in (weighed.log_p_true, weighed.log_p_asserted))
        for prompt, draft in enumerate(row.drafts):
            question = row.row.questions[prompt]
            said = asked[row.row.image].prompts[question]
            own = changed.get((place, prompt), {})
            margins = {head: float(weighed.margin[head, prompt]) for head in own}
            of_prompt[row.row.image, question] = Swept(
                swept_prompt(said, draft, float(base.log_p_true[0, prompt]), float(base.log_p_asserted[0, prompt])),
                true[:, prompt],
                asserted[:, prompt],
                own,
                {head: margin for head, margin in margins.items() if margin < NEAR_TIE},
            )
    return [of_prompt[key] for key in sorted(of_prompt)]
