"""Attention of some tokens, whichever way the model computes it, without keeping a map of all tokens by all tokens.

Fast attention gives no weights, and eager attention, which does, changes what models say. But every layer hands its
queries and keys, rotary positions applied, to a function of transformers. There the few rows that are wanted are
computed once more; what the model does stays as it is.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from transformers.integrations.flash_attention import flash_attention_forward
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from sightline.errors import RequestError
from sightline.models.heads import HeadLayout

__all__ = ["AttentionRows", "attention_rows"]

_ELSEWHERE = ("position_bias", "s_aux", "cache", "cu_seq_lens_q", "cu_seq_lens_k")
"""What some attention functions are handed besides, and which would change the rows: a bias, a sink that is learned, a
cache in pages, sequences packed into one."""


class AttentionRows:
    """The rows captured so far.

    Args:
        layers: how many the model has.
    """

    def __init__(self, layers: int) -> None:
        self._found: list[list[torch.Tensor]] = [[] for _ in range(layers)]

    def add(self, layer: int, rows: torch.Tensor) -> None:
        """Add what a layer attended to: (batch, heads, wanted, keys)."""
        self._found[layer].append(rows)

    @property
    def forwards(self) -> list[NDArray[np.float32]]:
        """For each forward of the model (layers, batch, heads, wanted, keys); each row sums to one.

        Raises:
            RequestError: a layer did not hand over its attention, or none did.
        """
        times = max(1, *map(len, self._found))
        if silent := [layer for layer, found in enumerate(self._found) if len(found) != times]:
            raise RequestError(
                f"Attention was not captured, or less often than in others, in {len(silent)} of "
                f"{len(self._found)} layers ({', '.join(map(str, silent))}): they were not run, or call no attention "
                "function of transformers."
            )
        return [torch.stack([rows.cpu() for rows in layers]).numpy() for layers in zip(*self._found, strict=True)]


@contextmanager
def attention_rows(
    model: Any, layout: HeadLayout, wanted: Sequence[int] | NDArray[np.integer[Any]]
) -> Iterator[AttentionRows]:
    """Capture what some tokens attend to in every layer of the language model, in the forwards made within.

    Args:
        model: an image-text-to-text model of transformers.
        layout: where its heads are.
        wanted: (wanted,) or (batch, wanted) places among the tokens of each forward, from the end if negative. With a
            cache these are the new tokens only.

    Yields:
        What is filled with each forward. Rows are computed in float32 or finer. A row is NaN where a token may attend
        to nothing, as the padding on the left of a batch.

    Raises:
        RequestError: the model's attention is not one whose rows can be computed, or a token is beyond the forward's.
    """
    kind = str(model.config.model_type)
    layers = {_attention(layout, layer): layer for layer in range(len(layout.layers))}
    found = AttentionRows(len(layers))
    places = np.asarray(wanted, dtype=np.int64)

    def capture(call: "_Call") -> None:
        layer = layers.get(call.module)
        if layer is not None:
            call.check(kind, layout)
            found.add(layer, call.rows(places))

    interfaces = {id(own): own for own in (_interface(attention, kind) for attention in layers)}
    with ExitStack() as stack:
        for interface in interfaces.values():
            stack.enter_context(_overlaid(interface, capture))
        yield found


def _attention(layout: HeadLayout, layer: int) -> Any:
    """The attention of a layer: the module that holds ``o_proj``."""
    modules = layout.layers[layer].modules()
    return next(one for one in modules if getattr(one, "o_proj", None) is layout.outputs[layer])


def _interface(attention: Any, kind: str) -> Any:
    """Where a layer looks its attention function up: mostly what all models share, for some what is their own."""
    names = inspect.unwrap(type(attention).forward).__globals__
    found = names.get("ALL_ATTENTION_FUNCTIONS")
    if not hasattr(found, "get_interface"):
        raise RequestError(
            f"The attention of {kind} cannot be captured: {type(attention).__name__} does not look its function up in "
            "ALL_ATTENTION_FUNCTIONS, as transformers' own do from 5.1 on, and so hands over no queries and keys."
        )
    return found


class _Call(NamedTuple):
    """What a layer hands to its attention function.

    Args:
        function: the attention function, None for the eager one of the model.
        name: of the function, as the configuration has it.
        module: the layer's attention.
        queries: (batch, heads, n, d), rotary positions applied.
        keys: (batch, key-value heads, k, d), of a cache as well.
        mask: added to scores or, if boolean, true where a key is visible; None where causality says it all.
        options: what else it is handed.
    """

    function: Any
    name: str
    module: Any
    queries: torch.Tensor
    keys: torch.Tensor
    mask: Any
    options: Mapping[str, Any]

    def check(self, kind: str, layout: HeadLayout) -> None:
        """Refuse what rows cannot be computed from."""
        why = ""
        if self.function not in (None, sdpa_attention_forward, flash_attention_forward):
            why = f"what the attention function {self.name!r} does with queries and keys is not known"
        elif given := [name for name in _ELSEWHERE if self.options.get(name) is not None]:
            why = f"it depends on {', '.join(given)} besides queries and keys"
        elif (self.queries.shape[1], self.keys.shape[1]) != (layout.heads, layout.key_value_heads):
            why = f"queries of {layout.heads} heads were expected, and have the shape {tuple(self.queries.shape)}"
        if why:
            raise RequestError(
                f"The attention of {kind} cannot be captured: {why}. Load the model with attn_implementation sdpa."
            )

    @torch.no_grad()
    def rows(self, wanted: NDArray[np.int64]) -> torch.Tensor:
        """Compute (batch, heads, wanted, keys) float32."""
        at = self._places(wanted)
        finer = torch.promote_types(self.queries.dtype, torch.float32)
        with torch.autocast(self.queries.device.type, enabled=False):
            queries = torch.take_along_dim(self.queries, at[:, None, :, None], dim=2).to(finer)
            batch, heads, n, size = queries.shape
            shared = self.keys.shape[1]
            grouped = queries.reshape(batch, shared, heads // shared * n, size)
            scores = (grouped @ self.keys.to(finer).mT).reshape(batch, heads, n, -1)
        scaling, cap = self.options.get("scaling"), self.options.get("softcap")
        scores = scores * (size**-0.5 if scaling is None else scaling)
        if cap is not None:
            scores = torch.tanh(scores / cap) * cap
        return self._masked(scores, at).softmax(dim=-1).float()

    def _places(self, wanted: NDArray[np.int64]) -> torch.Tensor:
        """(batch, wanted) places among the queries."""
        batch, _, n, _ = self.queries.shape
        if wanted.ndim not in (1, 2) or (wanted.ndim == 2 and len(wanted) != batch):
            raise RequestError(f"Wanted tokens have the shape {wanted.shape}; expected (wanted,) or ({batch}, wanted).")
        if beyond := sorted({int(place) for place in wanted.flat if not -n <= place < n}):
            raise RequestError(f"The attention of token {beyond[0]} is wanted; this forward has {n} tokens, from 0.")
        return torch.from_numpy(np.broadcast_to(wanted % n, (batch, wanted.shape[-1])).copy()).to(self.queries.device)

    def _masked(self, scores: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        """Hide from (batch, heads, wanted, keys) scores what the attention function hides."""
        if self.function is flash_attention_forward:
            return self._masked_as_flash(scores, at)
        n = self.queries.shape[2]
        if self.mask is not None:
            own = torch.take_along_dim(self.mask.expand(-1, -1, n, -1), at[:, None, :, None], dim=2)
            boolean = own.dtype == torch.bool and self.function is not None  # eager attention adds these too
            return scores.masked_fill(~own, -torch.inf) if boolean else scores + own
        if self.function is None or n == 1 or not self._is_causal:
            return scores
        # PyTorch counts from the first key, also where there are more keys than queries.
        return scores.masked_fill(torch.arange(scores.shape[-1], device=at.device) > at[:, None, :, None], -torch.inf)

    def _masked_as_flash(self, scores: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        """Flash attention counts from the last key, knows windows itself and is told of padding: (batch, keys)."""
        k = scores.shape[-1]
        back = at[:, None, :, None] + (k - self.queries.shape[2]) - torch.arange(k, device=at.device)
        hidden = back < 0 if self._is_causal else torch.zeros_like(back, dtype=torch.bool)
        window = self.options.get("sliding_window")
        if window is not None:
            hidden = hidden | (back.abs() >= window)
        if self.mask is not None:
            hidden = hidden | ~self.mask[:, None, None, :].bool()
        return scores.masked_fill(hidden, -torch.inf)

    @property
    def _is_causal(self) -> bool:
        told = self.options.get("is_causal")
        return bool(getattr(self.module, "is_causal", True) if told is None else told)


@contextmanager
def _overlaid(interface: Any, capture: Callable[[_Call], None]) -> Iterator[None]:
    """Let every attention function that is looked up tell what it is handed, before it does its work."""
    look_up, before = interface.get_interface, vars(interface).get("get_interface")

    def get_interface(attn_implementation: str, default: Any) -> Any:
        function = look_up(attn_implementation, default)
        own = inspect.unwrap(function)

        @wraps(function)
        def told(module: Any, query: Any, key: Any, value: Any, attention_mask: Any, *more: Any, **options: Any) -> Any:
            kind = None if own is default else own
            capture(_Call(kind, attn_implementation, module, query, key, attention_mask, options))
            return function(module, query, key, value, attention_mask, *more, **options)

        return told

    interface.get_interface = get_interface
    try:
        yield
    finally:
        if before is None:
            del interface.get_interface
        else:
            interface.get_interface = before
