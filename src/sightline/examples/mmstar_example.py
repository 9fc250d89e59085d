"""A small file in MMStar's format; of its eighteen sub-categories those that rendered scenes have something for."""

import json
from collections.abc import Mapping, Sequence
from string import ascii_uppercase

from sightline.examples.scene_questions import colour_of, number_of, thing_of
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name

__all__ = ["files"]

_CATEGORIES = {
    "colour": ("instance reasoning", "single-instance reasoning"),
    "number": ("fine-grained perception", "object counting"),
    "thing": ("fine-grained perception", "recognition"),
}


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """The file of questions, with the hub's columns and the names of images."""
    rows = []
    asked = [(scene, fact) for scene in scenes for facts in (colour_of, number_of, thing_of) for fact in facts(scene)]
    for index, (scene, fact) in enumerate(asked):
        options, right = fact.options(index)
        listed = ", ".join(f"{letter}: {option}" for letter, option in zip(ascii_uppercase, options, strict=False))
        category, subcategory = _CATEGORIES[fact.about]
        row = {"index": index, "question": f"{fact.question}\nOptions: {listed}", "answer": ascii_uppercase[right]}
        rows.append({**row, "category": category, "l2_category": subcategory, "image": image_name(scene.index)})
    return {"mmstar.jsonl": "".join(json.dumps(row) + "\n" for row in rows).encode()}
