"""A run folder: what one model said to the questions of one benchmark.

- ``run.json`` says what was run: the model by its content, how it was asked, the files, the versions, the time it took,
  the tokens and what they cost where a server counts them; and whether the run is complete.
- ``replies.parquet`` has a row for each question and sample, in the order of the questions. It holds no times, so the
  same run gives the same bytes, however often it was interrupted.
- ``replies.part.jsonl`` is there while a run is under way: a line for each batch, on the disk before the next begins.
- ``run.lock`` keeps a second process out.
"""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from sightline.core import SourceFile, Totals
from sightline.errors import DataError, MissingError, RequestError
from sightline.records.atomic import write_bytes
from sightline.records.folder_lock import lock_folder, refuse_other_files
from sightline.records.journal import Journal, read_journal
from sightline.records.json_rows import read_bytes, read_json
from sightline.records.run_replies import Entry, entries_from_line, line_of_entries, reply_rows
from sightline.records.tables import parquet_bytes

__all__ = ["RecordedRun", "RunFolder", "hold_run", "is_run_folder", "read_about", "read_run"]

_RUN, _REPLIES, _PART, _LOCK = "run.json", "replies.parquet", "replies.part.jsonl", "run.lock"
_VERSION = 1
_BUSY = (
    "another process is working in this run folder. Wait until it is done, or choose another folder with --out; "
    "replies that are done serve both through the cache."
)

_NEAR_TIE = 1e-4
"""Nats; ten times what another batch size changes in float32."""

_FIXED = ("benchmark", "benchmark_version", "model", "asking", "wording", "questions", "images")
"""The parts of ``run.json`` that make it this run."""

_FREE = ("name", "family", "details")
"""What may be said otherwise of the same model."""


class RecordedRun(NamedTuple):
    """A run, read back.

    Args:
        about: what ``run.json`` says.
        replies: the table of replies; of an unfinished run what is complete.
        source: the file they were read from.
    """

    about: dict[str, Any]
    replies: pa.Table
    source: SourceFile


class RunFolder:
    """A run folder that this process holds; `hold_run` gives it.

    Args:
        path: the folder.
        about: what ``run.json`` says.
        journal: what is done so far; None where the run is complete.
    """

    def __init__(self, path: Path, about: dict[str, Any], journal: Journal | None) -> None:
        self.path = path
        self.about = about
        self.done: dict[int, Entry] = {}
        """What was asked and said so far, by its place."""
        self._journal = journal
        self._from_cache, self._seconds = 0, 0.0
        self._usage: Totals | None = None
        for line in () if journal is None else journal.lines:
            taken = Totals(*line["usage"]) if "usage" in line else None
            self._take(entries_from_line(line), line["from_cache"], line["seconds"], taken)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to be done."""
        return self._journal is None

    @property
    def was_cut(self) -> bool:
        """Whether a batch was taken away that had not been written whole."""
        return self._journal is not None and self._journal.was_cut

    def append(self, entries: Sequence[Entry], from_cache: int, seconds: float, taken: Totals | None = None) -> None:
        """Put a batch on the disk.

        Args:
            entries: what was asked and said.
            from_cache: how many of them an earlier run had asked.
            seconds: that it took.
            taken: the tokens that were counted since the batch before.

        Raises:
            DataError: it cannot be written; what was written before is kept.
        """
        if self._journal is None:
            raise ValueError("the run is complete")
        self._journal.append(line_of_entries(entries, from_cache, seconds, taken))
        self._take(entries, from_cache, seconds, taken)

    def _take(self, entries: Sequence[Entry], from_cache: int, seconds: float, taken: Totals | None) -> None:
        self.done.update((entry.place, entry) for entry in entries)
        self._from_cache += from_cache
        self._seconds += seconds
        if taken is not None:
            self._usage = taken if self._usage is None else self._usage.plus(taken)

    def finish(self, details: Mapping[str, str] | None = None) -> None:
        """Write the table and say that the run is complete.

        Args:
            details: what else is to be said of the model, where it is known only now, as whether it shared images.

        Raises:
            DataError: a file cannot be written; the journal is then still there.
        """
        if self._journal is None:
            raise ValueError("the run is complete")
        table = _table(self.about, self.done)
        data = parquet_bytes(table)
        write_bytes(self.path / _REPLIES, data)
        asked = len(self.done) - self._from_cache
        timings = {
            **self.about["timings"],
            "finished": _now(),
            "asking_s": round(self._seconds, 3),
            "asked": asked,
            "from_cache": self._from_cache,
            "replies_per_s": round(asked / self._seconds, 3) if asked and self._seconds else None,
        }
        replies = {"sha256": hashlib.sha256(data).hexdigest(), "near_ties": _near_ties(table)}
        if details is not None:
            self.about["model"] = {**self.about["model"], "details": dict(details)}
        self.about = {**self.about, "status": "complete", "timings": timings, "replies": replies}
        if self._usage is not None:
            self.about["usage"] = {name: value for name, value in self._usage._asdict().items() if name != "cached"}
        _write_about(self.path, self.about)
        self._journal.close()
        self._journal = None
        (self.path / _PART).unlink()


@contextmanager
def hold_run(path: str | Path, about: Mapping[str, Any]) -> Iterator[RunFolder]:
    """Begin a run, or go on with it, and keep other processes out of its folder meanwhile.

    Args:
        path: the folder; it is made where it is not there.
        about: what is to be run, JSON-ready: benchmark, benchmark_version, model, asking, wording, questions, images,
            which must be what they were if the run was begun before; and what else ``run.json`` is to say.

    Raises:
        RequestError: another process holds the folder, or it holds another run, or something else.
        DataError: the folder cannot be read or written.
    """
    path = Path(path)
    with ExitStack() as stack:
        stack.enter_context(lock_folder(path, _LOCK, _BUSY, "no run folder can be made here"))
        for left in (*path.glob(f".{_RUN}.*"), *path.glob(f".{_REPLIES}.*")):
            left.unlink()  # half-written by a process that was killed; the lock says that none is writing now
        wanted: dict[str, Any] = json.loads(json.dumps(about))
        if not is_run_folder(path):
            refuse_other_files(path, _LOCK, "run")
            found = {"run": _VERSION, "status": "running", **wanted}
            found["timings"] = {"started": _now(), "interruptions": 0}
            _write_about(path, found)
        else:
            found = read_about(path)
            _refuse_other_run(path, found, wanted)
            if found["status"] == "complete" and (path / _REPLIES).is_file():
                (path / _PART).unlink(missing_ok=True)
                yield RunFolder(path, found, None)
                return
            timings = {**found["timings"], "interruptions": found["timings"]["interruptions"] + 1}
            found = {**found, **wanted, "status": "running", "timings": timings}
            _write_about(path, found)
        yield RunFolder(path, found, stack.enter_context(Journal(path / _PART)))


def _refuse_other_run(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    then, now = _flat(found), _flat(wanted)
    differing = [
        f"{name} was {_shown(then.get(name))}, is {_shown(now.get(name))}"
        for name in now | then
        if then.get(name) != now.get(name)
    ]
    if differing:
        raise RequestError(
            f"{path} holds another run: {'; '.join(differing)}. Choose another folder with --out, or delete this one; "
            "replies to the same questions are taken from the cache."
        )


def _flat(about: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for part in _FIXED:
        value = about.get(part)
        if not isinstance(value, dict):
            flat[part] = value
        else:
            flat |= {f"{part} {name}": each for name, each in value.items() if part != "model" or name not in _FREE}
    return flat


def _shown(value: Any, length: int = 16) -> str:
    text = json.dumps(value)
    return text if len(text) < 60 else f"{text[:length]}…{text[-1]}"


def is_run_folder(path: str | Path) -> bool:
    """Whether a folder holds a run."""
    return (Path(path) / _RUN).is_file()


def read_about(path: str | Path) -> dict[str, Any]:
    """Read what was run.

    Raises:
        DataError: the file is not there, is broken, or is of another version.
    """
    file = Path(path) / _RUN
    about = read_json(file)
    if not isinstance(about, dict) or about.get("run") != _VERSION or "status" not in about:
        raise DataError(f"this is no run of version {_VERSION}", file=file)
    return about


def read_run(path: str | Path, allow_missing: bool = False) -> RecordedRun:
    """Read a run back.

    Args:
        path: its folder.
        allow_missing: of an unfinished run take what is complete.

    Raises:
        MissingError: the run is not complete.
        DataError: a file is broken, or is not what the run wrote.
    """
    path = Path(path)
    about = read_about(path)
    if about["status"] == "complete":
        file = path / _REPLIES
        data = read_bytes(file)
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 != about["replies"]["sha256"]:
            raise DataError("this is not the file that the run wrote", file=file, hint="Restore it, or run anew.")
        table = parquet.read_table(io.BytesIO(data))
        return RecordedRun(about, table, SourceFile(str(file), sha256, table.num_rows))
    file = path / _PART
    lines, _ = read_journal(file)
    done = {entry.place: entry for line in lines for entry in entries_from_line(line)}
    if not allow_missing:
        distinct = about["questions"]["distinct"]
        command = about.get("command") or "the command that began it"
        raise MissingError(
            f"this run is not complete: {len(done):,} of {distinct:,} distinct questions are done",
            file=path,
            hint=f"Finish it ({command}), or go on with what is done: --allow-missing.",
        )
    sha256 = hashlib.sha256(read_bytes(file)).hexdigest() if file.exists() else ""
    table = _table(about, done)
    return RecordedRun(about, table, SourceFile(str(file), sha256, table.num_rows))


def _table(about: Mapping[str, Any], done: Mapping[int, Entry]) -> pa.Table:
    """The replies, and in the metadata what made them; nothing that could differ from one time to the next."""
    kept = {name: about[name] for name in _FIXED}
    kept["model"] = {name: value for name, value in kept["model"].items() if name != "details"}
    return reply_rows(done.values(), about["asking"]["choices"], kept)


def _write_about(path: Path, about: Mapping[str, Any]) -> None:
    write_bytes(path / _RUN, (json.dumps(about, indent=1) + "\n").encode())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _near_ties(table: pa.Table) -> list[str]:
    """The questions whose two likeliest choices lie so close that another batch size might turn them round."""
    columns = [name for name in table.column_names if name.startswith("log_prob:")]
    if len(columns) < 2:
        return []
    # Questions may offer fewer options than others; what they do not offer is the least likely.
    ordered = np.sort(np.stack([table[name].fill_null(-np.inf).to_numpy() for name in columns]), axis=0)
    close = ordered[-1] - ordered[-2] < _NEAR_TIE
    return [question for question, near in zip(table["question_id"].to_pylist(), close, strict=True) if near]
