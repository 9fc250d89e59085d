"""A small AMBER: scenes to be described, and questions about what is there, how it looks, how many, and where."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from sightline.examples.scene_truth import absent, clear, clear_of, other_colours
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.describe import article
from sightline.scenes.rendered.relations import Predicate, holds, relate
from sightline.scenes.rendered.world import KINDS, mates_of, plural

__all__ = ["files"]

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")

_TURNED: tuple[tuple[Predicate, Predicate], ...] = (("left of", "right of"), ("above", "below"))


class _Asked(NamedTuple):
    """A question, its type and what is true; of captions the objects that are there, and those that are made up."""

    scene: RenderedScene
    type: str
    query: str
    truth: str | list[str]
    hallu: list[str] | None = None


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """AMBER's four files: queries, annotations, words of objects, and words that are never held against a caption."""
    asked = [*(_caption(scene) for scene in scenes), *(each for scene in scenes for each in _questions(scene))]
    queries = [
        {"id": id_, "image": image_name(each.scene.index), "query": each.query} for id_, each in enumerate(asked, 1)
    ]
    annotations: list[dict[str, Any]] = [
        {"id": id_, "type": each.type, "truth": each.truth} | ({} if each.hallu is None else {"hallu": each.hallu})
        for id_, each in enumerate(asked, 1)
    ]
    return {
        "query_all.json": json.dumps(queries, indent=1).encode(),
        "annotations.json": json.dumps(annotations, indent=1).encode(),
        "relation.json": json.dumps({kind: [] for kind in KINDS}, indent=1).encode(),
        "safe_words.txt": b"light\n",
    }


def _caption(scene: RenderedScene) -> _Asked:
    """A request for a caption; models make up what goes with what is there."""
    mates = [kind for kind in absent(scene) if any(mate in scene.kinds for mate in mates_of(kind))]
    return _Asked(scene, "generative", "Describe this image.", list(scene.kinds), mates)


def _questions(scene: RenderedScene) -> Iterator[_Asked]:
    """The yes/no questions about a scene."""
    away, seen = absent(scene), clear_of(scene, 1)
    for kind in away[scene.index % 3 :: max(len(away) // 2, 1)][:2]:
        yield _Asked(scene, "discriminative-hallucination", f"Is there {article(kind)} {kind} in this image?", "no")
    for kind in seen[:1]:
        for colour, truth in ((scene.of(kind)[0].colour, "yes"), (other_colours(scene, kind, 1)[0], "no")):
            yield _Asked(scene, "discriminative-attribute-state", f"Is the {kind} {colour} in this image?", truth)
    for kind in clear(scene)[:1]:
        number = len(scene.of(kind))
        for said, truth in ((number, "yes"), (number + 1, "no")):
            yield _Asked(scene, "discriminative-attribute-number", _number(kind, said), truth)
    for one, other in pairwise(seen):
        yield from _lying(scene, one, other)
    yield from _touching(scene, seen)


def _number(kind: str, number: int) -> str:
    word = _NUMBERS[number - 1]
    return f"Is there one {kind} in this image?" if number == 1 else f"Are there {word} {plural(kind)} in this image?"


def _lying(scene: RenderedScene, one: str, other: str) -> Iterator[_Asked]:
    """What a thing does, as far as things that do not move do anything: lie somewhere."""
    for side, opposite in _TURNED:
        for holding, false in ((side, opposite), (opposite, side)):
            if holding in relate(scene, one, other):
                for said, truth in ((holding, "yes"), (false, "no")):
                    text = f"Does the {one} lie {said} the {other} in this image?"
                    yield _Asked(scene, "discriminative-attribute-action", text, truth)
                return


def _touching(scene: RenderedScene, seen: Sequence[str]) -> Iterator[_Asked]:
    """Whether two things touch; one question a scene, of two that do where there are any."""
    pairs = [(one, other) for place, one in enumerate(seen) for other in seen[place + 1 :]]
    touching = [pair for pair in pairs if _touch(scene, *pair)]
    for one, other in (touching or pairs)[:1]:
        kind, truth = ("discriminative-relation", "yes") if touching else ("relation", "no")
        yield _Asked(scene, kind, f"Is there direct contact between the {one} and {other}?", truth)


def _touch(scene: RenderedScene, one: str, other: str) -> bool:
    (first,), (second,) = scene.of(one), scene.of(other)
    return any(holds(how, *pair) for how in ("touching", "inside") for pair in ((first, second), (second, first)))
