"""A small MM-Vet: what a scene shows, how many, and on which side, for a judge to grade."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sightline.examples.scene_questions import colour_of, number_of
from sightline.examples.scene_truth import clear
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name

__all__ = ["files"]


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """The file of questions by their ids."""
    asked = [each for scene in scenes for each in _asked(scene)]
    return {"mm-vet.json": json.dumps({f"v1_{number}": each for number, each in enumerate(asked)}, indent=1).encode()}


def _asked(scene: RenderedScene) -> Iterator[dict[str, Any]]:
    image = image_name(scene.index)
    for facts, needed in ((colour_of, ["rec"]), (number_of, ["rec", "math"])):
        for fact in facts(scene):
            yield {"imagename": image, "question": fact.question, "answer": fact.answer, "capability": needed}
    things = "<AND>".join(clear(scene)[:3])
    yield {
        "imagename": image,
        "question": "Which things can you see in this image?",
        "answer": things,
        "capability": ["rec", "gen"],
    }
