"""The model inside the package: where it lies, and whether its files are whole."""

import hashlib
import json
from pathlib import Path

from sightline.errors import DataError

__all__ = ["BUNDLED", "bundled_folder", "check_files"]

BUNDLED = "bundled"
"""What the model inside the package is called wherever a model is named."""

_SUMS = "checksums.json"
_AGAIN = "Install sightline again: pip install --force-reinstall --no-deps sightline."


def bundled_folder() -> Path:
    """The folder of the bundled model, which transformers and vLLM load as it is.

    Raises:
        DataError: a file of it is missing or damaged.

    Example:
        >>> (bundled_folder() / "config.json").is_file()
        True
    """
    folder = Path(__file__).parent / BUNDLED
    check_files(folder)
    return folder


def check_files(folder: Path) -> None:
    """Hold the files of a model against their checksums.

    Args:
        folder: the model's; ``checksums.json`` in it says for each file the sha256 of its bytes.

    Raises:
        DataError: a file is missing or damaged.
    """
    try:
        sums = json.loads((folder / _SUMS).read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"the checksums cannot be read ({error})", file=folder / _SUMS, hint=_AGAIN) from error
    for name, expected in sums.items():
        path = folder / name
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            problem = f"a file of the bundled model cannot be read ({error.strerror})"
            raise DataError(problem, file=path, hint=_AGAIN) from error
        if found != expected:
            problem = f"the bundled model is damaged: sha256 is {found[:12]}…, expected {expected[:12]}…"
            raise DataError(problem, file=path, hint=_AGAIN)
