"""Rendered scenes and what the tests of engines ask of them, and how far two engines' replies lie apart."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sightline.core import Asking, ImageGroup, Replies, Replying, Said
from sightline.models.batched_engine import Wanted
from sightline.models.batched_model import BatchedModel
from sightline.models.pictures import read_picture
from sightline.models.prompts import Chat
from sightline.scenes.rendered import render_scenes
from sightline.scenes.rendered.world import COLOURS, KINDS

SCENES = 40
YES_NO = Asking(choices=("Yes", "No"))
GENERATED = Asking(max_new_tokens=48)
CAPTION = "Please describe this image in detail."


class Difference(NamedTuple):
    """A reply that came out otherwise, and how near the two were.

    Args:
        prompt: what was asked.
        one: a reply.
        other: that of the other engine.
        margin: by how many nats the first token that differs is likelier in the first engine's reply, as the second
            engine's log-probabilities have it.
    """

    prompt: str
    one: str
    other: str
    margin: float


def scenes(folder: Path, n: int = SCENES) -> list[Path]:
    """Render scenes."""
    return sorted((render_scenes(folder, n=n, seed=1000).folder / "images").glob("*.png"))


def groups(images: Sequence[Path]) -> list[ImageGroup]:
    """Four questions with yes or no, two that ask for more, and a caption, of each image; and options for each."""
    drawn = random.Random(0)
    found = []
    for image in images:
        kinds = drawn.sample(KINDS, 7)
        colours = drawn.choices(list(COLOURS), k=3)
        prompts = [f"Is there a {kind} in the image?" for kind in kinds[:4]]
        prompts += [
            f"Can you see a {colours[0]} {kinds[4]} and a {kinds[5]} in this image?",
            f"What colour is the {kinds[6]}?",
        ]
        options = (f"Yes, I can see a {colours[1]} {kinds[4]}.", f"No, but I can see a {colours[2]} {kinds[5]}.", "No")
        found.append(ImageGroup(image, (*prompts, CAPTION), (options,) * 7))
    return found


def batches(some: Sequence[ImageGroup], images: int = 8) -> Iterator[Sequence[ImageGroup]]:
    for start in range(0, len(some), images):
        yield some[start : start + images]


def replies(model: Replying, some: Sequence[ImageGroup], asking: Asking) -> list[Said]:
    """What a model says to everything, one after the other."""
    found: Iterator[tuple[Replies, ...]] = model.reply(batches(some), asking)
    return [said[0] for batch in found for group in batch for said in group]


def prompts(some: Sequence[ImageGroup]) -> list[tuple[Path, str]]:
    return [(group.image, prompt) for group in some for prompt in group.prompts if group.image is not None]


def differences(
    model: BatchedModel, some: Sequence[ImageGroup], one: Sequence[Said], other: Sequence[Said]
) -> list[Difference]:
    """The replies that differ; margins are by the batched model, whose replies the other ones are."""
    pairs = zip(prompts(some), one, other, strict=True)
    return [
        Difference(prompt, a.text, b.text, margin(model, image, prompt, a.text, b.text))
        for (image, prompt), a, b in pairs
        if a.text != b.text
    ]


def margin(model: BatchedModel, image: Path, prompt: str, one: str, other: str) -> float:
    """The log-probability of the first token that differs, in one reply less that in the other."""
    chat = Chat(model.processor, None)
    begun = chat.tokens(chat.written(prompt))
    tokens = [[*chat.tokens(chat.written(prompt) + text)[len(begun) :], model.stops[0]] for text in (one, other)]
    place = next(at for at, (a, b) in enumerate(zip(*tokens, strict=False)) if a != b)
    a, b = tokens[0][place], tokens[1][place]
    engine: Any = model.engine
    engine.add(10**9, engine.render([*begun, *tokens[0][:place]], read_picture(image)), Wanted(1, scored=(a, b)))
    while not (finished := engine.step()):
        pass
    return finished[0].log_probs[a] - finished[0].log_probs[b]
