"""Log-probabilities of pairs under the model as it was before it is tuned, kept on the disk.

They are looked up by everything that decides them: the model's content and how it computes, the image's bytes and the
size it is shown at, the pair. So they serve a second epoch, another loss or beta, and runs that are taken up.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from sightline.core import ModelIdentity
from sightline.records.public_files import cache_folder
from sightline.records.sqlite_cache import SqliteCache

__all__ = ["ReferenceCache", "reference_key"]

_VERSION = 1
_COLUMNS = {"chosen": "REAL NOT NULL", "rejected": "REAL NOT NULL"}


def reference_key(
    model: ModelIdentity, as_trees: bool, image_sha256: str, max_pixels: int | None, pair_key: str
) -> str:
    """The hash under which the log-probabilities of a pair are kept.

    Args:
        model: of its fields those that decide what is computed.
        as_trees: whether pairs of an image are computed together; in half precision that rounds otherwise.
        image_sha256: hash of the image's bytes.
        max_pixels: the area that larger images are scaled down to.
        pair_key: `PreferencePair.key`.
    """
    who = [model.hash, model.engine, model.dtype, model.attention]
    what = [as_trees, image_sha256, max_pixels, pair_key]
    return hashlib.sha256(json.dumps([_VERSION, who, what]).encode()).hexdigest()


class ReferenceCache:
    """The log-probabilities that earlier steps and runs computed.

    Args:
        path: the file; in the cache folder where None.

    Raises:
        DataError: the file is no such cache, or cannot be opened.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or cache_folder() / "references.sqlite"
        self._kept = SqliteCache(self.path, "the cache of references", "pairs", _COLUMNS, _VERSION)

    def find(self, keys: Sequence[str]) -> dict[str, tuple[float, float]]:
        """What is kept under any of these keys: of the chosen reply, and of the rejected one.

        Raises:
            DataError: the file cannot be read.
        """
        return {key: (chosen, rejected) for key, chosen, rejected in self._kept.find(keys)}

    def keep(self, found: Mapping[str, tuple[float, float]]) -> None:
        """Keep log-probabilities, all or none of them; what is kept already stays as it is.

        Raises:
            DataError: the file cannot be written.
        """
        self._kept.keep((key, chosen, rejected) for key, (chosen, rejected) in found.items())

    def close(self) -> None:
        """Close the file."""
        self._kept.close()

    def __enter__(self) -> "ReferenceCache":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
