import re
from itertools import combinations

import pyarrow as pa
import pytest
from matplotlib.colors import to_hex

from sightline.report.element_lines import element_lines
from sightline.report.plot import INK, SERIES

WIDTHS = pytest.mark.parametrize("width", [1120, 366])
EXAMPLES = {1: "a moon", 2: "a red moon", 3: "a large red moon that is left of the blue cup and above the key"}


def _rates(panels=("objects",), half=0.05, n=50, floor=0.04, run=None, **series):
    """Rates from 1 on, None where there is none: ``m=(0.9, None, 0.5)``."""
    rows = [
        {
            **{"panel": panel, "series": name, "x": x, "value": value},
            "low": None if value is None else max(value - half, 0.0),
            "high": None if value is None else min(value + half, 1.0),
            **{"n": n, "floor": floor},
            **({} if run is None else {"run": run}),
        }
        for panel in panels
        for name, values in series.items()
        for x, value in enumerate(values, start=1)
    ]
    schema = [("panel", pa.string()), ("series", pa.string()), ("x", pa.int64()), ("value", pa.float64())]
    schema += [("low", pa.float64()), ("high", pa.float64()), ("n", pa.int64()), ("floor", pa.float64())]
    return pa.Table.from_pylist(rows, pa.schema([*schema, *([] if run is None else [("run", pa.string())])]))


def _runs(**series):
    return pa.concat_tables([_rates(run="both right", **series), _rates(run="denied", floor=None, **series)])


def _plot(rates, width=1120, **options):
    return element_lines(rates, width, along="elements", measure="Paired accuracy", **options)


def _texts(plot):
    return re.findall(r"<text[^>]*>([^<]*)</text>", plot.svg())


def _lines(plot, colour, zorder, marked=False):
    """Lines of a colour: intervals at 4, joints at 5, markers at 6; of a second run at 2, 3 and 4."""
    own = (line for line in plot.figure.axes[-1].lines if to_hex(line.get_color()) == colour)
    return [line for line in own if line.get_zorder() == zorder and (line.get_marker() != "None") == marked]


def _upright(plot, zorder):
    """Intervals of the first model; the key has lines too, which lie."""
    return [line for line in _lines(plot, SERIES[0], zorder) if len(set(line.get_xdata())) == 1]


def _points(plot, place=0):
    (line,) = _lines(plot, SERIES[place], 6, marked=True)
    return list(zip(*line.get_data(), strict=True))


@WIDTHS
def test_equal_steps_of_a_rate_are_equal_steps_on_the_paper(width) -> None:
    (x0, y0), (x1, y1), (x2, y2) = _points(_plot(_rates(m=(0.9, 0.6, 0.3)), width))
    assert x1 - x0 == pytest.approx(x2 - x1) and y1 - y0 == pytest.approx(y2 - y1)
    assert x0 < x1 and y0 < y1  # to the right, and down


def test_all_panels_reach_from_nothing_to_all() -> None:
    plot = _plot(_rates(("objects", "what"), m=(0.1, 0.2)))
    assert [text for text in _texts(plot) if text in ("0", "100")] == ["0", "100"] * 2
    assert {"objects", "what"} <= set(_texts(plot))


def test_no_line_leads_over_a_number_without_a_value() -> None:
    plot = _plot(_rates(m=(0.9, 0.8, None, 0.4, 0.3)))
    assert len(_lines(plot, SERIES[0], 5)) == 2  # 1 to 2 and 4 to 5
    assert len(_points(plot)) == 4
    assert _texts(plot).count("50") == 4  # n, of four numbers
    assert "3" in _texts(plot)


def test_models_and_their_intervals_stand_side_by_side() -> None:
    plot = _plot(_rates(a=(0.5, 0.5), b=(0.5, 0.5)))
    (first, y0), (second, y1) = _points(plot, 0)[0], _points(plot, 1)[0]
    assert second - first == pytest.approx(9) and y0 == y1
    (bar, _) = _lines(plot, SERIES[1], 4)
    assert list(bar.get_xdata()) == [second, second]


def test_what_guessing_gets_is_dotted_and_named() -> None:
    plot = _plot(_rates(m=(0.04, 0.5)), floor="guessing")
    dotted = [line for line in plot.figure.axes[-1].lines if line.get_linestyle() == ":" and line.get_zorder() == 1]
    assert set(dotted[0].get_ydata()) == {_points(plot)[0][1]}
    assert "guessing" in _texts(plot)
    assert "guessing" not in _texts(_plot(_rates(m=(0.9,), floor=None), floor="guessing"))


def test_the_least_n_is_written_where_models_differ() -> None:
    same, other = _rates(a=(0.5, 0.5), n=60), _rates(b=(0.5, 0.5), n=58)
    assert {"n", "60"} <= set(_texts(_plot(same)))
    texts = _texts(_plot(pa.concat_tables([same, other])))
    assert texts.count("n ≥") == 1 and texts.count("58") == 2


def test_a_second_run_is_dashed_with_rings_beneath_the_first() -> None:
    plot = _plot(_runs(m=(0.5, 0.4)))
    assert [line.get_linestyle() for line in _lines(plot, SERIES[0], 3)] == ["--"]
    (ring,) = _lines(plot, SERIES[0], 4, marked=True)
    assert to_hex(ring.get_markerfacecolor()) == INK["paper"]
    assert list(ring.get_xdata()) == [x for x, _ in _points(plot)]
    assert {"both right", "denied"} <= set(_texts(plot))


def test_of_many_models_the_second_run_has_no_intervals_and_the_words_say_so() -> None:
    few, many = (_plot(_runs(**{f"m{n}": (0.5, 0.4) for n in range(of)})) for of in (3, 4))
    assert len(_upright(few, 2)) == 2 and "percent with 95 % intervals" in _texts(few)[0]
    assert not _upright(many, 2) and "95 % intervals of solid lines" in _texts(many)[0]


def test_the_eighth_model_has_the_first_colour_and_a_marker_unlike_a_circle() -> None:
    plot = _plot(_rates(**{f"m{n}": (0.5,) for n in range(8)}))
    assert [line.get_marker() for line in _lines(plot, SERIES[0], 6, marked=True)][::-1] == ["o", "<"]


def test_panels_without_a_value_are_left_out_and_each_ends_at_its_own_number() -> None:
    tables = [_rates(("objects",), m=(0.5,) * 6), _rates(("what",), m=(None, 0.5, 0.4)), _rates(("empty",), m=(None,))]
    plot = _plot(pa.concat_tables(tables))
    texts = _texts(plot)
    assert "empty" not in texts
    assert (texts.count("1"), texts.count("3"), texts.count("6")) == (2, 2, 1)  # both begin at the first number of all


@WIDTHS
def test_examples_stand_beneath_and_nothing_overlaps_with_eight_models(width) -> None:
    models = {f"a model with quite a long name, {n}": (0.9, 0.5 + n / 20, 0.5) for n in range(8)}
    panels = ("any contradiction", "wrong object", "wrong attribute")
    tables = [_rates(panels, run=run, n=11_430, **models) for run in ("both right", "denied")]
    plot = _plot(pa.concat_tables(tables), width, examples=EXAMPLES)
    plot.figure.canvas.draw()
    texts = [text for axes in plot.figure.axes for text in axes.texts if text.get_text()]
    boxes = {text: text.get_window_extent() for text in texts}
    whole = plot.figure.bbox
    assert all(b.x0 >= -1 and b.y0 >= -1 and b.x1 <= whole.x1 + 1 and b.y1 <= whole.y1 + 1 for b in boxes.values())
    assert [(a.get_text(), b.get_text()) for a, b in combinations(texts, 2) if boxes[a].overlaps(boxes[b])] == []
    assert "a red moon" in _texts(plot)


def test_numbers_that_would_meet_are_written_now_and_then() -> None:
    texts = _texts(_plot(_rates(m=(0.5,) * 14, n=11_430), 366))
    assert "1" in texts and "2" not in texts
    assert texts.count("11,430") == len([text for text in texts if text in ("1", "3", "5", "7", "9", "11", "13")])


def test_the_numbers_can_be_taken_away_and_the_words_tell_them() -> None:
    plot = _plot(_rates(("objects", "what"), m=(0.9, 0.5)))
    assert plot.data.num_rows == 4 and "n" in plot.csv().splitlines()[0]
    assert plot.description == (
        "Paired accuracy in percent by elements. "
        "objects: m 1 90.0 (85.0–95.0), 2 50.0 (45.0–55.0); random guessing 4.0. "
        "what: m 1 90.0 (85.0–95.0), 2 50.0 (45.0–55.0); random guessing 4.0."
    )


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        (_rates(m=(None,)), "lines need a value at least, found none in 1 rows"),
        (_rates(m=(0.5,)).drop_columns(["floor"]), "expected columns floor, high, low, n, panel, series, value, x"),
        (pa.concat_tables([_rates(m=(0.5,))] * 2), "m has two values at 1"),
        (_rates(m=(1.5,), half=0.0), "m at 1: value is 1.5, expected a rate"),
        (pa.concat_tables([_rates(m=(0.5,), run=run) for run in "abc"]), "expected 2 runs at most, found a, b, c"),
    ],
)
def test_what_cannot_be_drawn_is_refused(rates, message) -> None:
    with pytest.raises(ValueError, match=message):
        _plot(rates)
