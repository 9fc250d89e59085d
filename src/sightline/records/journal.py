"""Lines that are on the disk once they are written: what is kept while a run is under way.

One line holds one batch. A process that is killed, or a disk that is full, leaves at most one line that is cut off; it
is taken away when the journal is opened again, and every line before it stands.
"""

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any

from sightline.errors import DataError

__all__ = ["Journal", "read_journal"]


class Journal:
    """A file of JSON lines to append to.

    Args:
        path: the file; it is made where it is not there.

    Raises:
        DataError: a line that is not the last is broken, or the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines, self._whole = read_journal(path)
        self.was_cut = path.exists() and path.stat().st_size > self._whole
        """Whether a last line that was not written whole was taken away."""
        try:
            self._file = path.open("ab", buffering=0)
            self._file.truncate(self._whole)
        except OSError as error:
            raise self._unwritten(error) from error

    def append(self, line: Any) -> None:
        """Write one line and wait until it is on the disk.

        Raises:
            DataError: it cannot be written; the lines before it are kept.
        """
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        try:
            written = 0
            while written < len(data):
                written += self._file.write(data[written:])
            os.fsync(self._file.fileno())
        except OSError as error:
            self._file.truncate(self._whole)
            raise self._unwritten(error) from error
        self._whole += len(data)

    def _unwritten(self, error: OSError) -> DataError:
        hint = "What was complete is kept. Make room, then run the same command again: it goes on from here."
        return DataError(f"cannot be written ({error.strerror or error})", file=self.path, hint=hint)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_journal(path: Path) -> tuple[list[Any], int]:
    """Read the lines that were written whole.

    Returns:
        The lines, and how many bytes they take up; what follows them is a line that was cut off.

    Raises:
        DataError: a line that is not the last is broken, or the file cannot be read.
    """
    try:
        data = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror or error})", file=path) from error
    lines: list[Any] = []
    whole = 0
    pieces = data.split(b"\n")[:-1]
    for number, piece in enumerate(pieces, start=1):
        try:
            lines.append(json.loads(piece))
        except ValueError:
            if number < len(pieces):
                hint = "The file was changed, or the disk is at fault. Delete the folder to begin anew."
                raise DataError("this line is broken", file=path, row=number, hint=hint) from None
            break
        whole += len(piece) + 1
    return lines, whole
