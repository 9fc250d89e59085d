"""A small MMVP: one question about two neighbouring scenes, which has another answer for each."""

import csv
import io
from collections.abc import Mapping, Sequence

from sightline.examples.scene_truth import clear, only_in_first, pairs
from sightline.scenes.rendered import RenderedScene
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.describe import article

__all__ = ["files"]

_COLUMNS = ("Index", "Question", "Options", "Correct Answer", "Image")


def files(scenes: Sequence[RenderedScene]) -> Mapping[str, bytes]:
    """The file of questions, with a column that names the images."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(_COLUMNS)
    index = 0
    for first, second in pairs(scenes):
        for text, options in _asked(first, second):
            for letter, scene in zip(("(a)", "(b)"), (first, second), strict=True):
                index += 1
                writer.writerow((index, text, options, letter, image_name(scene.index)))
    return {"Questions.csv": buffer.getvalue().encode()}


def _asked(first: RenderedScene, second: RenderedScene) -> list[tuple[str, str]]:
    """Questions with two options, of which the first is right for the one scene and the second for the other."""
    asked = []
    for kind in only_in_first(first, second)[:1]:
        asked.append((f"Is there {article(kind)} {kind} in the image?", "(a) Yes (b) No"))
    for kind in clear(first):
        ours, theirs = first.of(kind)[0].colour, [each.colour for each in second.of(kind)[:1]]
        if kind in clear(second) and theirs != [ours]:
            asked.append((f"What colour is the {kind}?", f"(a) {ours} (b) {theirs[0]}"))
    return asked
