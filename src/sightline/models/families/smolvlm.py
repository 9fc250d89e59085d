"""SmolVLM and Idefics3: tiles, each begun by a token for its row and column, then the whole image.

Line breaks between rows are part of the image. ``User:`` and ``Assistant:`` are plain text; a token ends an utterance.
"""

from sightline.models.families.family import Family

__all__ = ["FAMILY"]

FAMILY = Family(
    name="SmolVLM",
    model_types=("smolvlm", "idefics3"),
    language_model="model.text_model",
    layers="model.text_model.layers",
    needs="num2words and torchvision, for the video part of SmolVLM's processor",
)
