"""What a detector can be asked whose answer is known: objects that images hold, and objects that they lack.

Objects that lack are drawn as POPE draws them, at random, by how frequent they are, and by how often they go along with
what is there. Where a detector errs, it errs on the last; rates over random ones alone flatter it.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from sightline.benchmarks.pope_sampling import build
from sightline.core import Scene
from sightline.errors import DataError, MissingError, RequestError
from sightline.records.json_rows import read_json
from sightline.scenes import read_scenes
from sightline.scenes.coco import coco_scenes, holds_coco, uncollected
from sightline.scenes.object_lists import holds_records

__all__ = ["ABSENT", "Known", "KnownObjects", "known_objects"]

ABSENT = ("random", "popular", "adversarial")
"""The ways in which absent objects are drawn, as POPE's splits."""

_INSTANCES = "instances.json"
_SMALL_PX, _MEDIUM_PX = 32**2, 96**2
"""Areas below which COCO calls an object small and medium."""


class Known(NamedTuple):
    """An object, an image, and whether it is there.

    Args:
        image: the name of the image.
        object: the noun.
        present: whether it is there.
        kinds: of one that is there, how well it can be seen ("clear", "marginal"; of COCO "small", "medium", "large"),
            where that is known; of one that is not, how it was drawn, once or several times.
    """

    image: str
    object: str
    present: bool
    kinds: tuple[str, ...]


class KnownObjects(NamedTuple):
    """What can be asked.

    Args:
        asked: image by image: the objects that it holds, then some that it lacks.
        images: image → its file.
        left_out: reason → how many images or kinds of objects were left out for it.
    """

    asked: tuple[Known, ...]
    images: Mapping[str, Path]
    left_out: Mapping[str, int]


def known_objects(
    annotations: str | Path,
    images: str | Path,
    knows: Callable[[str], bool] = lambda object_: True,
    per_image: int = 3,
    limit: int | None = None,
    seed: int = 0,
) -> KnownObjects:
    """Draw what to ask.

    Args:
        annotations: what people saw: a file or folder as `sightline.scenes.read_scenes` reads it, or a folder of
            rendered scenes. An object that an image does not list is taken to be absent, so they must be exhaustive.
        images: the folder of the images.
        knows: whether an object can be asked; others are left out.
        per_image: how many absent objects of each way to draw for an image; fewer where it holds fewer objects.
        limit: at most so many images, drawn.
        seed: what all draws are made with.

    Raises:
        DataError: the annotations are broken, or say of nothing that it is absent.
        MissingError: images are not there.
        RequestError: a number is impossible, or nothing is left to ask.
    """
    if per_image < 1 or (limit is not None and limit < 2):
        raise RequestError(
            f"{per_image} absent objects an image and at most {limit} images were asked for; "
            "ask for one or more, and for two or more."
        )
    scenes, looks = _read(Path(annotations))
    kinds = {object_ for scene in scenes for object_ in scene.objects}
    known = {object_ for object_ in kinds if knows(object_)}
    left_out = {"kinds of objects that a detector does not know": len(kinds - known)}
    positives = _positives(scenes, known, per_image, seed)
    left_out["images that hold none of the objects, or all"] = len(scenes) - len(positives)
    if len(positives) < 2:
        raise RequestError(
            f"Of {len(scenes):,} images, {len(positives)} hold some of the {len(known)} objects that detectors know "
            "and lack others; at least 2 are needed. Name other annotations or detectors."
        )
    if limit is not None and limit < len(positives):
        chosen = random.Random(f"{seed}/images").sample(sorted(positives), limit)
        positives = {image: positives[image] for image in sorted(chosen)}
    asked = _asked([_only(scene, known) for scene in scenes], positives, looks, seed)
    files = _files(Path(images), positives)
    return KnownObjects(tuple(asked), files, {why: count for why, count in left_out.items() if count})


_Looks = Mapping[tuple[str, str], str]
"""(image, object) → how well it can be seen there."""


def _read(annotations: Path) -> tuple[list[Scene], _Looks]:
    """The scenes, and how well objects can be seen where the annotations tell."""
    if (annotations / _INSTANCES).is_file():
        annotations = annotations / _INSTANCES
    if annotations.is_dir() or holds_records(annotations):
        return read_scenes(annotations), {}
    with uncollected():
        content = read_json(annotations)
        if not holds_coco(content):
            return read_scenes(annotations), {}
        return coco_scenes(content, annotations), _looks(content)


def _looks(content: Any) -> _Looks:
    """By ``visibility`` where rendered scenes say it, else by area as COCO does, of the best or largest of a kind."""
    names = {image["id"]: PurePosixPath(image["file_name"]).name for image in content["images"]}
    objects = {category["id"]: category["name"] for category in content["categories"]}
    found: dict[tuple[str, str], str] = {}
    order = ("clear", "large", "medium", "marginal", "small")
    for each in content["annotations"]:
        key = names[each["image_id"]], objects[each["category_id"]]
        said = each.get("visibility")
        look = said if said in ("clear", "marginal") else _size(each.get("area"))
        if look and (key not in found or order.index(look) < order.index(found[key])):
            found[key] = look
    return found


def _size(area: object) -> str:
    if not isinstance(area, int | float):
        return ""
    return "small" if area < _SMALL_PX else "medium" if area < _MEDIUM_PX else "large"


def _positives(scenes: Sequence[Scene], known: set[str], per_image: int, seed: int) -> dict[str, tuple[str, ...]]:
    """The objects beside which absent ones are drawn, of every image that holds some known objects and lacks others."""
    found = {}
    for scene in scenes:
        held = [object_ for object_ in scene.objects if object_ in known]
        number = min(per_image, len(held), len(known) - len(held))
        if number:
            found[scene.image.name] = tuple(random.Random(f"{seed}/positives/{scene.image.name}").sample(held, number))
    return found


def _only(scene: Scene, known: set[str]) -> Scene:
    """The scene without what cannot be asked."""
    kept = tuple(verdict for verdict in scene.verdicts if getattr(verdict.claim, "object", None) in known)
    return Scene(scene.image, kept)


def _asked(scenes: Sequence[Scene], positives: Mapping[str, tuple[str, ...]], looks: _Looks, seed: int) -> list[Known]:
    drawn = build(scenes, pinned=positives, seed=seed).negatives
    ways: dict[tuple[str, str], dict[str, None]] = {}
    for negative in drawn:
        ways.setdefault((negative.image, negative.chosen), {})[negative.split] = None
    lacking: dict[str, list[Known]] = {}
    for (image, object_), own in ways.items():
        lacking.setdefault(image, []).append(Known(image, object_, False, tuple(own)))
    asked: list[Known] = []
    for scene in scenes:
        if (image := scene.image.name) in positives:
            for object_ in scene.objects:
                look = looks.get((image, object_))
                asked.append(Known(image, object_, True, (look,) if look else ()))
            asked += lacking[image]
    return asked


def _files(folder: Path, names: Mapping[str, object]) -> dict[str, Path]:
    if not folder.is_dir():
        raise DataError("there is no such folder of images", file=folder, hint="Name it: --images FOLDER.")
    files = {name: folder / name for name in names}
    missing = [name for name, path in files.items() if not path.is_file()]
    if missing:
        shown = ", ".join(missing[:3]) + (", …" if len(missing) > 3 else "")
        raise MissingError(
            f"{len(missing):,} of {len(files):,} images are not there: {shown}",
            file=folder,
            hint="Check the folder, or ask for fewer images.",
        )
    return files
