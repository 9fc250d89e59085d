"""Images: found by the key of an item, never by what a browser names, and sent only if they are images.

What lies outside the folder is not sent, wherever a link leads. The kind that is told to the browser is that of the
bytes. Drawings (SVG) can hold scripts and are no images here.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from sightline.audit.items import Item
from sightline.errors import DataError, MissingError
from sightline.evaluation.asking import find_images

__all__ = ["Images", "Picture", "Pictures"]

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp"})
_OTHER_FOLDER = "Name the folder that holds the images: --images FOLDER."


class Picture(NamedTuple):
    """An image as it is sent.

    Args:
        data: its bytes.
        kind: its media type, by its first bytes.
    """

    data: bytes
    kind: str


class Images:
    """Images in a folder, or in the folders it holds; some may not be there.

    Args:
        folder: where they are.
        names: the key of each → the name of its image.

    Raises:
        DataError: there is no such folder, or an image is in two of its folders.
    """

    def __init__(self, folder: str | Path, names: Mapping[str, str]) -> None:
        self._names = dict(names)
        self._files = find_images(folder, dict.fromkeys(self._names.values()))
        self._folder = Path(folder).resolve()

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the images that are not there."""
        return tuple(name for name in dict.fromkeys(self._names.values()) if name not in self._files)

    def problem(self, key: str) -> str | None:
        """Why an image cannot be shown, as far as its name tells; None where it can."""
        try:
            self._within(self._file(key))
        except DataError as error:
            return error.problem
        return None

    def of(self, key: str) -> Picture | None:
        """An image; None where there is no such key.

        Raises:
            DataError: the image is not there (any more), lies outside the folder, or is none.
        """
        if key not in self._names:
            return None
        file = self._file(key)
        try:
            data = self._within(file).read_bytes()
        except OSError as error:
            raise DataError(f"the image cannot be read ({error.strerror})", file=file, hint=_OTHER_FOLDER) from error
        kind = _kind(data)
        if kind is None:
            raise DataError("this is no image that a browser shows (JPEG, PNG, GIF, WebP, BMP)", file=file)
        return Picture(data, kind)

    def _file(self, key: str) -> Path:
        name = self._names[key]
        if name not in self._files:
            raise MissingError("the image is not in the folder", file=self._folder / name, hint=_OTHER_FOLDER)
        return self._files[name]

    def _within(self, file: Path) -> Path:
        """The file itself, where links end.

        Raises:
            DataError: it is not there, lies outside the folder, or has no name of an image.
        """
        try:
            found = file.resolve(strict=True)
        except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
            raise MissingError("the image is not there any more", file=file, hint=_OTHER_FOLDER) from error
        if not found.is_relative_to(self._folder):
            raise DataError(f"a link leads out of the folder, to {found}", file=file, hint=_OTHER_FOLDER)
        if found.suffix.lower() not in _SUFFIXES:
            raise DataError(f"its name ends in {found.suffix!r}, which no image does that is shown here", file=found)
        return found


class Pictures(Images):
    """The images of items, all of which must be there.

    Args:
        folder: where they are.
        items: whose images are wanted.

    Raises:
        DataError: there is no such folder, or what is in it is no image that can be shown, or lies elsewhere.
        MissingError: images are not there.
    """

    def __init__(self, folder: str | Path, items: Iterable[Item]) -> None:
        super().__init__(folder, {item.key: item.image for item in items})
        if missing := self.missing:
            raise MissingError(
                f"{len(missing):,} of {len(set(self._names.values())):,} images are not here: {', '.join(missing[:3])}"
                f"{', …' if len(missing) > 3 else ''}",
                file=folder,
                hint=_OTHER_FOLDER,
            )
        for file in self._files.values():
            self._within(file)


def _kind(data: bytes) -> str | None:
    """The media type of an image by its first bytes; None of what is none.

    Example:
        >>> _kind(bytes([255, 216, 255, 224])), _kind(b"<svg xmlns=")
        ('image/jpeg', None)
    """
    for start, kind in _STARTS.items():
        if data.startswith(start):
            return kind
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


_STARTS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"BM": "image/bmp",
}
