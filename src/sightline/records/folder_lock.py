"""Folders that one process works in at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from sightline.errors import DataError, RequestError

__all__ = ["lock_folder", "refuse_other_files"]


@contextmanager
def lock_folder(folder: Path, lock: str, busy: str, unusable: str) -> Iterator[None]:
    """Make a folder, if need be, and keep other processes out of it.

    A process that is killed leaves no lock behind.

    Args:
        folder: the folder.
        lock: name of the file in it that is locked.
        busy: what to say where another process works there.
        unusable: what to say where the folder cannot be made or locked; the reason follows.

    Raises:
        RequestError: another process works there.
        DataError: the folder cannot be made or locked.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = FileLock(folder / lock)
        held.acquire(timeout=0)
    except Timeout:
        raise RequestError(f"{folder}: {busy}") from None
    except (OSError, NotImplementedError) as error:
        raise DataError(f"{unusable} ({error})", file=folder) from error
    try:
        yield
    finally:
        held.release()


def refuse_other_files(folder: Path, lock: str, what: str) -> None:
    """Refuse a folder that holds something else.

    Args:
        folder: the folder, without what is looked for.
        lock: name of the file in it that is locked.
        what: what is looked for, in a word.

    Raises:
        RequestError: there are other files in it.
    """
    others = sorted(file.name for file in folder.iterdir() if file.name != lock)
    if others:
        raise RequestError(
            f"{folder} holds {', '.join(others[:3])}{', …' if len(others) > 3 else ''} but no {what}. "
            "Choose a folder that is new or empty: --out FOLDER."
        )
