"""The first tables: an audit, its items and their queue, people, what they have, and what they say."""

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0001"
down_revision = None

_SQLITE_TRIGGERS = (
    """CREATE TRIGGER entries_stay_as_they_are BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are only added'); END""",
    """CREATE TRIGGER entries_stay BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries are only added'); END""",
    """CREATE TRIGGER entries_are_not_replaced BEFORE INSERT ON entries
    WHEN EXISTS (SELECT 1 FROM entries WHERE number >= NEW.number)
      OR EXISTS (SELECT 1 FROM entries WHERE person = NEW.person AND request = NEW.request)
      OR EXISTS (SELECT 1 FROM entries WHERE undoes = NEW.undoes)
    BEGIN SELECT RAISE(ABORT, 'entries are only added'); END""",
)

_POSTGRESQL_TRIGGERS = (
    """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'entries are only added'; END $$""",
    """CREATE TRIGGER entries_stay_as_they_are BEFORE UPDATE OR DELETE ON entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
    """CREATE TRIGGER entries_stay BEFORE TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
)


def upgrade() -> None:
    """Make them."""
    _about()
    _people()
    _queue()
    _assignments()
    _entries()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for trigger in _SQLITE_TRIGGERS if sqlite else _POSTGRESQL_TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    """There is nothing older."""
    raise NotImplementedError


def _about() -> None:
    op.create_table(
        "audit",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("benchmark", sa.Text(), nullable=False),
        sa.Column("label_set", sa.Text(), nullable=False),
        sa.Column("label_set_sha256", sa.Text()),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("images", sa.Text()),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("control_every", sa.Integer(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.CheckConstraint("looks IN (1, 2)", name="ck_audit_looks"),
        sa.CheckConstraint("one = 1", name="ck_audit_one"),
        sa.PrimaryKeyConstraint("one", name="pk_audit"),
    )
    op.create_table(
        "items",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("image", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("claim", sa.JSON(none_as_null=True)),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("old", sa.Text()),
        sa.Column("splits", sa.JSON(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_items"),
        sa.UniqueConstraint("key", name="uq_items_key"),
    )
    op.create_table(
        "slots",
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("stage", "slot", name="pk_slots"),
    )


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("added", sa.Text(), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.CheckConstraint("role IN ('labeller', 'adjudicator', 'both')", name="ck_people_role"),
        sa.PrimaryKeyConstraint("number", name="pk_people"),
        sa.UniqueConstraint("name", name="uq_people_name"),
        sa.UniqueConstraint("token_sha256", name="uq_people_token_sha256"),
    )


def _queue() -> None:
    op.create_table(
        "queue",
        sa.Column("item", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("draw", sa.Double(), nullable=False),
        sa.Column("place", sa.Integer()),
        sa.Column("score", sa.Double()),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("half_by", sa.Integer()),
        sa.Column("waiting", sa.Integer()),
        sa.Column("control", sa.Boolean()),
        sa.Column("ranking", sa.Integer()),
        sa.ForeignKeyConstraint(["half_by"], ["people.number"], name="fk_queue_half_by"),
        sa.ForeignKeyConstraint(["item"], ["items.number"], name="fk_queue_item"),
        sa.PrimaryKeyConstraint("item", name="pk_queue"),
    )
    op.create_index(
        "ix_fresh_draw", "queue", ["draw"], sqlite_where=sa.text("taken = 0"), postgresql_where=sa.text("taken = 0")
    )
    op.create_index(
        "ix_fresh_place", "queue", ["place"], sqlite_where=sa.text("taken = 0"), postgresql_where=sa.text("taken = 0")
    )
    op.create_index(
        "ix_half_draw",
        "queue",
        ["half_by", "draw"],
        sqlite_where=sa.text("half_by IS NOT NULL"),
        postgresql_where=sa.text("half_by IS NOT NULL"),
    )
    op.create_index(
        "ix_half_place",
        "queue",
        ["half_by", "place"],
        sqlite_where=sa.text("half_by IS NOT NULL"),
        postgresql_where=sa.text("half_by IS NOT NULL"),
    )
    op.create_index(
        "ix_waiting",
        "queue",
        ["waiting"],
        sqlite_where=sa.text("waiting IS NOT NULL"),
        postgresql_where=sa.text("waiting IS NOT NULL"),
    )


def _assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("slot", sa.Integer()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("until", sa.Double()),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state IN ('held', 'said')) = (slot IS NOT NULL)", name="ck_assignments_slot"),
        sa.CheckConstraint("state IN ('held', 'said', 'skipped', 'left')", name="ck_assignments_state"),
        sa.ForeignKeyConstraint(["item"], ["items.number"], name="fk_assignments_item"),
        sa.ForeignKeyConstraint(["person"], ["people.number"], name="fk_assignments_person"),
        sa.ForeignKeyConstraint(["stage", "slot"], ["slots.stage", "slots.slot"], name="fk_assignments_stage"),
        sa.PrimaryKeyConstraint("number", name="pk_assignments"),
        sa.UniqueConstraint("item", "person", name="uq_assignments_item_person"),
        sa.UniqueConstraint("item", "stage", "slot", name="uq_assignments_item_stage_slot"),
    )
    op.create_index("ix_assignments_of_person", "assignments", ["person", "stage", "state", "turn", "number"])
    op.create_index(
        "ix_leases",
        "assignments",
        ["until"],
        sqlite_where=sa.text("until IS NOT NULL"),
        postgresql_where=sa.text("until IS NOT NULL"),
    )


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("word", sa.Text()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double()),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("undoes", sa.Integer()),
        sa.Column("request", sa.Text(), nullable=False),
        sa.CheckConstraint("(act = 'undo') = (undoes IS NOT NULL)", name="ck_entries_undoes"),
        sa.CheckConstraint("(act = 'verdict') = (word IS NOT NULL)", name="ck_entries_word"),
        sa.ForeignKeyConstraint(["item"], ["items.number"], name="fk_entries_item"),
        sa.ForeignKeyConstraint(["person"], ["people.number"], name="fk_entries_person"),
        sa.ForeignKeyConstraint(["undoes"], ["entries.number"], name="fk_entries_undoes"),
        sa.PrimaryKeyConstraint("number", name="pk_entries"),
        sa.UniqueConstraint("person", "request", name="uq_entries_person_request"),
        sa.UniqueConstraint("undoes", name="uq_entries_undoes"),
    )
    op.create_index("ix_entries_of_item", "entries", ["item", "number"])
    op.create_index("ix_entries_of_person", "entries", ["person", "number"])
    op.create_table(
        "rankings",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made", sa.Text(), nullable=False),
        sa.Column("models", sa.JSON(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_rankings"),
    )
