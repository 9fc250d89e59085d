"""Images made small enough to travel inside a page."""

import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageOps

from sightline.errors import DataError, RequestError

__all__ = ["THUMBNAIL_PX", "Thumbnails", "thumbnails"]

THUMBNAIL_PX = 320
_QUALITY = 78


class Thumbnails(NamedTuple):
    """Images for a page.

    Args:
        found: name → JPEG bytes.
        absent: names of the images that the folder does not hold.
    """

    found: dict[str, bytes]
    absent: tuple[str, ...]


def thumbnails(folder: Path, names: Iterable[str], longest_px: int = THUMBNAIL_PX) -> Thumbnails:
    """Make images small.

    Args:
        folder: where the images are, in it or in a folder within.
        names: their file names, each taken once.
        longest_px: the longer side, in pixels; smaller images stay as they are.

    Raises:
        DataError: there is no such folder, it holds none of the images, or an image cannot be read.
        RequestError: the size is no size.
    """
    if longest_px < 1:
        raise RequestError(f"Thumbnails are to be {longest_px} pixels wide; expected one at least.")
    if not folder.is_dir():
        raise DataError("there is no such folder of images", file=folder, hint="Check the path.")
    names = tuple(dict.fromkeys(names))
    places = _places(folder, set(names))
    if names and not places:
        raise DataError(
            f"the folder holds none of the {len(names):,} images asked for; the first is {names[0]!r}",
            file=folder,
            hint="Name the folder that holds the images themselves, under the names that the benchmark gives them.",
        )
    found = {name: _small(places[name], longest_px) for name in names if name in places}
    return Thumbnails(found, tuple(name for name in names if name not in places))


def _places(folder: Path, wanted: set[str]) -> dict[str, Path]:
    """Find files by name; the one nearest to the folder is meant where there are several."""
    places: dict[str, Path] = {}
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in wanted.intersection(files):
            path = Path(parent, name)
            if name not in places or len(path.parts) < len(places[name].parts):
                places[name] = path
    return places


def _small(path: Path, longest_px: int) -> bytes:
    try:
        with Image.open(path) as image:
            image.draft("RGB", (2 * longest_px, 2 * longest_px))  # lets JPEG decode at a fraction of its size
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
            if upright.has_transparency_data:
                upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright.convert("RGBA"))
            buffer = io.BytesIO()
            upright.convert("RGB").save(buffer, "JPEG", quality=_QUALITY, optimize=True)
            return buffer.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"cannot be read as an image ({error})", file=path, hint="Replace the file.") from error
