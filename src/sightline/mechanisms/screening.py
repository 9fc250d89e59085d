"""Screening: every head's effect estimated in one forward and one backward pass, and the promising ones swept exactly.

Attribution patching: how the log-odds of the true over the asserted answer would change with what a head hands on, to
first order, times how far the knockout moves it. A linear estimate is least certain far from the answer and where
attention saturates, so that the first layers are always swept exactly, with the heads of the largest estimates.

Source: arXiv 2403.00745, which calls it AtP, for the method and for where it fails.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sightline.errors import RequestError
from sightline.mechanisms.layerwise import Layerwise
from sightline.mechanisms.patches import patched_outputs
from sightline.mechanisms.presupposing import asserted_words
from sightline.mechanisms.sweep import Asked, SweepSettings
from sightline.mechanisms.trees import SweptRow, rows_of_images
from sightline.models.head_outputs import HeadOutputs
from sightline.models.heads import Head, HeadLayout
from sightline.models.knocked_out import RolesOf
from sightline.models.knockout import Knockout, Rows, Targets, where_of
from sightline.models.transformers import TransformersModel

__all__ = ["EXACT_LAYERS", "TOP", "estimate_effects", "promising_heads"]

EXACT_LAYERS = 2
"""Layers whose heads are always swept exactly."""

TOP = 40
"""Heads of other layers that are, by default."""

_TOKENS_AT_ONCE = 4_096


def estimate_effects(
    model: TransformersModel,
    asked: Sequence[Asked],
    settings: SweepSettings,
    outputs: HeadOutputs | None = None,
) -> NDArray[np.float64]:
    """Estimate what each head's absence does to the log-odds of the true over the asserted answer.

    Args:
        model: the whole model.
        asked: images of one signature, with the whole model's replies.
        settings: how heads would be knocked out.
        outputs: what heads hand on over a discovery set.

    Returns:
        (prompts, layers · heads) in nats, image by image; nan where there is no answer to weigh.
    """
    limit = settings.tokens_at_once or _TOKENS_AT_ONCE
    parts = _parts(asked, limit)
    return np.concatenate([_estimate(model, part, settings, outputs) for part in parts])


def _parts(asked: Sequence[Asked], limit: int) -> Iterator[Sequence[Asked]]:
    """Some images at a time, since what the way back needs is kept for every token of every layer."""
    start, used = 0, 0
    for place, one in enumerate(asked):
        longest = max((len(one.group.suffixes[q]) + len(d.tokens) for q, d in enumerate(one.drafts)), default=0)
        size = len(one.prompts) * (len(one.group.prefix) + longest)
        if place > start and used + size > limit:
            yield asked[start:place]
            start, used = place, 0
        used += size
    yield asked[start:]


def _estimate(
    model: TransformersModel, asked: Sequence[Asked], settings: SweepSettings, outputs: HeadOutputs | None
) -> NDArray[np.float64]:
    how = Knockout((), settings.kind, settings.scope, settings.strength, outputs)
    roles = RolesOf(model.model, model.processor.tokenizer, asserted_words)
    groups = [one.group for one in asked]
    drafts = [one.drafts for one in asked]
    rows = rows_of_images(groups, drafts, texts=False, together=False)
    whole = how.touches_prefix or settings.kind == "prompt-mean"
    with torch.no_grad():
        layers = Layerwise(model, groups, [row.row for row in rows], roles, whole)
        targets = Targets(settings.kind, outputs, layers.device, model.model.dtype)
        if settings.kind == "patch":
            matching = [one.matching for one in asked]
            targets.patched = patched_outputs(model, layers, groups, matching, drafts, roles)
    kept = _with_gradients(model, layers, rows)
    with torch.no_grad():
        found = [_first_order(layers, layer, values, settings, targets) for layer, values in enumerate(kept)]
    estimates: NDArray[np.float64] = torch.cat(found, dim=1).double().cpu().numpy()
    estimates[[not row.scored[0] for row in rows]] = np.nan
    return estimates


def _with_gradients(model: TransformersModel, layers: Layerwise, rows: Sequence[SweptRow]) -> list[torch.Tensor]:
    """What heads hand on in every layer, with the gradients of the log-odds."""
    most = max(max(len(row.places) for row in rows), 1)
    places = np.zeros((len(rows), most), dtype=np.int64)
    for place, row in enumerate(rows):
        places[place, : len(row.places)] = row.places
    with _frozen(model.model), torch.enable_grad():
        hidden, kept = layers.outputs(torch.from_numpy(places).to(layers.device), gradients=True)
        logits = model.model.get_output_embeddings()(hidden)
        odds = [
            weighed.log_p_true - weighed.log_p_asserted
            for place, row in enumerate(rows)
            if row.scored[0]
            for weighed in [row.weigh(logits[place : place + 1, : len(row.places)])]
        ]
        if odds:
            torch.cat(odds).sum().backward()
    return kept


def _first_order(
    layers: Layerwise, layer: int, values: torch.Tensor, settings: SweepSettings, targets: Targets
) -> torch.Tensor:
    """(rows, heads) gradient times change, over the tokens where heads would be replaced."""
    layout: HeadLayout = layers.layout
    count, n = values.shape[:2]
    parts = values.detach().view(count, n, layout.heads, layout.head_dim)
    if values.grad is None:
        return parts.new_zeros((count, layout.heads))
    slopes = values.grad.view_as(parts)
    at = Rows(
        torch.arange(count, device=values.device).repeat_interleave(layout.heads),
        torch.arange(layout.heads, device=values.device).repeat(count),
    )
    own = parts.transpose(1, 2).reshape(count * layout.heads, n, layout.head_dim)
    change = targets.of(layer, at, own, layers.seen) - own
    where = torch.from_numpy(where_of(layers.seen, settings.scope, settings.kind)).to(values.device)
    products = (change.view(count, layout.heads, n, -1).transpose(1, 2).float() * slopes.float()).sum(dim=-1)
    return (products * where[..., None]).sum(dim=1) * settings.strength


@contextmanager
def _frozen(model: Any) -> Iterator[None]:
    """Let gradients pass through the weights without being kept for them."""
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    for weight in learning:
        weight.requires_grad_(False)
    try:
        yield
    finally:
        for weight in learning:
            weight.requires_grad_(True)


def promising_heads(
    estimates: NDArray[np.float64], layout: HeadLayout, top: int = TOP, exact_layers: int = EXACT_LAYERS
) -> tuple[Head, ...]:
    """The heads to sweep exactly: those of the first layers, and those of the largest mean estimates, up or down.

    Args:
        estimates: (prompts, layers · heads) in nats.
        layout: where the heads are.
        top: how many beyond the first layers.
        exact_layers: how many layers are always swept.

    Raises:
        RequestError: no prompt could be scored, or a number is below zero.

    Example:
        >>> layout = HeadLayout((None,) * 3, (None,) * 3, 2, 2, 4)
        >>> [str(head) for head in promising_heads(np.array([[0.1, 0.2, 0.0, -3.0, 1.0, 0.5]]), layout, 2, 1)]
        ['L0H0', 'L0H1', 'L1H1', 'L2H0']
    """
    if top < 0 or exact_layers < 0:
        raise RequestError(f"{top} heads beyond the first {exact_layers} layers were asked for; expected none or more.")
    scored = ~np.isnan(estimates).all(axis=1)
    if not scored.any():
        raise RequestError("No reply to these prompts has an answer that could be read, so that nothing can be scored.")
    size = np.abs(np.nanmean(estimates[scored], axis=0))
    heads = layout.all_heads
    order = [heads[place] for place in np.argsort(-size, kind="stable") if heads[place].layer >= exact_layers]
    first = [head for head in heads if head.layer < exact_layers]
    return tuple(sorted([*first, *order[:top]]))
