"""Which of a model's tensors a name means, where the two were named by different generations of checkpoints.

An adapter names the modules that it was trained on, a checkpoint its tensors, and transformers the modules it loads
them into: ``model.language_model.layers.0.mlp.up_proj`` in one is ``language_model.model.layers.0.mlp.up_proj`` or
``model.layers.0.mlp.up_proj`` in another. What stays the same is how names end, and whether they lie within a part that
looks or listens, which has layers too.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import takewhile

__all__ = ["TOWERS", "counterparts"]

TOWERS = re.compile(r"(^|\.)(vis|vq|image|audio|video)")
"""Parts of a model that look and listen: vision_tower, vision_model, visual, vqmodel, …"""


def counterparts(wanted: Iterable[str], names: Collection[str]) -> Mapping[str, str]:
    """Find for each name the one that means the same among others.

    Args:
        wanted: names of modules.
        names: names of modules, of another generation or the same.

    Returns:
        The wanted name → its counterpart; those that have none, or several that could be it, are left out.

    Example:
        >>> names = ["language_model.model.layers.0.mlp.up_proj", "vision_tower.layers.0.mlp.up_proj"]
        >>> counterparts(["model.language_model.layers.0.mlp.up_proj"], names)
        {'model.language_model.layers.0.mlp.up_proj': 'language_model.model.layers.0.mlp.up_proj'}
    """
    by_end: dict[str, list[str]] = {}
    for name in names:
        by_end.setdefault(name.rpartition(".")[2], []).append(name)
    found = {name: _counterpart(name, by_end.get(name.rpartition(".")[2], ())) for name in wanted}
    return {name: other for name, other in found.items() if other is not None}


def _counterpart(wanted: str, names: Collection[str]) -> str | None:
    if wanted in names:
        return wanted
    in_tower = TOWERS.search(wanted) is not None
    lengths = {name: _shared_end(wanted, name) for name in names if (TOWERS.search(name) is not None) == in_tower}
    most = max(lengths.values(), default=0)
    longest = [name for name, length in lengths.items() if length == most]
    return longest[0] if len(longest) == 1 and most >= _least(wanted) else None


def _shared_end(one: str, other: str) -> int:
    """How many parts two names have in common, from their ends on."""
    pairs = zip(reversed(one.split(".")), reversed(other.split(".")), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _least(name: str) -> int:
    """How many parts must agree: down to the number of the layer; two where there is none, of one part that part."""
    parts = name.split(".")
    numbers = [place for place, part in enumerate(parts) if part.isdigit()]
    return len(parts) - numbers[0] if numbers else min(2, len(parts))
