import hashlib
import threading
import time
import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageFile

from sightline.errors import DataError, MissingError, RequestError
from sightline.models.pictures import ahead, read_picture

RED, WHITE = (255, 0, 0), (255, 255, 255)
FLIPS = range(1, 9)


def photo(width: int = 24, height: int = 16) -> Image.Image:
    """Every pixel another colour, red growing to the right and green downwards."""
    across, down = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([across, down, 255 - across], axis=-1).astype(np.uint8))


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def saved(folder: Path, data: bytes) -> Path:
    path = folder / "picture"
    path.write_bytes(data)
    return path


def pixel(path: Path, at: tuple[int, int] = (0, 0)) -> tuple[int, ...]:
    found = read_picture(path).image.getpixel(at)
    assert isinstance(found, tuple)
    return found


def far(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(np.asarray(one, dtype=float) - np.asarray(other, dtype=float)).mean())


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_a_lossless_picture_is_read_exactly(tmp_path: Path, kind: str) -> None:
    data = encoded(photo(), kind)
    picture = read_picture(saved(tmp_path, data))
    assert np.array_equal(np.asarray(picture.image), np.asarray(photo()))
    assert picture.sha256 == hashlib.sha256(data).hexdigest()


def test_photographs_are_read(conformance: Path) -> None:
    photographs = sorted((conformance / "photographs").rglob("*.jpg"))
    assert len(photographs) >= 14
    for path in photographs:
        image = read_picture(path).image
        assert image.mode == "RGB" and min(image.size) >= 200 and np.asarray(image).std() > 20, path


@settings(max_examples=30)
@given(at=st.floats(0, 1, exclude_max=True), zeros=st.booleans(), progressive=st.booleans())
def test_a_jpeg_cut_anywhere_is_an_error(
    tmp_path_factory: pytest.TempPathFactory, at: float, zeros: bool, progressive: bool
) -> None:
    whole = encoded(photo(64, 48), "JPEG", progressive=progressive)
    cut = whole[: int(at * len(whole))]
    data = cut + bytes(len(whole) - len(cut)) * zeros
    with pytest.raises(DataError):
        read_picture(saved(tmp_path_factory.getbasetemp(), data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_damaged_bytes_are_a_picture_or_a_data_error_and_nothing_else(tmp_path: Path, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    whole = encoded(photo(), kind, **({} if kind == "GIF" else {"exif": exif}))

    @settings(max_examples=60, deadline=None)
    @given(st.dictionaries(st.integers(0, len(whole) - 1), st.integers(0, 255), min_size=1, max_size=8))
    def check(changes: dict[int, int]) -> None:
        damaged = bytearray(whole)
        for place, value in changes.items():
            damaged[place] = value
        try:
            image = read_picture(saved(tmp_path, bytes(damaged)), max_pixels=1_000_000).image
        except DataError:
            return
        assert image.mode == "RGB"

    check()


def test_a_truncated_picture_says_what_to_do(tmp_path: Path) -> None:
    data = encoded(photo(), "JPEG")
    with pytest.raises(DataError, match=r"picture: the JPEG is truncated: it has no end\. Fetch or export the file"):
        read_picture(saved(tmp_path, data[:-20]))
    with pytest.raises(DataError, match="the picture is truncated or damaged: "):
        read_picture(saved(tmp_path, encoded(photo(), "PNG")[:-40]))


def test_filling_truncated_pictures_with_grey_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(RequestError, match="LOAD_TRUNCATED_IMAGES"):
        read_picture(saved(tmp_path, encoded(photo(), "PNG")))


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"/gone\.jpg: the picture is not there\."):
        read_picture(tmp_path / "gone.jpg")


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        read_picture(tmp_path)


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "empty file"), (b"<html>no</html>", "begins with b'<html>no</html>'")]
)
def test_what_is_no_picture_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_picture(saved(tmp_path, data))


def test_a_picture_20_000_pixels_wide_is_read(tmp_path: Path) -> None:
    assert read_picture(saved(tmp_path, encoded(Image.new("RGB", (20_000, 30), RED), "JPEG"))).image.size == (
        20_000,
        30,
    )


def test_pillows_own_limit_does_not_apply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    for kind in ("JPEG", "PNG"):
        assert read_picture(saved(tmp_path, encoded(photo(), kind))).image.size == (24, 16)


def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    size = (100_000).to_bytes(4, "big")
    header = b"IHDR" + size + size + bytes([8, 2, 0, 0, 0])
    bomb = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + header + zlib.crc32(header).to_bytes(4, "big")
    words = "100,000 × 100,000 pixels = 10,000 million, more than the 400 million allowed. Scale it down"
    with pytest.raises(DataError, match=words):
        read_picture(saved(tmp_path, bomb + bytes(4) + b"IDAT" + bytes(4)))


@pytest.mark.parametrize("orientation", FLIPS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_picture_is_turned_as_its_camera_says(tmp_path: Path, kind: str, orientation: int) -> None:
    back = {2: 0, 3: 1, 4: 2, 5: 3, 6: 4, 7: 5, 8: 6}  # Pillow's numbers, of transposes that undo themselves ...
    undo = [Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM]
    undo += [Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_90, Image.Transpose.TRANSVERSE]
    undo += [Image.Transpose.ROTATE_270]  # ... but for the quarter turns, which undo each other
    lying = photo().transpose(undo[back[orientation]]) if orientation > 1 else photo()
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    read = read_picture(saved(tmp_path, encoded(lying, kind, exif=exif, **options))).image
    assert read.size == (24, 16)
    assert far(read, photo()) < 12


def test_damaged_exif_leaves_the_picture_as_it_is_and_warns_nobody(tmp_path: Path) -> None:
    path = saved(tmp_path, encoded(photo(), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01\x03\0\x01"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert read_picture(path).image.size == (24, 16)
    assert caught == []


def test_a_cmyk_jpeg_becomes_rgb(tmp_path: Path) -> None:
    path = saved(tmp_path, encoded(Image.new("RGB", (16, 16), RED).convert("CMYK"), "JPEG"))
    red, green, blue = pixel(path)
    assert red > 250 and green < 5 and blue < 5


def test_a_lab_picture_becomes_rgb(tmp_path: Path) -> None:
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    lab = ImageCms.applyTransform(photo(), to_lab)
    assert lab is not None
    assert far(read_picture(saved(tmp_path, encoded(lab, "TIFF"))).image, photo()) < 5


def test_a_palette_with_transparent_entries_lies_on_white(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)
    path = saved(tmp_path, encoded(image, "PNG", transparency=b"\xff\x00"))
    assert (pixel(path), pixel(path, (1, 0))) == (RED, WHITE)


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGBA", (255, 0, 0, 255), RED),
        ("RGBA", (255, 0, 0, 0), WHITE),
        ("RGBA", (255, 0, 0, 102), (255, 153, 153)),  # 0.4 · 0 + 0.6 · 255 = 153
        ("LA", (0, 0), WHITE),
        ("L", 100, (100, 100, 100)),
        ("1", 255, WHITE),
        ("I;16", 0xABCD, (0xAB, 0xAB, 0xAB)),
    ],
)
def test_other_modes_become_rgb(tmp_path: Path, mode: str, colour: Any, expected: tuple[int, ...]) -> None:
    assert pixel(saved(tmp_path, encoded(Image.new(mode, (3, 3), colour), "PNG"))) == expected


def test_the_transparent_colour_of_an_rgb_picture_lies_on_white(tmp_path: Path) -> None:
    assert pixel(saved(tmp_path, encoded(Image.new("RGB", (2, 2), RED), "PNG", transparency=RED))) == WHITE


@pytest.mark.parametrize("mode", ["F", "I"])
def test_pixels_without_a_defined_white_are_refused(tmp_path: Path, mode: str) -> None:
    with pytest.raises(DataError, match=r"no defined white\. Convert the picture to 8 bits"):
        read_picture(saved(tmp_path, encoded(Image.new(mode, (2, 2), 1), "TIFF")))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_a_moving_picture_gives_its_first_frame(tmp_path: Path, kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    path = saved(tmp_path, encoded(frames[0], kind, save_all=True, append_images=frames[1:]))
    red, _, blue = pixel(path)
    assert red > 240 and blue < 15


@given(st.lists(st.integers()), st.integers(1, 4), st.integers(1, 5))
def test_work_ahead_gives_every_result_in_order(items: list[int], workers: int, depth: int) -> None:
    assert list(ahead(items, lambda item: item + 1, workers, depth)) == [item + 1 for item in items]


def test_later_work_does_not_overtake_earlier_work() -> None:
    def work(item: int) -> int:
        time.sleep(0.02 if item == 0 else 0)
        return item

    assert list(ahead(range(4), work, workers=4, depth=4)) == [0, 1, 2, 3]


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_items_are_drawn_no_more_than_depth_beyond_the_consumer(depth: int) -> None:
    drawn: list[int] = []

    def source() -> Iterator[int]:
        for item in range(20):
            drawn.append(item)
            yield item

    for result in ahead(source(), lambda item: item, workers=3, depth=depth):
        assert len(drawn) == min(result + 1 + depth, 20)


def test_the_error_of_an_item_comes_in_its_place() -> None:
    results = ahead([1, 2, 0, 4], lambda item: 4 // item, workers=4, depth=4)
    assert [next(results), next(results)] == [4, 2]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_the_error_of_the_source_comes_after_the_results_before_it() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    results = ahead(source(), lambda item: item, workers=1, depth=3)
    assert next(results) == 1
    with pytest.raises(OSError, match="gone"):
        next(results)


def threads() -> int:
    return sum(thread.name.startswith("sightline-ahead") for thread in threading.enumerate())


def test_closing_stops_the_threads_and_leaves_the_rest_undone() -> None:
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        return item

    results = ahead(range(1000), work, workers=2, depth=3)
    assert next(results) == 0 and threads() > 0
    results.close()
    assert threads() == 0 and max(begun) <= 3


def test_an_error_stops_the_threads() -> None:
    with pytest.raises(ZeroDivisionError):
        list(ahead([1, 0, 1], lambda item: 1 / item, workers=2, depth=2))
    assert threads() == 0


def test_looking_ahead_by_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="depth is 0"):
        next(ahead([1], lambda item: item, workers=1, depth=0))
