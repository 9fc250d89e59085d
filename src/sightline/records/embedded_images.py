"""Images that a parquet file holds, as the hub's data sets embed them: written out as the files that they were."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pyarrow as pa
from pyarrow import parquet

from sightline.errors import DataError, RequestError
from sightline.records.atomic import write_bytes

__all__ = ["Unpacked", "unpack_images"]

_NAMES = ("image_filename", "file_name", "filename")
"""Columns that name images; where there is none, the path inside the embedded image does."""

_ROWS_AT_ONCE = 64


class Unpacked(NamedTuple):
    """What was written.

    Args:
        images: names, in the order of the file, each once.
        written: how many files were written.
        there: how many were there already, byte for byte.
    """

    images: tuple[str, ...]
    written: int
    there: int


def unpack_images(path: str | Path, out: str | Path, overwrite: bool = False) -> Unpacked:
    """Write the images of a parquet file into a folder; those that are there already are left as they are.

    Args:
        path: a file with a column of embedded images (bytes and path).
        out: the folder.
        overwrite: whether other images of the same names may be replaced.

    Raises:
        DataError: the file is no parquet, has no such column, or an image has no name or no bytes.
        RequestError: another image of the same name is there, or two images of the file have one name.
    """
    path, out = Path(path), Path(out)
    seen: dict[str, bytes] = {}
    written = there = 0
    for row, name, data in _images(path):
        if not name or not data:
            raise DataError(f"the image has no {'bytes' if name else 'name'}", file=path, row=row)
        if name in seen:
            if seen[name] != data:
                raise RequestError(f"{path}: two different images are called {name} (row {row} is the second).")
            continue
        seen[name] = data
        target = out / name
        known = target.read_bytes() if target.exists() else None
        if known == data:
            there += 1
        elif known is not None and not overwrite:
            raise RequestError(f"{target} is another image. Choose another folder with --out, or say --overwrite.")
        else:
            write_bytes(target, data)
            written += 1
    return Unpacked(tuple(seen), written, there)


def _images(path: Path) -> Iterator[tuple[int, str, bytes]]:
    """For each row its number, the name of its image and the bytes."""
    try:
        file = parquet.ParquetFile(path)
    except FileNotFoundError:
        raise DataError("there is no such file", file=path, hint="Check the path.") from None
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"this is not parquet ({str(error).splitlines()[0]})", file=path) from None
    embedded = [field.name for field in file.schema_arrow if _holds_images(field.type)]
    if not embedded:
        found = ", ".join(file.schema_arrow.names)
        raise DataError(f"no column holds images; there are {found}", file=path, hint="Expected bytes and path.")
    names = [name for name in _NAMES if name in file.schema_arrow.names][:1]
    row = 0
    for batch in file.iter_batches(_ROWS_AT_ONCE, columns=[embedded[0], *names]):
        for record in batch.to_pylist():
            row += 1
            image = record[embedded[0]] or {}
            named = record[names[0]] if names else image.get("path")
            yield row, PurePosixPath(str(named or "")).name, image.get("bytes") or b""


def _holds_images(type_: pa.DataType) -> bool:
    return pa.types.is_struct(type_) and {"bytes", "path"} <= {field.name for field in type_}
