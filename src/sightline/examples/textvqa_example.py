"""A small file in TextVQA's format. Rendered scenes have no writing, so that colours and numbers are asked instead."""

import json
from collections.abc import Mapping, Sequence

from sightline.examples.scene_questions import colour_of, number_of
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name

__all__ = ["files"]


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """The file of questions; of the ten people two answer otherwise."""
    asked = [(scene, fact) for scene in scenes for facts in (colour_of, number_of) for fact in facts(scene)]
    data = [
        {
            "question_id": number,
            "question": fact.question,
            "image_id": image_name(scene.index).partition(".")[0],
            "image": image_name(scene.index),
            "answers": [*[fact.answer] * 8, *fact.others[:2]],
        }
        for number, (scene, fact) in enumerate(asked, start=1)
    ]
    return {"TextVQA_0.5.1_val.json": json.dumps({"dataset_type": "val", "data": data}, indent=1).encode()}
