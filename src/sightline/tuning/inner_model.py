"""The model of transformers inside whatever is wrapped around it, and its hidden states on the way."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import torch
from accelerate.utils import extract_model_from_parallel

__all__ = ["called", "inner_model"]

_Found = TypeVar("_Found")


def inner_model(model: Any) -> Any:
    """Take off what is wrapped around a model of transformers: data parallelism, sharding, compilation, adapters.

    Adapters stay in force, since they lie inside the layers. All modules are walked over to see whether one was
    compiled: hold what comes of it rather than call this in every forward.
    """
    model = extract_model_from_parallel(model, keep_torch_compile=False)
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def called(model: Any, inner: Any, inputs: Mapping[str, Any], made: Callable[[torch.Tensor], _Found]) -> _Found:
    """Call a model, and make something of its last hidden states in place of logits.

    The outermost model is called, since those that share work among devices need to see each forward, and what is made
    is made inside of it, where its parameters are at hand.

    Args:
        model: of transformers, with whatever is wrapped around it.
        inner: the model itself.
        inputs: of its forward.
        made: takes the last hidden states, (rows, n, width).
    """
    found: list[_Found] = []
    hooks = [
        inner.model.register_forward_hook(lambda _, __, output: found.append(made(output.last_hidden_state))),
        inner.register_forward_hook(lambda *_: found[0], prepend=True),
    ]
    try:
        # Logits of one token a row are computed all the same, and thrown away.
        done: _Found = model(**inputs, use_cache=False, return_dict=True, logits_to_keep=1)
    finally:
        for hook in hooks:
            hook.remove()
    return done
