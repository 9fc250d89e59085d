"""InternVL, as transformers has it: tiles and a thumbnail of InternViT features between two marks.

The chat format is that of the language model behind it, Qwen2.5 or InternLM; positions count tokens.
"""

from sightline.models.families.family import Family

__all__ = ["FAMILY"]

FAMILY = Family(
    name="InternVL",
    model_types=("internvl",),
    language_model="model.language_model",
    layers="model.language_model.layers",
    needs="torchvision, for the video part of its processor",
)
