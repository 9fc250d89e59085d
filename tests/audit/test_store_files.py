"""Databases that are older, newer, foreign, full or busy."""

import shutil
import sqlite3
from pathlib import Path
from textwrap import dedent

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event
from test_store import ADJUDICATE, LABEL, audit, execute, in_conflict, items, keys, take

from sightline.audit import upgrading
from sightline.audit.contents import About
from sightline.audit.database import database_url
from sightline.audit.store import Store
from sightline.audit.tables import METADATA
from sightline.errors import DataError, RequestError


def test_the_migrations_make_the_tables_that_the_program_knows(where: str) -> None:
    with audit(where) as store, store._database.reading() as connection:
        known = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(known, METADATA) == []


def test_the_newest_version_is_that_of_the_last_migration() -> None:
    assert ScriptDirectory(upgrading.FOLDER).get_current_head() == upgrading.NEWEST


def newer_sightline(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Be a sightline that has one migration more."""
    shutil.copytree(upgrading.FOLDER, folder / "migrations")
    (folder / "migrations" / "versions" / "r0002_colour.py").write_text(
        dedent(
            """
            import sqlalchemy as sa
            from alembic import op

            revision, down_revision = "0002", "0001"

            def upgrade():
                op.add_column("people", sa.Column("colour", sa.Text(), nullable=False, server_default="grey"))
            """
        )
    )
    monkeypatch.setattr(upgrading, "FOLDER", folder / "migrations")
    monkeypatch.setattr(upgrading, "NEWEST", "0002")


def test_an_older_audit_is_brought_up_to_date_and_keeps_what_was_said(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with audit(where) as store:
        in_conflict(store)
        before = store.entries()
    newer_sightline(monkeypatch, tmp_path)
    for serving in (False, True):
        with Store.open(where, serving=serving) as store:
            assert store.entries() == before
    execute(where, "UPDATE people SET colour = 'red' WHERE name = 'ann'")


def test_an_older_audit_is_left_alone_while_a_server_works_on_it(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with audit(where) as store:
        take(store, "ann", "i0", "yes")
    with Store.open(where, serving=True) as server:
        newer_sightline(monkeypatch, tmp_path)
        with pytest.raises(RequestError, match="a server of an older sightline works on it"):
            Store.open(where)
        take(server, "bob", "i0", "yes")


def test_an_audit_of_a_newer_sightline_is_refused(where: str) -> None:
    with audit(where):
        pass
    execute(where, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DataError, match=r"newer sightline \(tables of version 9999, this one knows 0001\)\. Update"):
        Store.open(where)


def test_a_database_without_an_audit_is_refused(where: str) -> None:
    execute(where, "CREATE TABLE other (x INTEGER)")
    with pytest.raises(DataError, match=r"this is no audit\. Make one"):
        Store.open(where)
    with pytest.raises(RequestError, match=r"holds tables already \(other\)"):
        Store.create(where, About("pope", "pope"), items(1))


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such audit"):
        Store.open(tmp_path / "audit.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "audit.sqlite"
    file.write_bytes(b"this is no database, " * 100)
    for use in (lambda: Store.open(file), lambda: Store.create(file, About("pope", "pope"), items(1))):
        with pytest.raises(DataError, match=r"cannot be used \(file is not a database\)"):
            use()
    assert file.read_bytes() == b"this is no database, " * 100


def test_a_server_that_is_not_there_is_said_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="connection") as caught:
        Store.open(f"postgresql://ann:secret@/audit?host={tmp_path}")
    assert "secret" not in str(caught.value) and "ann:***@" in str(caught.value)


@pytest.mark.parametrize("where", ["mysql://x/y", "sqlite://", "postgresql+asyncpg://x/y", "://"])
def test_other_databases_are_refused(where: str) -> None:
    with pytest.raises(RequestError, match=r"cannot hold an audit\. Give a file|is no address"):
        Store.create(where, About("pope", "pope"), items(1))


@pytest.mark.parametrize("where", ["postgresql://db/a", "postgres://db/a", "postgresql+psycopg://db/a"])
def test_postgresql_is_spoken_to_by_one_driver(where: str) -> None:
    assert str(database_url(where)) == "postgresql+psycopg://db/a"


def test_on_a_full_disk_nothing_is_half_stored_and_all_goes_on_once_there_is_room(tmp_path: Path) -> None:
    where = str(tmp_path / "audit.sqlite")
    with audit(where, 60) as store:
        [pages] = _pages(where)
        limit = pages + 4

        def limit_pages(connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {limit}")

        event.listen(store._database._engine, "checkout", limit_pages)
        stored = []
        with pytest.raises(DataError, match=r"the disk is full; nothing of this was stored\. Make room"):
            for n in range(60):
                store.claim("ann", LABEL, f"i{n}")
                stored.append(store.say("ann", f"i{n}", LABEL, "yes", "x" * 3000, request=f"r{n}"))
        assert store.entries() == stored != []
        failed = len(stored)
        limit = pages + 4000
        store.claim("ann", LABEL, f"i{failed}")
        again = store.say("ann", f"i{failed}", LABEL, "yes", "x" * 3000, request=f"r{failed}")
        assert again.number == failed + 1
    check = sqlite3.connect(where)
    assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert check.execute("PRAGMA foreign_key_check").fetchall() == []
    check.close()


def _pages(where: str) -> list[int]:
    connection = sqlite3.connect(where)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pages = connection.execute("PRAGMA page_count").fetchone()
    connection.close()
    return list(pages)


def test_a_file_that_another_process_keeps_for_itself_is_an_error_and_not_a_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = str(tmp_path / "audit.sqlite")
    monkeypatch.setattr("sightline.audit.database._WAIT_S", 0)
    with audit(where) as store:
        other = sqlite3.connect(where, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DataError, match="another process has been writing"):
            store.claim("ann", LABEL, "i0")
        assert len(store.items()) == 3
        other.close()
        store.claim("ann", LABEL, "i0")


def test_nothing_is_walked_over_to_give_an_item_or_to_store_a_verdict(tmp_path: Path) -> None:
    with audit(str(tmp_path / "audit.sqlite"), 30) as store:
        asked: dict[str, object] = {}
        event.listen(store._database._engine, "before_cursor_execute", lambda *call: asked.setdefault(call[2], call[3]))
        in_conflict(store)
        for name, stage in (("ann", LABEL), ("cy", ADJUDICATE)):
            for n, work in enumerate(store.next_items(name, stage, 12)):
                store.say(name, work.item, stage, "no", request=f"{n}")
            store.undo(name, request="undo")
        assert keys(store.next_items("ann", LABEL, 1)) != []
        plain = sqlite3.connect(store._database.file)
        steps = [
            (step[3], statement)
            for statement, values in asked.items()
            if statement.startswith(("SELECT", "INSERT", "UPDATE"))
            for step in plain.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
        plain.close()
    assert len(steps) > 20
    small = {"people", "slots", "ix_fresh_place", "ix_fresh_draw"}  # the latter are walked in their order, to the first
    walked = [step for step in steps if step[0].startswith("SCAN") and step[0].split()[1] in METADATA.tables]
    assert [step for step in walked if not small & set(step[0].split())] == []
    assert not [step for step in steps if "TEMP B-TREE" in step[0] and "people" not in step[1]]
