"""A folder of rendered scenes that one process holds: what is being rendered there, and that nothing else is there.

``render.part.json`` says what is being rendered while it is, ``render.json`` once all is done; ``render.lock`` keeps a
second process out.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sightline.errors import DataError, RequestError
from sightline.records.atomic import write_bytes
from sightline.records.folder_lock import lock_folder
from sightline.records.json_rows import read_json

__all__ = ["FILES", "IMAGES", "RECORD", "hold", "write_record"]

IMAGES = "images"
"""The folder of the pictures."""

FILES = ("instances.json", "scene_graphs.json", "captions.jsonl", "vocabulary.json")
"""What is written beside it."""

RECORD = "render.json"
"""The file that says what was rendered; it is written last."""

_PART, _LOCK = "render.part.json", "render.lock"
_VERSION = 1
_BUSY = "another process is rendering into this folder. Wait until it is done, or choose another: --out FOLDER."


@contextmanager
def hold(folder: Path, settings: Mapping[str, Any], overwrite: bool) -> Iterator[dict[str, Any] | None]:
    """Begin a folder, or go on with it, and keep other processes out meanwhile.

    Args:
        folder: it is made where it is not there.
        settings: what is to be rendered, JSON-ready; it must be what it was if the folder was begun before.
        overwrite: whether scenes that are there may be deleted.

    Returns:
        What ``render.json`` says, where the folder was complete.

    Raises:
        RequestError: another process holds the folder, or it holds other scenes, or something else.
        DataError: the folder cannot be read or written.
    """
    if folder.is_dir() and not any((folder / name).exists() for name in (RECORD, _PART)):
        _refuse_other_files(folder)
    if folder.exists() and not folder.is_dir():
        raise RequestError(f"{folder} is a file; scenes are written to a folder. Choose another: --out FOLDER.")
    with lock_folder(folder, _LOCK, _BUSY, "no scenes can be written here"):
        for name in (*FILES, RECORD, _PART):
            _delete(folder.glob(f".{name}.*"))  # half-written by a process that was killed; none is writing now
        _delete((folder / IMAGES).glob(".scene_*.png.*"))
        begun = [folder / name for name in (RECORD, _PART) if (folder / name).exists()]
        if begun and not overwrite:
            found = _read(begun[0])
            _refuse_other_settings(folder, found, settings)
            yield found if begun[0].name == RECORD else None
            return
        # in this order, so that after a kill no pictures lie there of which nothing says what they are
        _delete((folder / IMAGES).glob("scene_*.png"))
        _delete(folder / name for name in FILES)
        _write(folder / _PART, settings)
        _delete([folder / RECORD])
        yield None


def write_record(folder: Path, settings: Mapping[str, Any], rendered: Mapping[str, Any]) -> None:
    """Say that the folder is complete.

    Raises:
        DataError: the record cannot be written.
    """
    _write(folder / RECORD, {**settings, **rendered})
    _delete([folder / _PART])


def _write(file: Path, content: Mapping[str, Any]) -> None:
    write_bytes(file, (json.dumps({"render": _VERSION, **content}, indent=1) + "\n").encode())


def _read(file: Path) -> dict[str, Any]:
    content = read_json(file)
    if not isinstance(content, dict) or content.get("render") != _VERSION:
        hint = "Choose a folder that is new or empty: --out FOLDER."
        raise DataError(f"this does not say what was rendered (version {_VERSION})", file=file, hint=hint)
    return content


def _refuse_other_files(folder: Path) -> None:
    others = sorted(file.name for file in folder.iterdir() if file.name != _LOCK and file.name[0] != ".")
    if others:
        raise RequestError(
            f"{folder} holds {', '.join(others[:3])}{', …' if len(others) > 3 else ''} but no rendered scenes. "
            "Choose a folder that is new or empty: --out FOLDER."
        )


def _refuse_other_settings(folder: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    then, now = _flat(found), _flat(wanted)
    differing = [f"{name} was {then.get(name)}, is {now[name]}" for name in now if then.get(name) != now[name]]
    if differing:
        raise RequestError(
            f"{folder} holds other scenes: {'; '.join(differing)}. Choose another folder with --out, or say "
            "--overwrite to render it anew."
        )


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by name, those of the world among them."""
    world = settings.get("world")
    return {**settings, **(world if isinstance(world, dict) else {}), "world": None}


def _delete(files: Iterator[Path] | list[Path]) -> None:
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise DataError(f"cannot be deleted ({error.strerror or error})", file=file) from error
