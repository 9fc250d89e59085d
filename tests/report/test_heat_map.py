import re
from functools import partial
from itertools import pairwise

import pyarrow as pa
import pytest
from matplotlib.colors import to_hex

from sightline.report.heat_cells import Scale, read_cells, shared_limits
from sightline.report.heat_map import heat_map
from sightline.report.plot import SERIES, figure_of
from sightline.report.sections import Show

WIDTHS = pytest.mark.parametrize("width", [1120, 366])
REALS = [(name, pa.float64()) for name in ("value", "low", "high")]
FLAGS = [(name, pa.bool_()) for name in ("significant", "marked")]
SCHEMA = pa.schema([("layer", pa.int64()), ("head", pa.int64()), *REALS, *FLAGS])


def _data(*layers, marked=(), weak=(), half=0.1):
    """Values of heads, layer by layer; those named are chosen, or not significant."""
    rows = []
    for layer, values in enumerate(layers):
        for head, value in enumerate(values):
            name = f"L{layer}H{head}"
            ends = {"low": None, "high": None} if value is None else {"low": value - half, "high": value + half}
            flags = {"significant": name not in weak, "marked": name in marked}
            rows.append({"layer": layer, "head": head, "value": value, **ends, **flags})
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _large(layers=28, heads=28, marked=("L0H3", "L0H24", "L11H15")):
    return _data(*([0.01 * head - 0.1 for head in range(heads)] for _ in range(layers)), marked=marked)


def _draw(data, width=1120, **options):
    return heat_map(data, width, **{"measure": "Effect (nats)", "centre": 0.0, **options})


def _texts(plot):
    return [text.get_text() for axes in plot.figure.axes for text in axes.texts if text.get_text()]


def _colours(plot):
    """The colour and opacity of each cell, where all are significant."""
    faces = [face for pieces in plot.figure.axes[-1].collections for face in pieces.get_facecolors()]
    return [(to_hex(face), round(float(face[3]), 3)) for face in faces]


@WIDTHS
def test_every_chosen_head_is_outlined_and_named_once(width) -> None:
    plot = _draw(_large(), width, head_groups=7)
    assert re.findall(r'id="marked-(L\d+H\d+)"', plot.svg()) == ["L0H3", "L0H24", "L11H15"]
    assert " ".join(_texts(plot)).count("L0H24") == 1


def test_names_stand_within_cells_where_they_fit_else_beside_them_and_on_a_phone_beneath() -> None:
    small = _data(*([0.1] * 10 for _ in range(8)), marked=["L0H3", "L5H7"])
    assert {"L0H3", "L5H7"} <= set(_texts(_draw(small)))
    assert {"L0H3  L0H24", "L11H15"} <= set(_texts(_draw(_large())))
    assert {"outlined:", "L0H3, L0H24, L11H15"} <= set(_texts(_draw(_large(), 366)))


def test_a_full_colour_is_the_end_of_the_scale_and_the_centre_has_none() -> None:
    plot = _draw(_data([1.0, -1.0, 0.0, 0.5]))
    full, none = 1.0, 0.0
    assert _colours(plot) == [
        (SERIES[0], full), (SERIES[1], full), (SERIES[0], none), (SERIES[0], round(0.5**0.8, 3))
    ]  # fmt: skip


def test_the_scale_is_even_around_its_centre_and_ends_at_a_round_number() -> None:
    scale = Scale.of(read_cells(_data([0.1, -0.7])), 0.0)
    assert (scale.low, scale.high, scale.marks()) == (-0.8, 0.8, (-0.8, -0.4, 0.0, 0.4, 0.8))
    assert {"−0.8", "−0.4", "0", "0.4", "0.8"} <= set(_texts(_draw(_data([0.1, -0.7]))))


def test_rates_have_one_colour_from_zero_and_are_written_in_percent() -> None:
    plot = _draw(_data([0.1, 0.7], half=0.05), centre=None, show=Show.PERCENT, measure="Corrected")
    assert {colour for colour, _ in _colours(plot)} == {SERIES[0]}
    assert {"Corrected, percent", "0", "40", "80"} <= set(_texts(plot))
    with pytest.raises(ValueError, match=r"a value is -0.1, outside of the scale from 0 to 0.8"):
        _draw(_data([-0.1, 0.7]), centre=None)


def test_maps_can_share_a_scale() -> None:
    tables = [_data([0.2]), _data([-0.7])]
    limits = shared_limits(tables, 0.0)
    assert limits == (-0.8, 0.8)
    weak, strong = (_colours(_draw(table, limits=limits))[0][1] for table in tables)
    assert (weak, strong) == (round(0.25**0.8, 3), round(0.875**0.8, 3))


def test_a_head_that_is_not_significant_is_smaller() -> None:
    plot = _draw(_data([0.5, 0.5, 0.5], weak=["L0H1"]))
    _in_the_key, strong, weak = (pieces.get_paths()[0].get_extents() for pieces in plot.figure.axes[-1].collections)
    assert weak.width < 0.7 * strong.width and weak.height < 0.7 * strong.height
    assert "not significant" in _texts(plot)
    assert "not significant" not in _texts(_draw(_data([0.5])))


def test_heads_that_were_not_swept_have_no_colour_and_are_explained() -> None:
    plot = _draw(_data([0.5, None], [None, None]))
    assert len(_colours(plot)) == 1
    assert "not swept" in _texts(plot) and "not swept" not in _texts(_draw(_data([0.5])))
    assert "for 1 of 4 heads (2 layers of 2)" in plot.description


def test_the_mean_of_a_layer_is_over_the_heads_that_were_swept() -> None:
    assert read_cells(_data([0.2, 0.4, None], [None] * 3, [-0.1, 0.1, 0.3])).means() == pytest.approx({0: 0.3, 2: 0.1})
    assert "the layer whose mean is farthest: L0 0.30" in _draw(_data([0.2, 0.4, None], [0.1] * 3)).description


def test_layers_stand_from_top_to_bottom_and_heads_from_left_to_right() -> None:
    texts = {text.get_text(): text.get_position() for text in _draw(_large()).figure.axes[-1].texts}
    assert texts["L0"][1] < texts["L1"][1] < texts["L27"][1]
    assert texts["H0"][0] < texts["H1"][0] < texts["H27"][0]


def test_a_phone_names_the_first_head_of_each_group() -> None:
    heads = [text for text in _texts(_draw(_large(), 366, head_groups=7)) if re.fullmatch(r"H\d+", text)]
    assert heads == ["H0", "H7", "H14", "H21"]


def test_groups_of_heads_are_set_apart() -> None:
    def gaps(plot):
        at = [text.get_position()[0] for text in plot.figure.axes[-1].texts if re.fullmatch(r"H\d", text.get_text())]
        return [round(b - a, 3) for a, b in pairwise(at)]

    near, far, _ = gaps(_draw(_data([0.1] * 4), head_groups=2))
    assert far == pytest.approx(near + 4)
    assert len(set(gaps(_draw(_data([0.1] * 4))))) == 1
    with pytest.raises(ValueError, match="4 heads cannot be groups of 3"):
        _draw(_data([0.1] * 4), head_groups=3)


@WIDTHS
@pytest.mark.parametrize("shape", [(28, 28), (32, 32), (8, 10)])
def test_nothing_is_written_outside_of_the_drawing_or_on_other_words(width, shape) -> None:
    plot = _draw(_large(*shape, marked=["L0H3", "L0H6", "L7H9"]), width, head_groups=shape[1] // 2)
    plot.figure.canvas.draw()
    whole = plot.figure.bbox
    boxes = [text.get_window_extent() for axes in plot.figure.axes for text in axes.texts if text.get_text()]
    assert all(box.x0 >= -1 and box.y0 >= -1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1 for box in boxes)
    assert not any(a.shrunk(0.98, 0.8).overlaps(b) for place, a in enumerate(boxes) for b in boxes[:place])
    assert min(text.get_fontsize() for axes in plot.figure.axes for text in axes.texts) >= 9.5


def test_the_words_tell_the_chosen_heads_with_their_intervals() -> None:
    plot = _draw(_data([0.5, -0.25], marked=["L0H1"], weak=["L0H0"]))
    assert plot.description == (
        "Effect (nats), for 2 of 2 heads (1 layers of 2); significant: 1; chosen: L0H1 −0.25 (−0.35 to −0.15); "
        "farthest from 0: L0H0 0.50 (0.40 to 0.60), L0H1 −0.25 (−0.35 to −0.15); "
        "the layer whose mean is farthest: L0 0.12."
    )


def test_all_columns_can_be_taken_away() -> None:
    data = _data([0.5]).append_column("n", pa.array([200]))
    assert _draw(data).csv() == (
        '"layer","head","value","low","high","significant","marked","n"\n0,0,0.5,0.4,0.6,true,false,200\n'
    )


def test_a_map_is_small_enough_for_a_page() -> None:
    figure = figure_of("heads", "Heads", partial(_draw, _large()))
    assert len(figure.wide) < 160_000 and len(figure.narrow) < 160_000


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (_data([None, None]), "a map of heads needs a value at least, found none in 2 rows"),
        (_data([0.1]).drop_columns(["low"]), "significant, marked; low not found"),
        (pa.concat_tables([_data([0.1])] * 2), "L0H0 comes twice"),
        (_data([float("nan")]), "L0H0: value, low and high are nan, nan, nan, expected numbers or nothing"),
        (_data([0.1]).set_column(4, "high", pa.array([None], pa.float64())), "L0H0: the interval is 0.0 to None"),
        (_data([0.1]).set_column(5, "significant", pa.array([None], pa.bool_())), "L0H0: significant is neither true"),
        (_data([0.1]).set_column(0, "layer", pa.array([-1])), "layer -1, head 0: expected whole numbers from zero"),
    ],
)
def test_what_cannot_be_drawn_is_refused(data, message) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        _draw(data)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ((-1.0, 2.0), "the scale goes from -1 to 2, expected one evenly around 0"),
        ((-0.1, 0.1), "a value is 0.5, outside of the scale from -0.1 to 0.1"),
    ],
)
def test_a_scale_that_does_not_fit_is_refused(limits, message) -> None:
    with pytest.raises(ValueError, match=message):
        _draw(_data([0.5]), limits=limits)
