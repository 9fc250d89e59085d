"""An adapter put into a model: added to its weights, or, where those are quantised, computed beside them.

Added to the weights it costs nothing when the model replies. What is added is rounded to the dtype of the weights; how
much of it that takes away is measured, since tuning changes weights by little.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch.nn import functional

from sightline.errors import RequestError
from sightline.models.adapter import Adapter, Change
from sightline.models.adapter_fit import refuse_other_shapes, weights_adapted

__all__ = ["Rounding", "adapt", "added"]


@dataclass(frozen=True, slots=True)
class Rounding:
    """What the dtype of the weights leaves of what is added to them.

    Args:
        changed: sum of the squares of what is added.
        lost: sum of the squares of what rounding changes.
    """

    changed: float = 0.0
    lost: float = 0.0

    @property
    def share(self) -> float:
        """The length of what rounding changes, relative to what is added; 0 where nothing is."""
        return float((self.lost / self.changed) ** 0.5) if self.changed else 0.0

    def __add__(self, other: "Rounding") -> "Rounding":
        """Both together."""
        return Rounding(self.changed + other.changed, self.lost + other.lost)


def added(weight: torch.Tensor, change: Change) -> tuple[torch.Tensor, Rounding]:
    """Add a change to a weight, in float32, and round to the dtype of the weight.

    Args:
        weight: (outputs, inputs).
        change: what is added.

    Example:
        >>> change = Change(torch.tensor([[1.0]]), torch.tensor([[2.0]]), 0.5)
        >>> added(torch.tensor([[10.0]]), change)
        (tensor([[11.]]), Rounding(changed=1.0, lost=0.0))
    """
    product = change.product(weight.device)
    changed = float(product.square().sum())
    exact = product.add_(weight.float())
    made = exact.to(weight.dtype)
    return made, Rounding(changed, float((made.float() - exact).square().sum()))


def adapt(model: Any, adapter: Adapter) -> Rounding | None:
    """Put an adapter into a model, which is changed.

    Args:
        model: of transformers.
        adapter: made on this model, or on one of the same layout.

    Returns:
        What rounding leaves of it; None where the weights are quantised, so that it is computed beside them.

    Raises:
        RequestError: it was made on a model of another layout.
        DataError: its weights cannot be read.
    """
    modules = dict(model.named_modules())
    quantised = getattr(model.config, "quantization_config", None) is not None
    names = [name for name, module in modules.items() if isinstance(getattr(module, "weight", None), torch.Tensor)]
    where = weights_adapted(adapter, names, "this model")
    shared = _shared_weights(model)
    total = Rounding()
    for module, name in where.items():
        change, linear = adapter.change(module), modules[name]
        if name in shared:
            raise RequestError(f"{adapter.name} adapts {name}, whose weights are those of {shared[name]} as well.")
        refuse_other_shapes(adapter, module, change, _shape(linear))
        if quantised:
            linear.register_forward_hook(_beside(linear, change, model.dtype))
            continue
        with torch.no_grad():
            made, rounding = added(linear.weight, change)
            linear.weight.copy_(made)
        total += rounding
    return None if quantised else total


def _shared_weights(model: Any) -> dict[str, str]:
    """Modules whose weights are another's as well, as those of the output often are the embeddings."""
    first: dict[int, str] = {}
    shared: dict[str, str] = {}
    for key, weight in model.named_parameters(remove_duplicate=False):
        name = key.removesuffix(".weight")
        if (other := first.setdefault(id(weight), name)) != name:
            shared |= {name: other, other: name}
    return shared


def _shape(linear: Any) -> tuple[int, ...]:
    """The shape of a layer's weight, which is packed where it is quantised."""
    if hasattr(linear, "out_features"):
        return int(linear.out_features), int(linear.in_features)
    return tuple(linear.weight.shape)


def _beside(linear: Any, change: Change, dtype: torch.dtype) -> Any:
    device = linear.weight.device
    return partial(_computed_beside, change.a.to(device, dtype), change.b.to(device, dtype) * change.scale)


def _computed_beside(a: torch.Tensor, b: torch.Tensor, _: Any, given: tuple[Any, ...], found: Any) -> Any:
    """What a layer gives, and what its adapter adds to it."""
    return found + functional.linear(functional.linear(given[0].to(a.dtype), a), b).to(found.dtype)
