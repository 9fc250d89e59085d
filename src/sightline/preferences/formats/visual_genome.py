"""Where Visual Genome's images lie, for files that name them by number only.

HA-DPO's trainer and SENTINEL's fork of it look numbers up in Visual Genome's own ``image_data.json``, whose addresses
end in folder and file (``…/VG_100K_2/2317619.jpg``).
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from sightline.errors import DataError
from sightline.preferences.formats.source import Record
from sightline.records.json_rows import read_rows

__all__ = ["FILE", "coco_names", "image_name"]

FILE = "image_data.json"


def image_name(record: Record, image_id: Any) -> str:
    """Folder and file of an image, or its number and ``.jpg`` where no ``image_data.json`` is at hand.

    Raises:
        DataError: the number is none, or the file does not list it.
    """
    if not str(image_id).isdecimal():
        raise record.error(f"the image id is {image_id!r}, expected a number of Visual Genome")
    listed = next((folder / FILE for folder in record.folders if (folder / FILE).is_file()), None)
    if listed is None:
        return f"{image_id}.jpg"
    names = _names(listed, listed.stat().st_mtime_ns)
    if int(image_id) not in names:
        raise record.error(f"image {image_id} is not listed in {listed}")
    return names[int(image_id)]


def coco_names(names: Iterable[str], folder: Path) -> dict[str, str]:
    """What images of Visual Genome are called in COCO, of which half of it was taken.

    Args:
        names: of images.
        folder: theirs; ``image_data.json`` in it or beside it says which are COCO's.

    Returns:
        Name → COCO's name, of those that it says this of.
    """
    listed = next((place / FILE for place in (folder, folder.parent) if (place / FILE).is_file()), None)
    if listed is None:
        return {}
    ids = {values.get("image_id"): values.get("coco_id") for values in read_rows(listed).records}
    numbers = {name: PurePosixPath(name).stem for name in names}
    known = {name: ids.get(int(number)) for name, number in numbers.items() if re.fullmatch(r"[1-9]\d*", number)}
    return {name: f"{coco:012}.jpg" for name, coco in known.items() if isinstance(coco, int)}


@lru_cache(maxsize=2)
def _names(path: Path, _: int) -> Mapping[int, str]:
    """Number → folder and file; read again where the file has changed."""
    found = {}
    rows = read_rows(path)
    for row, values in zip(rows.numbers, rows.records, strict=True):
        image_id, url = values.get("image_id"), values.get("url")
        if not isinstance(image_id, int) or not isinstance(url, str):
            raise DataError("expected image_id, a number, and url, a text", file=path, row=row)
        found[image_id] = str(PurePosixPath(*PurePosixPath(url).parts[-2:]))
    return found
