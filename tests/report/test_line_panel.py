import pyarrow as pa
import pytest
from matplotlib.figure import Figure

from sightline.report.legend import Frame
from sightline.report.line_panel import Ground, Spot, Stroke, read_lines, round_marks


def _rows(**changed):
    row = {"role": "image", "layer": 0, "mean": 0.5, "low": 0.4, "high": 0.6}
    return pa.Table.from_pylist([row | changed])


def _ground(xs=(0, 10), ys=(-1, 1)):
    return Ground(Figure().add_subplot(), Frame(100, 200, 0, 80), xs, ys)


def test_spots_are_read_from_left_to_right_whatever_the_order_of_rows() -> None:
    lines = read_lines(pa.concat_tables([_rows(layer=2), _rows(layer=0), _rows(layer=1)]), ["role"], "layer")
    assert [spot.x for spot in lines[("image",)]] == [0, 1, 2]


def test_a_mean_may_have_no_interval() -> None:
    table = _rows(low=None, high=None)
    assert read_lines(table, ["role"], "layer") == {("image",): (Spot(0, 0.5, None, None),)}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (_rows().slice(0, 0), "lines need a row at least, found none"),
        (
            _rows().drop_columns(["low"]),
            "lines have columns role, layer, mean, low, high, found role, layer, mean, high",
        ),
        (_rows(more=1), "found role, layer, mean, low, high, more"),
        (pa.concat_tables([_rows(), _rows()]), "image has two means at layer 0"),
        (_rows(mean=None), "image at layer 0: mean, low and high are None, 0.4, 0.6, expected numbers"),
        (_rows(mean=float("nan")), "are nan, 0.4, 0.6, expected numbers"),
        (_rows(low=None), "are 0.5, None, 0.6, expected numbers"),
        (_rows(mean=0.7), "image at layer 0: the mean is 0.7, expected one in its interval 0.4 to 0.6"),
    ],
)
def test_lines_that_cannot_be_drawn_are_refused(table, message) -> None:
    with pytest.raises(ValueError, match=message):
        read_lines(table, ["role"], "layer")


def test_numbers_stand_in_proportion_within_the_frame() -> None:
    ground = _ground()
    assert (ground.across(0), ground.across(5), ground.across(10)) == (100, 150, 200)
    assert (ground.up(-1), ground.up(0), ground.up(1)) == (80, 40, 0)


def test_a_line_ends_where_its_last_spot_stands_and_its_band_holds_the_intervals() -> None:
    ground = _ground()
    line = (Spot(0, 0.0, -0.5, 0.5), Spot(10, 0.5, 0.0, 1.0))
    assert ground.draw(line, Stroke("#000000")) == (200, 20)
    (band,) = ground.axes.collections
    assert {(x, y) for x, y in band.get_paths()[0].vertices} == {(100, 60), (100, 20), (200, 40), (200, 0)}


def test_a_line_without_intervals_has_no_band() -> None:
    ground = _ground()
    ground.draw((Spot(0, 0.0, None, None),), Stroke("#000000"))
    assert not ground.axes.collections


def test_marks_reach_beyond_all_values() -> None:
    assert round_marks(0.0, 0.61) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])
