import re

import pyarrow as pa
import pytest
from matplotlib.colors import to_hex

from sightline.report.plot import INK, SERIES
from sightline.report.trade_off import trade_off

WIDTHS = pytest.mark.parametrize("width", [1120, 366])


def _data(*sets, half=0.02):
    """Sets of heads: ``("best 3", "heads", 0.6, 0.01)``."""
    rows = []
    for name, kind, gain, cost in sets:
        row = {"set": name, "kind": kind}
        for what, value in (("gain", gain), ("cost", cost)):
            row |= {what: value, f"{what}_low": half and value - half, f"{what}_high": half and value + half}
        rows.append(row)
    return pa.Table.from_pylist(rows)


BEST, BEST_10 = ("best 3", "heads", 0.6, 0.01), ("best 10", "heads", 0.62, 0.012)
RANDOM, SAME = ("random 3", "random heads", 0.02, 0.0), ("others 3", "heads of the same layers", 0.1, 0.02)


def _draw(data, width=1120):
    return trade_off(data, width, gain="Copying avoided", cost="Lost on clean prompts")


def _texts(plot):
    return {text.get_text(): text.get_position() for axes in plot.figure.axes for text in axes.texts}


def _points(plot, marker):
    """Where the markers stand, without the key."""
    lines = [line for line in plot.figure.axes[-1].lines if line.get_marker() == marker and line.get_zorder() >= 2]
    return [(line.get_xdata()[0], line.get_ydata()[0], to_hex(line.get_color())) for line in lines][-1:]


@WIDTHS
def test_more_is_won_to_the_right_and_more_is_lost_upwards(width) -> None:
    plot = _draw(_data(BEST, SAME), width)
    ((x0, y0, _),), ((x1, y1, _),) = _points(plot, "o"), _points(plot, "^")
    assert x0 > x1 and y0 > y1  # heights are from the top: SAME loses more


@WIDTHS
def test_chosen_heads_are_named_and_controls_stand_back(width) -> None:
    plot = _draw(_data(BEST, BEST_10, RANDOM, SAME), width)
    texts = _texts(plot)
    assert {"best 3", "best 10", "heads", "random heads", "heads of the same layers"} <= set(texts)
    assert not {"random 3", "others 3"} & set(texts)
    assert [_points(plot, marker)[0][2] for marker in "os^"] == [SERIES[0], INK["quiet"], INK["quiet"]]


def test_kinds_that_do_not_occur_are_not_explained() -> None:
    assert "random heads" not in _texts(_draw(_data(BEST)))


@WIDTHS
def test_names_keep_apart_and_within_the_drawing(width) -> None:
    crowd = [(f"best {place}", "heads", 0.6 + 0.002 * place, 0.01) for place in range(6)]
    plot = _draw(_data(*crowd, RANDOM), width)
    plot.figure.canvas.draw()
    whole = plot.figure.bbox
    boxes = [text.get_window_extent() for axes in plot.figure.axes for text in axes.texts if text.get_text()]
    assert all(box.x0 >= -1 and box.y0 >= -1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1 for box in boxes)
    assert not any(a.shrunk(0.98, 0.8).overlaps(b) for place, a in enumerate(boxes) for b in boxes[:place])


def test_both_zeros_are_on_the_plane_and_the_better_corner_is_said_in_words() -> None:
    plot = _draw(_data(BEST))
    texts = _texts(plot)
    assert texts["better: far right and low"][1] > _points(plot, "o")[0][1]
    assert [line.get_color() for line in plot.figure.axes[-1].lines].count(INK["quiet"]) >= 2
    assert {"0", "20", "40", "60"} <= set(texts)  # the gain reaches 62


def test_intervals_are_spoken_of_where_there_are_any() -> None:
    assert "Lost on clean prompts, points; 95 % intervals" in _texts(_draw(_data(BEST)))
    assert "Lost on clean prompts, points" in _texts(_draw(_data(BEST, half=None)))


def test_sets_that_win_and_lose_nothing_can_be_drawn() -> None:
    texts = _texts(_draw(_data(("best 3", "heads", 0.0, 0.0), half=None)))
    assert "best 3" in texts
    assert not [text for text in texts if "e-" in text or "e−" in text]  # an axis of 1e-13


def test_the_numbers_are_told_and_can_be_taken_away() -> None:
    plot = _draw(_data(("best 3", "heads", 0.5, -0.25), half=0.125))
    assert plot.description == (
        "Lost on clean prompts, in points, against Copying avoided, in percent. "
        "best 3 (heads): 50.0 (37.5 to 62.5), −25.0 (−37.5 to −12.5)."
    )
    assert plot.csv().splitlines()[1] == '"best 3","heads",0.5,0.375,0.625,-0.25,-0.375,-0.125'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (_data(BEST).drop_columns(["kind"]), "cost_low, cost_high; kind not found"),
        (_data(BEST).slice(0, 0), "a trade-off needs a set of heads at least, found none"),
        (
            _data(("best 3", "good", 0.6, 0.1)),
            "best 3 is of kind 'good', expected one of heads, random heads, heads of",
        ),
        (_data(BEST).set_column(2, "gain", pa.array([None], pa.float64())), "best 3: gain is None (0.58 to 0.62)"),
        (_data(BEST).set_column(3, "gain_low", pa.array([None], pa.float64())), "best 3: gain is 0.6 (None to 0.62)"),
    ],
)
def test_what_cannot_be_drawn_is_refused(data, message) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        _draw(data)
