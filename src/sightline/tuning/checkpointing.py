"""Gradient checkpointing of the language model's layers alone."""

from functools import partial
from typing import Any

from torch.utils.checkpoint import checkpoint

from sightline.errors import RequestError
from sightline.models.families import Family, follow
from sightline.tuning.inner_model import inner_model

__all__ = ["checkpoint_language_model"]


def checkpoint_language_model(model: Any, family: Family | None) -> None:
    """Compute decoder layers again in the backward pass instead of keeping what they computed, in training mode.

    Vision tower and projector are left alone. transformers' own switch makes what comes out of every embedding require
    a gradient, that of the image's patches as well: a frozen tower is then computed and gone back through in vain.

    Args:
        model: of transformers, with whatever is wrapped around it.
        family: its family; None where it is not known.

    Raises:
        RequestError: the layers cannot do that.
    """
    inner = inner_model(model)
    layers = follow(inner, family.layers) if family is not None else inner.get_decoder().layers
    for layer in layers:
        if not hasattr(layer, "gradient_checkpointing"):
            raise RequestError(f"{type(layer).__name__} cannot be checkpointed; tune without gradient checkpointing.")
        layer._gradient_checkpointing_func = partial(checkpoint, use_reentrant=False)
        layer.gradient_checkpointing = True
