"""A small ScienceQA: what scenes show, as school books ask it, and a few questions without an image."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sightline.examples.scene_questions import Fact, colour_of, number_of, thing_of
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name

__all__ = ["files"]

_WITHOUT = (
    Fact("number", "How many legs does a spider have?", "eight", ("six", "four")),
    Fact("colour", "What colour is made of blue and yellow?", "green", ("red", "orange")),
    Fact("thing", "Which of these is a liquid at room temperature?", "water", ("iron", "wood")),
)
_SUBJECTS = ("natural science", "language science", "social science")


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """The file of problems, of which one is of another split than test."""
    problems = {str(number): problem for number, problem in enumerate(_problems(scenes), start=1)}
    first = next(iter(problems.values()))
    problems["0"] = {**first, "split": "train"}
    return {"problems.json": json.dumps(problems, indent=1).encode()}


def _problems(scenes: Sequence[RenderedScene]) -> Iterator[dict[str, Any]]:
    for scene in scenes:
        for facts, subject in zip((thing_of, colour_of, number_of), _SUBJECTS, strict=True):
            for fact in facts(scene):
                hint = "Look at the image." if scene.index % 2 else ""
                yield _problem(fact, subject, scene.index, hint, image_name(scene.index))
    for number, fact in enumerate(_WITHOUT):
        yield _problem(fact, _SUBJECTS[0], number, "", None)


def _problem(fact: Fact, subject: str, turn: int, hint: str, image: str | None) -> dict[str, Any]:
    options, right = fact.options(turn)
    asked = {"question": fact.question, "choices": list(options), "answer": right, "hint": hint, "image": image}
    return {**asked, "subject": subject, "grade": f"grade{1 + turn % 12}", "split": "test"}
