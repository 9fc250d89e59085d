"""Pictures as models see them: read whole or refused, and prepared ahead of the model in threads.

A picture is never repaired on the way. A truncated JPEG is an error and not half a picture on grey; a file that is no
picture is an error and not a blank one. What cannot be seen here: damage inside the picture data that leaves the
structure of the file whole; decoders draw something for it.
"""

import hashlib
import re
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import NamedTuple, TypeVar

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from sightline.errors import DataError, MissingError, RequestError

__all__ = ["MAX_PIXELS", "Picture", "ahead", "read_picture"]

MAX_PIXELS = 400_000_000
"""A square of 20,000 pixels, 1.2 GB once decoded. Pillow refuses from 179 million on, which scans and maps exceed.
Models look at a few million at most, so that whoever has more loses nothing by scaling down."""

_FORMATS: tuple[tuple[str, re.Pattern[bytes], type[ImageFile.ImageFile]], ...] = (
    ("JPEG", re.compile(rb"\xff\xd8\xff"), JpegImagePlugin.JpegImageFile),
    ("PNG", re.compile(rb"\x89PNG\r\n\x1a\n"), PngImagePlugin.PngImageFile),
    ("WebP", re.compile(rb"RIFF.{4}WEBP", re.DOTALL), WebPImagePlugin.WebPImageFile),
    ("GIF", re.compile(rb"GIF8[79]a"), GifImagePlugin.GifImageFile),
    ("TIFF", re.compile(rb"II[*+]\0|MM\0[*+]"), TiffImagePlugin.TiffImageFile),
    ("BMP", re.compile(rb"BM"), BmpImagePlugin.BmpImageFile),
)

_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_AGAIN = "Fetch or export the file again."
_QUIET = ("ignore", None, Warning, re.compile(r"PIL\."), 0)
_QUIET_LOCK = Lock()

Item = TypeVar("Item")
Done = TypeVar("Done")


class Picture(NamedTuple):
    """A picture, decoded.

    Args:
        image: in RGB, upright.
        sha256: hash of the file's bytes.
    """

    image: Image.Image
    sha256: str


def read_picture(path: str | Path, max_pixels: int = MAX_PIXELS) -> Picture:
    """Read a JPEG, PNG, WebP, GIF, TIFF or BMP file as an upright RGB picture.

    The orientation that a camera wrote is applied. CMYK, palettes and grey become RGB, of 16 bits a channel the upper 8
    are kept, what is transparent lies on white, and of a moving picture the first frame is taken.

    Args:
        path: the file.
        max_pixels: refuse larger ones before decoding them.

    Raises:
        MissingError: the file is not there.
        DataError: the file is no picture, is truncated or damaged, is too large, or has no defined conversion to RGB.
        RequestError: Pillow was told to fill truncated files with grey.
    """
    if ImageFile.LOAD_TRUNCATED_IMAGES:
        raise RequestError(
            "Something in this process set PIL.ImageFile.LOAD_TRUNCATED_IMAGES, so that a truncated picture would "
            "come out grey instead of as an error. Set it to False."
        )
    _silence_pillow()
    data = _bytes_of(path)
    picture = _opened(data, path)
    width, height = picture.size
    if width * height > max_pixels:
        raise DataError(
            f"the picture has {width:,} × {height:,} pixels = {width * height / 1e6:,.0f} million, more than the "
            f"{max_pixels / 1e6:,.0f} million allowed",
            file=path,
            hint="Scale it down, or raise max_pixels: decoding takes 3 bytes a pixel, and more on the way.",
        )
    try:
        picture.load()
        upright = _upright(picture)
        return Picture(_rgb(upright, path), hashlib.sha256(data).hexdigest())
    except DataError:
        raise
    except MemoryError as error:
        hint = "Scale it down, or read fewer pictures at a time."
        raise DataError(f"too little memory for {width:,} × {height:,} pixels", file=path, hint=hint) from error
    except Exception as error:  # Pillow passes on whatever its parsers stumble over
        raise DataError(f"the picture is truncated or damaged: {_words(error)}", file=path, hint=_AGAIN) from error


def _silence_pillow() -> None:
    """Let no warning of Pillow's out, for good: what matters in them is an error here.

    Filters belong to the whole process. Setting and resetting them around each picture would, from several threads,
    restore somebody else's at the wrong time.
    """
    with _QUIET_LOCK:
        if _QUIET not in warnings.filters:
            warnings.filterwarnings("ignore", module=r"PIL\.")


def _bytes_of(path: str | Path) -> bytes:
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise MissingError("the picture is not there", file=path, hint="Check the image folder.") from error
    except OSError as error:
        raise DataError(f"the picture cannot be read: {error.strerror}", file=path) from error
    if not data:
        raise DataError("the picture is an empty file", file=path, hint=_AGAIN)
    return data


def _opened(data: bytes, path: str | Path) -> ImageFile.ImageFile:
    """Read the header only.

    The formats are opened directly: ``Image.open`` compares with a limit that belongs to the whole process.
    """
    for name, start, kind in _FORMATS:
        if not start.match(data):
            continue
        if name == "JPEG" and data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda"):
            # A download that stopped in a file of reserved size goes on in zeros, which decode without an error.
            raise DataError("the JPEG is truncated: it has no end", file=path, hint=_AGAIN)
        try:
            return kind(BytesIO(data))
        except Exception as error:  # Pillow passes on whatever its parsers stumble over
            raise DataError(f"the {name} has a damaged header: {_words(error)}", file=path, hint=_AGAIN) from error
    known = ", ".join(name for name, _, _ in _FORMATS)
    raise DataError(f"not a picture: it begins with {data[:16]!r}", file=path, hint=f"Known are {known}.")


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _upright(picture: Image.Image) -> Image.Image:
    """Turn a picture as its camera says; where that cannot be read, it stays as every viewer shows it."""
    try:
        orientation = picture.getexif().get(_ORIENTATION)
    except Exception:  # Pillow passes on whatever its parsers stumble over
        return picture
    turn = _UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return picture if turn is None else picture.transpose(turn)


def _rgb(picture: Image.Image, path: str | Path) -> Image.Image:
    if picture.mode in ("I", "F"):
        raise DataError(
            f"pixels of mode {picture.mode!r} have no defined white", file=path, hint="Convert the picture to 8 bits."
        )
    if picture.mode.startswith("I;16"):
        # Transparency of 16-bit grey is one exact value, which 8 bits can no longer tell from its neighbours.
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
    if picture.has_transparency_data:
        above = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", above.size, "white"), above).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def ahead(items: Iterable[Item], work: Callable[[Item], Done], workers: int = 4, depth: int = 8) -> Iterator[Done]:
    """Do work on items in threads, ahead of whoever takes the results, and give them in order.

    Closing the generator, an error, or its end stops the threads; what had not begun is left undone. Items are drawn in
    the thread of the consumer.

    Args:
        items: what to work on.
        work: what to do with each; it runs in a thread.
        workers: how many threads.
        depth: how many items may be drawn beyond the one that the consumer waits for or has, at least one.

    Raises:
        Exception: whatever drawing or working on an item raised, once all results before it were given.

    Example:
        >>> list(ahead([1, 2, 3], lambda n: n * n, workers=2, depth=2))
        [1, 4, 9]
    """
    if depth < 1:
        raise ValueError(f"depth is {depth}, expected at least one")
    source = iter(items)
    waiting: deque[Future[Done]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="sightline-ahead")

    def draw() -> bool:
        try:
            item = next(source)
        except StopIteration:
            return False
        except Exception as error:
            failed: Future[Done] = Future()
            failed.set_exception(error)
            waiting.append(failed)
            return False
        waiting.append(pool.submit(work, item))
        return True

    try:
        more = draw()
        while waiting:
            first = waiting.popleft()
            while more and len(waiting) < depth:
                more = draw()
            yield first.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
