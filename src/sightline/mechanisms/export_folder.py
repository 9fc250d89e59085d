"""The folder that an export is written into, whole or not at all, with a word on what it is."""

import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from sightline.errors import DataError, RequestError
from sightline.models.checkpoint import Checkpoint
from sightline.models.knockout import Knockout
from sightline.records.atomic import settle

__all__ = ["ABOUT", "ExportedAs", "new_folder", "save_tensors", "write_about", "written"]

ABOUT = "knockout.json"
"""What the file is called that says which heads an export is without, and how."""

_CARD = "README.md"
_VERSION = 1


@dataclass(frozen=True)
class ExportedAs:
    """What an export wrote.

    Args:
        folder: that it wrote.
        tensors: the names of those that were changed or added.
        bytes: the size of the folder.
        notes: what to know when using it, in sentences.
    """

    folder: Path
    tensors: tuple[str, ...]
    bytes: int
    notes: tuple[str, ...]


@contextmanager
def new_folder(out: str | Path, source: Path) -> Iterator[Path]:
    """Give a folder to write into, which bears its own name only once all is written.

    Args:
        out: the folder; it is new or empty.
        source: the model's folder, which it may not lie in.

    Raises:
        RequestError: the folder is not empty, is a file, or lies within the model's.
        DataError: something cannot be written.
    """
    path = Path(out).resolve()
    if path.is_relative_to(source.resolve()):
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


def write_about(folder: Path, checkpoint: Checkpoint, knockout: Knockout, form: str, front: str = "") -> None:
    """Say what the folder holds: in ``knockout.json`` for programs, in the model card for people.

    Args:
        folder: that is being written.
        checkpoint: the model that it was made from.
        knockout: which heads it is without, and how.
        form: what it is written as.
        front: the lines at the head of the model card; where there are none, the original's card is kept.
    """
    record = {
        "format": "sightline-knockout",
        "version": _VERSION,
        "heads": [str(head) for head in knockout.heads],
        "kind": knockout.kind,
        "scope": knockout.scope,
        "strength": knockout.strength,
        "sha256": knockout.sha256,
        "form": form,
        "source": {"name": checkpoint.name, "sha256": checkpoint.sha256},
        "sightline": version("sightline"),
    }
    (folder / ABOUT).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    told = (
        f"# {checkpoint.name} {knockout}\n\nAttention heads of {checkpoint.name} are knocked out here, as {form}; "
        f"`{ABOUT}` says which and how. Written by sightline {version('sightline')}.\n"
    )
    rest = ""
    original = checkpoint.folder / _CARD
    if not front and original.is_file():
        front, body = _parted(original.read_text(encoding="utf-8"))
        rest = f"\nWhat follows is the original's card; its figures are the original's.\n\n{body.lstrip()}"
    (folder / _CARD).write_text(front + told + rest, encoding="utf-8")


def _parted(card: str) -> tuple[str, str]:
    """Part a model card into the lines at its head, licence among them, and its text."""
    end = card.find("\n---\n", 4)
    if not card.startswith("---\n") or end < 0:
        return "", card
    return card[: end + 5] + "\n", card[end + 5 :]


def save_tensors(path: Path, tensors: Mapping[str, torch.Tensor], metadata: dict[str, str] | None) -> None:
    """Write tensors into a file that is as readable as any new one; safetensors makes files for their owner alone.

    Raises:
        DataError: it cannot be written.
    """
    path.touch()
    mode = path.stat().st_mode
    try:
        save_file(dict(tensors), path, metadata)
    except SafetensorError as error:
        raise DataError(f"cannot be written ({error})", file=path) from error
    path.chmod(mode)


def written(folder: Path) -> int:
    """The bytes of all files of a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
