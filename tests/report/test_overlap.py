import re

import pyarrow as pa
import pytest

from sightline.report.overlap import overlap

WIDTHS = pytest.mark.parametrize("width", [1120, 366])


def _data(*pairs):
    """Pairs of sets: ``("counting", "colour", 2, 0.5)``."""
    return pa.Table.from_pylist([dict(zip(("a", "b", "shared", "jaccard"), pair, strict=True)) for pair in pairs])


ONE = ("counting", "colour", 2, 0.5)


def _texts(plot):
    return [text.get_text() for text in plot.figure.axes[-1].texts]


@WIDTHS
def test_a_pair_stands_on_both_sides_of_the_diagonal(width) -> None:
    texts = _texts(overlap(_data(ONE), width))
    assert (texts.count("0.50"), texts.count("2")) == (2, 2)
    assert texts.count("–") == 2  # of a set with itself nothing is known
    assert (texts.count("counting"), texts.count("colour")) == (2, 2)


def test_the_more_is_shared_the_denser_the_colour_and_ink_can_be_read_on_it() -> None:
    plot = overlap(_data(("a", "a", 4, 1.0), ("a", "b", 2, 0.5), ("b", "b", 3, 1.0)))
    assert [round(patch.get_facecolor()[3], 3) for patch in plot.figure.axes[-1].patches] == [0.55, 0.275, 0.275, 0.55]


def test_a_pair_may_come_in_both_orders_if_they_agree() -> None:
    both = overlap(_data(ONE, ("colour", "counting", 2, 0.5)))
    assert both.description == overlap(_data(ONE)).description
    with pytest.raises(ValueError, match="colour and counting share 2 heads and 3"):
        overlap(_data(ONE, ("colour", "counting", 3, 0.5)))


@WIDTHS
def test_nothing_is_written_outside_of_the_drawing_or_on_other_words(width) -> None:
    names = [f"a model with a long name, task {place}" for place in range(5)]
    plot = overlap(_data(*((a, b, 2, 0.5) for a in names for b in names)), width)
    plot.figure.canvas.draw()
    whole = plot.figure.bbox
    texts = [text for axes in plot.figure.axes for text in axes.texts if text.get_text()]
    boxes = [(text, text.get_window_extent()) for text in texts]
    assert all(box.x0 >= -1 and box.y0 >= -1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1 for _, box in boxes)
    upright = [box for text, box in boxes if not text.get_rotation()]
    assert not any(a.shrunk(0.98, 0.8).overlaps(b) for place, a in enumerate(upright) for b in upright[:place])


def test_the_numbers_are_told_and_can_be_taken_away() -> None:
    plot = overlap(_data(("counting", "counting", 3, 1.0), ONE))
    assert plot.description == "Heads that sets share, and their Jaccard index. counting and colour: 2 (0.50)."
    assert plot.csv() == '"a","b","shared","jaccard"\n"counting","counting",3,1\n"counting","colour",2,0.5\n'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (_data(ONE).drop_columns(["shared"]), "an overlap has columns a, b, shared, jaccard; shared not found"),
        (_data(ONE).slice(0, 0), "an overlap needs two sets at least, found none"),
        (_data(("a", "b", 2, 1.5)), "a and b: the Jaccard index is 1.5, expected one in [0, 1]"),
    ],
)
def test_what_cannot_be_drawn_is_refused(data, message) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        overlap(data)
