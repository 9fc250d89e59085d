"""What the verbs of an audit share: how it is named, and what else is to be typed."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from sightline.audit.contents import About

__all__ = ["Where", "checked_labels", "command", "is_audit", "shown"]

Where = Annotated[
    str, Parameter(help="The audit: a file, or the URL of a PostgreSQL database (postgresql://HOST/DATABASE).")
]


def command(*words: str) -> str:
    """A command as it is typed.

    Example:
        >>> command("serve", "my audit.sqlite")
        "sightline audit serve 'my audit.sqlite'"
    """
    return f"sightline audit {shlex.join(words)}"


def shown(where: str) -> str:
    """The audit's name as it may be printed: without a password.

    Example:
        >>> shown("postgresql://ann:secret@db/audit")
        'postgresql://ann:***@db/audit'
    """
    scheme, found, rest = where.partition("://")
    user, given, host = rest.rpartition("@")
    if not found or not given or ":" not in user:
        return where
    return f"{scheme}://{user.partition(':')[0]}:***@{host}"


def is_audit(where: str) -> bool:
    """Whether this names an audit, which is a database, and not a file or folder of labels."""
    if where.partition("://")[0] in ("postgresql", "postgres", "postgresql+psycopg", "sqlite"):
        return True
    path = Path(where)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


_SQLITE = b"SQLite format 3\0"


def checked_labels(about: "About") -> str:
    """The labels that an audit checks, where they are public.

    Raises:
        RequestError: they are not, so that nobody knows where they are.
    """
    from sightline.benchmarks import benchmark
    from sightline.errors import RequestError

    if about.label_set in benchmark(about.benchmark).public:
        return about.label_set
    raise RequestError(
        f"This audit checks the labels {about.label_set!r}, which are not public. Say where they are: "
        f"--labels {about.label_set}=PATH"
    )
