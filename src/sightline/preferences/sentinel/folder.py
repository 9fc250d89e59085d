"""The folder of a run of SENTINEL's pairs.

- ``sentinel.json`` says what was run: the model and the detectors by their content, how sentences were drawn, which
  images; and, once the run is done, what it came to.
- ``captions.jsonl`` has a line for each image, on the disk as soon as its caption is over: all candidates, what the
  detectors made of their objects, and what came of them. A process that is killed loses those that it was writing.
- ``pairs.jsonl``, ``<model>_data_pair.jsonl`` and ``<model>.jsonl`` are made of these lines in the end, in the order of
  the images, so that an interrupted run ends byte for byte like another.
- ``sentinel.lock`` keeps a second process out.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sightline.errors import DataError, RequestError
from sightline.preferences.pairs_file import pair_record
from sightline.preferences.sentinel.captions import Asked, SentinelCaption, caption_from_record, caption_record
from sightline.preferences.sentinel.files import auxiliary_row, pair_row, pairs_of
from sightline.preferences.sentinel.loop import Done
from sightline.preferences.sentinel.variants import Variant
from sightline.records.atomic import write_bytes, write_parts
from sightline.records.folder_lock import lock_folder, refuse_other_files
from sightline.records.journal import Journal
from sightline.records.json_rows import read_json

__all__ = ["PAIRS", "SentinelFolder", "hold_folder"]

PAIRS = "pairs.jsonl"
"""The file of pairs, in sightline's own format."""

_ABOUT, _CAPTIONS, _LOCK = "sentinel.json", "captions.jsonl", "sentinel.lock"
_VERSION = 1
_BUSY = "another process is writing pairs into this folder. Wait until it is done, or choose another: --out FOLDER."
_FREE = ("model_name", "result")
"""What may differ between two calls for the same run."""


class SentinelFolder:
    """A folder that this process holds; `hold_folder` gives it.

    Args:
        path: the folder.
        about: what ``sentinel.json`` says.
        journal: the captions so far.
    """

    def __init__(self, path: Path, about: dict[str, Any], journal: Journal) -> None:
        self.path = path
        self.about = about
        self._journal = journal
        self._lines: dict[tuple[str, str], dict[str, Any]] = {}
        for line in journal.lines:
            self._lines[line["image"], line["prompt"]] = line

    @property
    def was_cut(self) -> bool:
        """Whether a caption was taken away that had not been written whole."""
        return self._journal.was_cut

    def has(self, asked: Asked) -> bool:
        """Whether the caption of an image is written; an image with a problem is tried again."""
        return "steps" in self._lines.get((asked.name, asked.prompt), {})

    def append(self, done: Done) -> None:
        """Put what became of an image on the disk.

        Raises:
            DataError: it cannot be written.
        """
        told = {"image": done.asked.name, "prompt": done.asked.prompt, "problem": done.problem}
        line = told if done.caption is None else caption_record(done.caption)
        self._journal.append(line)
        self._lines[done.asked.name, done.asked.prompt] = line

    def captions(self, asked: Iterable[Asked]) -> Iterator[SentinelCaption]:
        """The captions that are written, in the order asked."""
        for each in asked:
            if self.has(each):
                yield caption_from_record(self._lines[each.name, each.prompt])

    def problems(self, asked: Iterable[Asked]) -> dict[str, str]:
        """Image → why it has no caption."""
        lines = {each.name: self._lines.get((each.name, each.prompt), {}) for each in asked}
        return {name: line["problem"] for name, line in lines.items() if "problem" in line}

    def finish(self, asked: Iterable[Asked], way: Variant, result: Mapping[str, Any]) -> tuple[Path, ...]:
        """Write the files of pairs, and what the run came to.

        Raises:
            DataError: a file cannot be written.
        """
        asked = tuple(asked)
        name = _file_name(self.about["model_name"])

        def pairs() -> Iterator[bytes]:
            for caption in self.captions(asked):
                yield from (_line(pair_record(pair)) for pair in pairs_of(caption, way))

        def rows() -> Iterator[bytes]:
            for caption in self.captions(asked):
                path = caption.asked.image_path
                yield from (_line(pair_row(pair, path)) for pair in pairs_of(caption, way))

        auxiliary = (_line(auxiliary_row(caption)) for caption in self.captions(asked))
        files = {PAIRS: pairs(), f"{name}_data_pair.jsonl": rows(), f"{name}.jsonl": auxiliary}
        written = [write_parts(self.path / file, parts) for file, parts in files.items()]
        _write_about(self.path, {**self.about, "result": dict(result)})
        return tuple(written)


def _line(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record).encode() + b"\n"


def _file_name(model: str) -> str:
    """A model's name as a file's; never one that the folder has already."""
    name = re.sub(r"[^\w.-]+", "-", model.rstrip("/").rpartition("/")[2]).strip("-.") or "model"
    return f"{name}_model" if f"{name}.jsonl" in (PAIRS, _CAPTIONS) else name


@contextmanager
def hold_folder(path: Path, about: Mapping[str, Any]) -> Iterator[SentinelFolder]:
    """Begin a run, or go on with it, and keep other processes out of its folder meanwhile.

    Args:
        path: the folder; it is made where it is not there.
        about: what is to be run, JSON-ready; it must be what it was if the run was begun before, but for model_name.

    Raises:
        RequestError: another process holds the folder, or it holds another run, or something else.
        DataError: the folder cannot be read or written.
    """
    with lock_folder(path, _LOCK, _BUSY, "no pairs can be written here"):
        for left in path.glob(".*.json*.*"):
            left.unlink()  # half-written by a process that was killed; the lock says that none is writing now
        wanted = {"version": _VERSION, **json.loads(json.dumps(about))}
        if (path / _ABOUT).is_file():
            _refuse_other_run(path, wanted)
        else:
            refuse_other_files(path, _LOCK, "run of SENTINEL's pairs")
        _write_about(path, wanted)
        with Journal(path / _CAPTIONS) as journal:
            yield SentinelFolder(path, wanted, journal)


def _refuse_other_run(path: Path, wanted: Mapping[str, Any]) -> None:
    found = read_json(path / _ABOUT)
    if not isinstance(found, dict) or found.get("version") != _VERSION:
        raise DataError(f"this is no run of SENTINEL's pairs of version {_VERSION}", file=path / _ABOUT)
    then, now = _flat(found), _flat(wanted)
    differing = [
        f"{name} was {_shown(then.get(name))}, is {_shown(now.get(name))}"
        for name in now | then
        if then.get(name) != now.get(name)
    ]
    if differing:
        raise RequestError(
            f"{path} holds another run: {'; '.join(differing)}. Choose another folder with --out, or delete this one."
        )


def _flat(about: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in about.items():
        if name in _FREE:
            continue
        flat |= {f"{name} {inner}": each for inner, each in value.items()} if isinstance(value, dict) else {name: value}
    return flat


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) < 60 else f"{text[:16]}…{text[-1]}"


def _write_about(path: Path, about: Mapping[str, Any]) -> None:
    write_bytes(path / _ABOUT, (json.dumps(about, indent=1) + "\n").encode())
