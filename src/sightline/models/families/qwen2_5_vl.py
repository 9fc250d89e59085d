"""Qwen2.5-VL: as Qwen2-VL, chat format and M-RoPE alike, with windowed attention in the vision tower."""

from sightline.models.families.family import Family
from sightline.models.families.tiles import merged_patches

__all__ = ["FAMILY"]

FAMILY = Family(
    name="Qwen2.5-VL",
    model_types=("qwen2_5_vl",),
    language_model="model.language_model",
    layers="model.language_model.layers",
    rope_deltas="model.rope_deltas",
    needs="torchvision, for the video part of its processor",
    markers=("<|vision_start|>", "<|vision_end|>"),
    grid=merged_patches,
)
