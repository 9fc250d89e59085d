"""Annotations to scenes: which objects people saw in which image."""

from pathlib import Path

from sightline.core import Scene
from sightline.errors import RequestError
from sightline.records.json_rows import read_json
from sightline.scenes.coco import coco_scenes, holds_coco, read_coco, uncollected
from sightline.scenes.object_lists import holds_records, object_list_scenes, read_object_lists
from sightline.scenes.yolo import read_yolo

__all__ = ["read_coco", "read_object_lists", "read_scenes", "read_yolo"]


def read_scenes(path: str | Path, names: str | Path | None = None) -> list[Scene]:
    """Read annotations of any known format; the content decides which it is.

    Args:
        path: a YOLO folder, a COCO instances JSON, or a list of objects for every image (``{image: [objects]}``, or
            records with ``image`` and ``objects``). JSON may be gzipped.
        names: the class names of a YOLO folder, where its own ``data.yaml`` does not give them.

    Returns:
        One scene an image, in the order of the annotations; images without objects are kept.

    Raises:
        DataError: the annotations are broken, or contradict themselves.
        RequestError: names are given for something that names its own objects.
    """
    path = Path(path)
    if path.is_dir():
        return read_yolo(path, names)
    if names is not None:
        raise RequestError(f"Class names ({names}) go with a YOLO folder; {path} is a file that names its own objects.")
    if holds_records(path):
        return read_object_lists(path)
    with uncollected():
        content = read_json(path)
        return coco_scenes(content, path) if holds_coco(content) else object_list_scenes(content, path)
