"""``dataset_info.json``, in which LLaMA-Factory looks up its data sets by name."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sightline.errors import DataError, RequestError
from sightline.records.atomic import write_bytes
from sightline.records.json_rows import read_json

__all__ = ["FILE", "add_entry"]

FILE = "dataset_info.json"


def add_entry(folder: Path, name: str, entry: Mapping[str, Any], overwrite: bool = False) -> Path:
    """Add a data set; all others stay, in their order.

    Args:
        folder: where the file is, or is to be.
        name: of the data set.
        entry: what there is to say of it.
        overwrite: whether it may take the place of another one of this name.

    Raises:
        DataError: the file holds something else.
        RequestError: another data set has this name.
    """
    path = folder / FILE
    known = read_json(path) if path.exists() else {}
    if not isinstance(known, dict):
        raise DataError(f"expected an object, found {type(known).__name__}", file=path)
    if name in known and known[name] != entry and not overwrite:
        raise RequestError(f"{path} has another data set called {name}. Choose another --out, or say --overwrite.")
    text = json.dumps({**known, name: dict(entry)}, indent=2, ensure_ascii=False) + "\n"
    return write_bytes(path, text.encode())
