"""How many tokens an image takes up, told from its size alone: most of encoding a pair is making pixels."""

from typing import Any

import torch

from sightline.models.prompts import Chat

__all__ = ["CountError", "CountedChat", "image_tokens"]


class CountError(ValueError):
    """The processor does not say how many tokens an image takes up."""


def image_tokens(processor: Any, width: int, height: int) -> int | None:
    """How many tokens a processor puts in the place of an image of a size; None where it does not say."""
    try:
        found = processor._get_num_multimodal_tokens(image_sizes=[(height, width)])
        return int(found["num_image_tokens"][0])
    except (AttributeError, KeyError, NotImplementedError, TypeError, ValueError):
        return None


class CountedChat(Chat):
    """A chat format whose prompts have as many tokens as the processor's: placeholders, however they look there.

    Args:
        processor: of transformers.
        template: the family's chat template, for processors that come without one.
    """

    def processed(self, prompt: str, picture: Any) -> dict[str, Any]:
        """The tokens of a prompt and its image, and nothing else.

        Raises:
            CountError: the processor does not say how many there are, or the image has no place of its own.
        """
        ids = self.tokens(self.written(prompt))
        count = image_tokens(self.processor, picture.width, picture.height)
        if count is None or ids.count(self.image_token) != 1:
            raise CountError(type(self.processor).__name__)
        place = ids.index(self.image_token)
        ids[place : place + 1] = [self.image_token] * count
        return {"input_ids": torch.tensor([ids])}
