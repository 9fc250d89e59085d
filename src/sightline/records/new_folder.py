"""A folder that is there whole or not at all."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sightline.errors import DataError, RequestError
from sightline.records.atomic import settle

__all__ = ["new_folder", "written"]


@contextmanager
def new_folder(out: str | Path, *sources: Path) -> Iterator[Path]:
    """Give a folder to write into, which bears its own name only once all is written.

    Args:
        out: the folder; it is new or empty.
        sources: folders of models, which it may not lie in.

    Raises:
        RequestError: the folder is not empty, is a file, or lies within the model's.
        DataError: something cannot be written.
    """
    path = Path(out).resolve()
    if any(path.is_relative_to(source.resolve()) for source in sources):
        raise RequestError(f"{out} lies within the folder of the model. Choose one elsewhere.")
    if path.exists() and not path.is_dir():
        raise RequestError(f"{out} is a file. Choose a folder that is new or empty.")
    if path.is_dir() and (others := sorted(file.name for file in path.iterdir())):
        raise RequestError(
            f"{out} holds {', '.join(others[:3])}{', …' if len(others) > 3 else ''}. Choose a folder that is new or "
            "empty."
        )
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        settle([file for file in temporary.rglob("*") if file.is_file()])
        temporary.replace(path)
    except BaseException as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        raise DataError(f"cannot be written ({error})", file=path) from error


def written(folder: Path) -> int:
    """The bytes of all files of a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
