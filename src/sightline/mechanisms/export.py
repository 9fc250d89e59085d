"""Knockouts written into plain weights: a model without some of its heads that needs no sightline to run.

A zeroed head is columns of ``o_proj`` that are zero. A head that is replaced by its mean over a discovery set, the same
at every token, is zero columns and a bias W_o,h · mean, where the architecture has a bias there (Llama's, by
``attention_bias``). Qwen2's has none; but its values have one, and since the weights of a softmax sum to one, a head
whose values are a constant hands on that constant. Query heads share values, so that every head must first be given
keys and values of its own, which is exact and makes the cache of keys and values larger. All else that a head can be
replaced by depends on the data.

The same holds in part: at strength s the columns are (1 − s) of what they were, and what is added is s of the mean.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch

from sightline.errors import RequestError
from sightline.mechanisms.export_folder import ExportedAs, write_about
from sightline.models.checkpoint import INDEX, SINGLE, Checkpoint, open_checkpoint
from sightline.models.checkpoint_files import copy_rest, save_tensors
from sightline.models.heads import Head, HeadLayout, check_heads
from sightline.models.knockout import Knockout
from sightline.records.new_folder import new_folder, written

__all__ = ["export_weights", "heads_by_layer", "missing_room"]

_OUTPUT_BIAS = ("llama",)
"""Language models whose ``attention_bias`` gives queries, keys, values and ``o_proj`` a bias, in transformers and vLLM
alike. In others (Qwen3) the two do not agree on it."""

_VALUE_BIAS = ("qwen2", "qwen2_vl_text", "qwen2_5_vl_text")
"""Language models whose values have a bias always, and whose ``o_proj`` never has."""

_DATA = {
    "role-mean": "it depends on what each token is",
    "resample": "it differs from token to token",
    "prompt-mean": "it depends on the prompt",
    "patch": "it depends on another prompt, which says the truth",
}

_QUANTISE = "To quantise it, quantise this folder: weights that are quantised already cannot be edited exactly."


@dataclass
class _Plan:
    """What is to be written otherwise than it was.

    Args:
        form: what the knockout is written as.
        made: gives each tensor that is changed or added.
        added: the file that each added tensor goes into.
        text: entries of the language model's configuration.
        notes: what to know.
    """

    form: str
    made: dict[str, Callable[[], torch.Tensor]] = field(default_factory=dict)
    added: dict[str, str] = field(default_factory=dict)
    text: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def missing_room(config: Any, kind: str, scope: str = "all", *, unshare: bool = False) -> str:
    """Say why a knockout cannot be written into a model's weights.

    Args:
        config: the model's configuration, as transformers reads it.
        kind: what heads are replaced by.
        scope: where.
        unshare: whether every query head may be given keys and values of its own.

    Returns:
        The reason and what can be done, in sentences; "" where there is room.
    """
    if scope != "all":
        return f"Plain weights act on every token: only the scope all can be written, not {scope}."
    if kind in _DATA:
        return f"A knockout of kind {kind} cannot be written into weights: {_DATA[kind]}. The kind zero can."
    text = config.get_text_config()
    outputs, values = text.model_type in _OUTPUT_BIAS, text.model_type in _VALUE_BIAS
    if kind == "zero" or outputs or (values and _group(text) == 1):
        return f"The kind {kind} is written into {text.model_type} without unsharing." if unshare else ""
    if values and not unshare:
        return (
            f"The output projections of {text.model_type} have no bias that could hold a mean. What can be written is "
            "the kind zero, or the mean with every query head given keys and values of its own (unshare), by which the "
            f"KV cache grows {_group(text)}-fold."
        )
    if not values:
        return (
            f"The attention of {text.model_type} has no bias that could hold a mean and that transformers and vLLM "
            "agree on. What can be written is the kind zero."
        )
    return ""


def export_weights(
    model: str | Path, knockout: Knockout, out: str | Path, *, unshare: bool = False, revision: str | None = None
) -> ExportedAs:
    """Write a model without some of its heads into a folder, which transformers and vLLM load as they do the original.

    Tensors keep their names, their dtypes and, but for added ones, their files; no more than one file of the
    checkpoint is in memory.

    Args:
        model: a folder, an id on the hub whose files are on this machine already, or "bundled".
        knockout: which heads, and how.
        out: a folder that is new or empty.
        unshare: whether every query head may be given keys and values of its own, where there is no other room for a
            mean.
        revision: branch, tag or commit on the hub.

    Raises:
        RequestError: the knockout cannot be written into this model's weights, a head does not exist, the model cannot
            be found or is quantised or pickled, or the folder is not empty.
        DataError: a file of the model is missing or damaged, or the folder cannot be written.
    """
    checkpoint = open_checkpoint(model, revision)
    if reason := missing_room(checkpoint.config, knockout.kind, knockout.scope, unshare=unshare):
        raise RequestError(reason)
    by_layer = heads_by_layer(knockout, checkpoint)
    _check_means(knockout, checkpoint.layout)
    plan = _planned(checkpoint, knockout, by_layer)
    with new_folder(out, checkpoint.folder) as folder:
        left = copy_rest(checkpoint, folder)
        grown = [_write_file(checkpoint, plan, file, folder) for file in sorted(set(checkpoint.files.values()))]
        _write_index(checkpoint, plan, grown, folder)
        if plan.text:
            _write_config(checkpoint, plan, folder)
        write_about(folder, checkpoint, knockout, plan.form)
        _check_written(folder, plan)
    notes = (*plan.notes, _QUANTISE, *([f"Left out: {', '.join(left)}."] if left else []))
    return ExportedAs(Path(out), tuple(sorted(plan.made)), written(Path(out)), notes)


def heads_by_layer(knockout: Knockout, checkpoint: Checkpoint) -> dict[int, list[Head]]:
    """The heads to knock out of each layer that has some.

    Raises:
        RequestError: there are none, or one does not exist in this model.
    """
    if not knockout.heads:
        raise RequestError("There is nothing to write: no heads are named.")
    check_heads(knockout.heads, checkpoint.layout)
    found: dict[int, list[Head]] = {}
    for head in knockout.heads:
        found.setdefault(head.layer, []).append(head)
    return found


def _group(text: Any) -> int:
    """How many query heads share keys and values."""
    shared = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    return int(text.num_attention_heads // shared)


def _check_means(knockout: Knockout, layout: HeadLayout) -> None:
    if knockout.kind != "mean" or knockout.outputs is None:
        return
    found, wanted = knockout.outputs.mean.shape, (len(layout.layers), layout.heads, layout.head_dim)
    if found != wanted:
        raise RequestError(
            f"The means are of {found[0]} layers with {found[1]} heads of {found[2]}, and this model has {wanted[0]} "
            f"layers with {wanted[1]} heads of {wanted[2]}: they are another model's."
        )


def _planned(checkpoint: Checkpoint, knockout: Knockout, by_layer: dict[int, list[Head]]) -> _Plan:
    if knockout.kind == "zero":
        return _zeroed(checkpoint, knockout, by_layer)
    if checkpoint.text.model_type in _OUTPUT_BIAS:
        return _biased(checkpoint, knockout, by_layer)
    return _unshared(checkpoint, knockout, by_layer)


def _zeroed(checkpoint: Checkpoint, knockout: Knockout, by_layer: dict[int, list[Head]]) -> _Plan:
    plan = _Plan("columns of o_proj")
    for layer, heads in by_layer.items():
        name = checkpoint.layout.outputs[layer]
        plan.made[name] = partial(_scaled_columns, checkpoint, name, heads, knockout.strength)
    return plan


def _scaled_columns(checkpoint: Checkpoint, name: str, heads: list[Head], strength: float) -> torch.Tensor:
    weight = checkpoint.read(name)
    for head in heads:
        weight[:, checkpoint.layout.part(head)] *= 1 - strength
    return weight


def _biased(checkpoint: Checkpoint, knockout: Knockout, by_layer: dict[int, list[Head]]) -> _Plan:
    """Zeroed, and the means as a bias; where the configuration then brings others, those are zero."""
    plan = _zeroed(checkpoint, knockout, by_layer)
    plan.form = "columns and a bias of o_proj"
    if not checkpoint.text.attention_bias:
        plan.text = {"attention_bias": True}
        plan.notes = (
            "Its configuration sets attention_bias, so that all attention has biases now; those that hold no mean are "
            "zero.",
        )
        for attention in checkpoint.attentions:
            for part in ("q_proj", "k_proj", "v_proj", "o_proj"):
                weight = f"{attention}.{part}.weight"
                plan.made[f"{attention}.{part}.bias"] = partial(_no_bias, checkpoint, weight)
                plan.added[f"{attention}.{part}.bias"] = checkpoint.file_of(weight)
    for layer, heads in by_layer.items():
        bias = f"{checkpoint.attentions[layer]}.o_proj.bias"
        plan.made[bias] = partial(_output_bias, checkpoint, layer, heads, knockout)
    return plan


def _no_bias(checkpoint: Checkpoint, weight: str) -> torch.Tensor:
    found = checkpoint.read(weight)
    return found.new_zeros(found.shape[0])


def _output_bias(checkpoint: Checkpoint, layer: int, heads: list[Head], knockout: Knockout) -> torch.Tensor:
    """What the means of heads come to after ``o_proj``, and the bias that was there."""
    weight = checkpoint.read(checkpoint.layout.outputs[layer])
    name = f"{checkpoint.attentions[layer]}.o_proj.bias"
    bias = checkpoint.read(name) if checkpoint.text.attention_bias else weight.new_zeros(weight.shape[0])
    total = bias.double()
    for head in heads:
        total += weight[:, checkpoint.layout.part(head)].double() @ _mean(knockout, head) * knockout.strength
    return total.to(bias.dtype)


def _mean(knockout: Knockout, head: Head) -> torch.Tensor:
    assert knockout.outputs is not None
    return torch.from_numpy(knockout.outputs.mean[head.layer, head.head]).double()


def _unshared(checkpoint: Checkpoint, knockout: Knockout, by_layer: dict[int, list[Head]]) -> _Plan:
    """Keys and values for each query head, and for those knocked out values that are their means."""
    group = checkpoint.layout.heads // checkpoint.layout.key_value_heads
    plan = _Plan("values of their own")
    for layer, attention in enumerate(checkpoint.attentions):
        for part in ("weight", "bias"):
            name = f"{attention}.v_proj.{part}"
            if group > 1 or layer in by_layer:
                plan.made[name] = partial(_own_values, checkpoint, name, by_layer.get(layer, []), knockout)
            if group > 1:
                name = f"{attention}.k_proj.{part}"
                plan.made[name] = partial(_for_each_head, checkpoint, name)
    if group > 1:
        plan.text = {"num_key_value_heads": checkpoint.layout.heads}
        plan.notes = (
            f"Its KV cache takes {group} times the memory of the original's: {checkpoint.layout.heads} heads of keys "
            f"and values a layer instead of {checkpoint.layout.key_value_heads}.",
        )
    return plan


def _for_each_head(checkpoint: Checkpoint, name: str) -> torch.Tensor:
    """Keys or values, weight or bias, repeated for each of the query heads that share them."""
    layout = checkpoint.layout
    shared = checkpoint.read(name).unflatten(0, (layout.key_value_heads, layout.head_dim))
    found: torch.Tensor = shared.repeat_interleave(layout.heads // layout.key_value_heads, dim=0).flatten(0, 1)
    return found


def _own_values(checkpoint: Checkpoint, name: str, heads: list[Head], knockout: Knockout) -> torch.Tensor:
    found = _for_each_head(checkpoint, name)
    for head in heads:
        rows = checkpoint.layout.part(head)
        found[rows] *= 1 - knockout.strength
        if name.endswith(".bias"):
            found[rows] += (_mean(knockout, head) * knockout.strength).to(found.dtype)
    return found


def _write_file(checkpoint: Checkpoint, plan: _Plan, file: str, folder: Path) -> tuple[int, int]:
    """Write one file of the checkpoint, byte for byte where nothing in it changes.

    Returns:
        By how many bytes and parameters its tensors grew.
    """
    own = [name for name in plan.made if plan.added.get(name, checkpoint.files.get(name)) == file]
    if not own:
        shutil.copyfile(checkpoint.folder / file, folder / file)
        return 0, 0
    tensors, metadata = checkpoint.read_file(file)
    grown_bytes, grown = 0, 0
    for name in own:
        before, tensors[name] = tensors.get(name), plan.made[name]()
        grown_bytes += tensors[name].nbytes - (0 if before is None else before.nbytes)
        grown += tensors[name].numel() - (0 if before is None else before.numel())
    save_tensors(folder / file, tensors, metadata)
    return grown_bytes, grown


def _write_index(checkpoint: Checkpoint, plan: _Plan, grown: list[tuple[int, int]], folder: Path) -> None:
    """Write which shard holds which tensor, where there are shards."""
    if set(checkpoint.files.values()) == {SINGLE}:
        return
    index = json.loads((checkpoint.folder / INDEX).read_bytes())
    index["weight_map"].update(plan.added)
    metadata = index.get("metadata") or {}
    for place, name in enumerate(("total_size", "total_parameters")):
        if name in metadata:
            metadata[name] += sum(by[place] for by in grown)
    (folder / INDEX).write_text(json.dumps(index, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _write_config(checkpoint: Checkpoint, plan: _Plan, folder: Path) -> None:
    """Change entries of the configuration's file, and leave all others as they stand, known or not."""
    path = folder / "config.json"
    record = json.loads(path.read_bytes())
    text = record.get("text_config")
    for name, value in plan.text.items():
        if isinstance(text, dict):
            text[name] = value
        if not isinstance(text, dict) or name in record:  # older files have the language model's entries beside others
            record[name] = value
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _check_written(folder: Path, plan: _Plan) -> None:
    """Read back what was written, and refuse a configuration that does not take what was put into it."""
    made = open_checkpoint(folder)
    if wrong := [name for name, value in plan.text.items() if getattr(made.text, name, None) != value]:
        raise RequestError(
            f"The configuration of this model does not take {', '.join(wrong)} where it was put: this version of its "
            "file is not known. The kind zero can be written."
        )
