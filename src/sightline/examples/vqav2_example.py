"""A small VQAv2: questions and annotations in two files, about what is there, how many, and of what colour."""

import json
from collections.abc import Mapping, Sequence

from sightline.examples.scene_questions import Fact, colour_of, number_of, presence_of
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name

__all__ = ["files"]

_TYPES = {"presence": "yes/no", "number": "number", "colour": "other"}


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """The two files; of the ten people one answers otherwise."""
    asked = [
        (scene, fact) for scene in scenes for facts in (presence_of, number_of, colour_of) for fact in facts(scene)
    ]
    questions = [
        {
            "question_id": number,
            "image_id": scene.index,
            "image": image_name(scene.index),
            "question": fact.question,
        }
        for number, (scene, fact) in enumerate(asked, start=1)
    ]
    annotations = [
        {
            "question_id": number,
            "image_id": scene.index,
            "answer_type": _TYPES[fact.about],
            "multiple_choice_answer": fact.answer,
            "answers": _answers(fact),
        }
        for number, (scene, fact) in enumerate(asked, start=1)
    ]
    found = {"questions": {"questions": questions}, "annotations": {"annotations": annotations}}
    names = {"questions": "v2_OpenEnded_mscoco_val2014_questions.json"}
    names["annotations"] = "v2_mscoco_val2014_annotations.json"
    return {names[kind]: json.dumps(held, indent=1).encode() for kind, held in found.items()}


def _answers(fact: Fact) -> list[dict[str, object]]:
    said = [*[fact.answer] * 9, fact.others[0]]
    return [{"answer": answer, "answer_confidence": "yes", "answer_id": place} for place, answer in enumerate(said, 1)]
