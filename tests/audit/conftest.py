"""Where the audits of tests lie: in a file, and in a real PostgreSQL server."""

from collections.abc import Iterator
from pathlib import Path

import postgres
import pytest


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Postgres]:
    """A running server."""
    if postgres.programs() is None:
        pytest.skip(postgres.ABSENT)
    with postgres.running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where a new audit can be made, once in either database; tests do not wait for the disk."""
    monkeypatch.setattr("sightline.audit.database.SYNCHRONOUS", "OFF")
    if request.param == "sqlite":
        return str(tmp_path / "audit.sqlite")
    server: postgres.Postgres = request.getfixturevalue("postgres_server")
    return server.new_schema()
