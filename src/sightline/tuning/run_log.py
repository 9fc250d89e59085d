"""What is written down of a run, step by step: JSON lines, of training and of what is watched."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from sightline.records.atomic import write_bytes
from sightline.records.journal import Journal, read_journal

__all__ = ["LOG", "RunLog"]

LOG = "log.jsonl"
"""What the file is called."""


class RunLog:
    """The log of a run.

    Args:
        folder: the run's folder.
        step: the step that the run goes on from; what was written after it happens again, and is taken out. None: the
            run begins, and so does its log.
        writes: whether this process writes; one of several does.

    Raises:
        DataError: the file cannot be read or written.
    """

    def __init__(self, folder: Path, step: int | None, writes: bool = True) -> None:
        path = folder / LOG
        before = read_journal(path)[0] if step is not None else []
        self.rows: list[dict[str, Any]] = [line for line in before if line["step"] <= (step or 0)]
        self._journal: Journal | None = None
        if writes:
            # as the journal writes lines, so that a run that was interrupted leaves the log of one that was not
            lines = [json.dumps(row, separators=(",", ":")).encode() + b"\n" for row in self.rows]
            write_bytes(path, b"".join(lines))
            self._journal = Journal(path)

    def write(self, kind: str, step: int, figures: Mapping[str, Any]) -> None:
        """Write a row.

        Args:
            kind: "tuned", "watched" or "warning".
            step: after which step.
            figures: what there is to say.

        Raises:
            DataError: it cannot be written.
        """
        row = {"kind": kind, "step": step, **figures}
        if self._journal is not None:
            self._journal.append(row)
        self.rows.append(row)

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """All rows of a kind, in order."""
        return [row for row in self.rows if row["kind"] == kind]

    def close(self) -> None:
        """Close the file."""
        if self._journal is not None:
            self._journal.close()

    def __enter__(self) -> "RunLog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
