"""A handful of pairs about rendered scenes, built by hand: per scene two positive and two negative questions."""

from pathlib import Path

from sightline.core import ImageRef, PreferencePair
from sightline.preferences.pairs_file import write_pairs
from sightline.scenes.rendered import RenderedScene, compose, render_scenes
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.describe import article
from sightline.scenes.rendered.world import KINDS

SEED = 5
PER_SCENE = 4


def scenes(folder: Path, count: int) -> Path:
    """Render scenes, and give the folder of their pictures."""
    render_scenes(folder, n=count, seed=SEED)
    return folder / "images"


def pairs_of(index: int) -> list[PreferencePair]:
    """The pairs of a scene."""
    scene = compose(SEED, index)
    return [pair for number in range(PER_SCENE // 2) for pair in _both(scene, image_name(index), number)]


def _both(scene: RenderedScene, name: str, number: int) -> tuple[PreferencePair, PreferencePair]:
    there = scene.kinds[number % len(scene.kinds)]
    absent = [kind for kind in KINDS if kind not in scene.kinds][number]
    return _asked(name, there, absent, "positive"), _asked(name, absent, there, "negative")


def _asked(name: str, asked: str, other: str, polarity: str) -> PreferencePair:
    yes = f"Yes, I can see {article(asked)} {asked}."
    no = f"No, but I can see {article(other)} {other}."
    chosen, rejected = (yes, no) if polarity == "positive" else (no, yes)
    prompt = f"Can you see {article(asked)} {asked} in this image?"
    return PreferencePair(ImageRef(name), prompt, chosen, rejected, method="finer", kind="object", polarity=polarity)


def captions_of(index: int) -> list[PreferencePair]:
    """Pairs as SENTINEL makes them: how a caption begins, and how it goes on."""
    scene = compose(SEED, index)
    there, absent = scene.kinds[0], [kind for kind in KINDS if kind not in scene.kinds]
    begun = f"There is {article(there)} {there} in this image."
    contexts = ("", begun)
    return [
        PreferencePair(
            ImageRef(image_name(index)),
            "Describe this image in detail.",
            f"There is {article(there)} {there}.",
            f"There is {article(absent[place])} {absent[place]}.",
            context,
            "sentinel",
            "sentence",
            ends=False,
        )
        for place, context in enumerate(contexts)
    ]


def written(path: Path, indices: range) -> Path:
    """Write the pairs of some scenes."""
    return write_pairs(path, [pair for index in indices for pair in pairs_of(index)])
