"""A small Object HalBench: descriptions of scenes, the objects in them, and the words that mean these."""

import json
from collections.abc import Mapping, Sequence

from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name, vocabulary

__all__ = ["files"]

_ASKED = ("Describe this image in detail.", "What can be seen in this image?")


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """What is in each scene, what is asked about it, and which words mean the objects."""
    objects = {image_name(scene.index): list(scene.kinds) for scene in scenes}
    asked = [
        {"image_id": image_name(scene.index), "question": _ASKED[place % len(_ASKED)]}
        for place, scene in enumerate(scenes)
    ]
    return {
        "objects.json": json.dumps(objects, indent=1).encode(),
        "obj_halbench.jsonl": "".join(f"{json.dumps(row)}\n" for row in asked).encode(),
        "vocabulary.json": json.dumps(vocabulary(), indent=1).encode(),
    }
