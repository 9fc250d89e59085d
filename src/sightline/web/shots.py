"""The images beside replies: where one cannot be shown, the reason stands in its place."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from sightline.errors import DataError
from sightline.web.pictures import Images, Picture

__all__ = ["Shots"]


class Shots:
    """Images of questions, by keys made of their names.

    Args:
        folder: where they are; None where nobody has said.
        names: their names.

    Raises:
        DataError: there is no such folder, or it holds none of them.
    """

    def __init__(self, folder: str | Path | None, names: Iterable[str]) -> None:
        self._keys = {name: hashlib.sha256(name.encode()).hexdigest()[:16] for name in dict.fromkeys(names)}
        self._images = None if folder is None else Images(folder, {key: name for name, key in self._keys.items()})
        self.count = len(self._keys)
        self.missing = () if self._images is None else self._images.missing
        self.has_folder = folder is not None
        if self._images is not None and self._keys and len(self.missing) == self.count:
            raise DataError(
                f"the folder holds none of the {self.count:,} images; the first is {self.missing[0]!r}",
                file=folder,
                hint="Name the folder that holds the images themselves, under the names that the benchmark gives them.",
            )

    def key(self, name: str) -> str:
        """The key of an image."""
        return self._keys[name]

    def problem(self, name: str) -> str | None:
        """Why an image cannot be shown; None where it can."""
        if self._images is None:
            return "no folder of images was named (--images FOLDER)"
        return self._images.problem(self._keys[name])

    def of(self, key: str) -> Picture | None:
        """An image; None where there is none of this key.

        Raises:
            DataError: it cannot be shown.
        """
        return None if self._images is None else self._images.of(key)
