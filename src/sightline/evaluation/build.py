"""POPE's files from one's own annotations: read, sampled, written."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa

from sightline.benchmarks.pope import SPLITS, read_labels
from sightline.benchmarks.pope_sampling import Built, Positives, build
from sightline.core import Answer, Question
from sightline.errors import DataError, RequestError
from sightline.records.atomic import write_bytes
from sightline.records.json_rows import Layout, encode_rows
from sightline.scenes import read_object_lists, read_scenes

__all__ = ["build_pope", "read_pins", "write_pope"]

_SCHEMA = pa.schema(
    [
        ("split", pa.string()),
        ("question_id", pa.int64()),
        ("image", pa.string()),
        ("text", pa.string()),
        ("label", pa.string()),
    ]
)


def build_pope(
    source: str | Path,
    out: str | Path | None = None,
    *,
    images: int = 500,
    per_image: int = 3,
    pin: str | Path | None = None,
    positives: Positives = "random",
    names: str | Path | None = None,
    prefix: str | None = None,
    seed: int = 0,
    overwrite: bool = False,
) -> pa.Table:
    """Build POPE from one's own annotations.

    Args:
        source: a COCO instances JSON, a YOLO folder, or a file of object lists (``{image: [objects]}``); JSON may be
            gzipped. An object that an image does not list is taken to be absent.
        out: the folder to write POPE's files to; without it nothing is written.
        images: how many images to poll.
        per_image: how many objects that are there to ask of each image, and as many that are not.
        pin: a folder of POPE files whose images and positives to take, or a file ``{image: [positives]}``.
        positives: "random": drawn from the objects of the image; "listed": the first ones, as POPE's own code does.
        names: the class names of a YOLO folder.
        prefix: what the names of the files begin with; without it the name of the source.
        seed: what all draws are made with.
        overwrite: whether files of the same names may be replaced.

    Returns:
        The questions, split by split: split, question_id, image, text, label ("yes" or "no"). The record in its
        metadata says what it was built from, and lists every tie and every draw (see ``Negative``).

    Raises:
        RequestError: the annotations hold too little for what is asked, or files of the same names are there.
        DataError: the annotations or the pinned files are broken.
    """
    scenes = read_scenes(source, names)
    pinned = None if pin is None else read_pins(pin)
    built = build(scenes, images, per_image, seed, pinned, positives)
    settings = {
        "source": str(source),
        "sha256": hashlib.sha256(Path(source).read_bytes()).hexdigest() if Path(source).is_file() else None,
        "names": None if names is None else str(names),
        "pin": None if pin is None else str(pin),
        "per_image": per_image,
        "positives": positives,
        "seed": seed,
    }
    record = _record(built, {"settings": settings, "annotated_images": len(scenes)})
    if out is not None:
        prefix = prefix or Path(source).resolve().name.split(".")[0]
        files = write_pope(built, out, prefix, record, overwrite)
        record = {**record, "files": [str(path) for path in files]}
    rows = [{"split": split, **row} for split in SPLITS for row in _rows(built, split)]
    return pa.Table.from_pylist(rows, _SCHEMA.with_metadata({b"sightline": json.dumps(record)}))


def read_pins(path: str | Path) -> dict[str, tuple[str, ...]]:
    """Read the images to poll and the positives of each, in order.

    Args:
        path: a folder of POPE files, or a file of object lists; an image that lists none has its positives taken anew.

    Raises:
        DataError: the files are broken, or the splits of a folder do not ask the same positives.
    """
    path = Path(path)
    if not path.is_dir():
        return {scene.image.name: scene.objects for scene in read_object_lists(path)}
    questions, labels = read_labels(path, "pope")
    pins: dict[str, dict[str, tuple[str, ...]]] = {}
    for question in questions:
        image, claim = question.images[0].name, question.claims[0]
        asked = pins.setdefault(question.split, {}).setdefault(image, ())
        if labels.answers[image, claim] is Answer.HOLDS:
            pins[question.split][image] = (*asked, claim.object)
    first, *others = pins
    for split in others:
        for image in pins[first] | pins[split]:
            if pins[first].get(image) != pins[split].get(image):
                hint = f"Pin files whose splits share their positives, or a folder with the {first} file alone."
                problem = f"the positives of {image} differ between the splits {first} and {split}"
                raise DataError(problem, file=path, hint=hint)
    return pins[first]


def write_pope(
    built: Built, folder: str | Path, prefix: str, record: Mapping[str, Any] | None = None, overwrite: bool = False
) -> tuple[Path, ...]:
    """Write a benchmark in POPE's format, and beside it how it came about.

    Args:
        built: the benchmark.
        folder: where; it is made if need be.
        prefix: what the names begin with: ``<prefix>_pope_random.json`` and so on. ``<prefix>_pope_build.json`` holds
            the record in its first line, then a line for every negative that hung on a tie or a draw.
        record: what is to be kept of how it was built.
        overwrite: whether files of the same names may be replaced.

    Returns:
        The files, the splits first.

    Raises:
        RequestError: files of the same names are there.
        DataError: a file cannot be written.
    """
    folder = Path(folder)
    if not prefix or Path(prefix).name != prefix:
        raise RequestError(f"The prefix {prefix!r} cannot begin the name of a file; give a name without folders.")
    head = {**_record(built, {}), **(record or {})}
    close = [*head.pop("ties"), *head.pop("drawn")]
    contents = {**{split: _rows(built, split) for split in SPLITS}, "build": [head, *close]}
    files = {folder / f"{prefix}_pope_{name}.json": encode_rows(rows, Layout()) for name, rows in contents.items()}
    if not overwrite and (there := [path for path in files if path.exists()]):
        raise RequestError(f"{there[0]} is there already. Choose another folder or prefix, or say --overwrite.")
    return tuple(write_bytes(path, data) for path, data in files.items())


def _rows(built: Built, split: str) -> list[dict[str, Any]]:
    """The rows of POPE's file of one split."""
    return [_row(question, built) for question in built.questions if question.split == split]


def _row(question: Question, built: Built) -> dict[str, Any]:
    image = question.images[0].name
    holds = built.labels.answers[image, question.claims[0]] is Answer.HOLDS
    number = int(question.id.rpartition("/")[2])
    return {"question_id": number, "image": image, "text": question.text, "label": "yes" if holds else "no"}


def _record(built: Built, more: Mapping[str, Any]) -> dict[str, Any]:
    """What a benchmark was made of, JSON-ready."""
    return {
        "sightline": version("sightline"),
        "benchmark": "pope",
        **more,
        "images": len(built.images),
        "objects": dict(built.objects),
        "ties": [asdict(negative) for negative in built.ties],
        "drawn": [asdict(negative) for negative in built.drawn],
    }
