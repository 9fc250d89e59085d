"""Hashes of pictures that are alike where the pictures are: pHash, coarse and fine, of a picture and its mirror image.

pHash (the library imagehash) scales a picture to a small grey square and keeps which of its low frequencies are above
their median: 8 × 8 of them here as the coarse hash, 16 × 16 as the fine one. Scaling, compressing and graining change
few bits. It cannot see colour, nor what is smaller than a sixteenth of the picture, and it changes altogether where a
tenth of the picture's sides is cut off, a border is added, or it is turned by more than a few degrees.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sightline.models.pictures import ahead, read_picture
from sightline.records.public_files import cache_folder
from sightline.records.sqlite_cache import SqliteCache

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["COARSE_BITS", "FINE_BITS", "HashCache", "ImageHashes", "hash_images"]

COARSE_BITS, FINE_BITS = 64, 256

_VERSION = 1
_COARSE, _FINE = 8, 16
_FREQUENCIES = 4
"""pHash scales a picture to so many times as many pixels a side as it keeps frequencies."""

_WORDS = 1 + FINE_BITS // 64
_AT_ONCE = 256


class ImageHashes(NamedTuple):
    """The hashes of n pictures.

    Args:
        names: of the pictures.
        sha256: of their files' bytes.
        coarse: (n, 2) uint64, of the picture and of its mirror image.
        fine: (n, 2, 4) uint64, likewise.
    """

    names: tuple[str, ...]
    sha256: tuple[str, ...]
    coarse: NDArray[np.uint64]
    fine: NDArray[np.uint64]


class HashCache:
    """Hashes of files that were seen before and have not changed since, in one SQLite file in the cache folder.

    Args:
        path: the file; in the cache folder where None.

    Raises:
        DataError: the file is no such cache, or cannot be opened.
    """

    def __init__(self, path: Path | None = None) -> None:
        columns = {"sha256": "TEXT NOT NULL", "hashes": "BLOB NOT NULL"}
        file = path or cache_folder() / "image_hashes.sqlite"
        self._kept = SqliteCache(file, "the cache of image hashes", "hashes", columns, _VERSION)

    def find(self, keys: Iterable[str]) -> dict[str, tuple[str, bytes]]:
        """What is kept under any of these keys: hash of the bytes, and of the picture.

        Raises:
            DataError: the file cannot be read.
        """
        return {key: (sha256, hashes) for key, sha256, hashes in self._kept.find(keys)}

    def keep(self, rows: Iterable[tuple[str, str, bytes]]) -> None:
        """Keep hashes.

        Raises:
            DataError: the file cannot be written.
        """
        self._kept.keep(rows)

    def __enter__(self) -> "HashCache":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kept.close()


def hash_images(
    files: Mapping[str, Path], cache: HashCache, progress: Callable[[int, int], None] | None = None, workers: int = 4
) -> ImageHashes:
    """Hash pictures. What is done is kept every few hundred, so that an interruption loses no more than these.

    Args:
        files: name → file.
        cache: what was hashed before.
        progress: told how many are done, and of how many.
        workers: threads that read pictures.

    Raises:
        MissingError: a picture is not there.
        DataError: one is no picture, or damaged.
    """
    paths = list(files.values())
    found: list[tuple[str, bytes]] = []
    for start in range(0, len(paths), _AT_ONCE):
        keyed = {_key(path): path for path in paths[start : start + _AT_ONCE]}
        known = cache.find(keyed)
        new = [(key, path) for key, path in keyed.items() if key not in known]
        made = list(ahead(new, _hashed, workers, depth=2 * workers))
        cache.keep(made)
        known |= {key: (sha256, hashes) for key, sha256, hashes in made}
        found += [known[_key(path)] for path in paths[start : start + _AT_ONCE]]
        if progress is not None:
            progress(len(found), len(paths))
    words = np.frombuffer(b"".join(hashes for _, hashes in found), np.uint64).reshape(len(found), 2, _WORDS)
    return ImageHashes(tuple(files), tuple(sha256 for sha256, _ in found), words[:, :, 0], words[:, :, 1:])


def _key(path: Path) -> str:
    """Tells a file, as it is now, from others."""
    try:
        about = path.stat()
        said = (_VERSION, str(path.resolve()), about.st_size, about.st_mtime_ns)
    except OSError:
        said = (_VERSION, str(path), -1, -1)  # whoever reads it says why it cannot be read
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _hashed(new: tuple[str, Path]) -> tuple[str, str, bytes]:
    key, path = new
    image, sha256 = read_picture(path)
    return key, sha256, _words(image.convert("L")).tobytes()


def _words(grey: "Image.Image") -> NDArray[np.uint64]:
    """(10,) uint64: the coarse hash and the fine one, of a picture and then of its mirror image."""
    import imagehash  # brings scipy's transforms, which only those who hash need to wait for
    from PIL import Image, ImageOps

    sides = (_COARSE, _FINE)
    # scaled here as pHash scales it, so that the mirror image need not be scaled from all pixels again
    small = [grey.resize((side * _FREQUENCIES,) * 2, Image.Resampling.LANCZOS) for side in sides]
    both = [*zip(small, sides, strict=True), *zip(map(ImageOps.mirror, small), sides, strict=True)]
    bits = [np.asarray(imagehash.phash(image, side, _FREQUENCIES).hash).ravel() for image, side in both]
    return np.packbits(np.concatenate(bits)).view(np.uint64)
