"""The vision tower once for each batch of images, without a graph, for policy and reference alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from sightline.models.families import Family

__all__ = ["vision_once", "why_not_once"]

_HALF = (torch.bfloat16, torch.float16)


def why_not_once(inner: Any, family: Family | None) -> str:
    """Why images must be looked at in every forward; "" where once is enough, since nothing that looks is trained.

    Args:
        inner: the model of transformers.
        family: its family; None where it is not known.
    """
    if family is None:
        return "the family is not known"
    if not hasattr(inner.model, "get_image_features"):
        return "its language model looks at the image itself"
    head = inner.get_output_embeddings()
    heads = {id(parameter) for parameter in head.parameters()}
    for name, parameter in inner.named_parameters():
        of_language = name.startswith(f"{family.language_model}.") or id(parameter) in heads
        if parameter.requires_grad and not of_language:
            return f"{name} is trained"
    return ""


@contextmanager
def vision_once(inner: Any) -> Iterator[None]:
    """Within it, images that were looked at before are not looked at again, and no graph is kept of looking.

    Use it around the forwards of one step, where nothing that looks is trained (`why_not_once`). Images are the same
    where they are the same tensors: those whose values would have to be compared are looked at again. What was seen is
    held up to its end.

    Args:
        inner: the model of transformers.
    """
    core, dtype = inner.model, inner.dtype
    look = core.get_image_features
    held: list[tuple[Any, Any]] = []

    def once(*args: Any, **options: Any) -> Any:
        for given, found in held:
            if _same(given, (args, options)):
                return found
        # Held beyond a forward in inference mode, and used in one with a graph.
        with torch.inference_mode(False), torch.no_grad(), _as_it_is(inner.device.type, dtype):
            found = look(*args, **options)
        held.append(((args, options), found))
        return found

    before = core.__dict__.get("get_image_features")
    core.get_image_features = once
    try:
        yield
    finally:
        if before is None:
            del core.get_image_features
        else:
            core.get_image_features = before


def _as_it_is(device: str, dtype: torch.dtype) -> torch.autocast:
    """Compute in half precision where the weights are in it, without each norm being made 32 bits wide and back."""
    return torch.autocast(device, enabled=torch.is_autocast_enabled(device) and dtype not in _HALF)


def _same(one: Any, other: Any) -> bool:
    """Whether two calls were given the same; tensors by where they lie, so that no device is waited for."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, torch.Tensor):
        return _place(one) == _place(other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _place(value: torch.Tensor) -> tuple[Any, ...]:
    """What tensors have in common that are one: those held are alive, so that nothing else can lie there."""
    return value.data_ptr(), value.dtype, value.shape, value.stride(), value.device
