"""The tables of an audit, the same in SQLite and in PostgreSQL.

What is said (``entries``) is only added to; triggers see to that. What the database itself guarantees beside: an item
has at most as many labellers as ``slots`` names and one adjudicator, nobody has an item twice, an entry is taken back
once, and a request is stored once. ``queue`` is derived: what claiming an item needs, kept beside so that nothing is
scanned. A change of these tables is a new file in ``migrations/versions``.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

__all__ = ["METADATA", "assignments", "audit", "entries", "items", "people", "queue", "rankings", "slots"]

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

audit = Table(
    "audit",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("benchmark", Text, nullable=False),
    Column("label_set", Text, nullable=False),
    Column("label_set_sha256", Text),
    Column("wording", Text, nullable=False),
    Column("images", Text),
    Column("looks", Integer, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("control_every", Integer, nullable=False),
    Column("created", Text, nullable=False),
    CheckConstraint("one = 1", name="one"),
    CheckConstraint("looks IN (1, 2)", name="looks"),
)

items = Table(
    "items",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False, unique=True),
    Column("image", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("claim", JSON(none_as_null=True)),
    Column("choices", JSON, nullable=False),
    Column("old", Text),
    Column("splits", JSON, nullable=False),
    Column("questions", JSON, nullable=False),
)

queue = Table(
    "queue",
    METADATA,
    Column("item", ForeignKey("items.number"), primary_key=True, autoincrement=False),
    Column("draw", Double, nullable=False),
    Column("place", Integer),
    Column("score", Double),
    Column("taken", Integer, nullable=False),
    Column("half_by", ForeignKey("people.number")),
    Column("waiting", Integer),
    Column("control", Boolean),
    Column("ranking", Integer),
    Index("ix_fresh_place", "place", sqlite_where=text("taken = 0"), postgresql_where=text("taken = 0")),
    Index("ix_fresh_draw", "draw", sqlite_where=text("taken = 0"), postgresql_where=text("taken = 0")),
    Index(
        "ix_half_place",
        "half_by",
        "place",
        sqlite_where=text("half_by IS NOT NULL"),
        postgresql_where=text("half_by IS NOT NULL"),
    ),
    Index(
        "ix_half_draw",
        "half_by",
        "draw",
        sqlite_where=text("half_by IS NOT NULL"),
        postgresql_where=text("half_by IS NOT NULL"),
    ),
    Index(
        "ix_waiting", "waiting", sqlite_where=text("waiting IS NOT NULL"), postgresql_where=text("waiting IS NOT NULL")
    ),
)
"""Of each item: where it stands (``place``, below 0 where somebody asked for it), how many labellers have it
(``taken``; ``half_by``: the one of two), the entry since which it is to be adjudicated (``waiting``)."""

people = Table(
    "people",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("token_sha256", Text, nullable=False, unique=True),
    Column("added", Text, nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("claims", Integer, nullable=False),
    CheckConstraint("role IN ('labeller', 'adjudicator', 'both')", name="role"),
)

slots = Table(
    "slots",
    METADATA,
    Column("stage", Text, primary_key=True),
    Column("slot", Integer, primary_key=True, autoincrement=False),
)

assignments = Table(
    "assignments",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("item", ForeignKey("items.number"), nullable=False),
    Column("person", ForeignKey("people.number"), nullable=False),
    Column("stage", Text, nullable=False),
    Column("slot", Integer),
    Column("state", Text, nullable=False),
    Column("until", Double),
    Column("turn", Integer, nullable=False),
    ForeignKeyConstraint(["stage", "slot"], ["slots.stage", "slots.slot"]),
    UniqueConstraint("item", "stage", "slot"),
    UniqueConstraint("item", "person"),
    CheckConstraint("state IN ('held', 'said', 'skipped', 'left')", name="state"),
    CheckConstraint("(state IN ('held', 'said')) = (slot IS NOT NULL)", name="slot"),
    Index("ix_assignments_of_person", "person", "stage", "state", "turn", "number"),
    Index("ix_leases", "until", sqlite_where=text("until IS NOT NULL"), postgresql_where=text("until IS NOT NULL")),
)
"""Who has, or has had, which item. Without a slot: it was skipped, or left until the lease ran out."""

entries = Table(
    "entries",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("item", ForeignKey("items.number"), nullable=False),
    Column("person", ForeignKey("people.number"), nullable=False),
    Column("stage", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("word", Text),
    Column("note", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("clock", Text, nullable=False),
    Column("seconds", Double),
    Column("wording", Text, nullable=False),
    Column("undoes", ForeignKey("entries.number"), unique=True),
    Column("request", Text, nullable=False),
    UniqueConstraint("person", "request"),
    CheckConstraint("(act = 'undo') = (undoes IS NOT NULL)", name="undoes"),
    CheckConstraint("(act = 'verdict') = (word IS NOT NULL)", name="word"),
    Index("ix_entries_of_item", "item", "number"),
    Index("ix_entries_of_person", "person", "number"),
)
"""``at`` never goes back; ``clock`` is what the server's clock said."""

rankings = Table(
    "rankings",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("made", Text, nullable=False),
    Column("models", JSON, nullable=False),
    Column("at", Text, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("items", Integer, nullable=False),
)
