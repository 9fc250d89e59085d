"""LoRA layers that add what their adapter says in the matrix product itself.

peft multiplies it by its scale and adds it to the layer's own output in two steps of their own, each over as many
numbers as the layer puts out. Here neither has to be started, and the sum is rounded once instead of three times.
"""

from types import MethodType
from typing import Any

import torch

from sightline.tuning.adapters import adapted_layers

__all__ = ["fuse_adapters"]


def fuse_adapters(model: Any) -> int:
    """Replace how adapted layers of a model compute, in place, and say how many.

    Left as they are: layers of another kind than linear ones in full or half precision, and other adapters than a
    plain LoRA.

    Args:
        model: the PeftModel.
    """
    layers = [layer for layer in adapted_layers(model) if _is_plain(layer)]
    for layer in layers:
        layer.forward = MethodType(_fused, layer)
    return len(layers)


def _is_plain(layer: Any) -> bool:
    names = layer.active_adapters
    if type(layer.base_layer) is not torch.nn.Linear or len(names) != 1:
        return False
    name = names[0]
    return name in layer.lora_A and name not in layer.lora_variant and layer.lora_B[name].bias is None


def _fused(layer: Any, x: torch.Tensor, *given: Any, **options: Any) -> torch.Tensor:
    if layer._disable_adapters or layer.merged or given or options:
        found: torch.Tensor = type(layer).forward(layer, x, *given, **options)
        return found
    (name,) = layer.active_adapters
    # As a plain matrix from the start: what is added in place to a view is copied on its way back.
    rows = x.reshape(-1, x.shape[-1])
    low = layer.lora_A[name](layer.lora_dropout[name](rows))
    result: torch.Tensor = layer.base_layer(rows)
    # autocast leaves alone what is done in place
    result.addmm_(low.to(result.dtype), layer.lora_B[name].weight.t().to(result.dtype), alpha=layer.scaling[name])
    return result.view(*x.shape[:-1], -1)
