import re

import numpy as np
import pytest

from sightline.report.attention_strip import attention_strip

WIDTHS = pytest.mark.parametrize("width", [1120, 366])
PICTURE = np.full((30, 40, 3), 255, dtype=np.uint8)
TOKENS = ("The", " cups", ".\n")
VALUES = np.array([[[0.01, 0.02]], [[0.02, 0.0]], [[0.0, 0.04]]])


def _plot(width=1120, tokens=TOKENS, values=VALUES, **options):
    return attention_strip(PICTURE, tokens, values, width, caption_note="layer 3, head 1", **options)


def _texts(plot):
    return re.findall(r"<text[^>]*>([^<]*)</text>", plot.svg())


def _pictures(plot):
    return [np.asarray(image.get_array()) for image in plot.figure.axes[-1].images if image.get_array().shape[0] > 1]


@WIDTHS
def test_every_token_has_its_map_its_text_and_its_total(width) -> None:
    plot = _plot(width)
    assert len(_pictures(plot)) == 3
    assert {"The", "cups", ".↵", "3.0 % in all", "2.0 % in all", "4.0 % in all"} <= set(_texts(plot))


def test_all_tokens_share_one_scale() -> None:
    first, second, _ = _pictures(_plot(clip=None))
    assert (first[5, -1] == second[5, 0]).all() and (first[5, 0] != second[5, 0]).any()  # 2 % in both, and 1 %


def test_small_pictures_fill_rows() -> None:
    plot = _plot(366, ("a",) * 7, np.full((7, 2, 2), 0.01))
    boxes = [image.get_extent() for image in plot.figure.axes[-1].images if image.get_array().shape[0] > 1]
    assert len({round(left) for left, *_ in boxes}) == 3 and len({round(top) for *_, top in boxes}) == 3


def test_there_is_a_row_for_every_cell_of_every_token() -> None:
    rows = _plot().data.to_pylist()
    assert len(rows) == 6
    assert rows[3] == {"place": 1, "token": " cups", "row": 0, "col": 1, "value": 0.0}


def test_the_words_say_how_much_attention_each_token_pays() -> None:
    told = "Attention on the picture of every generated token, layer 3, head 1; in all: “The” 3.0 %, “cups” 2.0 %, "
    assert _plot().description == told + "“.↵” 4.0 %."


@pytest.mark.parametrize(("tokens", "found"), [((), "0 tokens and 3 maps"), (("a",), "1 tokens and 3 maps")])
def test_every_token_needs_its_map(tokens, found) -> None:
    with pytest.raises(ValueError, match=f"every token needs its map, found {found}"):
        _plot(tokens=tokens)


@WIDTHS
def test_nothing_is_written_outside_of_the_drawing(width) -> None:
    plot = _plot(width, ("a token of unusual length",) * 12, np.full((12, 3, 3), 0.01))
    plot.figure.canvas.draw()
    whole = plot.figure.bbox
    for box in (text.get_window_extent() for axes in plot.figure.axes for text in axes.texts if text.get_text()):
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1
