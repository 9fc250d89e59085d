"""What a sweep is measured on: pictures of moons, prompts that miscount them, and replies that go along.

A model with random weights says nothing, so its replies are written here, with a tokenizer that knows their words.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from pope_throughput import write_pictures
from sightline.core import Asking, ImageGroup
from sightline.mechanisms.drafts import Draft, draft_of
from sightline.mechanisms.presupposing import Asserting, presupposing
from sightline.mechanisms.sweep import Asked
from sightline.models.transformers import TransformersModel
from sightline.readers.quantities import number_word

__all__ = [
    "KNOWN",
    "NEW_TOKENS",
    "OBJECT",
    "OFFSETS",
    "REPLIES",
    "TRUE",
    "asked_of",
    "draft",
    "pictures_of",
    "prompt_of",
    "texts",
]

KNOWN = presupposing("counting")

TRUE, OBJECT = 3, "moon"
OFFSETS = (1, 2, 3, 4, 5, 10, 20, 50)
NEW_TOKENS = 50
REPLIES = {
    "10th": "The image shows a dark sky; there are {number} moons",
    "3rd": "There are {number} moons",
}
"""How a reply begins, by the place of its number."""
REST = (
    " of different sizes, and the largest of them hangs low above the hills on the left, while the others stand in a "
    "row to its right; a few thin clouds drift past them, and their light falls on the still water of the lake below."
)
PICTURE = (299, 224)
"""4:3 with the shorter side of 224, as the repository makes pictures: 88 tokens."""


def texts() -> list[str]:
    """All that is asked and said, for a tokenizer that knows the words."""
    words = [number_word(n) for n in (TRUE, *(TRUE + offset for offset in OFFSETS))]
    numbers = [*words, *(str(TRUE + offset) for offset in (0, *OFFSETS))]
    said = [beginning.format(number=number) + REST for beginning in REPLIES.values() for number in numbers]
    return [*said, *(prompt_of(TRUE + offset) for offset in OFFSETS)]


def prompt_of(number: int) -> str:
    return f"Describe the {number_word(number)} {OBJECT}s in this image."


def pictures_of(folder: Path, count: int) -> list[Path]:
    """Pictures of the size that the repository makes them."""
    paths = []
    for path in write_pictures(folder, count):
        paths.append(path.with_suffix(".png"))
        Image.open(path).resize(PICTURE, Image.Resampling.LANCZOS).save(paths[-1])
    return paths


def draft(tokenizer: Any, place: str, number: int) -> Draft:
    """A reply that goes along with its prompt.

    Args:
        tokenizer: the model's.
        place: of its number, one of `REPLIES`.
        number: what it says.
    """
    text = REPLIES[place].format(number=number_word(number)) + REST
    tokens = tuple(tokenizer(text, add_special_tokens=False)["input_ids"][:NEW_TOKENS])
    made = draft_of(tokenizer, tokens, OBJECT, KNOWN.read, KNOWN.forms(str(TRUE)), KNOWN.forms(str(number)))
    if len(tokens) < NEW_TOKENS or made.said != str(number) or made.answer is None:
        raise SystemExit(f"{text!r} has {len(tokens)} tokens and says {made.said}: it is no draft.")
    return made


def asked_of(
    model: TransformersModel, pictures: Sequence[Path], numbers: Sequence[int], drafts: Sequence[Draft]
) -> list[Asked]:
    """Pictures with the prompts that assert some numbers, and the replies to them."""
    prompts = [prompt_of(number) for number in numbers]
    said = tuple(
        Asserting(str(place), "", "", OBJECT, str(TRUE), str(number), prompt, "")
        for place, (number, prompt) in enumerate(zip(numbers, prompts, strict=True))
    )
    asking = Asking(max_new_tokens=NEW_TOKENS)
    return [Asked(model.prepared(ImageGroup(path, tuple(prompts)), asking), said, tuple(drafts)) for path in pictures]
