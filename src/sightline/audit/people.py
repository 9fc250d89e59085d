"""Who takes part in an audit, and by which token they are known.

A token is 32 random bytes that only the person has; what is stored is its hash.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from sightline.audit.entries import Stage
from sightline.audit.refusals import Reason, RefusedError
from sightline.audit.tables import people
from sightline.errors import RequestError, unknown_name

__all__ = ["Acting", "Person", "Role", "acting", "add", "everybody", "numbers", "person_of", "renew", "revoke"]

_LONGEST_NAME = 80


class Role(StrEnum):
    """What somebody may do."""

    LABELLER = "labeller"
    ADJUDICATOR = "adjudicator"
    BOTH = "both"
    """Labels, and decides on items that others labelled."""

    def may(self, stage: Stage) -> bool:
        """Whether this role has a part in a stage."""
        wanted = Role.LABELLER if stage is Stage.LABEL else Role.ADJUDICATOR
        return self in (wanted, Role.BOTH)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes part.

    Args:
        name: what entries name them by; nobody else has it, and it never changes.
        role: what they may do.
        added: when they were added, ISO 8601 in UTC.
        revoked: whether their token was taken from them.
    """

    name: str
    role: Role
    added: str
    revoked: bool = False


class Acting(NamedTuple):
    """Somebody who does something now.

    Args:
        number: of their row.
        name: who.
        claims: how many items they were given to label so far.
    """

    number: int
    name: str
    claims: int


_BY_NAME = select(people.c.number, people.c.role, people.c.revoked, people.c.claims).where(
    people.c.name == bindparam("name")
)
_BY_TOKEN = select(people).where(people.c.token_sha256 == bindparam("hash"))


def acting(connection: Connection, name: str, stage: Stage | None = None) -> Acting:
    """Somebody who may take part, in this stage where one is given.

    Raises:
        RefusedError: nobody is called so, their token was revoked, or they have another role.
    """
    found = connection.execute(_BY_NAME, {"name": name}).one_or_none()
    if found is None:
        raise RefusedError(Reason.UNKNOWN, f"Nobody in this audit is called {name!r}.")
    if found.revoked:
        raise RefusedError(Reason.REVOKED, f"{name} no longer takes part in this audit.")
    if stage is not None and not Role(found.role).may(stage):
        raise RefusedError(Reason.ROLE, f"{name} is {found.role}, which has no part in the stage {stage.value!r}.")
    return Acting(found.number, name, found.claims)


def add(connection: Connection, name: str, role: Role, added: str) -> str:
    """Add somebody.

    Returns:
        Their token.

    Raises:
        RequestError: the name is taken or cannot be one.
    """
    if name != name.strip() or not name.isprintable() or not 0 < len(name) <= _LONGEST_NAME:
        raise RequestError(f"The name is {name!r}; give 1 to {_LONGEST_NAME} printable characters.")
    if connection.execute(_BY_NAME, {"name": name}).one_or_none() is not None:
        raise RequestError(f"Somebody in this audit is called {name!r} already. Give another name.")
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(people).values(
            name=name, role=role.value, token_sha256=_hash(token), added=added, revoked=False, claims=0
        )
    )
    return token


def renew(connection: Connection, name: str) -> str:
    """Give somebody another token in place of the one they had; who was revoked takes part again.

    Returns:
        The token.

    Raises:
        RequestError: nobody is called so.
    """
    token = secrets.token_urlsafe(32)
    connection.execute(
        update(people)
        .where(people.c.number == _number(connection, name))
        .values(token_sha256=_hash(token), revoked=False)
    )
    return token


def revoke(connection: Connection, name: str) -> int:
    """Shut somebody out.

    Returns:
        The number of their row.

    Raises:
        RequestError: nobody is called so.
    """
    number = _number(connection, name)
    connection.execute(update(people).where(people.c.number == number).values(revoked=True))
    return number


def everybody(connection: Connection) -> tuple[Person, ...]:
    """All, in the order in which they were added."""
    found = connection.execute(select(people).order_by(people.c.number))
    return tuple(Person(row.name, Role(row.role), row.added, row.revoked) for row in found)


def numbers(connection: Connection) -> dict[str, int]:
    """Name → the number of their row, of all."""
    return {row.name: row.number for row in connection.execute(select(people.c.name, people.c.number))}


def person_of(connection: Connection, token: str) -> Person | None:
    """Whose token this is; None where it is nobody's, or was revoked.

    What is compared are hashes, of which nobody can choose the next character, so that the time it takes tells nothing.
    """
    hashed = _hash(token)
    row = connection.execute(_BY_TOKEN, {"hash": hashed}).one_or_none()
    if row is None or not hmac.compare_digest(row.token_sha256, hashed) or row.revoked:
        return None
    return Person(row.name, Role(row.role), row.added)


def _number(connection: Connection, name: str) -> int:
    found = connection.execute(_BY_NAME, {"name": name}).one_or_none()
    if found is None:
        raise unknown_name("person of this audit", name, (person.name for person in everybody(connection)))
    return int(found.number)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
