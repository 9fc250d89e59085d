"""Files that are there whole or not at all."""

import os
import secrets
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from sightline.errors import DataError

__all__ = ["settle", "write_bytes", "write_parts"]


def write_bytes(path: Path, data: bytes, settled: bool = True) -> Path:
    """Write a file under another name first, so that nothing half-written ever bears its own.

    Args:
        path: the file.
        data: what it is to hold.
        settled: wait until the disk has it. Without, a power cut can leave a file that is empty or cut off, though a
            kill cannot; whoever writes many files calls `settle` at the end.

    Raises:
        DataError: the file cannot be written (no space, no permission, a file where a folder is needed).
    """
    return write_parts(path, (data,), settled)


def write_parts(path: Path, parts: Iterable[bytes], settled: bool = True) -> Path:
    """Write a file like `write_bytes`, part by part, so that no more than one has to be held.

    Raises:
        DataError: see `write_bytes`.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            file.writelines(parts)
            file.flush()
            if settled:
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        with suppress(OSError):  # where there is no folder there is none to delete
            temporary.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise DataError(f"cannot be written ({error.strerror or error})", file=path) from error
    return path


def settle(paths: Sequence[Path]) -> None:
    """Wait until the disk has files, or the names in folders.

    Raises:
        DataError: the disk does not take one.
    """
    # one after the other each would wait for a turn of the disk; side by side they share turns, twenty times as fast
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        list(pool.map(_settle, paths))


_SIDE_BY_SIDE = 16


def _settle(path: Path) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise DataError(f"cannot be written ({error.strerror or error})", file=path) from error
