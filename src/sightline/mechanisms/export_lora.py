"""Knockouts written as LoRA adapters, in PEFT's files and names: one server then holds a model with and without heads.

A head that hands on nothing is o_proj · x less W_o,h · x_h, which is of rank d: A picks the head's places out of x, and
B is −W_o,h. That is exact but for rounding. The rank is d for each head of a layer, the same in all layers that are
touched, filled up with zeros to one that vLLM reserves room for.
"""

import json
from pathlib import Path
from typing import Any

import torch

from sightline.errors import RequestError
from sightline.mechanisms.export import heads_by_layer
from sightline.mechanisms.export_folder import ExportedAs, write_about
from sightline.models.checkpoint import Checkpoint, open_checkpoint
from sightline.models.checkpoint_files import save_tensors
from sightline.models.heads import Head
from sightline.models.knockout import Knockout
from sightline.records.new_folder import new_folder, written

__all__ = ["export_lora"]

_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""The values that vLLM's ``max_lora_rank`` takes."""


def export_lora(model: str | Path, knockout: Knockout, out: str | Path, *, revision: str | None = None) -> ExportedAs:
    """Write a knockout of kind zero as a LoRA adapter into a folder, which PEFT and vLLM load.

    Args:
        model: a folder, an id on the hub whose files are on this machine already, or "bundled".
        knockout: which heads, and how much of them.
        out: a folder that is new or empty.
        revision: branch, tag or commit on the hub.

    Raises:
        RequestError: the knockout is of another kind or scope, needs too high a rank, a head does not exist, the model
            cannot be found or is quantised or pickled, or the folder is not empty.
        DataError: a file of the model is missing or damaged, or the folder cannot be written.
    """
    if (knockout.kind, knockout.scope) != ("zero", "all"):
        raise RequestError(
            "An adapter adds a product with what o_proj takes, at every token: only the kind zero with the scope all "
            f"can be written as one, not {knockout.kind} with {knockout.scope}."
        )
    checkpoint = open_checkpoint(model, revision)
    by_layer = heads_by_layer(knockout, checkpoint)
    rank = _rank(by_layer, checkpoint.layout.head_dim)
    tensors: dict[str, torch.Tensor] = {}
    for layer, heads in by_layer.items():
        a, b = _factors(checkpoint, heads, rank, knockout.strength)
        tensors[f"base_model.model.{_module(checkpoint, layer)}.lora_A.weight"] = a
        tensors[f"base_model.model.{_module(checkpoint, layer)}.lora_B.weight"] = b
    record = _config(checkpoint, rank, [_module(checkpoint, layer) for layer in by_layer], revision)
    with new_folder(out, checkpoint.folder) as folder:
        save_tensors(folder / "adapter_model.safetensors", tensors, {"format": "pt"})
        (folder / "adapter_config.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        write_about(folder, checkpoint, knockout, "a LoRA adapter of o_proj", front="---\nlibrary_name: peft\n---\n\n")
    return ExportedAs(Path(out), tuple(sorted(tensors)), written(Path(out)), _notes(checkpoint, rank, a, b))


def _rank(by_layer: dict[int, list[Head]], head_dim: int) -> int:
    """The rank that the layer with the most heads needs, or the next above it that vLLM has."""
    needed = head_dim * max(len(heads) for heads in by_layer.values())
    found = next((rank for rank in _RANKS if rank >= needed), None)
    if found is None:
        layer = max(by_layer, key=lambda each: len(by_layer[each]))
        raise RequestError(
            f"{len(by_layer[layer])} heads of layer {layer} with {head_dim} values each need an adapter of rank "
            f"{needed}, and vLLM takes at most {_RANKS[-1]}: {_RANKS[-1] // head_dim} heads a layer. Write plain "
            "weights instead."
        )
    return found


def _module(checkpoint: Checkpoint, layer: int) -> str:
    """The module's name in the model, which PEFT looks up, and which vLLM maps as it maps newer checkpoints' names."""
    return f"{checkpoint.family.layers}.{layer}.{checkpoint.family.attention}.o_proj"


def _factors(
    checkpoint: Checkpoint, heads: list[Head], rank: int, strength: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """A (rank, heads · d), which picks out what the heads hand on, and B (hidden, rank), which takes it away again."""
    weight = checkpoint.read(checkpoint.layout.outputs[heads[0].layer])
    picked = torch.cat([torch.arange(weight.shape[1])[checkpoint.layout.part(head)] for head in heads])
    a, b = weight.new_zeros(rank, weight.shape[1]), weight.new_zeros(weight.shape[0], rank)
    a[torch.arange(len(picked)), picked] = 1
    b[:, : len(picked)] = -strength * weight[:, picked]
    return a, b


def _config(checkpoint: Checkpoint, rank: int, modules: list[str], revision: str | None) -> dict[str, Any]:
    """PEFT's configuration.

    Modules are named in full. By its last name alone, ``o_proj`` of every layer would be wrapped, and of vision towers
    that have one; PEFT's ``layers_to_transform`` counts the layers of towers too. vLLM goes by the names of tensors.
    """
    return {
        "peft_type": "LORA",
        "task_type": None,
        "base_model_name_or_path": checkpoint.source,
        "revision": revision,
        "inference_mode": True,
        "r": rank,
        "lora_alpha": rank,
        "lora_dropout": 0.0,
        "target_modules": modules,
        "bias": "none",
        "fan_in_fan_out": False,
        "modules_to_save": None,
        "use_rslora": False,
        "use_dora": False,
    }


def _notes(checkpoint: Checkpoint, rank: int, a: torch.Tensor, b: torch.Tensor) -> tuple[str, ...]:
    slot = (a.nbytes + b.nbytes) * len(checkpoint.attentions) / 1e6
    return (
        f"vLLM: --enable-lora --max-lora-rank {rank}, for the architectures that it lists as taking adapters.",
        "Only o_proj of the language model is adapted: leave adapters of vision tower and connector off, and restrict "
        f"them to o_proj where the server can, by which each adapter on the GPU takes {slot:.1f} MB.",
    )
