"""Ovis2: each patch is a distribution over a table of visual words; tokens of five kinds mark tiles, rows and ends."""

from sightline.models.families.family import Family

__all__ = ["FAMILY"]

FAMILY = Family(
    name="Ovis2",
    model_types=("ovis2",),
    language_model="model.language_model",
    layers="model.language_model.layers",
)
