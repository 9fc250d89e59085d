"""What a model takes where an image and one prompt are computed by themselves."""

from collections.abc import Sequence
from typing import Any

import torch

from sightline.models.families import family_of
from sightline.models.prompts import Prepared

__all__ = ["plain_inputs"]


def plain_inputs(model: Any, prepared: Prepared, ids: Sequence[int], replied: int = 0) -> dict[str, Any]:
    """Inputs of one row, on the model's device and of its precision.

    Args:
        model: an image-text-to-text model.
        prepared: the image and its questions.
        ids: the tokens after the image.
        replied: how many of them, at the end, are the reply's; some models attend to those in one direction only.
    """
    whole = torch.tensor([[*prepared.prefix, *ids]])
    inputs = {"input_ids": whole, "attention_mask": torch.ones_like(whole), **prepared.inputs}
    for name, value in prepared.by_token.items():
        inputs[name] = torch.cat([value[:, :-1], value[:, -1:].expand(-1, len(ids), *value.shape[2:])], dim=1)
    family = family_of(model.config.model_type)
    for name, of_reply in family.of_replies if family is not None and replied else ():
        inputs[name][:, -replied:] = of_reply
    return {
        name: value.to(model.device, model.dtype if value.is_floating_point() else None)
        for name, value in inputs.items()
    }
