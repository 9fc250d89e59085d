"""Tables packed for a page: every distinct value once, and for each row its place among them."""

import base64
import json
from typing import Any

import numpy as np
import pyarrow as pa

__all__ = ["json_in_html", "pack"]


def pack(table: pa.Table) -> dict[str, Any]:
    """Pack a table of strings.

    Returns:
        rows: their number; columns: for each the distinct values in the order in which they first occur (null among
        them), the bytes each code takes (1, 2 or 4), and the codes as base64 of little-endian unsigned integers.

    Example:
        >>> pack(pa.table({"reply": ["No", "Yes", "No"]}))["columns"]["reply"]
        {'values': ['No', 'Yes'], 'bytes': 1, 'codes': 'AAEA'}
    """
    return {"rows": table.num_rows, "columns": {name: _pack(table[name]) for name in table.column_names}}


def _pack(column: pa.ChunkedArray) -> dict[str, Any]:
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    values = encoded.dictionary.to_pylist()
    size = 1 if len(values) <= 1 << 8 else 2 if len(values) <= 1 << 16 else 4
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.dtype(f"<u{size}"))
    return {"values": values, "bytes": size, "codes": base64.b64encode(codes.tobytes()).decode()}


def json_in_html(value: Any) -> str:
    r"""Write JSON that can stand in a script element: nothing in it ends the element or begins another.

    Example:
        >>> json_in_html("</script><!--")
        '"\\u003c/script\\u003e\\u003c!--"'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
