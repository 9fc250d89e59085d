"""Public benchmark files, fetched once into a cache and checked against their hash.

Of some files no version is pinned. The hash of what comes first is then kept beside it, and every later use held to it.
Archives are unpacked beside themselves (`sightline.records.archives`).
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from platformdirs import user_cache_path

from sightline.core import PublicFile
from sightline.errors import FetchError
from sightline.records.archives import is_archive, is_unpacked, unpack
from sightline.records.atomic import write_bytes

__all__ = ["cache_folder", "cached", "fetch"]

_CHUNK = 1 << 18
"""Bytes that are read at once."""


def cache_folder() -> Path:
    """Where public files are kept: ``$SIGHTLINE_CACHE``, or the usual cache folder of the system."""
    return Path(os.environ.get("SIGHTLINE_CACHE") or user_cache_path("sightline"))


def cached(name: str, files: Sequence[PublicFile]) -> Path | None:
    """The folder of a data set, if all its files are in the cache with the right hash; None if not.

    Raises:
        FetchError: a file is there but is not the one expected.
    """
    folder = cache_folder() / name
    for file in files:
        path = folder / file.name
        if not path.is_file() or (is_archive(file.name) and not is_unpacked(path)):
            return None
        expected = file.sha256 or _first_seen(path)
        if expected and (found := _sha256(path)) != expected:
            raise FetchError(
                f"{path}: this is not the file expected: its sha256 is {found}, expected {expected}. "
                f"Delete it and run: sightline data get {name}"
            )
    return folder


def fetch(
    name: str,
    files: Sequence[PublicFile],
    into: Path | None = None,
    told: Callable[[str, int, int], None] | None = None,
) -> Path:
    """Fetch the files of a data set; what is there already is only checked.

    Args:
        name: of the data set.
        files: what it consists of.
        into: the folder to fetch into; the data set's own in the cache where None.
        told: told the name of a file, how many of its bytes are there, and of how many.

    Raises:
        FetchError: there is no network, what came is not the file expected, or an archive cannot be unpacked.
    """
    folder = into or cache_folder() / name
    local = (
        f"Without a network, unpack {{file}} there yourself: --images {into}"
        if into
        else f"Without a network, take the files from a machine that has one; every loader also takes a local folder: "
        f"--labels {name}=FOLDER"
    )
    for file in files:
        try:
            _fetch(file, folder, local.format(file=file.name), told)
        except OSError as error:
            raise FetchError(f"{folder / file.name}: cannot be written ({error.strerror or error})") from None
    return folder


def _fetch(file: PublicFile, folder: Path, local: str, told: Callable[[str, int, int], None] | None) -> None:
    # Loaded here: pooch brings requests, a tenth of a second that only this function needs.
    import pooch
    from requests.exceptions import RequestException

    pooch.get_logger().setLevel("ERROR")
    bar = _Bar(file.name, told) if told else False
    path = folder / file.name
    expected = file.sha256 or _first_seen(path)
    known = f"sha256:{expected}" if expected else None
    downloader = pooch.HTTPDownloader(timeout=30, progressbar=bar, chunk_size=_CHUNK)
    try:
        pooch.retrieve(file.url, known, fname=file.name, path=folder, downloader=downloader)
    except RequestException as error:
        raise FetchError(f"{file.url} could not be fetched ({type(error).__name__}). {local}") from None
    except ValueError as error:
        newer = "" if file.sha256 else f" Where a newer version is meant, delete {_note(path)}."
        raise FetchError(f"{file.url}: this is not the file expected. {error}{newer}") from None
    if is_archive(file.name) and not is_unpacked(path):
        unpack(path, file.inside)
    if not expected:
        write_bytes(_note(path), _sha256(path).encode())


class _Bar:
    """What pooch tells how far it is."""

    def __init__(self, name: str, told: Callable[[str, int, int], None]) -> None:
        self.name, self.told, self.total, self.done = name, told, 0, 0

    def update(self, size: int) -> None:
        self.done += size
        self.told(self.name, self.done, max(self.total, self.done))

    def reset(self) -> None:
        self.done = 0

    def close(self) -> None:
        """Nothing to close."""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _note(path: Path) -> Path:
    """Where the hash of a file is kept of which no version is pinned."""
    return path.with_name(f"{path.name}.sha256")


def _first_seen(path: Path) -> str:
    """The hash that a file had when it was fetched; "" where it never was."""
    note = _note(path)
    return note.read_text().strip() if note.is_file() else ""
