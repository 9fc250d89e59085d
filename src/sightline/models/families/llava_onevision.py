"""LLaVA-OneVision: the image and its tiles through SigLIP, scaled down where they are many, before Qwen2.

The number of tokens depends on the image's size; the chat format is Qwen's.
"""

from sightline.models.families.family import Family

__all__ = ["FAMILY"]

FAMILY = Family(
    name="LLaVA-OneVision",
    model_types=("llava_onevision",),
    language_model="model.language_model",
    layers="model.language_model.layers",
    needs="torchvision, for the video part of its processor",
)
