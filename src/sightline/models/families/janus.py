"""Janus, as far as it looks at images: a fixed number of tokens between two marks.

Its processor may write a system prompt before what the chat template gives.
"""

from sightline.models.families.family import Family

__all__ = ["FAMILY"]

FAMILY = Family(
    name="Janus",
    model_types=("janus",),
    language_model="model.language_model",
    layers="model.language_model.layers",
)
