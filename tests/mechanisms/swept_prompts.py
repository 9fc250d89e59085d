"""Prompts that assert something, put to tiny models of real families; their replies are made up or the models' own."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from plain_hooks import outputs_of
from tiny_families import Tiny, photograph

from sightline.core import UNREADABLE, Asking, ImageGroup, Reading
from sightline.mechanisms.drafts import Answer, Draft
from sightline.mechanisms.presupposing import Asserting, Presupposing
from sightline.mechanisms.sweep import Asked, drafts_of
from sightline.models.prompts import Prepared

SIX = ("llava", "qwen2_vl", "qwen2_5_vl", "llava_onevision", "internvl", "janus")
OUTPUTS = outputs_of()

MOONS = ("Describe the four moons in this image.", "Describe the six moons in this image.")
CUPS = ("Describe the two cups.", "Describe the seven cups.")
STARS = ("Describe the fifteen stars, will you?", "Describe the one stars, will you?")

DRAFTS = (
    # After one token of the reply: 75 or 76 77 against 81 or 75 78 79, whose beginnings are the same.
    Draft((70, 75, 80, 2), "…", "3", Answer(1, 2, ((75,), (76, 77)), ((75, 78, 79), (81,)))),
    # At once.
    Draft((90, 91, 92, 93, 94), "…", "7", Answer(0, 2, ((90, 91), (95,)), ((96, 97, 98), (99, 90, 91, 92)))),
    # The last token but one.
    Draft((60, 61, 62, 2), "…", "1", Answer(2, 3, ((62, 2),), ((62, 63), (64,)))),
)
UNREAD = Draft((65, 66, 67, 2), "…", None, None)


def first_letter(text: str, object_: str) -> Reading:
    """Read the first letter of a reply, which is nonsense, as its answer."""
    found = re.search(r"[A-Za-z]", text)
    return UNREADABLE if found is None else Reading(found[0].lower(), found.span())


LETTERS = Presupposing("letters", first_letter, lambda answer: (answer, answer.upper()), lambda prompt, _: prompt)
"""A benchmark of nonsense: "q" is written q or Q."""


def photographs(folder: Path, number: int = 2) -> list[Path]:
    """Save images of one size."""
    paths = [folder / f"{seed}.png" for seed in range(number)]
    for seed, path in enumerate(paths):
        photograph(seed).save(path)
    return paths


def asked_of(tested: Tiny, image: Path, prompts: Sequence[tuple[str, str]], drafts: Sequence[Draft]) -> Asked:
    """An image, its prompts with those that say the truth, and replies to them."""
    model, asking = tested.replies(), Asking()
    group, matching = (model.prepared(ImageGroup(image, texts), asking) for texts in zip(*prompts, strict=True))
    told = tuple(
        Asserting(f"{image.stem}-{place}", image.name, "+1", "moon", "q", "z", *texts)
        for place, texts in enumerate(prompts)
    )
    return Asked(group, told, tuple(drafts), matching)


def with_own_replies(tested: Tiny, asked: Sequence[Asked], most: int) -> list[Asked]:
    """The same with what the model itself replies."""
    groups, prompts = [one.group for one in asked], [one.prompts for one in asked]
    drafts = drafts_of(tested.replies(), groups, prompts, LETTERS, Asking(max_new_tokens=most))
    return [one._replace(drafts=own) for one, own in zip(asked, drafts, strict=True)]


def only(asked: Asked, question: int) -> Asked:
    """One of the prompts of an image."""
    own = slice(question, question + 1)

    def part(group: Prepared) -> Prepared:
        return replace(group, suffixes=group.suffixes[own], choices=group.choices[own], prompts=group.prompts[own])

    assert asked.matching is not None
    return Asked(part(asked.group), asked.prompts[own], asked.drafts[own], part(asked.matching))
