"""A small MMHal-Bench: one open question about each scene, of its eight types in turn."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sightline.examples.scene_truth import absent, clear, clear_of
from sightline.readers.quantities import number_word
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.describe import article, caption
from sightline.scenes.rendered.world import plural

__all__ = ["files"]

_Asked = tuple[str, str, str]
"""Type, question, reference answer."""


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """The file of questions, as response_template.json has them."""
    rows: list[dict[str, Any]] = []
    for scene in scenes:
        if not clear(scene):
            continue
        kind, question, answer = _ASKED[len(rows) % len(_ASKED)](scene)
        row: dict[str, Any] = {"question_type": kind, "question_topic": "rendered", "image_id": f"{scene.index:06}"}
        row |= {"image_src": f"https://example.org/{image_name(scene.index)}", "image_content": list(scene.kinds)}
        rows.append({**row, "question": question, "gt_answer": answer, "model_answer": ""})
    return {"response_template.json": (json.dumps(rows, indent=1) + "\n").encode()}


def _attribute(scene: RenderedScene) -> _Asked:
    kind = clear(scene)[0]
    colour = scene.of(kind)[0].colour
    return "attribute", f"What colour is the {kind} in the image?", f"The {kind} is {colour}."


def _adversarial(scene: RenderedScene) -> _Asked:
    kind = absent(scene)[0]
    return "adversarial", f"What colour is the {kind} in the image?", f"There is no {kind} in the image."


def _comparison(scene: RenderedScene) -> _Asked:
    kind, other = (*clear(scene), absent(scene)[0])[:2]
    ours, theirs = len(scene.of(kind)), len(scene.of(other))
    more = f"There are more {plural(kind if ours > theirs else other)}."
    question = f"Are there more {plural(kind)} or more {plural(other)} in the image?"
    return "comparison", question, "There are as many of both." if ours == theirs else more


def _counting(scene: RenderedScene) -> _Asked:
    kind = (clear_of(scene, 2) or clear(scene))[0]
    number = len(scene.of(kind))
    there = f"There is one {kind}." if number == 1 else f"There are {number_word(number)} {plural(kind)}."
    return "counting", f"How many {plural(kind)} are in this image?", there


def _relation(scene: RenderedScene) -> _Asked:
    single = sorted(clear_of(scene, 1), key=lambda kind: scene.of(kind)[0].x)
    if len(single) < 2:
        away = absent(scene)[0]
        question = f"Is the {clear(scene)[0]} next to {article(away)} {away}?"
        return "relation", question, f"No, there is no {away} in the image."
    left, right = single[0], single[-1]
    question = f"On which side of the {right} is the {left}?"
    return "relation", question, f"The {left} is to the left of the {right}."


def _environment(scene: RenderedScene) -> _Asked:
    return "environment", "Is this image a photograph or a drawing?", "It is a drawing."


def _holistic(scene: RenderedScene) -> _Asked:
    return "holistic", "Describe the image in detail.", caption(scene)


def _other(scene: RenderedScene) -> _Asked:
    names = ", ".join(clear(scene))
    return "other", "What could somebody make a toy of here?", f"Of what can be seen: {names}."


_ASKED: tuple[Callable[[RenderedScene], _Asked], ...] = (
    _attribute,
    _adversarial,
    _comparison,
    _counting,
    _relation,
    _environment,
    _holistic,
    _other,
)
"""The types, in the order of the benchmark."""
