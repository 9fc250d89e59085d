"""Prompts to tiny models of the real classes, with replies made up, so that they have an answer."""

import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parents[1] / "models"))

from tiny_families import Tiny, photograph

from sightline.core import Asking, ImageGroup
from sightline.mechanisms.drafts import Answer, Draft
from sightline.mechanisms.presupposing import Asserting
from sightline.mechanisms.sweep import Asked

torch.set_num_threads(1)

PROMPTS = (
    "Describe the four moons in this image.",
    "Describe the ten cups in this image.",
    "Describe the two dogs.",
    "Describe the six dogs in this image.",
)
TRUE = ((80,), (81, 82))
ASSERTED = ((83, 84), (85,), (86,))
DRAFTS = (
    Draft((70, 71, 83, 84, 72, 2), "…", "4", Answer(2, 4, TRUE, ASSERTED)),
    Draft((80, 73, 2), "…", "3", Answer(0, 1, TRUE, ASSERTED)),
    Draft((70, 71, 72, 2), "…", None, None),
    Draft((70, 71, 72, 73, 85, 2), "…", "6", Answer(4, 5, TRUE, ASSERTED)),
)
"""The third has no readable answer."""


def asked_of(tested: Tiny, folder: Path, images: int = 2, size: tuple[int, int] = (40, 50)) -> list[Asked]:
    """Three of the prompts about a picture of noise, and the last about each other one."""
    found = []
    for image in range(images):
        photograph(image, *size).save(folder / f"{image}.png")
        kept = slice(0, 3) if image == 0 else slice(3, 4)
        group = tested.replies().prepared(ImageGroup(folder / f"{image}.png", PROMPTS[kept]), Asking())
        prompts = tuple(
            Asserting(f"{image}-{number}", f"{image}.png", "+1", "moon", "3", asserted, prompt, prompt)
            for number, (prompt, asserted) in enumerate(zip(PROMPTS, ("4", "10", "2", "6"), strict=True))
        )[kept]
        found.append(Asked(group, prompts, DRAFTS[kept]))
    return found
