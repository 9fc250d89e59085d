import re
from functools import partial
from itertools import pairwise

import pyarrow as pa
import pytest
from matplotlib.colors import to_hex

from sightline.report.curves import Reference, rate_curve
from sightline.report.plot import INK, SERIES, figure_of

WIDTHS = pytest.mark.parametrize("width", [1120, 366])


def _rates(xs="0 +1 +2", n=None, half=0.05, **values):
    """Rates of series at each category, with intervals of one half width: ``copied=(0.1, 0.2, 0.3)``."""
    rows = [
        {
            "series": series,
            "x": x,
            "value": value,
            "low": None if value is None or half is None else max(value - half, 0.0),
            "high": None if value is None or half is None else min(value + half, 1.0),
            **({} if n is None else {"n": n}),
        }
        for series, of in values.items()
        for x, value in zip(xs.split(), of, strict=True)
    ]
    return pa.Table.from_pylist(rows)


def _texts(plot):
    return re.findall(r"<text[^>]*>([^<]*)</text>", plot.svg())


def _panel(plot):
    return plot.figure.axes[-1]


def _points(plot, place=0):
    """Where the markers of a series stand: the last line of its colour with markers at several places."""
    own = [line for line in _panel(plot).lines if to_hex(line.get_color()) == SERIES[place] and line.get_zorder() == 4]
    return list(zip(*own[-1].get_data(), strict=True))


def _lines(plot, zorder):
    """Drawn lines: error bars are at 2, lines between points at 3."""
    lines = (line for line in _panel(plot).lines if line.get_zorder() == zorder)
    return [tuple(line.get_xdata()) for line in lines if len(line.get_xdata()) > 1]


def _percents(plot):
    return [text for text in _texts(plot) if re.fullmatch(r"[\d.]+", text)]


@WIDTHS
def test_equal_steps_of_a_rate_are_equal_steps_on_the_paper(width) -> None:
    points = _points(rate_curve(_rates(copied=(0.1, 0.3, 0.5)), width))
    (x0, y0), (x1, y1), (x2, y2) = points
    assert x1 - x0 == pytest.approx(x2 - x1) and y0 - y1 == pytest.approx(y1 - y2)
    assert x0 < x1 and y0 > y1  # to the right, and up


@pytest.mark.parametrize(
    ("value", "marks"),
    [
        (0.92, ["0", "20", "40", "60", "80", "100"]),
        (0.45, ["0", "10", "20", "30", "40", "50"]),  # the interval ends at 50
        (0.13, ["0", "5", "10", "15", "20"]),
    ],
)
def test_the_axis_ends_at_a_round_number_above_the_highest_interval(value, marks) -> None:
    assert _percents(rate_curve(_rates("a b", copied=(value, value)))) == marks


def test_the_axis_ends_where_it_is_told_to() -> None:
    assert _percents(rate_curve(_rates("a", copied=(0.13,)), top=1.0))[-1] == "100"
    with pytest.raises(ValueError, match=r"the axis is to end at 0.1, expected 0.18, the highest end drawn, to 1"):
        rate_curve(_rates("a", copied=(0.13,)), top=0.1)


def test_intervals_of_series_stand_side_by_side() -> None:
    plot = rate_curve(_rates(a=(0.5, 0.5, 0.5), b=(0.5, 0.5, 0.5)))
    (first, _), (second, _) = _points(plot, 0)[0], _points(plot, 1)[0]
    assert second - first == pytest.approx(8)


def _runs(names=("whole model", "without L0H3")):
    """Two series in several runs, one after the other, the same rates in all."""
    tables = [_rates(copied=(0.5, 0.4, 0.3), true=(0.2, 0.3, 0.4)) for _ in names]
    runs = [table.append_column("run", [[name] * 6]) for table, name in zip(tables, names, strict=True)]
    return pa.concat_tables(runs)


def test_two_runs_of_a_series_share_its_colour_and_the_second_is_dashed_and_hollow() -> None:
    lines = [line for line in _panel(rate_curve(_runs())).lines if to_hex(line.get_color()) == SERIES[1]]
    assert {line.get_linestyle() for line in lines if line.get_zorder() == 3} == {"-", "--"}
    marked = [line for line in lines if line.get_zorder() == 4]
    assert [to_hex(line.get_markerfacecolor()) for line in marked] == [SERIES[1], INK["paper"]]


@WIDTHS
def test_runs_are_named_once_above_the_plot(width) -> None:
    plot = rate_curve(_runs(), width)
    top = min(y for _, y in _points(plot))
    heights = {text.get_text(): text.get_position()[1] for text in _panel(plot).texts}
    assert heights["whole model"] < top and heights["without L0H3"] < top
    assert _texts(plot).count("copied") == (2 if width == 1120 else 1)  # at both ends, or once above
    assert "copied, without L0H3: 0 50.0 (45.0–55.0)" in plot.description


def test_more_than_two_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="expected 2 runs at most, found a, b, c"):
        rate_curve(_runs("abc"))


def test_a_rate_without_a_value_is_left_out_and_no_line_leads_over_the_gap() -> None:
    plot = rate_curve(_rates("1 2 3 4 5", a=(0.1, 0.2, None, 0.4, 0.5)))
    assert len(_points(plot)) == 4
    assert len(_lines(plot, 3)) == 2  # 1 to 2 and 4 to 5
    assert "3" in _texts(plot)  # the category stays


def test_points_can_stand_unconnected() -> None:
    assert _lines(rate_curve(_rates(a=(0.1, 0.2, 0.3)), connected=False), 3) == []


def test_rates_without_intervals_do_not_speak_of_intervals() -> None:
    plot = rate_curve(_rates(half=None, a=(0.1, 0.2, 0.3)))
    assert "percent" in _texts(plot) and _lines(plot, 2) == []
    plot = rate_curve(_rates(a=(0.1, 0.2, 0.3)))
    assert "percent, with 95 % intervals" in _texts(plot) and len(_lines(plot, 2)) == 3 * 3  # a bar and two caps each


@WIDTHS
@pytest.mark.parametrize("connected", [True, False])
def test_every_series_and_the_reference_are_named_once_and_never_on_the_data(width, connected) -> None:
    rates = _rates(copied=(0.9, 0.5, 0.1), other=(0.1, 0.5, 0.1))
    plot = rate_curve(rates, width, connected=connected, reference=Reference(0.25, "random floor"))
    assert [_texts(plot).count(name) for name in ("copied", "other", "random floor")] == [1, 1, 1]
    points = _points(plot, 0) + _points(plot, 1)
    right, top = max(x for x, _ in points), min(y for _, y in points)
    for text in (text for text in _panel(plot).texts if text.get_text() in ("copied", "other", "random floor")):
        assert text.get_position()[0] > right or text.get_position()[1] < top


def test_names_at_the_ends_of_lines_keep_apart_and_stay_within_the_plot() -> None:
    names = {f"m{place}": (0.5, 0.0) for place in range(5)}
    plot = rate_curve(_rates("a b", **names))
    heights = sorted(text.get_position()[1] for text in _panel(plot).texts if text.get_text() in names)
    assert [b - a for a, b in pairwise(heights)] == pytest.approx([17] * 4)
    assert heights[-1] <= _points(plot)[1][1] + 1e-6  # the axis, where all lines end


def test_lines_that_do_not_end_together_are_named_above() -> None:
    plot = rate_curve(_rates(a=(0.1, 0.2, 0.3), b=(0.1, 0.2, None)))
    heights = {text.get_text(): text.get_position()[1] for text in _panel(plot).texts}
    assert heights["a"] == heights["b"] < min(y for _, y in _points(plot))


def test_the_reference_is_dashed_and_lifts_the_axis() -> None:
    plot = rate_curve(_rates("a b", copied=(0.1, 0.1)), reference=Reference(0.5, "random floor"))
    assert [line.get_linestyle() for line in _panel(plot).lines].count("--") == 1
    assert _percents(plot)[-1] == "50"


def test_counts_stand_beneath_the_categories_and_as_a_range_where_series_differ() -> None:
    counts = _rates(n=1200, a=(0.1, 0.2, 0.3)), _rates(n=1100, b=(0.1, 0.2, 0.3))
    assert _texts(rate_curve(counts[0])).count("1,200") == 3
    assert _texts(rate_curve(pa.concat_tables(counts))).count("1,100–1,200") == 3


def test_labels_that_would_meet_are_slanted_with_their_counts_behind_them() -> None:
    xs = "random popular adversarial presupposed counterfactual compositional"
    rates = _rates(xs, n=3000, a=(0.5,) * 6)
    assert "adversarial" in _texts(rate_curve(rates, 1120))
    narrow = rate_curve(rates, 366)
    slanted = [text for text in _panel(narrow).texts if text.get_rotation()]
    assert [text.get_text() for text in slanted][:2] == ["random, n 3,000", "popular, n 3,000"]


@WIDTHS
def test_nothing_is_written_outside_of_the_drawing(width) -> None:
    xs = "random popular adversarial presupposed counterfactual"
    rates = _rates(
        xs, n=3000, **{f"a model with quite a long name, number {n}": (0.9 - 0.1 * n,) * 5 for n in range(7)}
    )
    plot = rate_curve(rates, width, along="split", measure="Share of replies that copy the number that was stated")
    plot.figure.canvas.draw()
    whole = plot.figure.bbox
    for axes in plot.figure.axes:
        for box in (text.get_window_extent() for text in axes.texts if text.get_text()):
            assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1


def test_the_words_say_what_the_drawing_shows() -> None:
    plot = rate_curve(_rates("0 +1", a=(0.1, None), b=(0.2, 0.3)), along="offset", reference=Reference(0.25, "floor"))
    told = "a: 0 10.0 (5.0–15.0); b: 0 20.0 (15.0–25.0), +1 30.0 (25.0–35.0); dashed, floor: 25.0."
    assert plot.description == f"Rate in percent along offset. {told}"


def test_categories_may_be_numbers() -> None:
    rates = pa.table({"series": ["a"] * 2, "x": [1, 2], "value": [0.1, 0.2], "low": [None] * 2, "high": [None] * 2})
    assert {"1", "2"} <= set(_texts(rate_curve(rates)))


def test_the_numbers_can_be_taken_away() -> None:
    assert rate_curve(_rates("0", a=(0.5,), half=0.25)).csv() == (
        '"series","x","value","low","high"\n"a","0",0.5,0.25,0.75\n'
    )


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        (_rates(a=(0.1,) * 3).slice(0, 0), "curves need a value at least, found none in 0 rows"),
        (_rates(a=(None,) * 3), "curves need a value at least, found none in 3 rows"),
        (_rates(a=(0.1,) * 3).drop_columns(["low"]), "perhaps n and run, found series, x, value, high"),
        (_rates(a=(0.1,) * 3).rename_columns(["series", "x", "value", "low", "up"]), "found series, x, value, low, up"),
        (_rates("1 1 2", a=(0.1,) * 3), "a has two values at 1"),
        (_rates(half=None, a=(10.0, 20.0, 30.0)), r"a at 0: value is 10.0, expected a rate in \[0, 1\]"),
    ],
)
def test_what_cannot_be_drawn_is_refused(rates, message) -> None:
    with pytest.raises(ValueError, match=message):
        rate_curve(rates)


def test_a_figure_is_drawn_for_a_desk_and_for_a_phone() -> None:
    figure = figure_of("by_offset", "By offset", partial(rate_curve, _rates(a=(0.1, 0.2, 0.3)), along="offset"))
    widths = [float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1]) for svg in (figure.wide, figure.narrow)]
    assert widths == pytest.approx([1120, 366], abs=0.5)
    assert (figure.name, figure.caption, figure.csv.count("\n")) == ("by_offset", "By offset", 4)
    assert 'id="by-offset-figure_1"' in figure.wide and 'id="by-offset-narrow-figure_1"' in figure.narrow
