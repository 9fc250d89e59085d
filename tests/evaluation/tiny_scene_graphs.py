"""Small sources to build FINER from, with and without images."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sightline.core import ModelIdentity, TextRequest, Totals, Written
from sightline.scenes.rendered import annotations
from sightline.scenes.rendered.compose import compose
from sightline.scenes.rendered.world import KINDS

IMAGES = 8


def rendered(folder: Path, number: int = IMAGES) -> Path:
    """The scene graphs of rendered scenes."""
    path = folder / "rendered.json"
    path.write_bytes(b"".join(annotations.scene_graphs([compose(3, index) for index in range(number)])))
    return path


def images(folder: Path, number: int = IMAGES) -> Path:
    """Files with the names of their images, which nobody opens."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for index in range(number):
        (folder / "images" / annotations.image_name(index)).write_bytes(f"{index}".encode())
    return folder / "images"


def captions(folder: Path, number: int = 20) -> Path:
    """The captions of rendered scenes, and one that names no object."""
    path = folder / "captions.jsonl"
    bright = json.dumps({"image": "bright.png", "caption": "It is very bright."}).encode() + b"\n"
    path.write_bytes(b"".join(annotations.captions([compose(3, index) for index in range(number)])) + bright)
    return path


PLAIN = [
    {
        "image": "a.jpg",
        "objects": [
            {"id": "1", "name": "moon", "attributes": ["red", "large"]},
            {"id": "2", "name": "cup", "attributes": ["blue"]},
            {"id": "3", "name": "key", "number": 2},
        ],
        "relations": [["1", "left of", "2"], ["1", "above", "3"]],
        "complete": True,
    },
    {"image": "b.jpg", "objects": [{"id": "1", "name": "boat", "attributes": ["green"]}], "complete": True},
]


def plain(folder: Path) -> Path:
    """Two plain scene graphs."""
    path = folder / "graphs.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in PLAIN))
    return path


class Writer:
    """A language model that finds in captions what there is in rendered scenes, and writes negatives from a list.

    Args:
        texts: the negatives.
    """

    identity = ModelIdentity("7a", "a tiny writer", "", "scripted", "none", "none")

    def __init__(self, *texts: str) -> None:
        self.texts = texts or ("parrot", "drum", "lamp", "sock", "bell", "coin", "rope", "ladder", "violin", "tractor")
        self.asked: list[TextRequest] = []

    @property
    def totals(self) -> Totals:
        return Totals(len(self.asked))

    def write(self, requests: Iterable[TextRequest]) -> Iterator[tuple[int, Written]]:
        for place, request in enumerate(requests):
            self.asked.append(request)
            caption = request.prompt.rpartition("Caption:")[2]
            objects = [{"name": kind, "number": 1} for kind in KINDS if kind in caption]
            lists: dict[str, list[Any]] = {"objects": objects, "negatives": list(self.texts)}
            yield place, Written(json.dumps({request.purpose: lists.get(request.purpose, [])}))
