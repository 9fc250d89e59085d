import re

import pyarrow as pa
import pytest
from matplotlib.patches import Rectangle

from sightline.report.stacked_bars import stacked_bars

WIDTHS = pytest.mark.parametrize("width", [1120, 366])


def _data(n=200, **sets):
    """Shares of categories, set by set: ``best=(0.2, 0.8)``."""
    rows = [
        {"set": name, "category": f"category {place}", "share": share, "n": n}
        for name, shares in sets.items()
        for place, share in enumerate(shares)
    ]
    return pa.Table.from_pylist(rows)


def _draw(data, width=1120):
    return stacked_bars(data, width, measure="Replies")


def _texts(plot):
    return [text.get_text() for axes in plot.figure.axes for text in axes.texts if text.get_text()]


def _widths(plot):
    """Widths of the segments of bars, from top to bottom."""
    patches = [patch for patch in plot.figure.axes[-1].patches if isinstance(patch, Rectangle) and patch.get_fill()]
    return [round(patch.get_width(), 3) for patch in patches if patch.get_height() == 22]


@WIDTHS
def test_a_segment_is_as_long_as_its_share_and_bars_are_equally_long(width) -> None:
    a, b, c, d = _widths(_draw(_data(best=(0.25, 0.75), random=(0.5, 0.5)), width))
    assert b == pytest.approx(3 * a, abs=0.01) and c == d
    assert a + b == pytest.approx(c + d, abs=0.01)


def test_shares_are_written_where_there_is_room() -> None:
    texts = _texts(_draw(_data(best=(0.3, 0.69, 0.01))))
    assert {"30", "69"} <= set(texts) and "1" not in texts


def test_categories_are_named_above_the_first_bar_where_they_fit_else_in_a_key() -> None:
    def heights(data, width=1120):
        axes = _draw(data, width).figure.axes[-1]
        return {text.get_text(): text.get_position() for text in axes.texts}

    direct = heights(_data(best=(0.5, 0.5)))
    keyed = heights(_data(best=(0.99, 0.01)))
    assert direct["category 1"][0] > 600 > keyed["category 1"][0]
    assert heights(_data(best=(0.5, 0.5)), 366)["category 1"][0] < 150


@WIDTHS
def test_sets_stand_in_their_order_with_the_number_of_their_replies(width) -> None:
    plot = _draw(_data(n=1200, best=(0.5, 0.5), random=(0.5, 0.5)), width)
    at = {text.get_text(): text.get_position()[1] for text in plot.figure.axes[-1].texts}
    assert at["best"] < at["random"]
    assert _texts(plot).count("n 1,200") == 2


def test_a_category_that_a_set_lacks_takes_no_room() -> None:
    assert len(_widths(_draw(_data(best=(0.5, 0.0, 0.5), random=(1.0,))))) == 3


def test_more_categories_than_colours_are_hatched() -> None:
    svg = _draw(_data(best=(0.125,) * 8)).svg()
    assert len(re.findall(r"<pattern ", svg)) == 2  # six colours, the first two of them again
    assert "<pattern " not in _draw(_data(best=(0.2,) * 5)).svg()


@WIDTHS
def test_nothing_is_written_outside_of_the_drawing(width) -> None:
    sets = {f"a set of heads with quite a long name, number {place}": (0.2, 0.5, 0.3) for place in range(3)}
    plot = _draw(_data(n=12_000, **sets), width)
    plot.figure.canvas.draw()
    whole = plot.figure.bbox
    boxes = [text.get_window_extent() for axes in plot.figure.axes for text in axes.texts if text.get_text()]
    assert all(box.x0 >= -1 and box.y0 >= -1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1 for box in boxes)
    assert not any(a.shrunk(0.98, 0.8).overlaps(b) for place, a in enumerate(boxes) for b in boxes[:place])


def test_the_numbers_are_told_and_can_be_taken_away() -> None:
    plot = _draw(_data(n=1200, best=(0.25, 0.75)))
    assert plot.description == "Replies, in percent. best (n 1,200): category 0 25.0, category 1 75.0."
    assert plot.csv() == '"set","category","share","n"\n"best","category 0",0.25,1200\n"best","category 1",0.75,1200\n'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (_data(best=(1.0,)).drop_columns(["n"]), "bars have columns set, category, share, n; n not found"),
        (_data(best=(1.0,)).slice(0, 0), "bars need a set of heads at least, found none"),
        (_data(best=(0.5, 0.4)), "the shares of best make up 0.9, expected 1"),
        (_data(best=(1.5,)), "best, category 0: the share is 1.5, expected one in [0, 1]"),
        (pa.concat_tables([_data(best=(1.0,))] * 2), "best has two shares of category 0"),
        (_data(best=(0.5, 0.5)).set_column(3, "n", pa.array([1, 2])), "best has 1 and 2 replies"),
    ],
)
def test_what_cannot_be_drawn_is_refused(data, message) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        _draw(data)
