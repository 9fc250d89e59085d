"""Images by the names that annotations give them, as paths below a folder, which is how pairs name them."""

import os
from collections.abc import Iterable
from pathlib import Path

from sightline.errors import DataError
from sightline.preferences.image_names import IMAGE_SUFFIXES

__all__ = ["images_below"]


def images_below(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Find images in a folder, or in folders below it.

    Args:
        folder: the folder.
        names: file names, without folders. One without a suffix, as ImageInWords gives them, is that of the file that
            is called so but for its suffix.

    Returns:
        For every image that is there its path below the folder, with slashes.

    Raises:
        DataError: there is no such folder, or an image is in two places.
    """
    if not folder.is_dir():
        raise DataError("there is no such folder of images", file=folder, hint="Check --images.")
    wanted = set(names)
    found: dict[str, str] = {}
    for place, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            for name in _called(file) & wanted:
                path = (Path(place) / file).relative_to(folder).as_posix()
                if name in found:
                    hint = "Name the folder that is meant (--images FOLDER)."
                    raise DataError(f"{name} is {found[name]} as well as {path}", file=folder, hint=hint)
                found[name] = path
    return found


def _called(file: str) -> set[str]:
    """What an annotation may call a file."""
    stem = Path(file).stem
    return {file, stem} if Path(file).suffix.lower() in IMAGE_SUFFIXES and "." not in stem else {file}
