"""Run folders of two scripted models, before and after a change, on the small benchmarks of their own rooms."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import tiny_counting
from tiny_pope import question

from sightline.core import Asking
from sightline.evaluation.measure import measure
from sightline.evaluation.task import task
from sightline.models.scripted import ScriptedModel

IMAGES = ("a.jpg", "b.jpg", "c.jpg")
THERE = {(image, question(object_)) for image, object_ in zip(IMAGES, ("dog", "cat", "car"), strict=True)}
Says = Callable[[str, str], str]


def images(folder: Path, names: Sequence[str] = IMAGES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(name.encode())
    return folder


def always(image: str, prompt: str) -> str:
    return "Yes"


def never(image: str, prompt: str) -> str:
    return "No"


def truth(image: str, prompt: str) -> str:
    return "Yes" if (image, prompt) in THERE else "No"


def run_pope(labels: Sequence[str], out: Path, says: Says, name: str = "", **settings: object) -> Path:
    what = task("pope", images(out.parent.parent / "images"), labels, **settings)  # type: ignore[arg-type]
    return measure(what, ScriptedModel(says, name or says.__name__), out, use_cache=False).folder


def run_counting(file: Path, out: Path, said: Sequence[str], name: str, asking: Asking | None = None) -> Path:
    """A run on the benchmark of tiny_counting.py, whose label file is written where it is not there."""
    if not file.exists():
        tiny_counting.write_lines(file, tiny_counting.rows())
    replies: Mapping[tuple[str, str], str] = {
        (row["image"], row["text"]): text for row, text in zip(tiny_counting.rows(), said, strict=True)
    }
    folder = images(out.parent.parent / "counted", tuple(tiny_counting.THINGS))
    what = task("counting", folder, [f"own={file}"], asking=asking)
    return measure(what, ScriptedModel(replies, name), out, use_cache=False).folder
