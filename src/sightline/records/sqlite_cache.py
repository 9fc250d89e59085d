"""One table in one SQLite file that several processes may read and write at once.

A write-ahead log lets them, which network file systems do not support: put ``$SIGHTLINE_CACHE`` on a local disk.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from sightline.errors import DataError

__all__ = ["SqliteCache"]

_WAIT_S = 60.0
_AT_ONCE = 500


class SqliteCache:
    """What is kept under keys.

    Args:
        path: the file; it is made where it is not there.
        what: what it is called where it cannot be used: "the reply cache".
        table: the name of the table.
        columns: the columns beside the key, with their types.
        version: of what is kept; a file of another version is refused.

    Raises:
        DataError: the file is no such cache, or cannot be opened.
    """

    def __init__(self, path: Path, what: str, table: str, columns: Mapping[str, str], version: int) -> None:
        self.path = path
        self._what, self._table, self._columns, self._version = what, table, columns, version
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise self.broken(error) from error
        try:
            self._prepare()
        except BaseException:
            self._file.close()
            raise

    def _prepare(self) -> None:
        try:
            (version,) = self._file.execute("PRAGMA user_version").fetchone()
            if version == 0:
                # SQLite does not wait where several processes turn on the log of a new file at once
                with FileLock(self.path.with_suffix(".lock"), timeout=_WAIT_S):
                    self._file.execute("PRAGMA journal_mode = WAL")
                    columns = ", ".join(f"{name} {kind}" for name, kind in self._columns.items())
                    self._file.execute(
                        f"CREATE TABLE IF NOT EXISTS {self._table} (key TEXT PRIMARY KEY, {columns}) WITHOUT ROWID"
                    )
                    self._file.execute(f"PRAGMA user_version = {self._version}")
            elif version != self._version:
                raise self.broken(f"it is of version {version}, expected {self._version}")
            self._file.execute("PRAGMA synchronous = NORMAL")
        except (OSError, sqlite3.Error) as error:
            raise self.broken(error) from error

    def broken(self, problem: object) -> DataError:
        """Say that the file cannot be used, why, and what to do."""
        hint = "Delete the file, set $SIGHTLINE_CACHE to another folder, or go without the cache: --no-cache."
        return DataError(f"{self._what} cannot be used ({problem})", file=self.path, hint=hint)

    def find(self, keys: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        """The rows that are kept under any of these keys: key first, then the columns.

        Raises:
            DataError: the file cannot be read.
        """
        wanted = list(keys)
        columns = ", ".join(self._columns)
        try:
            for start in range(0, len(wanted), _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                yield from self._file.execute(
                    f"SELECT key, {columns} FROM {self._table} WHERE key IN ({marks})", some
                ).fetchall()
        except sqlite3.Error as error:
            raise self.broken(error) from error

    def keep(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Keep rows, all or none of them; what is kept already stays as it is.

        Raises:
            DataError: the file cannot be written.
        """
        marks = ", ".join("?" * (1 + len(self._columns)))
        try:
            self._file.execute("BEGIN IMMEDIATE")
            try:
                self._file.executemany(f"INSERT OR IGNORE INTO {self._table} VALUES ({marks})", rows)
                self._file.execute("COMMIT")
            except BaseException:
                if self._file.in_transaction:
                    self._file.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise self.broken(error) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()
