"""Every error sightline raises on purpose.

    SightlineError
    ├── RequestError      what was asked for cannot be done: unknown name, impossible option
    ├── DataError         a file does not hold what it should: names file, row, value and what to do
    │   └── MissingError  something that was asked for is not there; ``--allow-missing`` goes on without it
    └── FetchError        a public file could not be fetched, or is not the one expected

The command line prints these without a traceback and exits with 2; anything else is a bug in sightline.
"""

import difflib
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

__all__ = ["DataError", "FetchError", "MissingError", "RequestError", "SightlineError", "unknown_name"]


class SightlineError(Exception):
    """The root of sightline's errors."""


class RequestError(SightlineError):
    """What was asked for cannot be done."""


class DataError(SightlineError):
    """A file does not hold what it should.

    Args:
        problem: what is wrong, with the value found.
        file: the file it was found in.
        row: the row of that file, counted from one.
        hint: what to do about it.

    Example:
        >>> print(DataError("label is 'Yes ', expected 'yes' or 'no'", file="a/pope.json", row=812, hint="Mend it."))
        a/pope.json:812: label is 'Yes ', expected 'yes' or 'no'. Mend it.
    """

    def __init__(
        self, problem: str, *, file: str | Path | None = None, row: int | None = None, hint: str | None = None
    ) -> None:
        self.problem = problem
        self.file = None if file is None else str(file)
        self.row = row
        self.hint = hint
        place = "" if self.file is None else self.file + ("" if row is None else f":{row}") + ": "
        super().__init__(f"{place}{problem.rstrip('.')}." + (f" {hint}" if hint else ""))

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        """Go to another process whole: an exception is made anew there of what its ``__init__`` took."""
        return partial(type(self), file=self.file, row=self.row, hint=self.hint), (self.problem,)


class MissingError(DataError):
    """Something that was asked for is not there; ``allow_missing`` goes on without it and counts it."""


class FetchError(SightlineError):
    """A public file could not be fetched, or is not the one expected."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> RequestError:
    """Say that a name is unknown, and name the nearest one.

    Example:
        >>> print(unknown_name("benchmark", "poep", ["pope"]))
        No benchmark is called 'poep'. Did you mean 'pope'? Known: pope.
    """
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=1)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    return RequestError(f"No {kind} is called {name!r}.{guess} Known: {', '.join(known)}.")
