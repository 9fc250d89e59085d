"""A PostgreSQL server for tests: started by an unprivileged user in a temporary folder, spoken to through a socket."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine

ABSENT = "PostgreSQL absent"
_INSTALLED = "/usr/lib/postgresql"


class Postgres:
    """A server that runs.

    Args:
        folder: the folder of its socket.
    """

    def __init__(self, folder: Path) -> None:
        self.url = f"postgresql://postgres@/postgres?host={folder}"
        self._numbers = count(1)

    def new_schema(self) -> str:
        """Make an empty schema, and give the URL under which it looks like a database of its own."""
        name = f"test_{next(self._numbers)}"
        engine = create_engine(self.url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        engine.dispose()
        return f"{self.url}&options=-csearch_path%3D{name}"


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; None where it is not installed."""
    found = sorted(Path(_INSTALLED).glob("*/bin/initdb"), key=lambda path: int(path.parts[-3].split(".")[0]))
    initdb = found[-1] if found else shutil.which("initdb")
    return None if initdb is None else Path(initdb).parent


@contextmanager
def running(settings: tuple[str, ...] = ("fsync=off",)) -> Iterator[Postgres]:
    """Run a server; what it stored is lost at the end.

    Args:
        settings: of the server; by default it does not wait for the disk.
    """
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        with _started(folder, settings):
            yield Postgres(folder)
    finally:
        shutil.rmtree(folder)


@contextmanager
def _started(folder: Path, settings: tuple[str, ...]) -> Iterator[None]:
    as_user = _lower_rights(folder)
    found = programs()
    assert found is not None, ABSENT
    data = folder / "data"

    def run(*command: object) -> None:
        # the output goes to a file: a server that is started would keep a pipe open
        with (folder / "output").open("w") as output:
            done = subprocess.run([*as_user, *map(str, command)], stdout=output, stderr=output, cwd=folder)
        assert done.returncode == 0, (folder / "output").read_text()

    run(found / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    options = " ".join(
        f"-c {setting}" for setting in ("listen_addresses=", f"unix_socket_directories={folder}", *settings)
    )
    run(found / "pg_ctl", "-D", data, "-w", "-l", data / "log", "-o", options, "start")
    try:
        yield
    finally:
        run(found / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def _lower_rights(folder: Path) -> list[str]:
    """PostgreSQL refuses to be run by root."""
    if os.getuid() != 0:
        return []
    names = {user.pw_name for user in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
