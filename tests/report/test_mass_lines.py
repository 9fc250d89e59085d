import re

import pyarrow as pa
import pytest
from matplotlib.colors import to_hex

from sightline.report.mass_lines import mass_lines
from sightline.report.plot import SERIES

WIDTHS = pytest.mark.parametrize("width", [1120, 366])
RUNS = ("whole model", "without L0H3")


def _masses(runs=RUNS, layers=4, **roles):
    rows = [
        {"run": run, "role": role, "layer": layer, "mean": mean, "low": mean - 0.02, "high": mean + 0.02}
        for place, run in enumerate(runs)
        for role, means in roles.items()
        for layer, mean in enumerate([means[place]] * layers)
    ]
    return pa.Table.from_pylist(rows)


def _differences(layers=4, **roles):
    rows = [
        {"role": role, "layer": layer, "mean": mean, "low": mean - 0.01, "high": mean + 0.01}
        for role, mean in roles.items()
        for layer in range(layers)
    ]
    return pa.Table.from_pylist(rows)


def _plot(width=1120, **options):
    masses = _masses(image=(0.1, 0.3), sink=(0.6, 0.5))
    return mass_lines(masses, _differences(image=0.2, sink=-0.1), width, **options)


def _texts(plot):
    return re.findall(r"<text[^>]*>([^<]*)</text>", plot.svg())


def _lines(plot, place):
    """The lines of a role that reach over all layers: its mass in both runs, then the difference."""
    axes = plot.figure.axes[-1]
    return [line for line in axes.lines if to_hex(line.get_color()) == SERIES[place] and len(line.get_xdata()) == 4]


@WIDTHS
def test_every_role_has_a_solid_and_a_dashed_line_and_a_difference(width) -> None:
    for place in (0, 1):
        assert [line.get_linestyle() for line in _lines(_plot(width), place)] == ["-", "--", "-"]


@WIDTHS
def test_shares_and_differences_stand_in_proportion(width) -> None:
    plot = _plot(width)
    image, sink = ([line.get_ydata()[0] for line in _lines(plot, place)] for place in (0, 1))
    assert image[0] - image[1] == pytest.approx(2 * (sink[1] - sink[0]))  # up from 10 to 30 %, down from 60 to 50
    zero = (image[2] + 2 * sink[2]) / 3  # +20 above and −10 beneath
    assert image[2] < zero < sink[2]


@WIDTHS
def test_both_panels_share_the_axis_of_layers(width) -> None:
    upper, _, lower = _lines(_plot(width), 0)
    assert list(upper.get_xdata()) == list(lower.get_xdata())


@WIDTHS
def test_roles_are_named_at_the_ends_of_their_lines_in_both_panels(width) -> None:
    plot = _plot(width)
    ends = max(line.get_xdata()[-1] for line in _lines(plot, 0))
    named = [text for text in plot.figure.axes[-1].texts if text.get_text() in ("image", "sink")]
    assert sorted(text.get_text() for text in named) == ["image", "image", "sink", "sink"]
    assert all(text.get_position()[0] > ends for text in named)


def test_runs_are_named_and_knocked_out_layers_marked_once_in_each_panel() -> None:
    plot = _plot(knocked_out=[2, 0, 2])
    assert {*RUNS, "layers with a head knocked out"} <= set(_texts(plot))
    dotted = [line for line in plot.figure.axes[-1].lines if line.get_linestyle() == ":" and line.get_zorder() == 1]
    places = [line.get_xdata()[0] for line in dotted if line.get_xdata()[0] == line.get_xdata()[1]]
    layers = _lines(plot, 0)[0].get_xdata()
    assert sorted(places) == pytest.approx([layers[0], layers[0], layers[2], layers[2]])
    assert "layers with a head knocked out" not in _texts(_plot())


def test_the_numbers_of_both_tables_can_be_taken_away() -> None:
    rows = _plot().data.to_pylist()
    assert len(rows) == 2 * 2 * 4 + 2 * 4
    assert [row["mean"] for row in rows if row["run"] == "difference" and row["role"] == "sink"] == [-0.1] * 4


def test_the_words_say_where_a_share_is_highest_and_how_far_it_moved() -> None:
    told = "image: whole model 10 % (layer 0), without L0H3 30 % (layer 0); largest difference +20 points (layer 0)"
    assert told in _plot().description and "difference −10 points" in _plot().description


@WIDTHS
def test_nothing_is_written_outside_of_the_drawing(width) -> None:
    roles = {f"a role with quite a long name, {n}": (0.1, 0.1) for n in range(7)}
    plot = mass_lines(_masses(layers=28, **roles), _differences(28, **dict.fromkeys(roles, 0.0)), width)
    plot.figure.canvas.draw()
    whole = plot.figure.bbox
    for box in (text.get_window_extent() for axes in plot.figure.axes for text in axes.texts if text.get_text()):
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1


@pytest.mark.parametrize(
    ("masses", "differences", "message"),
    [
        (
            _masses(image=(0.1, 1.2)),
            _differences(image=0.1),
            "without L0H3, image at layer 0: found 1.2, expected a sh",
        ),
        (_masses(image=(0.1, 0.2)), _differences(sink=0.1), "whole model has roles image, the differences sink"),
        (
            _masses(("a", "b", "c"), image=(0.1,) * 3),
            _differences(image=0.0),
            "found 3 runs and 1 roles, expected 2 and",
        ),
        (
            _masses(**{f"r{n}": (0.1, 0.1) for n in range(8)}),
            _differences(**{f"r{n}": 0.0 for n in range(8)}),
            "8 roles",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(masses, differences, message) -> None:
    with pytest.raises(ValueError, match=message):
        mass_lines(masses, differences)
