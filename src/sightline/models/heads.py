"""Attention heads: what one is called, and where a model keeps its heads.

The heads of a layer lie side by side in what its attention hands to ``o_proj``: head h takes places h·d to (h+1)·d of
each token's vector, d being the size of a head. That size comes from the weights and not from the hidden size, which
some architectures choose independently.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sightline.errors import RequestError
from sightline.models.families.family import Family, follow

__all__ = ["Head", "HeadLayout", "check_heads", "head_layout", "parse_head", "parse_heads"]

_NAME = re.compile(r"L(\d+)H(\d+)")


class Head(NamedTuple):
    """An attention head, both places counted from zero.

    Example:
        >>> str(Head(0, 3))
        'L0H3'
    """

    layer: int
    head: int

    def __str__(self) -> str:
        return f"L{self.layer}H{self.head}"


def parse_head(name: str) -> Head:
    """Read a head's name.

    Raises:
        RequestError: it is none.

    Example:
        >>> parse_head("L11H15")
        Head(layer=11, head=15)
    """
    found = _NAME.fullmatch(name.strip().upper())
    if found is None:
        raise RequestError(f"{name!r} is no head. Heads are named by layer and place, both from zero: L0H3.")
    return Head(int(found[1]), int(found[2]))


def parse_heads(names: Iterable[str]) -> tuple[Head, ...]:
    """Read the names of heads, each once and in order.

    Raises:
        RequestError: a name is none, or occurs twice.
    """
    heads = [parse_head(name) for name in names]
    if twice := [str(head) for head in dict.fromkeys(heads) if heads.count(head) > 1]:
        raise RequestError(f"{', '.join(twice)} is named twice.")
    return tuple(sorted(heads))


@dataclass(frozen=True)
class HeadLayout:
    """Where the heads of a language model are.

    Args:
        layers: the decoder layers.
        outputs: of each layer the module that takes the heads side by side, ``o_proj``.
        heads: query heads of each layer.
        key_value_heads: heads of keys and values; each serves ``heads / key_value_heads`` query heads.
        head_dim: the size of a head.
    """

    layers: tuple[Any, ...]
    outputs: tuple[Any, ...]
    heads: int
    key_value_heads: int
    head_dim: int

    @property
    def all_heads(self) -> tuple[Head, ...]:
        """Every head, layer by layer."""
        return tuple(Head(layer, head) for layer in range(len(self.layers)) for head in range(self.heads))

    def part(self, head: Head) -> slice:
        """The places of a head in what ``o_proj`` takes."""
        return slice(head.head * self.head_dim, (head.head + 1) * self.head_dim)


def head_layout(model: Any, family: Family | None) -> HeadLayout:
    """Find the heads of a model.

    Args:
        model: an image-text-to-text model of transformers.
        family: its family.

    Raises:
        RequestError: the family is not known, or the model is not laid out as its family says.
    """
    kind = getattr(model.config, "model_type", type(model).__name__)
    if family is None:
        raise RequestError(
            f"Heads of {kind} cannot be found: its family is not known. A family is one file under models/families, "
            "which says where the decoder layers are."
        )
    config = model.config.get_text_config()
    try:
        layers = tuple(follow(model, family.layers))
        outputs = tuple(follow(layer, f"{family.attention}.o_proj") for layer in layers)
    except AttributeError as error:
        raise RequestError(
            f"Heads of {kind} cannot be found: looked for {family.layers}[…].{family.attention}.o_proj, and {error}."
        ) from None
    heads = int(config.num_attention_heads)
    width = int(outputs[0].weight.shape[1])
    if width % heads or any(output.weight.shape[1] != width for output in outputs):
        raise RequestError(
            f"Heads of {kind} cannot be told apart: o_proj takes {width} values, and there are {heads} heads."
        )
    shared = getattr(config, "num_key_value_heads", None) or heads
    return HeadLayout(layers, outputs, heads, int(shared), width // heads)


def check_heads(heads: Iterable[Head], layout: HeadLayout) -> None:
    """Refuse heads that a model does not have.

    Raises:
        RequestError: a layer or a head is beyond the model's.
    """
    absent = [str(h) for h in heads if not (0 <= h.layer < len(layout.layers) and 0 <= h.head < layout.heads)]
    if absent:
        raise RequestError(
            f"{', '.join(absent)} {'does' if len(absent) == 1 else 'do'} not exist: this model has "
            f"{len(layout.layers)} layers (L0 to L{len(layout.layers) - 1}) of {layout.heads} heads (H0 to "
            f"H{layout.heads - 1})."
        )
