"""A small HallusionBench: scenes and their neighbours, and colours that everybody knows and scenes need not have."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sightline.examples.scene_truth import clear, only_in_first, pairs
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.describe import article
from sightline.scenes.rendered.world import plural

__all__ = ["files"]

_KNOWN = MappingProxyType({"tree": "green", "star": "yellow", "cloud": "white"})
"""What is said of these without a picture."""

_Row = dict[str, str | None]


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """The file of questions: pairs of scenes (VD), and known colours without and with scenes (VS)."""
    rows = [*_pairs(scenes), *_colours(scenes)]
    return {"HallusionBench.json": json.dumps(rows, indent=1).encode()}


def _pairs(scenes: Sequence[RenderedScene]) -> list[_Row]:
    """Two questions about two scenes each, of which one is true of the first only and one of the second only."""
    rows: list[_Row] = []
    for number, (first, second) in enumerate(pairs(scenes)):
        ours, theirs = only_in_first(first, second), only_in_first(second, first)
        if not ours or not theirs:
            continue
        for figure, scene in enumerate((first, second)):
            for question, kind in enumerate((ours[0], theirs[0])):
                there = kind in scene.kinds
                place = ("VD", "figure", str(number), str(figure), str(question))
                asked = f"Is there {article(kind)} {kind} in the image?"
                truth = f"There is {article(kind) if there else 'no'} {kind} in the image."
                rows.append(_row(place, "2" if figure else "1", asked, truth, there, scene))
    return rows


def _colours(scenes: Sequence[RenderedScene]) -> list[_Row]:
    """What colour a thing has, as everybody knows, and whether it has it in the scenes."""
    rows: list[_Row] = []
    for number, (kind, known) in enumerate(_KNOWN.items()):
        shown = [scene for scene in scenes if kind in clear(scene)]
        if not shown:
            continue
        place = ("VS", "chart", str(number))
        rows.append(
            _row((*place, "0", "0"), "0", f"Are {plural(kind)} {known}?", f"{plural(kind)} are {known}.", True, None)
        )
        for figure, scene in enumerate(shown, start=1):
            colour = scene.of(kind)[0].colour
            asked = f"According to the image, is the {kind} {known}?"
            truth = f"In the image, the {kind} is {colour}."
            as_known = colour == known
            rows.append(_row((*place, str(figure), "0"), "1" if as_known else "2", asked, truth, as_known, scene))
    return rows


def _row(
    place: tuple[str, ...], visual_input: str, asked: str, truth: str, yes: bool, scene: RenderedScene | None
) -> _Row:
    category, subcategory, set_, figure, question = place
    return {
        "category": category,
        "subcategory": subcategory,
        "visual_input": visual_input,
        "set_id": set_,
        "figure_id": figure,
        "sample_note": "rendered",
        "question_id": question,
        "question": asked,
        "gt_answer_details": truth,
        "gt_answer": "1" if yes else "0",
        "filename": None if scene is None else f"./{image_name(scene.index)}",
    }
