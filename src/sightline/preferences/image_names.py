"""Names of images: what they end in, and how they are found below a folder, whatever machine their paths are of."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

__all__ = ["IMAGE_SUFFIXES", "names_below"]

IMAGE_SUFFIXES = frozenset((".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"))
"""What files of images end in, in small letters."""


def names_below(paths: Iterable[str], folder: Path) -> dict[str, str]:
    """The names by which images are found below a folder.

    A path that was written elsewhere (``/data/VG/VG_100K/1.jpg``) is cut at the front until what is left is there
    (``VG_100K/1.jpg``, then ``1.jpg``); the longest rest wins. Where none is there, the path stays as it is.

    Args:
        paths: as a file has them.
        folder: the folder of the images.

    Returns:
        Path → name.
    """
    # folders are listed once, where asking for each of 100,000 files would take minutes on network drives
    listed: dict[Path, frozenset[str]] = {}

    def is_there(name: PurePosixPath) -> bool:
        parent = folder / name.parent
        if parent not in listed:
            listed[parent] = frozenset(each.name for each in parent.iterdir()) if parent.is_dir() else frozenset()
        return name.name in listed[parent]

    def name_of(path: str) -> str:
        parts = PurePosixPath(path).parts
        tails = (PurePosixPath(*parts[start:]) for start in range(int(parts[:1] == ("/",)), len(parts)))
        return next((str(tail) for tail in tails if is_there(tail)), path)

    return {path: name_of(path) for path in dict.fromkeys(paths)}
