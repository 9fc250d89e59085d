"""How probable the true and the asserted answer are, the more of some heads is knocked out.

Answers are whole strings, in all ways of writing them, after the whole model's own words before its answer: not the
likeliest token that occurs anywhere in the reply.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from sightline.errors import RequestError
from sightline.mechanisms.clustered import mean_by_image
from sightline.mechanisms.effects import SweptPrompt
from sightline.mechanisms.judging import HeadSet, name_of
from sightline.mechanisms.sweep import Asked, swept_prompt
from sightline.mechanisms.without_heads import WithoutHeads, alike
from sightline.models.heads import check_heads, head_layout
from sightline.models.knockout import Knockout
from sightline.models.transformers import TransformersModel
from sightline.stats.intervals import DRAWS, LEVEL

__all__ = ["STRENGTHS", "Doses", "answer_probabilities", "dose_table"]

STRENGTHS = tuple(step / 10 for step in range(11))
"""From the whole model to the heads gone."""


@dataclass(frozen=True, eq=False)
class Doses:
    """Answers to prompts along the strength of knockouts.

    Args:
        prompts: (prompts,) with what the whole model says.
        knockout: how heads are knocked out.
        sets: which heads.
        strengths: (strengths,) rising.
        log_p_true: (sets, strengths, prompts) float64 of the true answer; NaN where a reply has no readable answer.
        log_p_asserted: likewise of the asserted one.
    """

    prompts: tuple[SweptPrompt, ...]
    knockout: Knockout
    sets: tuple[HeadSet, ...]
    strengths: tuple[float, ...]
    log_p_true: NDArray[np.float64]
    log_p_asserted: NDArray[np.float64]

    @property
    def unreadable(self) -> int:
        """How many replies have no readable answer."""
        return sum(math.isnan(prompt.log_p_true) for prompt in self.prompts)


@torch.inference_mode()
def answer_probabilities(
    model: TransformersModel,
    asked: Sequence[Asked],
    knockout: Knockout,
    sets: Sequence[HeadSet] = (),
    strengths: Sequence[float] = STRENGTHS,
) -> Doses:
    """Weigh the answers along the strength of a knockout, and of others that it is held against.

    Args:
        model: the whole model.
        asked: images of any signatures, with the whole model's replies.
        knockout: how heads are knocked out; its strength does not matter, and its heads only where there are no sets.
        sets: heads that are knocked out together, and others beside them, as `sets_to_judge` draws them.
        strengths: each once; 0 is the whole model, 1 the heads gone.

    Raises:
        RequestError: nothing is asked, a strength is none or occurs twice, two sets have one name, a head does not
            exist, or the model's prompts cannot be computed together.
    """
    if not asked:
        raise RequestError("Probabilities need a prompt at least; none is asked.")
    if not strengths or len(set(strengths)) != len(strengths):
        raise RequestError(f"The strengths are {', '.join(map(str, strengths)) or 'none'}; expected different ones.")
    chosen = tuple(sets) or (HeadSet(name_of(knockout.heads), "heads", knockout.heads),)
    if len({each.name for each in chosen}) != len(chosen):
        raise RequestError(f"Two sets of heads have one name: {', '.join(each.name for each in chosen)}.")
    check_heads((head for each in chosen for head in each.heads), head_layout(model.model, model.family))
    order = tuple(sorted(strengths))
    steps = [replace(knockout, heads=each.heads, strength=step) for each in chosen for step in order]
    counts = np.cumsum([0, *(len(one.prompts) for one in asked)])
    found = np.full((1 + len(steps), 2, counts[-1]), np.nan)
    for places in alike(model, asked, apart=not knockout.is_causal):
        prompts = WithoutHeads(model, [asked[place] for place in places], knockout)
        _weigh(prompts, None, counts[places], found[0])
        for number, how in enumerate(steps, start=1):
            if how.strength:
                _weigh(prompts, how, counts[places], found[number])
            else:
                found[number] = found[0]
    told = [pair for one in asked for pair in zip(one.prompts, one.drafts, strict=True)]
    by_set = found[1:].reshape(len(chosen), len(order), 2, -1)
    return Doses(
        tuple(swept_prompt(*pair, *map(float, whole)) for pair, whole in zip(told, found[0].T, strict=True)),
        *(knockout, chosen, order),
        *(by_set[:, :, side] for side in (0, 1)),
    )


def _weigh(prompts: WithoutHeads, how: Knockout | None, starts: NDArray[np.int64], found: NDArray[np.float64]) -> None:
    """Fill in (2, prompts) log-probabilities, those of an image from its start on."""
    for row, logits in prompts.logits(how):
        weighed = row.weigh(logits[None])
        at = starts[row.row.image] + np.array(row.row.questions)
        found[:, at] = torch.cat([weighed.log_p_true, weighed.log_p_asserted]).double().cpu().numpy()


def dose_table(doses: Doses, draws: int = DRAWS, seed: int = 0) -> pa.Table:
    """The mean over prompts along the strength, as `sightline.report.dose_curve` draws it.

    Args:
        doses: answers along the strength.
        draws: of whole images, the same for all sets and strengths.
        seed: of the draws.

    Returns:
        Columns set, kind, strength, answer, mean, low, high. The answer is "true" or "asserted", with its mean
        probability, or "log-odds" of the true over the asserted one, in nats. The record in the metadata counts
        prompts, images and unreadable replies, which are left out.

    Raises:
        RequestError: no reply has a readable answer.
    """
    if doses.unreadable == len(doses.prompts):
        raise RequestError(f"None of {len(doses.prompts):,} replies has a readable answer, which could be weighed.")
    images = [prompt.image for prompt in doses.prompts]
    values = {
        "true": np.exp(np.minimum(doses.log_p_true, 0)),  # rounding may lift them above one
        "asserted": np.exp(np.minimum(doses.log_p_asserted, 0)),
        "log-odds": doses.log_p_true - doses.log_p_asserted,
    }
    parts = []
    for answer, of in values.items():
        means = mean_by_image(np.moveaxis(of, -1, 0), images, draws, seed)  # each (sets, strengths)
        columns = {name: pa.array(part.ravel(), from_pandas=True) for name, part in means._asdict().items()}
        steps = len(doses.strengths)
        told = {
            "set": np.repeat([each.name for each in doses.sets], steps),
            "kind": np.repeat([_PLOTTED.get(each.kind, each.kind) for each in doses.sets], steps),
            "strength": np.tile(doses.strengths, len(doses.sets)),
            "answer": [answer] * (len(doses.sets) * steps),
        }
        parts.append(pa.table({**told, **columns}))
    record = {
        "sightline": version("sightline"),
        "knockout": {"kind": doses.knockout.kind, "scope": doses.knockout.scope},
        "sets": {each.name: [str(head) for head in each.heads] for each in doses.sets},
        "prompts": len(doses.prompts),
        "images": len(set(images)),
        "unreadable": doses.unreadable,
        "settings": {"draws": draws, "seed": seed, "level": LEVEL},
    }
    return pa.concat_tables(parts).replace_schema_metadata({b"sightline": json.dumps(record)})


_PLOTTED = MappingProxyType({"heads of the same layers": "same layers"})
"""Kinds of sets as they are judged → as the plot calls them."""
