"""A small V* Bench: colours of single things, and what lies on which side of them."""

import json
from collections.abc import Mapping, Sequence

from sightline.examples.scene_truth import absent, clear_of, other_colours
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import box_of, image_name
from sightline.scenes.rendered.describe import article
from sightline.scenes.rendered.relations import relate

__all__ = ["MEASURED_WITH", "files"]

MEASURED_WITH = ("--choices", "options-mean")
"""V* Bench compares options by their likelihood."""

_SIDES = ("left of", "right of")


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """A JSON file for every question, its right option first, in the two folders of the benchmark."""
    found = {}
    for scene in scenes:
        for name, record in (*_colours(scene), *_sides(scene)):
            found[f"{name}.json"] = json.dumps({**record, "image": image_name(scene.index)}, indent=1).encode()
    return found


def _colours(scene: RenderedScene) -> list[tuple[str, dict[str, object]]]:
    """What colour the smallest thing in plain sight has."""
    kinds = sorted(clear_of(scene, 1), key=lambda kind: scene.of(kind)[0].radius)
    return [
        (
            f"direct_attributes/scene_{scene.index:06}",
            {
                "target_object": [kind],
                "bbox": [list(box_of(scene.of(kind)[0]))],
                "question": f"What colour is the {kind}?",
                "options": [
                    f"The {kind} is {colour}." for colour in (scene.of(kind)[0].colour, *other_colours(scene, kind, 3))
                ],
            },
        )
        for kind in kinds[:1]
    ]


def _sides(scene: RenderedScene) -> list[tuple[str, dict[str, object]]]:
    """What lies left or right of a thing, rather than something that is not there."""
    kinds = clear_of(scene, 1)
    related = [
        (one, side, other) for one in kinds for other in kinds for side in relate(scene, one, other) if side in _SIDES
    ]
    others = absent(scene)
    elsewhere = others[scene.index % len(others)]
    return [
        (
            f"relative_position/scene_{scene.index:06}",
            {
                "target_object": [one, other],
                "bbox": [list(box_of(scene.of(kind)[0])) for kind in (one, other)],
                "question": f"What is {side} the {other}?",
                "options": [f"{article(kind).capitalize()} {kind}." for kind in (one, elsewhere)],
            },
        )
        for one, side, other in related[:1]
    ]
