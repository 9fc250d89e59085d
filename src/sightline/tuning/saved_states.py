"""Checkpoints of a run, told from those that were not written whole."""

import shutil
from pathlib import Path

from sightline.errors import DataError
from sightline.records.atomic import settle, write_bytes

__all__ = ["drop_checkpoints", "mark_whole", "newest_checkpoint"]

_WHOLE = "whole"
"""A file that is written into a checkpoint last."""


def mark_whole(checkpoint: Path) -> None:
    """Say that a checkpoint is complete, once the disk has it, and take those before it away.

    Raises:
        DataError: it cannot be written.
    """
    settle([path for path in checkpoint.rglob("*") if path.is_file()])
    write_bytes(checkpoint / _WHOLE, b"")
    for other in _all(checkpoint.parent):
        if other != checkpoint:
            _drop(other)


def newest_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written whole; others are taken away.

    Raises:
        DataError: one cannot be taken away.
    """
    whole = [path for path in _all(folder) if (path / _WHOLE).is_file()]
    newest = max(whole, key=_step, default=None)
    for path in _all(folder):
        if path != newest:
            _drop(path)
    return newest


def drop_checkpoints(folder: Path) -> None:
    """Take all checkpoints away.

    Raises:
        DataError: one cannot be taken away.
    """
    for path in _all(folder):
        _drop(path)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _all(folder: Path) -> list[Path]:
    return sorted(folder.glob("checkpoint-*"), key=_step)


def _step(path: Path) -> int:
    return int(path.name.rpartition("-")[2])


def _drop(path: Path) -> None:
    try:
        (path / _WHOLE).unlink(missing_ok=True)
        shutil.rmtree(path)
    except OSError as error:
        raise DataError(f"cannot be taken away ({error.strerror or error})", file=path) from error
