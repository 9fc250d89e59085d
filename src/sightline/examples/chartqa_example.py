"""Two small files in ChartQA's format. Rendered scenes are no charts, so that numbers and colours are asked instead."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from sightline.examples.scene_questions import Fact, colour_of, number_of
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name

__all__ = ["files"]


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """The files of questions: numbers in that of people, colours in that of made ones."""
    return {"test_human.json": _file(scenes, number_of), "test_augmented.json": _file(scenes, colour_of)}


def _file(scenes: Sequence[RenderedScene], facts: Callable[[RenderedScene], Iterator[Fact]]) -> bytes:
    rows = [
        {"imgname": image_name(scene.index), "query": fact.question, "label": fact.answer}
        for scene in scenes
        for fact in facts(scene)
    ]
    return json.dumps(rows, indent=1).encode()
