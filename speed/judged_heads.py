"""Heads judged in two ways, and held against each other: by the repository's loop and by our sweep.

Judged is whether the true answer is likelier than the asserted one without the head, and by how much: with the answers
as a prompt has them, and with two that the whole model finds equally likely, so that every head decides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from moons import KNOWN, OFFSETS, TRUE, asked_of
from pih_loop import loop_log_probs
from sightline.mechanisms.drafts import Answer, Draft
from sightline.mechanisms.sweep import SweepSettings, sweep_images
from sightline.models.heads import Head, HeadLayout
from sightline.models.transformers import TransformersModel

__all__ = ["Judging", "agreement", "beginning_of", "hooked_log_odds", "judging_of", "our_log_odds", "sampled"]

SAMPLED_OF_LAYER = 4

Judging = dict[str, Draft]
"""What heads are judged by: name → a reply, and the answers weighed in it."""


def sampled(layout: HeadLayout) -> list[Head]:
    """Some heads of every layer."""
    draw = np.random.default_rng(0)
    count = min(SAMPLED_OF_LAYER, layout.heads)
    return [
        Head(layer, int(head))
        for layer in range(len(layout.layers))
        for head in sorted(draw.choice(layout.heads, count, replace=False))
    ]


def beginning_of(draft: Draft) -> tuple[int, ...]:
    """The reply's tokens before its answer."""
    assert draft.answer is not None
    if any(len(form) > 1 for form in (*draft.answer.true, *draft.answer.asserted)):
        raise SystemExit("The answers are to be single tokens, for the loop to weigh them where it generates.")
    return draft.tokens[: draft.answer.start]


def judging_of(model: Any, inputs: Mapping[str, Any], drafts: Mapping[str, Draft]) -> Judging:
    """Every reply with its own answers, and with two that the whole model finds equally likely."""
    found: Judging = {}
    for name, draft in drafts.items():
        whole = loop_log_probs(model, inputs, None, beginning_of(draft))
        found |= {name: draft, f"{name}, equally likely": _balanced(draft, whole)}
    return found


def _balanced(draft: Draft, log_probs: torch.Tensor) -> Draft:
    assert draft.answer is not None
    asserted = draft.answer.asserted[0][0]
    apart = (log_probs - log_probs[asserted]).abs()
    apart[asserted] = torch.inf
    return replace(draft, answer=draft.answer._replace(true=((int(apart.argmin()),),), asserted=((asserted,),)))


def _log_odds(log_probs: torch.Tensor, answer: Answer) -> float:
    sides = [[form[0] for form in forms] for forms in (answer.true, answer.asserted)]
    true, asserted = (torch.logsumexp(log_probs[tokens], dim=0) for tokens in sides)
    return float(true - asserted)


def hooked_log_odds(
    log_probs: Callable[[Head, Sequence[int]], torch.Tensor],
    judging: Judging,
    heads: Sequence[Head],
    goes_on: Callable[[], bool] = lambda: True,
) -> np.ndarray:
    """Judge heads one at a time.

    Args:
        log_probs: (head, beginning of a reply) → (vocabulary,) what is likely then.
        judging: what heads are judged by.
        heads: those judged.
        goes_on: whether there is time for one more.

    Returns:
        (heads, answers) log-odds of the true over the asserted answer, for as many heads as there was time for.
    """
    found = []
    for head in heads:
        if not goes_on():
            break
        likely = {beginning: log_probs(head, beginning) for beginning in set(map(beginning_of, judging.values()))}
        found.append([_log_odds(likely[beginning_of(one)], one.answer) for one in judging.values() if one.answer])
    return np.array(found).reshape(-1, len(judging))


def our_log_odds(
    model: TransformersModel, picture: Path, judging: Judging, heads: Sequence[Head]
) -> tuple[np.ndarray, np.ndarray]:
    """Judge heads by a sweep.

    Returns:
        (heads, answers) log-odds without each head, and (answers,) those of the whole model.
    """
    number = TRUE + OFFSETS[0]
    asked = asked_of(model, [picture], [number] * len(judging), list(judging.values()))
    swept = sweep_images(model, asked, heads, KNOWN, SweepSettings("prompt-mean"))
    whole = np.array([one.prompt.log_p_true - one.prompt.log_p_asserted for one in swept])
    return np.stack([one.log_p_true - one.log_p_asserted for one in swept], axis=1), whole


def agreement(
    judging: Judging, heads: Sequence[Head], one: np.ndarray, other: np.ndarray, whole: np.ndarray
) -> list[dict[str, Any]]:
    """How far two ways lie apart for each answer, and which heads they judge otherwise.

    Args:
        judging: the answers.
        heads: (heads,) those judged.
        one: (heads, answers) log-odds.
        other: those of the other way.
        whole: (answers,) those of the whole model.
    """
    found = []
    for place, name in enumerate(judging):
        a, b = one[:, place], other[:, place]
        differ = np.flatnonzero((a > 0) != (b > 0))
        found.append(
            {
                "answer": name,
                "heads": len(a),
                "disagreements": [{"head": str(heads[at]), "log_odds": [a[at], b[at]]} for at in differ],
                "largest_difference": float(np.abs(a - b).max()),
                "median_difference": float(np.median(np.abs(a - b))),
                "whole_model": float(whole[place]),
                "largest_effect": float(np.abs(b - whole[place]).max()),
                "spread_over_heads": float(b.std()),
                "judged_true": int((b > 0).sum()),
            }
        )
    return found
