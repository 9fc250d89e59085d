"""The names that images inside a parquet file carry, without the images."""

from pathlib import Path, PurePosixPath

import pyarrow as pa
from pyarrow import parquet

from sightline.errors import DataError

__all__ = ["embedded_paths"]


def embedded_paths(path: str | Path, column: str) -> tuple[str, ...]:
    """The name of each image of a column, without folders; "" where an image carries none.

    Args:
        path: a parquet file.
        column: a column of embedded images (bytes and path).

    Raises:
        DataError: the file cannot be read, or the column is not there or holds no images.
    """
    path = Path(path)
    try:
        schema = parquet.read_schema(path)
        at = schema.get_field_index(column)
        if at < 0 or not pa.types.is_struct(schema.field(at).type) or schema.field(at).type.get_field_index("path") < 0:
            problem = f"{column} holds no embedded images; there are {', '.join(schema.names)}"
            raise DataError(problem, file=path, hint="Expected a column of images, each with bytes and path.")
        cells = parquet.ParquetFile(path).read(columns=[f"{column}.path"]).column(column).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"cannot be read ({str(error).splitlines()[0]})", file=path) from None
    return tuple(PurePosixPath(str((cell or {}).get("path") or "")).name for cell in cells)
