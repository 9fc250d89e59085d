"""The tables of an audit are made, and those of an older sightline brought up to date."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from sightline.audit.database import Database
from sightline.errors import DataError

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

__all__ = ["FOLDER", "NEWEST", "bring_up_to_date", "make_tables"]

NEWEST = "0001"
"""The newest revision in ``migrations/versions``."""

FOLDER = Path(__file__).with_name("migrations")
"""The folder of revisions."""

_SERVED = "a server of an older sightline works on it. Stop it first, then its tables can be brought up to date."


def make_tables(connection: Connection) -> None:
    """Make all tables in an empty database."""
    _run_revisions(connection)


def bring_up_to_date(database: Database) -> None:
    """See to it that the tables are those of this version.

    Raises:
        RequestError: they are older, and a server works on them.
        DataError: this is no audit, or one of a newer sightline.
    """
    found = _revision(database)
    if found == NEWEST:
        return
    if found not in _known():
        raise DataError(
            f"this audit was written by a newer sightline (tables of version {found}, this one knows {NEWEST})",
            file=database.name,
            hint="Update sightline.",
        )
    database.serve_alone(_SERVED)
    try:
        with database.writing() as connection:
            _run_revisions(connection)
    finally:
        database.serve_no_more()


def _revision(database: Database) -> str:
    if "alembic_version" not in database.tables():
        raise DataError("this is no audit", file=database.name, hint="Make one: sightline audit new.")
    with database.reading() as connection:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def _known() -> set[str]:
    return {script.revision for script in _scripts(FOLDER).walk_revisions()}


def _run_revisions(connection: Connection) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    scripts = _scripts(FOLDER)
    steps = EnvironmentContext(
        Config(), scripts, fn=lambda found, _: scripts._upgrade_revs("head", found), destination_rev="head"
    )
    steps.configure(connection=connection)
    steps.run_migrations()


@cache
def _scripts(folder: Path) -> "ScriptDirectory":
    from alembic.script import ScriptDirectory

    return ScriptDirectory(folder)
