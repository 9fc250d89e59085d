"""What preference tuning is measured on: made-up photographs, and pairs as FINER-Tuning writes them (arXiv 2603.17662).

A phrase names three or four things. Its negative names one of them in another colour; those colours come from a list of
their own, so that something can be learned that holds on pairs not seen before. Half of the questions ask for the
phrase, half for the negative; the answers are the paper's: "Yes, I can see …", "No, but I can see …".
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from pope_throughput import write_pictures
from sightline.core import ImageRef, PreferencePair

__all__ = ["LAYOUTS", "Layout", "pairs_of", "photographs", "texts", "trl_rows"]

SIZES = ("large", "small")
COLOURS = ("red", "green", "blue", "yellow", "purple", "white")
PUT_IN = ("orange", "pink")
PATTERNS = ("striped", "dotted", "plain")
THINGS = (
    *("anchor", "ball", "boat", "bottle", "butterfly", "cloud", "cup", "flower", "fork", "gear", "hammer", "house"),
    *("key", "kite", "ladder", "moon", "plate", "shell", "star", "tree"),
)
QUESTIONS = (
    "Can you see {} in this image?",
    "Does this image contain {}?",
    "Does this image show {}?",
    "Can {} be seen in this image?",
    "Does this image include {}?",
)
YES, NO = "Yes, I can see {}.", "No, but I can see {}."


class Layout(NamedTuple):
    """How many questions there are about an image, and how large it is to the model.

    Args:
        queries: questions about each image, each with two answers.
        picture: width and height of the files.
        max_pixels: what the processor makes larger pictures as small as.
        pairs_a_step: pairs between two steps of the optimizer, so many that TRL takes no minute for a few steps.
    """

    queries: int
    picture: tuple[int, int]
    max_pixels: int
    pairs_a_step: int


NATIVE = 28 * 28 * 1280

LAYOUTS = {
    "640x480": Layout(8, (640, 480), NATIVE, 32),
    "finer": Layout(4, (924, 630), 512 * 512, 32),
    "1200": Layout(8, (1120, 840), NATIVE, 16),
    "test": Layout(4, (112, 84), NATIVE, 8),
}
"""Qwen2-VL sees 391, 330, 1,200 and 12 tokens. FINER's own limit allows 334, which is no rectangle: 330 is 22 by 15."""


def photographs(folder: Path, count: int, picture: tuple[int, int]) -> list[Path]:
    """Pictures as JPEG files of this width and height."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = write_pictures(folder, count)
    for path in paths:
        with Image.open(path) as found:
            resized = found.resize(picture, Image.Resampling.BICUBIC)
        resized.save(path, quality=92)
    return paths


def pairs_of(pictures: Sequence[Path], queries: int) -> list[PreferencePair]:
    """So many pairs about each picture, picture after picture; their images are named by file name."""
    draw = random.Random(0)
    return [_pair(draw, path.name, place % 2 == 0) for path in pictures for place in range(queries)]


def _pair(draw: random.Random, image: str, positive: bool) -> PreferencePair:
    things = [
        [draw.choice(SIZES), draw.choice(COLOURS), draw.choice(PATTERNS), noun]
        for noun in draw.sample(THINGS, draw.choice((3, 4)))
    ]
    phrase = _phrase(things)
    draw.choice(things)[1] = draw.choice(PUT_IN)
    negative = _phrase(things)
    chosen, rejected = (
        (YES.format(phrase), NO.format(negative)) if positive else (NO.format(phrase), YES.format(negative))
    )
    return PreferencePair(
        ImageRef(image),
        draw.choice(QUESTIONS).format(phrase if positive else negative),
        chosen,
        rejected,
        method="finer",
        kind="attribute",
        polarity="positive" if positive else "negative",
    )


def _phrase(things: Sequence[Sequence[str]]) -> str:
    named = [f"{'an' if words[0][0] in 'aeiou' else 'a'} {' '.join(words)}" for words in things]
    return f"{', '.join(named[:-1])} and {named[-1]}"


def texts() -> list[str]:
    """All words that are asked and said, for a tokenizer that knows them."""
    words = f"{_phrase([[*SIZES, *COLOURS, *PUT_IN, *PATTERNS, *THINGS]] * 2)}, an"
    return [written.format(words) for written in (*QUESTIONS, YES, NO)]


def trl_rows(pairs: Sequence[PreferencePair], folder: Path) -> Any:
    """The same pairs as TRL takes them: a dataset of conversations, each row with its picture's path."""
    from datasets import Dataset, List
    from datasets import Image as Picture

    rows = [
        {
            "images": [str(folder / pair.image.name)],
            "prompt": [{"role": "user", "content": pair.prompt}],
            "chosen": [{"role": "assistant", "content": pair.chosen}],
            "rejected": [{"role": "assistant", "content": pair.rejected}],
        }
        for pair in pairs
    ]
    return Dataset.from_list(rows).cast_column("images", List(Picture()))
