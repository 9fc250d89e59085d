"""Which file of a folder holds the questions of a benchmark that is one file."""

from pathlib import Path

from sightline.benchmarks.question_rows import question_files
from sightline.errors import DataError

__all__ = ["question_file"]


def question_file(path: Path, name: str, usual: str) -> Path:
    """The file that is named, or of a folder the one of the usual name, or else its only one.

    Args:
        path: the file, or the folder that holds it.
        name: of the label set.
        usual: what the file is called where the benchmark is published.

    Raises:
        DataError: the folder holds none, or several.
    """
    if (path / usual).is_file():
        return path / usual
    found = question_files(path, name, f"Expected {usual}.")
    if len(found) > 1:
        hint = f"Expected {usual}, or a single file; name the file itself where there are more."
        raise DataError(
            f"label set {name!r}: the folder holds {len(found)} files that may be meant", file=path, hint=hint
        )
    return found[0]
