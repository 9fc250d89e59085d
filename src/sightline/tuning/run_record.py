"""``tune.json``: what a run tunes, on what and how, and in the end what came of it.

It is written before the first step. The same command again goes on where the run was interrupted; with other settings,
other pairs or another base model it is refused, since what came of that would be neither the one nor the other.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sightline.errors import DataError, RequestError
from sightline.records.atomic import write_bytes
from sightline.records.json_rows import read_json

__all__ = ["FORMAT", "RECORD", "VERSION", "begin", "finish", "pairs_hash", "read_record", "refuse_other"]

RECORD = "tune.json"
"""What the file is called; whoever loads an adapter looks in it for its base."""

FORMAT = "sightline-tuning"
VERSION = 1

_DECIDES = {
    "settings": "other settings",
    "data": "other pairs or images",
    "held_out": "other held-out pairs",
    "base_hash": "another base model",
    "plan": "another division into batches",
}
"""What makes two runs the same, and what to call it where it differs."""


def read_record(folder: Path) -> dict[str, Any] | None:
    """Read the record of a folder; None where there is none.

    Raises:
        DataError: it cannot be read, or is no such record.
    """
    path = folder / RECORD
    if not path.is_file():
        return None
    record = read_json(path)
    if not isinstance(record, dict) or record.get("format") != FORMAT or record.get("version") != VERSION:
        raise DataError(f"this is no record of a tuning run of version {VERSION}", file=path)
    return record


def begin(folder: Path, about: Mapping[str, Any], anew: bool) -> None:
    """Write the record of a run that begins, or see that it is the one that was begun.

    Args:
        folder: the run's folder.
        about: everything that makes the run what it is.
        anew: whether nothing is there yet of a run that was begun, so that another may take its place.

    Raises:
        RequestError: another run was begun in the folder.
        DataError: the record cannot be read or written.
    """
    before = read_record(folder)
    if before is None or (anew and not before["complete"]):
        _write(folder, {**about, "complete": False})
    else:
        refuse_other(folder, before, about)


def refuse_other(folder: Path, before: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    """Refuse to go on with a run as if it were another; only what `about` holds is compared.

    Raises:
        RequestError: they differ.
    """
    now = json.loads(json.dumps(about))
    for name, called in _DECIDES.items():
        if name in now and before.get(name) != now[name]:
            raise RequestError(
                f"{folder} holds a run with {called}: {_difference(before.get(name), now[name])}. Choose another "
                "folder: --out FOLDER."
            )


def _difference(before: Any, now: Any) -> str:
    if isinstance(before, dict) and isinstance(now, dict):
        names = [name for name in now | before if before.get(name) != now.get(name)]
        return "; ".join(f"{name} {_difference(before.get(name), now.get(name))}" for name in names)
    return f"it has {_short(before)}, now it is {_short(now)}"


def _short(value: Any) -> str:
    return f"{value[:12]}…" if isinstance(value, str) and len(value) == 64 else json.dumps(value)


def finish(folder: Path, found: Mapping[str, Any]) -> dict[str, Any]:
    """Add what came of a run to its record.

    Raises:
        DataError: it cannot be read or written.
    """
    record = {**(read_record(folder) or {}), **found, "complete": True}
    _write(folder, record)
    return record


def _write(folder: Path, record: Mapping[str, Any]) -> None:
    whole = {"format": FORMAT, "version": VERSION, **record}
    write_bytes(folder / RECORD, json.dumps(whole, indent=1, ensure_ascii=False).encode() + b"\n")


def pairs_hash(keys: Iterable[str]) -> str:
    """A hash of the keys of pairs, in their order."""
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()
