"""A small file of own yes/no questions: what is there and what is not, in pairs, and what can hardly be seen."""

import json
from collections.abc import Mapping, Sequence

from sightline.examples.scene_questions import presence_of
from sightline.examples.scene_truth import clear
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.describe import article

__all__ = ["files"]


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """JSON lines; things at the edge of visibility are ambiguous."""
    rows: list[dict[str, str]] = []
    for scene in scenes:
        image = image_name(scene.index)
        asked = [(fact.question, fact.answer, "plain") for fact in presence_of(scene)]
        hidden = [kind for kind in scene.kinds if kind not in clear(scene)][:1]
        asked += [(f"Is there {article(kind)} {kind} in the image?", "ambiguous", "hidden") for kind in hidden]
        for question, answer, category in asked:
            row = {"image": image, "question": question, "answer": answer, "category": category}
            rows.append({**row, "pair": f"scene {scene.index}"} if category == "plain" else row)
    return {"questions.jsonl": "".join(json.dumps(row) + "\n" for row in rows).encode()}
