import re

import numpy as np
import pytest

from sightline.report.attention_map import Underlay
from sightline.report.attention_overlay import Overlay, attention_overlay
from sightline.report.attention_scale import Scale
from sightline.report.attention_tiles import Box, Tile

WIDTHS = pytest.mark.parametrize("width", [1120, 366])
PICTURE = np.full((60, 80, 3), 255, dtype=np.uint8)
QUARTERS = (Box(0, 0, 0.5, 0.5), Box(0.5, 0, 1, 0.5), Box(0, 0.5, 0.5, 1), Box(0.5, 0.5, 1, 1))
NOTE = "layer 14, head 13, query “ 15”"


def _overlay(title, *rows, box=None):
    tile = Tile(np.array(rows, dtype=np.float64))
    return Overlay(title, (tile if box is None else Tile(tile.values, box),))


def _pair():
    """The head moves 2 % from the first cell to the last."""
    return _overlay("whole model", (0.04, 0.0), (0.0, 0.01)), _overlay("without L0H3", (0.02, 0.0), (0.0, 0.03))


def _plot(width=1120, panels=None, **options):
    return attention_overlay(PICTURE, panels or _pair(), width, caption_note=NOTE, **{"clip": None, **options})


def _texts(plot):
    return re.findall(r"<text[^>]*>([^<]*)</text>", plot.svg())


def _pictures(plot):
    """The pixels of every picture, without the bars of colours."""
    return [np.asarray(image.get_array()) for image in plot.figure.axes[-1].images if image.get_array().shape[0] > 1]


def _middle(pixels, row, column):
    """The colour in the middle of one of four cells."""
    height, width = pixels.shape[:2]
    return tuple(int(value) for value in pixels[(2 * row + 1) * height // 4, (2 * column + 1) * width // 4])


def test_whole_and_knocked_out_share_one_scale() -> None:
    whole, without = _pictures(_plot(panels=(_overlay("a", (0.04, 0.02)), _overlay("b", (0.02, 0.01)))))[1:3]
    assert _middle(whole, 0, 1) == _middle(without, 0, 0)  # 2 % is one colour in both
    assert _middle(whole, 0, 0) != _middle(without, 0, 0)


def test_the_scale_of_differences_is_even_on_both_sides() -> None:
    scale = Scale.over([Tile(np.array([[-0.03, 0.01]]))], None, signed=True)
    assert scale.end == 0.03 and set(scale.marks().values()) == {"−3", "−2", "0", "+2", "+3"}
    less, none, more = (scale.colours(np.array([value]))[1].item() for value in (-0.02, 0.0, 0.02))
    assert less == more and none == 0


def test_less_and_more_attention_differ_in_colour() -> None:
    less, more = (_middle(_pictures(_plot())[3], place, place) for place in (0, 1))
    assert less[0] > less[2] and more[2] > more[0]  # reddish, bluish


def test_where_there_is_no_attention_the_pale_picture_shows() -> None:
    assert _middle(_pictures(_plot())[1], 0, 1) == (255, 255, 255)


def test_the_picture_itself_keeps_its_colours() -> None:
    red = np.zeros_like(PICTURE)
    red[..., 0] = 200
    plot = attention_overlay(red, _pair(), caption_note=NOTE)
    assert _middle(_pictures(plot)[0], 0, 0) == (200, 0, 0)


def test_colours_end_at_a_percentile_and_it_is_said_so() -> None:
    values = np.zeros((10, 10))
    values[0, :2] = 0.5, 0.01
    words = " ".join(_texts(_plot(panels=(Overlay("whole model", (Tile(values),)),), clip=99.0)))
    end = 0.01 + 0.01 * (0.5 - 0.01)  # between the 99th and the 100th of 100 cells
    assert f"Colours end at {100 * end:.2g} %, the 99th percentile; 1 of 100 cells lie beyond, at most 50 %." in words
    assert "≥1.5" in words
    assert "Colours end at 4 %, the highest of all cells." in " ".join(_texts(_plot()))


@pytest.mark.parametrize(
    ("upsampling", "words"), [("nearest", "nearest neighbour"), ("bilinear", "Cells smoothed (bilinear)")]
)
def test_how_cells_grow_is_stated(upsampling, words) -> None:
    assert words in " ".join(_texts(_plot(upsampling=upsampling)))


def test_bilinear_cells_have_a_smooth_way_between_them() -> None:
    tiles, scale = [Tile(np.array([[0.0, 0.04]]))], Scale(0.04, False, None, 0, 2, 0.04)
    counts = {how: len(np.unique(Underlay(PICTURE, 40).laid_over(tiles, scale, how)[0], axis=0)) for how in
              ("nearest", "bilinear")}  # fmt: skip
    assert counts["nearest"] == 2 and counts["bilinear"] > 20


@WIDTHS
def test_titles_notes_totals_and_units_are_written(width) -> None:
    texts = _texts(_plot(width, of="its attention to the picture"))
    assert {"picture", "whole model", "without L0H3", "difference", "2 × 2 cells"} <= set(texts)
    assert {"5.0 % in all", "+0.0 points in all", NOTE} <= set(texts)
    assert "percent of its attention to the picture" in texts
    assert "difference, percentage points of its attention to the picture" in texts


def test_tiles_and_thumbnail_stand_in_rows_of_their_own() -> None:
    tiles = (Tile(np.full((2, 2), 0.01)), *(Tile(np.full((2, 2), 0.02), box) for box in QUARTERS))
    plot = _plot(panels=(Overlay("whole model", tiles), Overlay("without L0H3", tiles)))
    assert len(_pictures(plot)) == 2 * 4
    assert {"thumbnail, 2 × 2 cells", "4 tiles of 2 × 2", "4.0 % in all", "32.0 % in all"} <= set(_texts(plot))


def test_a_tile_lies_where_its_box_is() -> None:
    tile = Tile(np.array([[0.04]]), QUARTERS[3])
    pixels = Underlay(PICTURE, 40).laid_over([tile], Scale.over([tile], None), "nearest")
    coloured = np.argwhere((pixels != 255).any(axis=-1))
    assert (coloured.min(0).tolist(), coloured.max(0).tolist()) == ([30, 40], [59, 79])


def test_there_is_a_row_for_every_cell_of_every_panel() -> None:
    rows = _plot().data.to_pylist()
    assert len(rows) == 3 * 4
    assert rows[0] == {"panel": "whole model", "tile": 0, "row": 0, "col": 0, "value": pytest.approx(0.04)}
    assert rows[-1] == {"panel": "difference", "tile": 0, "row": 1, "col": 1, "value": pytest.approx(0.02)}


def test_the_words_say_how_much_there_is_and_where_most() -> None:
    assert _plot().description == (
        f"Attention on the picture, {NOTE}. whole model: 5.0 % in all, most at row 0, column 0 (4); "
        "without L0H3: 5.0 % in all, most at row 1, column 1 (3); "
        "difference: +0.0 points in all, most at row 0, column 0 (−2)."
    )


def test_one_panel_alone_has_no_difference() -> None:
    assert "difference" not in _texts(_plot(panels=_pair()[:1]))


@WIDTHS
def test_nothing_is_written_outside_of_the_drawing(width) -> None:
    panels = tuple(
        _overlay(f"without {name}, L11H15, L0H6, L15H8", (0.04, 0.02)) for name in ("L0H3", "L1H7", "L14H27")
    )
    plot = _plot(width, panels, clip=50.0)
    plot.figure.canvas.draw()
    whole = plot.figure.bbox
    for box in (text.get_window_extent() for axes in plot.figure.axes for text in axes.texts if text.get_text()):
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1


def test_what_cannot_be_drawn_is_refused() -> None:
    whole = _overlay("whole model", (0.04, 0.0))
    with pytest.raises(ValueError, match="needs a panel at least, found none"):
        attention_overlay(PICTURE, (), caption_note=NOTE)
    with pytest.raises(ValueError, match="b and whole model are not cut into the same tiles"):
        _plot(panels=(whole, _overlay("b", (0.04,))))
    with pytest.raises(ValueError, match=r"attention is a share, found -0\.1"):
        _plot(panels=(_overlay("whole model", (-0.1, 0.0)),))
    with pytest.raises(ValueError, match=r"a percentile in \(0, 100\], found 0"):
        _plot(clip=0)
    with pytest.raises(ValueError, match=r"found float64 of shape \(60, 80, 3\)"):
        attention_overlay(PICTURE.astype(float), (whole,), caption_note=NOTE)
    with pytest.raises(ValueError, match="lie over each other"):
        Overlay("a", (Tile(np.ones((1, 1)), QUARTERS[0]), Tile(np.ones((1, 1)), Box(0.4, 0, 1, 1))))
    with pytest.raises(ValueError, match="a has no tiles"):
        Overlay("a", ())


@pytest.mark.parametrize(
    ("values", "box"),
    [(np.ones(3), Box(0, 0, 1, 1)), (np.array([[np.nan]]), Box(0, 0, 1, 1)), (np.ones((1, 1)), Box(0, 0, 1.1, 1))],
)
def test_a_tile_is_a_grid_of_numbers_within_the_picture(values, box) -> None:
    with pytest.raises(ValueError, match="a tile"):
        Tile(values, box)
