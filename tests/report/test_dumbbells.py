import re

import pyarrow as pa
import pytest
from matplotlib.colors import to_hex

from sightline.report.dumbbells import dumbbells
from sightline.report.plot import INK, SERIES

WIDTHS = pytest.mark.parametrize("width", [1120, 366])


def _data(*rows, group="pope, random"):
    """Changes: ``("accuracy", 0.5, 0.75, "better")``, with intervals of ten points to either side."""
    made = []
    for name, before, after, verdict in rows:
        difference = after - before
        row = {"group": group, "name": name, "before": before, "after": after, "difference": difference}
        made.append(row | {"low": difference - 0.1, "high": difference + 0.1, "verdict": verdict})
    return pa.Table.from_pylist(made)


UP, DOWN = ("accuracy", 0.5, 0.75, "better"), ("recall", 0.9, 0.8, "perhaps worse")
SAME = ("a name that is longer than most names of rates are, by far", 0.4, 0.42, "none")


def _texts(plot):
    return {text.get_text(): text.get_position() for axes in plot.figure.axes for text in axes.texts}


def _markers(plot, marker, below=80):
    """Markers beneath the key: where, in which colour, filled with what."""
    lines = [line for line in plot.figure.axes[-1].lines if line.get_marker() == marker]
    found = [
        (line.get_xdata()[0], line.get_ydata()[0], to_hex(line.get_color()), to_hex(line.get_markerfacecolor()))
        for line in lines
    ]
    return [each for each in found if each[1] > below]


@WIDTHS
def test_a_difference_stands_right_or_left_of_zero_in_the_colour_of_its_verdict(width) -> None:
    plot = dumbbells(_data(UP, DOWN), width)
    zero = _texts(plot)["0"][0] if width < 600 else [x for text, (x, _) in _texts(plot).items() if text == "0"][-1]
    ((x, _, colour, fill),) = _markers(plot, "^")
    assert (x > zero, colour, fill) == (True, SERIES[2], SERIES[2])
    ((x, _, colour, fill),) = _markers(plot, "v")
    assert (x < zero, colour, fill) == (True, SERIES[1], INK["paper"])


def test_on_a_desk_both_values_stand_on_one_scale_the_first_hollow() -> None:
    hollow, filled = _markers(dumbbells(_data(UP)), "o")
    assert hollow[0] < filled[0]
    assert (hollow[1], hollow[3], filled[3]) == (filled[1], INK["paper"], SERIES[2])


def test_on_a_phone_both_values_are_written() -> None:
    texts = _texts(dumbbells(_data(UP, DOWN), 366))
    assert {"50.0 → 75.0", "+25.0", "90.0 → 80.0", "−10.0"} <= set(texts)


@WIDTHS
def test_only_verdicts_that_occur_are_explained(width) -> None:
    texts = _texts(dumbbells(_data(UP, SAME), width))
    assert {"better", "no difference seen"} <= set(texts)
    assert not {"worse", "perhaps worse", "other, neither better nor worse"} & set(texts)
    assert ("before" in texts) is (width > 600)


@WIDTHS
def test_texts_keep_within_the_drawing_and_names_apart(width) -> None:
    data = pa.concat_tables([_data(UP, DOWN, SAME), _data(UP, ("x", 0.0, 1.0, "other"), group="b" * 200)])
    plot = dumbbells(data, width)
    plot.figure.canvas.draw()
    whole = plot.figure.bbox
    boxes = [text.get_window_extent() for axes in plot.figure.axes for text in axes.texts if text.get_text()]
    assert all(box.x0 >= -1 and box.y0 >= -1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1 for box in boxes)
    assert not any(a.shrunk(0.98, 0.7).overlaps(b) for place, a in enumerate(boxes) for b in boxes[:place])


@WIDTHS
def test_rates_that_all_stay_the_same_can_be_drawn(width) -> None:
    assert dumbbells(_data(("accuracy", 1.0, 1.0, "none")), width).description.startswith("Before and after")


def test_the_numbers_are_told_and_can_be_taken_away() -> None:
    plot = dumbbells(_data(UP, DOWN))
    assert plot.description == (
        "Before and after, in percent. pope, random: accuracy 50.0 to 75.0, +25.0 (+15.0 to +35.0), better; recall "
        "90.0 to 80.0, −10.0 (−20.0 to +0.0), perhaps worse."
    )
    assert plot.csv().splitlines()[1] == '"pope, random","accuracy",0.5,0.75,0.25,0.15,0.35,"better"'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (_data(UP).drop_columns(["low"]), "high, verdict; low not found"),
        (_data(UP).slice(0, 0), "a plot of changes needs a row at least, found none"),
        (
            _data(("accuracy", 0.5, 0.7, "good")),
            "accuracy: the verdict is 'good', expected one of better, perhaps better",
        ),
        (_data(("accuracy", 0.5, float("nan"), "none")), "pope, random, accuracy: the values are [0.5, nan"),
    ],
)
def test_what_cannot_be_drawn_is_refused(data, message) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        dumbbells(data)
