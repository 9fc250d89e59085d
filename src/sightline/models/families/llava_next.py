"""LLaVA-NeXT (1.6): the whole image, then its tiles, with a token at the end of each line of patches.

What padding covers is cut off, so that the number of tokens depends on the image's size. The chat format is that of the
language model behind it.
"""

from sightline.models.families.family import Family

__all__ = ["FAMILY"]

FAMILY = Family(
    name="LLaVA-NeXT",
    model_types=("llava_next",),
    language_model="model.language_model",
    layers="model.language_model.layers",
)
