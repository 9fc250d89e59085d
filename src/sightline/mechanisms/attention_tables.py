"""Attention mass as tables: by layer, as it is drawn; by whether the reply was true; and of every head."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.errors import RequestError
from sightline.mechanisms.attention import ROLES, AttentionMass
from sightline.mechanisms.clustered import ClusteredMean, difference_by_image, mean_by_image
from sightline.mechanisms.effects import SweptPrompt
from sightline.models.heads import Head
from sightline.stats.intervals import DRAWS, LEVEL

__all__ = ["MassTables", "correctness_tables", "head_table", "mass_table", "mass_tables"]


class MassTables(NamedTuple):
    """Lines by layer, as `sightline.report.mass_lines` draws them.

    Args:
        masses: columns run, role, layer, mean, low, high; shares in [0, 1], the mean over heads and prompts.
        differences: columns role, layer, mean, low, high; the second run less the first.
    """

    masses: pa.Table
    differences: pa.Table


def mass_table(mass: AttentionMass, draws: int = DRAWS, seed: int = 0) -> pa.Table:
    """The mean over heads and prompts by layer, for each run and role.

    Args:
        mass: what was measured.
        draws: of whole images.
        seed: of the draws.

    Returns:
        Columns run, role, layer, mean, low, high; roles that have no token are left out. The record in the metadata
        counts prompts, images and unreadable replies.

    Raises:
        RequestError: no reply has a readable answer.
    """
    images = [prompt.image for prompt in _readable(mass)]
    parts = [
        _lines({"run": run}, mass, mean_by_image(_over_heads(values), images, draws, seed))
        for run, values in mass.runs.items()
    ]
    return _recorded(pa.concat_tables(parts), mass, draws, seed)


def mass_tables(mass: AttentionMass, draws: int = DRAWS, seed: int = 0) -> MassTables:
    """The mean by layer with and without heads, and the paired difference.

    Raises:
        RequestError: no heads were knocked out, or no reply has a readable answer.
    """
    if mass.without is None:
        raise RequestError("There is no difference to show: no heads were knocked out.")
    masses = mass_table(mass, draws, seed)
    images = [prompt.image for prompt in mass.prompts]
    pair = _over_heads(mass.without), _over_heads(mass.whole)
    differences = _lines({}, mass, difference_by_image(*pair, images, draws, seed))
    return MassTables(masses, _recorded(differences, mass, draws, seed))


COPIED, TRUE = "copied the assertion", "told the truth"


def correctness_tables(mass: AttentionMass, draws: int = DRAWS, seed: int = 0) -> MassTables:
    """The mean by layer in the whole model, where its reply told the truth and where it copied the assertion.

    Returns:
        The two runs are called so; the differences are of copies less truths, between prompts and not paired.

    Raises:
        RequestError: there are none of either.
    """
    values = _over_heads(mass.whole)
    images = [prompt.image for prompt in mass.prompts]
    copied = np.array([prompt.copied for prompt in mass.prompts], dtype=np.bool_)
    true = np.array([prompt.said == prompt.true for prompt in mass.prompts], dtype=np.bool_)
    parts = [np.where(kept[:, None, None], values, np.nan) for kept in (true, copied)]
    if empty := [name for name, part in zip((TRUE, COPIED), parts, strict=True) if np.isnan(part).all()]:
        raise RequestError(f"Of {len(mass.prompts):,} replies none {' and none '.join(empty)}: nothing to compare.")
    masses = [
        _lines({"run": run}, mass, mean_by_image(part, images, draws, seed))
        for run, part in zip((TRUE, COPIED), parts, strict=True)
    ]
    differences = _lines({}, mass, difference_by_image(parts[1], parts[0], images, draws, seed))
    counts = {"told_true": int(true.sum()), "copied": int(copied.sum())}
    tables = pa.concat_tables(masses), differences
    return MassTables(*(_recorded(table, mass, draws, seed, counts) for table in tables))


def head_table(mass: AttentionMass, draws: int = DRAWS, seed: int = 0) -> pa.Table:
    """The mean over prompts for each head.

    Args:
        mass: what was measured.
        draws: of whole images.
        seed: of the draws.

    Returns:
        Columns run, layer, head, name, role, mean, low, high; where heads were knocked out, also a run called
        "difference", without them less the whole model.

    Raises:
        RequestError: no reply has a readable answer.
    """
    images = [prompt.image for prompt in _readable(mass)]
    parts = []
    for layer in range(mass.whole.shape[1]):
        found = {run: mean_by_image(values[:, layer], images, draws, seed) for run, values in mass.runs.items()}
        if mass.without is not None:
            pair = mass.without[:, layer], mass.whole[:, layer]
            found["difference"] = difference_by_image(*pair, images, draws, seed)
        parts += [_of_heads(run, layer, mass, means) for run, means in found.items()]
    return _recorded(pa.concat_tables(parts), mass, draws, seed)


def _readable(mass: AttentionMass) -> tuple[SweptPrompt, ...]:
    if mass.unreadable == len(mass.prompts):
        raise RequestError(
            f"None of {len(mass.prompts):,} replies has a readable answer, whose attention could be shown."
        )
    return mass.prompts


def _over_heads(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """(prompts, layers, roles), the mean over heads."""
    known = ~np.isnan(values)
    found = np.full((*values.shape[:2], values.shape[3]), np.nan)
    total = np.where(known, values, 0.0).sum(axis=2, dtype=np.float64)
    np.divide(total, known.sum(axis=2), out=found, where=known.any(axis=2))
    return found


def _present(mass: AttentionMass) -> list[int]:
    """Roles that have tokens, by their place."""
    return [
        place for place in range(len(ROLES)) if any((values[..., place] > 0).any() for values in mass.runs.values())
    ]


def _lines(columns: Mapping[str, str], mass: AttentionMass, means: ClusteredMean) -> pa.Table:
    """Rows of (layers, roles) means."""
    layers = means.mean.shape[0]
    kept = _present(mass)
    roles = np.repeat([ROLES[place].title for place in kept], layers)
    return pa.table(
        {
            **{name: [value] * len(roles) for name, value in columns.items()},
            "role": roles,
            "layer": np.tile(np.arange(layers), len(kept)),
            **{name: pa.array(part[:, kept].T.ravel(), from_pandas=True) for name, part in means._asdict().items()},
        }
    )


def _of_heads(run: str, layer: int, mass: AttentionMass, means: ClusteredMean) -> pa.Table:
    """Rows of (heads, roles) means of a layer."""
    heads = [Head(layer, head) for head in range(means.mean.shape[0])]
    kept = _present(mass)
    size = len(heads) * len(kept)
    return pa.table(
        {
            "run": [run] * size,
            "layer": [layer] * size,
            "head": np.repeat([head.head for head in heads], len(kept)),
            "name": np.repeat([str(head) for head in heads], len(kept)),
            "role": [ROLES[place].title for place in kept] * len(heads),
            **{name: pa.array(part[:, kept].ravel(), from_pandas=True) for name, part in means._asdict().items()},
        }
    )


def _recorded(
    table: pa.Table, mass: AttentionMass, draws: int, seed: int, counts: Mapping[str, int] | None = None
) -> pa.Table:
    record: dict[str, Any] = {
        "sightline": version("sightline"),
        "measure": mass.measure,
        "knockout": None if mass.knockout is None else str(mass.knockout),
        "prompts": len(mass.prompts),
        "images": len({prompt.image for prompt in mass.prompts}),
        "unreadable": mass.unreadable,
        **(counts or {}),
        "settings": {"draws": draws, "seed": seed, "level": LEVEL},
    }
    return table.replace_schema_metadata({b"sightline": json.dumps(record)})
