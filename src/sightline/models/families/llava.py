"""LLaVA-1.5 and ViP-LLaVA: a plain text prompt (USER: … ASSISTANT:).

As many image tokens stand in the place of ``<image>`` whatever the image; positions count tokens.
"""

from sightline.models.families.family import Family

__all__ = ["FAMILY"]

FAMILY = Family(
    name="LLaVA-1.5",
    model_types=("llava", "vipllava"),
    language_model="model.language_model",
    layers="model.language_model.layers",
)
