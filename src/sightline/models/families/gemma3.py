"""Gemma 3: line breaks around the image, whose tokens see each other; most layers see only a window of tokens."""

from sightline.models.families.family import Family

__all__ = ["FAMILY"]

FAMILY = Family(
    name="Gemma 3",
    model_types=("gemma3",),
    language_model="model.language_model",
    layers="model.language_model.layers",
    markers=("<start_of_image>", "<end_of_image>"),
    sees_itself="token_type_ids",
)
