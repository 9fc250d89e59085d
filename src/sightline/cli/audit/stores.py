"""What the verbs of an audit share: how it is named, and what else is to be typed."""

import shlex
from typing import Annotated

from cyclopts import Parameter

__all__ = ["Where", "command", "shown"]

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
