"""What heads hand on over a discovery set, as a file of safetensors beside the sweep or the heads file."""

import json
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from sightline.errors import DataError
from sightline.models.head_outputs import HeadOutputs
from sightline.models.roles import Role
from sightline.records.atomic import write_bytes

__all__ = ["OUTPUTS", "read_outputs", "write_outputs"]

OUTPUTS = "head_outputs.safetensors"
"""What the file is called."""

_FORMAT = "sightline head outputs 1"


def write_outputs(path: Path, outputs: HeadOutputs) -> Path:
    """Write them as safetensors.

    Raises:
        DataError: the file cannot be written.
    """
    tensors: dict[str, NDArray[Any]] = {
        "sums": outputs.sums,
        "counts": outputs.counts,
        "kept": outputs.kept,
        "kept_roles": outputs.kept_roles,
    }
    return write_bytes(path, save(tensors, {"format": _FORMAT, "roles": json.dumps([role.name for role in Role])}))


def read_outputs(path: str | Path) -> HeadOutputs:
    """Read them back.

    Raises:
        DataError: the file is not there, or is no such file.
    """
    hint = "It is written beside the heads file by sightline explain sweep."
    try:
        with safe_open(path, framework="numpy") as file:
            if (file.metadata() or {}).get("format") != _FORMAT:
                raise DataError("this file holds no means of heads", file=path, hint=hint)
            return HeadOutputs(*(file.get_tensor(name) for name in ("sums", "counts", "kept", "kept_roles")))
    except (OSError, SafetensorError) as error:
        raise DataError(f"the means of heads cannot be read ({error})", file=path, hint=hint) from error
