"""A small DASH-B: scenes that hold what goes with an object, without it and with it."""

import json
from collections.abc import Iterator, Mapping, Sequence

from sightline.benchmarks.dash_b import QUESTION
from sightline.examples.scene_truth import absent, clear
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.world import mates_of

__all__ = ["files"]


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """The file of questions, with the hub's columns: one question a scene, half of them about what is not there."""
    rows = [
        {
            "question_id": number,
            "question": QUESTION.format(object=object_),
            "answer": answer,
            "object": object_,
            "img_id": image_name(scene.index),
        }
        for number, (scene, object_, answer) in enumerate(_asked(scenes))
    ]
    return {"dash_b.jsonl": "".join(json.dumps(row) + "\n" for row in rows).encode()}


def _asked(scenes: Sequence[RenderedScene]) -> Iterator[tuple[RenderedScene, str, str]]:
    """By turns a mate of what is there that is not, and what is in plain sight."""
    for place, scene in enumerate(scenes):
        there = clear(scene)
        if place % 2 and there:
            yield scene, there[scene.index // 2 % len(there)], "yes"
            continue
        away = absent(scene)
        mates = [kind for kind in away if any(mate in there for mate in mates_of(kind))] or away
        yield scene, mates[scene.index // 2 % len(mates)], "no"
