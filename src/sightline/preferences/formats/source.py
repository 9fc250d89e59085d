"""What a format is: how its records are told from others, and what pairs they hold."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sightline.core import PreferencePair
from sightline.errors import DataError

__all__ = ["Format", "Record"]


class Record(NamedTuple):
    """One record, and where it stands.

    Args:
        values: its fields.
        file: the file.
        row: the row, counted from one.
        folders: where files that belong to it may lie.
    """

    values: Mapping[str, Any]
    file: Path = Path()
    row: int = 1
    folders: tuple[Path, ...] = ()

    def error(self, problem: str, hint: str | None = None) -> DataError:
        """An error that names file and row."""
        return DataError(problem, file=self.file, row=self.row, hint=hint)


class Format(NamedTuple):
    """A format of preference pairs.

    Args:
        name: what people call it.
        recognises: whether a record is of this format.
        pairs: the pairs of a record; their images are named as it names them. None where the format itself says that
            the record is not to be trained on.
    """

    name: str
    recognises: Callable[[Mapping[str, Any]], bool]
    pairs: Callable[[Record], tuple[PreferencePair, ...] | None]
