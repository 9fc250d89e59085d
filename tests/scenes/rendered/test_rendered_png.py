import io

import numpy as np
import pytest
from PIL import Image

from sightline.scenes.rendered import compose, paint
from sightline.scenes.rendered.png import encode, is_whole

WHOLE = encode(paint(compose(0, 0)))


@pytest.mark.parametrize("seed", range(5))
def test_pillow_reads_the_pixels_back(seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    with Image.open(io.BytesIO(encode(pixels))) as picture:
        assert (picture.format, picture.mode) == ("PNG", "RGB")
        assert (np.asarray(picture) == pixels).all()


def test_files_are_no_larger_than_those_of_pillow() -> None:
    buffer = io.BytesIO()
    Image.fromarray(paint(compose(0, 0))).save(buffer, "PNG", compress_level=6)
    assert len(WHOLE) < 1.05 * len(buffer.getvalue())


def test_a_file_that_is_cut_off_anywhere_is_not_whole() -> None:
    assert is_whole(WHOLE)
    assert not any(is_whole(WHOLE[:length]) for length in [*range(200), *range(200, len(WHOLE), 97), len(WHOLE) - 1])
    assert not is_whole(WHOLE + b"\0")


def test_a_file_with_a_byte_changed_is_not_whole() -> None:
    for place in [*range(100), *range(100, len(WHOLE), 311), *range(len(WHOLE) - 20, len(WHOLE))]:
        assert not is_whole(WHOLE[:place] + bytes([WHOLE[place] ^ 32]) + WHOLE[place + 1 :])
