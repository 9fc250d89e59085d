"""A small file of own multiple choice questions, with a category each, and groups of questions about one scene."""

import csv
import io
from collections.abc import Mapping, Sequence
from string import ascii_uppercase

from sightline.examples.scene_questions import colour_of, number_of, thing_of
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name

__all__ = ["files"]

_COLUMNS = ("question_id", "image", "question", "A", "B", "C", "D", "answer", "category", "group")


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """A CSV file; every thing is asked for twice, with its options in another order, and counts if both are right."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    number = 0
    for scene in scenes:
        for fact in (*colour_of(scene), *number_of(scene), *thing_of(scene)):
            for turn in (scene.index, scene.index + 2)[: 2 if fact.about == "thing" else 1]:
                number += 1
                options, right = fact.options(turn)
                group = f"scene {scene.index}" if fact.about == "thing" else ""
                row = (number, image_name(scene.index), fact.question, *options, ascii_uppercase[right], fact.about)
                writer.writerow((*row, group))
    return {"questions.csv": text.getvalue().encode()}
