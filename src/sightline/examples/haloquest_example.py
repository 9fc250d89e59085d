"""A small HaloQuest: false premises, things that are hardly to be seen, and what no picture tells."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from sightline.examples.scene_truth import absent, clear
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.describe import article

__all__ = ["files"]

_COLUMNS = ("", "image_name", "url", "image type", "hallucination type", "question", "groundtruth responses", "split")


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """The file of questions, as haloquest-eval.csv has them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    asked = [(scene, *each) for scene in scenes for each in _asked(scene)]
    for number, (scene, kind, question, answers) in enumerate(asked):
        name = image_name(scene.index)
        writer.writerow((number, name, f"https://example.org/{name}", "generated", kind, question, answers, "eval"))
    return {"haloquest-eval.csv": text.getvalue().encode()}


def _asked(scene: RenderedScene) -> Iterator[tuple[str, str, str]]:
    """Kind, question and right answers."""
    away = absent(scene)[scene.index % len(absent(scene))]
    none = f"There is no {away} in the image; No {away} can be seen"
    yield "false premises", f"What colour is the {away} in the image?", none
    for kind in scene.kinds:
        if kind not in clear(scene):
            there = f"Yes, there is {article(kind)} {kind}; {article(kind).capitalize()} {kind} is visible"
            yield "visual challenge", f"Can you see {article(kind)} {kind} in this image?", there
            break
    for kind in clear(scene)[:1]:
        unknown = "It cannot be told from the image; The image does not show who made it"
        yield "insufficient context", f"Who made the {kind} in the image?", unknown
