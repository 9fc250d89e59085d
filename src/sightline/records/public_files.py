"""Public benchmark files, fetched once into a cache and checked against their hash.

Of some files no version is pinned. The hash of what comes first is then kept beside it, and every later use held to it.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_cache_path

from sightline.core import PublicFile
from sightline.errors import FetchError
from sightline.records.atomic import write_bytes

__all__ = ["cache_folder", "cached", "fetch"]


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
        if not path.is_file():
            return None
        expected = file.sha256 or _first_seen(path)
        if expected and (found := _sha256(path)) != expected:
            raise FetchError(
                f"{path}: this is not the file expected: its sha256 is {found}, expected {expected}. "
                f"Delete it and run: sightline data get {name}"
            )
    return folder


def fetch(name: str, files: Sequence[PublicFile]) -> Path:
    """Fetch the files of a data set into the cache; what is there already is only checked.

    Raises:
        FetchError: there is no network, or what came is not the file expected.
    """
    # Loaded here: pooch brings requests, a tenth of a second that only this function needs.
    import pooch
    from requests.exceptions import RequestException

    folder = cache_folder() / name
    downloader = pooch.HTTPDownloader(timeout=30)
    pooch.get_logger().setLevel("ERROR")
    for file in files:
        try:
            path, expected = folder / file.name, file.sha256 or _first_seen(folder / file.name)
            known = f"sha256:{expected}" if expected else None
            pooch.retrieve(file.url, known, fname=file.name, path=folder, downloader=downloader)
            if not expected:
                write_bytes(_note(path), _sha256(path).encode())
        except RequestException as error:
            raise FetchError(
                f"{file.url} could not be fetched ({type(error).__name__}). Without a network, take the files from a "
                f"machine that has one and give their folder: --labels {name}=FOLDER"
            ) from None
        except ValueError as error:
            raise FetchError(f"{file.url}: this is not the file expected. {error}") from None
    return folder


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
