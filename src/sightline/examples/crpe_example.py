"""A small CRPE: which thing lies on which side of which, each question four times with its options moved on."""

import json
from collections.abc import Iterator, Mapping, Sequence
from string import ascii_uppercase

from sightline.examples.scene_truth import absent, clear_of
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.relations import MARGIN_PX, Predicate, relate

__all__ = ["files"]

_SIDES: tuple[Predicate, ...] = ("left of", "right of", "above", "below")
_SAME_PX = MARGIN_PX // 2
"""Two things whose middles are no further apart in one direction lie beside, or above, one another and nothing else."""

_Asked = tuple[str, str, tuple[str, ...], RenderedScene]
"""Category, question, options of which the first is right, and the scene."""


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """The file of questions: subject, predicate and object of relations of which one alone is true."""
    asked = sorted(_asked(scenes), key=lambda each: ("subject", "predicate", "object").index(each[0]))
    rows = [row for number, each in enumerate(asked) for row in _copies(number, each)]
    return {"crpe_relation.jsonl": "".join(json.dumps(row) + "\n" for row in rows).encode()}


def _asked(scenes: Sequence[RenderedScene]) -> Iterator[_Asked]:
    """A few questions a scene, where there are any; things that are offered besides the right one are not in it."""
    for scene in scenes:
        kinds, others = clear_of(scene, 1), absent(scene)
        related = [
            (one, side, other)
            for one in kinds
            for other in kinds
            for side in relate(scene, one, other)
            if side in _SIDES
        ]
        false = tuple(others[(scene.index + place) % len(others)] for place in range(3))
        for subject, side, object_ in related[:1]:
            yield "subject", f"What is {side} the {object_} in the image?", (subject, *false), scene
            yield "object", f"What is the {subject} {side} in the image?", (object_, *false), scene
        for subject, side, object_ in [each for each in related if _alone(scene, each[0], each[2])][:2]:
            predicates = (side, *(other for other in _SIDES if other != side))
            yield "predicate", f"Where is the {subject}, seen from the {object_}?", predicates, scene


def _alone(scene: RenderedScene, one: str, other: str) -> bool:
    """Whether two things lie on a level, or straight above one another, so that one side alone is right."""
    (first,), (second,) = scene.of(one), scene.of(other)
    return min(abs(first.x - second.x), abs(first.y - second.y)) <= _SAME_PX


def _copies(number: int, asked: _Asked) -> Iterator[dict[str, object]]:
    """A question four times."""
    category, text, options, scene = asked
    for shift in range(len(options)):
        turned = options[shift:] + options[:shift]
        lines = "\n".join(f"{letter}. {option}" for letter, option in zip(ascii_uppercase, turned, strict=False))
        yield {
            "question_id": number * len(options) + shift,
            "image": image_name(scene.index),
            "text": f"{text}\n{lines}\nAnswer with the option's letter from the given choices directly.",
            "category": category,
            "correct_option": ascii_uppercase[turned.index(options[0])],
        }
