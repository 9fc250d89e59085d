"""Whether two trainers compute the same: the margins of pairs, and the gradients that the optimizer gets."""

import copy
import statistics
from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any

import torch

from dpo_runs import Run, Setting, in_order, ours, peer, sharing_weights, train
from sightline.core import PreferencePair
from sightline.models.families import family_of, follow

__all__ = ["apart", "cut", "parity"]


def parity(model: Any, processor: Any, pairs: Sequence[PreferencePair], setting: Setting) -> dict[str, Any]:
    """Hold one step of both trainers against each other; of TRL's also one that computes other pairs side by side.

    Args:
        model: stays as it is.
        processor: of the model.
        pairs: of one step.
        setting: with as many pairs at once as ours computes.
    """
    ordered = in_order(pairs, setting)
    with exact_convolutions():
        mine = train(ours, model, processor, pairs, setting, gradients=True)
        theirs = train(peer, model, processor, ordered, setting._replace(at_once=1), gradients=True)
        again = train(peer, model, processor, ordered, setting._replace(at_once=setting.at_once // 2), gradients=True)
    keys = list(theirs.margins)
    return {
        "pairs": len(keys),
        "margins_of_trl": [theirs.margins[key] for key in keys],
        "margins_of_ours": [mine.margins[key] for key in keys],
        "largest_nats": max(abs(theirs.margins[key] - mine.margins[key]) for key in keys),
        "spread_of_margins_nats": statistics.pstdev(theirs.margins.values()),
        "losses": {"trl": theirs.losses[0], "trl_in_other_batches": again.losses[0], "ours": mine.losses[0]},
        "gradients_of_ours_and_trl": apart(mine, theirs),
        "gradients_of_trl_and_trl": apart(again, theirs),
    }


@contextmanager
def exact_convolutions() -> Any:
    """Convolutions in float32 where float32 is asked for, as matrix products are anyway."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before


def apart(one: Run, other: Run) -> dict[str, float]:
    """How far the gradients of one run lie from those of another, as a share of the other's norm.

    Returns:
        relative: of all weights as one vector, and their cosine; median_weight and worst_weight: of single tensors.
    """
    if not one.gradients or one.gradients.keys() != other.gradients.keys():
        raise SystemExit("The two trainers do not train the same weights.")
    both = [(one.gradients[name].double(), gradient.double()) for name, gradient in other.gradients.items()]
    off, mine, theirs, product = (
        [float(made(a, b)) for a, b in both]
        for made in (
            lambda a, b: (a - b).square().sum(),
            lambda a, _: a.square().sum(),
            lambda _, b: b.square().sum(),
            lambda a, b: (a * b).sum(),
        )
    )
    by_weight = [(own / norm) ** 0.5 for own, norm in zip(off, theirs, strict=True)]
    return {
        "relative": (sum(off) / sum(theirs)) ** 0.5,
        "cosine": sum(product) / (sum(mine) * sum(theirs)) ** 0.5,
        "median_weight": statistics.median(by_weight),
        "worst_weight": max(by_weight),
    }


def cut(model: Any, layers: int = 2) -> Any:
    """The first layers of a model in float32; of its vision tower too, where it is Qwen2-VL's."""
    shorter = sharing_weights(model)
    del follow(shorter, family_of(model.config.model_type).layers)[layers:]
    text = shorter.config.get_text_config()
    text.num_hidden_layers = layers
    if getattr(text, "layer_types", None):
        text.layer_types = text.layer_types[:layers]
    if hasattr(shorter.model, "visual"):
        del shorter.model.visual.blocks[layers:]
    return copy.deepcopy(shorter).float()
