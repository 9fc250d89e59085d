"""Files that are there whole or not at all."""

import os
import tempfile
from pathlib import Path

from sightline.errors import DataError

__all__ = ["write_bytes"]


def write_bytes(path: Path, data: bytes) -> Path:
    """Write a file under another name first, so that nothing half-written ever bears its own.

    Raises:
        DataError: the file cannot be written (no space, no permission, a file where a folder is needed).
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes the file private; give it what open() would have given
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise DataError(f"cannot be written ({error.strerror or error})", file=path) from error
    return path
