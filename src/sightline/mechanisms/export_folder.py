"""What an export wrote, and the word that its folder has on what it is."""

import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sightline.models.checkpoint import Checkpoint
from sightline.models.checkpoint_files import write_card
from sightline.models.knockout import Knockout

__all__ = ["ABOUT", "ExportedAs", "write_about"]

ABOUT = "knockout.json"
"""What the file is called that says which heads an export is without, and how."""

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
    write_card(folder, checkpoint, told, front)
