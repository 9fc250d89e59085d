"""Pictures as PNG files, the same bytes for the same pixels.

Pillow tries five filters on every row and looks for repeats, which takes four times as long and saves nothing where
every pixel has noise of its own: here a row is the difference from the row above, and bytes are coded by how often they
occur.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from sightline.scenes.rendered.compose import CANVAS_PX

__all__ = ["encode", "is_whole"]

_UP = 2
"""PNG's filter that takes the row above away."""


def encode(pixels: NDArray[np.uint8]) -> bytes:
    """Write a picture as a PNG file.

    Args:
        pixels: (128, 128, 3) uint8, sRGB.

    Example:
        >>> from sightline.scenes.rendered.compose import compose
        >>> from sightline.scenes.rendered.paint import paint
        >>> encode(paint(compose(seed=0, index=3)))[1:4]
        b'PNG'
    """
    rows = pixels.reshape(CANVAS_PX, 3 * CANVAS_PX)
    filtered = np.full((CANVAS_PX, 1 + 3 * CANVAS_PX), _UP, dtype=np.uint8)
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    packer = zlib.compressobj(level=1, strategy=zlib.Z_HUFFMAN_ONLY)
    return _framed(packer.compress(filtered.tobytes()) + packer.flush())


def is_whole(data: bytes) -> bool:
    """Whether a file is one that `encode` wrote, with no byte missing or changed.

    Example:
        >>> whole = encode(np.zeros((128, 128, 3), dtype=np.uint8))
        >>> is_whole(whole), is_whole(whole[:-1]), is_whole(b"")
        (True, False, False)
    """
    return data == _framed(data[len(_HEAD) + 8 : -len(_END) - 4])


def _framed(packed: bytes) -> bytes:
    """A file of packed rows."""
    return _HEAD + _chunk(b"IDAT", packed) + _END


def _chunk(kind: bytes, content: bytes) -> bytes:
    """A length, a name, the content, and a checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


_HEAD = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", CANVAS_PX, CANVAS_PX, 8, 2, 0, 0, 0))
_END = _chunk(b"IEND", b"")
