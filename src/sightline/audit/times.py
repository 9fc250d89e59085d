"""The time of the server, which never goes back where its clock does."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from sightline.audit.tables import entries

__all__ = ["Moment", "iso", "moment", "server_clock"]

_LAST = select(entries.c.number, entries.c.at).where(
    entries.c.number == select(func.max(entries.c.number)).scalar_subquery()
)


class Moment(NamedTuple):
    """A time.

    Args:
        at: when, as ISO 8601 in UTC; never before the last entry.
        clock: what the clock said.
        seconds: `at` as seconds since 1970.
        entries: how many entries there are.
    """

    at: str
    clock: str
    seconds: float
    entries: int


def server_clock() -> datetime:
    """What the clock of this machine says."""
    return datetime.now(UTC)


def iso(time: datetime) -> str:
    """A time as text; later ones come later in the alphabet."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def moment(connection: Connection, clock: Callable[[], datetime]) -> Moment:
    """Now, or, where the clock was set back, the time of the last entry."""
    said = iso(clock())
    last = connection.execute(_LAST).one_or_none()
    at = said if last is None else max(said, last.at)
    return Moment(at, said, datetime.fromisoformat(at).timestamp(), 0 if last is None else last.number)
