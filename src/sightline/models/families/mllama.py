"""Mllama (Llama 3.2 Vision): one token stands for the image; some layers attend across to it, the others do not.

Which tiles a token may attend to comes with every token, below the image as well. Layers that attend across call their
attention ``cross_attn``.
"""

from sightline.models.families.family import Family

__all__ = ["FAMILY"]

FAMILY = Family(
    name="Mllama",
    model_types=("mllama",),
    language_model="model.language_model",
    layers="model.language_model.layers",
    below=("cross_attention_mask",),
)
