"""The database an audit lies in: one SQLite file, or PostgreSQL by its URL, with the same behaviour.

Whoever writes is alone: in SQLite by ``BEGIN IMMEDIATE``, in PostgreSQL by an advisory lock. That makes entries come in
one order without gaps, so that whoever reads "everything after number 17" misses nothing. SQLite syncs at every commit
(``synchronous = FULL``): in a write-ahead log NORMAL would outlive a killed process, but not a power cut.

A write-ahead log does not work on network file systems: put the file on a local disk.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, ProgrammingError

from sightline.errors import DataError, RequestError

__all__ = ["SYNCHRONOUS", "Database", "database_url"]

SYNCHRONOUS = "FULL"
"""When SQLite waits for the disk."""

_WAIT_S = 30
_WRITERS = "7310201, hashtext(current_schema())"
_SERVER = "7310202, hashtext(current_schema())"
_DISK_FULL = "53100"
_BUSY = ("database is locked", "database table is locked")


def database_url(where: str | Path) -> URL:
    """The address of an audit, from a path or a URL.

    Raises:
        RequestError: it is neither a file nor PostgreSQL.

    Example:
        >>> str(database_url("audit.sqlite")), str(database_url("postgresql://db/audit"))
        ('sqlite:///audit.sqlite', 'postgresql+psycopg://db/audit')
    """
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(where))
    try:
        url = make_url(where)
    except (ArgumentError, ValueError) as error:
        raise RequestError(f"{where!r} is no address of a database ({error}).") from None
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    raise RequestError(
        f"{url.render_as_string()} cannot hold an audit. Give a file (audit.sqlite) or postgresql://HOST/DATABASE."
    )


class Database:
    """A database, open for reading and writing from several threads.

    Args:
        url: its address, from `database_url`.

    Raises:
        RequestError: what speaks to PostgreSQL is not installed.
    """

    def __init__(self, url: URL) -> None:
        self.file = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
        self.name = str(self.file) if self.file else url.render_as_string()
        self._engine = _engine(url)
        self._reads = self._engine if self.file else self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._writes = self._engine.execution_options(writing=True)
        # SQLite's own waiting sleeps for up to 0.1 s between tries; PostgreSQL's keeps a connection busy for each.
        self._one_writer = Lock()
        self._held = ExitStack()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """What the database holds at one moment.

        Raises:
            DataError: it cannot be read.
        """
        with self._explained(), self._reads.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Write, alone; all of it is stored and on disk at the end, or, after an exception, nothing.

        Raises:
            DataError: it cannot be written.
        """
        with self._explained(), self._one_writer, self._writes.begin() as connection:
            if not self.file:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")
            yield connection

    def make_room(self) -> None:
        """See to it that a new audit can be made here.

        Raises:
            RequestError: there is something already.
        """
        if self.file:
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise self.broken(error) from error
        if found := self.tables():
            some = ", ".join(sorted(found)[:3])
            raise RequestError(f"{self.name} holds tables already ({some}). Choose a new file or database.")
        if self.file:
            with self._explained(), closing(self._engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA journal_mode = WAL")  # the file remembers it

    def must_exist(self) -> None:
        """See to it that no file is made where one is to be opened.

        Raises:
            DataError: there is none.
        """
        if self.file and not self.file.is_file():
            raise DataError("there is no such audit", file=self.file, hint="Make it: sightline audit new.")

    def tables(self) -> set[str]:
        """The names of the tables there are."""
        with self.reading() as connection:
            return set(inspect(connection).get_table_names())

    def serve_alone(self, busy: str) -> None:
        """Be the one server of this database until it is closed; a server that is killed leaves no lock behind.

        Args:
            busy: what to say where there is another.

        Raises:
            RequestError: there is another server.
            DataError: the lock cannot be had.
        """
        if self.file:
            lock = FileLock(f"{self.file}.lock", thread_local=False)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise RequestError(f"{self.name}: {busy}") from None
            except (OSError, NotImplementedError) as error:
                raise DataError(f"the audit cannot be locked ({error})", file=self.file) from error
            self._held.callback(lock.release)
            return
        with self._explained():
            connection = self._held.enter_context(
                self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            )
            if not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_SERVER})").scalar_one():
                self._held.close()
                raise RequestError(f"{self.name}: {busy}")
            self._held.callback(connection.exec_driver_sql, f"SELECT pg_advisory_unlock({_SERVER})")

    def serve_no_more(self) -> None:
        """Let another serve it."""
        with self._explained():
            self._held.close()

    def close(self) -> None:
        """Close it, and let another serve it."""
        try:
            self.serve_no_more()
        finally:
            self._engine.dispose()

    def broken(self, problem: object, hint: str | None = None) -> DataError:
        """Say that the database cannot be used, why, and what to do."""
        return DataError(f"the audit cannot be used ({problem})", file=self.name, hint=hint)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (IntegrityError, ProgrammingError):
            raise  # these are mistakes of this program
        except DatabaseError as error:
            raise self._explain(error) from error

    def _explain(self, error: DatabaseError) -> DataError:
        said = str(error.orig).strip()
        if "disk is full" in said or getattr(error.orig, "sqlstate", None) == _DISK_FULL:
            return DataError(
                "the disk is full; nothing of this was stored", file=self.name, hint="Make room and try again."
            )
        if any(busy in said for busy in _BUSY):
            return self.broken(f"another process has been writing for {_WAIT_S} s", "Try again once it is done.")
        return self.broken(said)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": _WAIT_S}, pool_size=16, max_overflow=48)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        return create_engine(url, pool_size=16, max_overflow=48, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise RequestError(f"PostgreSQL needs the package {error.name}: pip install 'psycopg[binary]'.") from None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says, not where sqlite3 guesses
    for pragma in (f"synchronous = {SYNCHRONOUS}", "foreign_keys = ON", "recursive_triggers = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
