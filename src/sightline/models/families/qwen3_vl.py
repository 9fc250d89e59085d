"""Qwen3-VL: as Qwen2-VL, with interleaved M-RoPE.

Features of several layers of the vision tower are added to the first layers' hidden states at the image's tokens (deep
stack), which only the whole model does: its layers cannot be resumed at the image.
"""

from sightline.models.families.family import Family

__all__ = ["FAMILY"]

FAMILY = Family(
    name="Qwen3-VL",
    model_types=("qwen3_vl",),
    language_model="model.language_model",
    layers="model.language_model.layers",
    rope_deltas="model.rope_deltas",
    needs="torchvision, for the video part of its processor",
    markers=("<|vision_start|>", "<|vision_end|>"),
)
