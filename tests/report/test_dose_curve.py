import re

import pyarrow as pa
import pytest
from matplotlib.colors import to_hex

from sightline.report.dose_curve import dose_curve
from sightline.report.plot import SERIES

WIDTHS = pytest.mark.parametrize("width", [1120, 366])
ENDS = {"true": (0.2, 0.7), "asserted": (0.6, 0.1), "log-odds": (-1.0, 2.0)}


def _doses(name="L0H3", kind="heads", ends=ENDS, half=0.05):
    rows = [
        {"set": name, "kind": kind, "strength": strength, "answer": answer, "mean": mean, "low": mean - half}
        | {"high": mean + half}
        for answer, (first, last) in ends.items()
        for strength, mean in ((0.0, first), (0.5, (first + last) / 2), (1.0, last))
    ]
    return pa.Table.from_pylist(rows)


def _controls(**kinds):
    flat = {answer: (first, first) for answer, (first, _) in ENDS.items()}
    return [_doses(name.replace("_", " "), kind, flat) for name, kind in kinds.items()]


def _texts(plot):
    return re.findall(r"<text[^>]*>([^<]*)</text>", plot.svg())


def _lines(plot, place):
    axes = plot.figure.axes[-1]
    return [line for line in axes.lines if to_hex(line.get_color()) == SERIES[place] and len(line.get_xdata()) == 3]


@WIDTHS
def test_equal_steps_of_strength_and_of_probability_are_equal_steps_on_the_paper(width) -> None:
    plot = dose_curve(_doses(), width)
    (true,), (asserted,) = _lines(plot, 0), _lines(plot, 1)
    x, y = true.get_data()
    assert x[1] - x[0] == pytest.approx(x[2] - x[1]) and x[0] < x[1]
    assert y[0] - y[2] == pytest.approx(asserted.get_ydata()[2] - asserted.get_ydata()[0])  # 50 points each


def test_panels_stand_side_by_side_on_a_desk_and_one_beneath_the_other_on_a_phone() -> None:
    for width, beside in ((1120, True), (366, False)):
        (true,), (odds,) = (_lines(dose_curve(_doses(), width), place) for place in (0, 2))
        assert bool(odds.get_xdata()[0] > true.get_xdata()[-1]) is beside
        assert bool(min(odds.get_ydata()) > max(true.get_ydata())) is not beside


def test_controls_stand_back_thin_dotted_and_dashed() -> None:
    controls = _controls(random_1="random heads", random_2="random heads", same="same layers")
    lines = _lines(dose_curve(pa.concat_tables([_doses(), *controls])), 0)
    assert [line.get_linestyle() for line in lines] == [":", ":", "--", "-"]
    assert {line.get_linewidth() for line in lines[:3]} == {1.1} and lines[3].get_linewidth() == 2
    assert all(line.get_zorder() < lines[3].get_zorder() for line in lines[:3])


@WIDTHS
def test_lines_controls_and_heads_are_named(width) -> None:
    controls = _controls(random_1="random heads", random_2="random heads", same="same layers")
    texts = _texts(dose_curve(pa.concat_tables([_doses(), *controls]), width))
    named = {"true answer", "asserted answer", "log-odds", "L0H3", "random heads, 2 sets", "same layers"}
    assert named <= set(texts)
    assert {"0", "0.25", "0.5", "0.75", "1"} <= set(texts)


def test_sets_of_heads_differ_in_their_markers() -> None:
    plot = dose_curve(pa.concat_tables([_doses("one"), _doses("two")]))
    assert len({line.get_marker() for line in _lines(plot, 0)}) == 2


def test_an_axis_of_log_odds_holds_the_controls_too() -> None:
    far = _doses("random 1", "random heads", ENDS | {"log-odds": (-1.0, -7.0)})
    assert "−8" in _texts(dose_curve(pa.concat_tables([_doses(), far])))


def test_the_words_and_the_numbers_say_what_is_drawn() -> None:
    plot = dose_curve(_doses())
    assert "L0H3 (heads): true 0.2 (0.15 to 0.25) at 0, 0.45 (0.4 to 0.5) at 0.5, 0.7" in plot.description
    assert plot.csv().splitlines()[:2] == [
        '"set","kind","strength","answer","mean","low","high"',
        '"L0H3","heads",0,"true",0.2,0.15000000000000002,0.25',
    ]


@WIDTHS
def test_nothing_is_written_outside_of_the_drawing(width) -> None:
    controls = _controls(**{f"random_{n}": "random heads" for n in range(5)}, same="same layers")
    plot = dose_curve(pa.concat_tables([_doses("L0H3, L11H15, L0H6, L15H8, L0H11, L0H10"), *controls]), width)
    plot.figure.canvas.draw()
    whole = plot.figure.bbox
    for box in (text.get_window_extent() for axes in plot.figure.axes for text in axes.texts if text.get_text()):
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1


@pytest.mark.parametrize(
    ("doses", "message"),
    [
        (
            _doses(kind="all"),
            "L0H3 is of kind 'all' with answer 'true', expected one of heads, random heads, same layers",
        ),
        (_doses(ends={"wrong": (0, 1)}), "with answer 'wrong', expected one of"),
        (_doses(kind="same layers"), "none of the sets L0H3 is of the kind heads"),
        (_doses(ends={"true": (0.1, 0.2)}), "L0H3 has answers true, expected true, asserted, log-odds"),
        (_doses(ends=ENDS | {"true": (0.1, 1.5)}), "L0H3, true: found 1.5 at strength 1.0, expected strengths"),
    ],
)
def test_what_cannot_be_drawn_is_refused(doses, message) -> None:
    with pytest.raises(ValueError, match=message):
        dose_curve(doses)
