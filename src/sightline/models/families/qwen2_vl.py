"""Qwen2-VL: any resolution, four patches to a token, between two marks; Qwen's chat format with a system prompt.

Positions have three dimensions (M-RoPE): an image takes as many as its longer side has tokens, and the text goes on
there. What the image took more or less than it has tokens is kept in ``rope_deltas``, one for each image.
"""

from sightline.models.families.family import Family
from sightline.models.families.tiles import merged_patches

__all__ = ["FAMILY"]

FAMILY = Family(
    name="Qwen2-VL",
    model_types=("qwen2_vl",),
    language_model="model.language_model",
    layers="model.language_model.layers",
    rope_deltas="model.rope_deltas",
    needs="torchvision, for the video part of its processor",
    markers=("<|vision_start|>", "<|vision_end|>"),
    grid=merged_patches,
)
