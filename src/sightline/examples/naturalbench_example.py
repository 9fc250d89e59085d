"""A small NaturalBench: neighbouring scenes, and questions that have another answer for each."""

import json
from collections.abc import Mapping, Sequence

from sightline.examples.scene_truth import only_in_first, pairs
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.describe import article

__all__ = ["files"]


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """The file of groups: half of them yes or no, half with two options."""
    groups = [
        (first, second, only_in_first(first, second)[0], only_in_first(second, first)[0])
        for first, second in pairs(scenes)
        if only_in_first(first, second) and only_in_first(second, first)
    ]
    rows = [(_chosen if index % 2 else _yes_no)(index, *group) for index, group in enumerate(groups)]
    return {"naturalbench.jsonl": "".join(json.dumps(row) + "\n" for row in rows).encode()}


def _yes_no(index: int, first: RenderedScene, second: RenderedScene, ours: str, theirs: str) -> dict[str, object]:
    asked = [f"Is there {article(kind)} {kind} in the image?" for kind in (ours, theirs)]
    return _row(index, first, second, asked, "yes_no", ("Yes", "No"))


def _chosen(index: int, first: RenderedScene, second: RenderedScene, ours: str, theirs: str) -> dict[str, object]:
    asked = [
        f"Which of these is in the image?\nOption: A:{one}; B:{other};"
        for one, other in ((ours, theirs), (theirs, ours))
    ]
    return _row(index, first, second, asked, "multiple_choice", ("A", "B"))


def _row(
    index: int,
    first: RenderedScene,
    second: RenderedScene,
    asked: Sequence[str],
    type_: str,
    answers: tuple[str, str],
) -> dict[str, object]:
    """A group: of both questions the first answer is right for the scene of their own number."""
    return {
        "Index": index,
        "Image_0": image_name(first.index),
        "Image_1": image_name(second.index),
        "Question_0": asked[0],
        "Image_0_Question_0": answers[0],
        "Image_1_Question_0": answers[1],
        "Question_1": asked[1],
        "Image_0_Question_1": answers[1],
        "Image_1_Question_1": answers[0],
        "Question_Type": type_,
        "Source": "rendered",
    }
