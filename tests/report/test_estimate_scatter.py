import re

import pyarrow as pa
import pytest

from sightline.report.estimate_scatter import estimate_scatter

WIDTHS = pytest.mark.parametrize("width", [1120, 366])
RECALL = "The 2 highest estimates hold 1 of the 2 heads with the largest effects"


def _data(*heads):
    """Heads: ``("L0H3", 0.4, 1.2, "checked marked")``."""
    rows = [
        {"head": name, "estimate": estimate, "exact": exact, "checked": "checked" in what, "marked": "marked" in what}
        for name, estimate, exact, what in heads
    ]
    real, flag = pa.float64(), pa.bool_()
    kinds = [("head", pa.string()), ("estimate", real), ("exact", real), ("checked", flag), ("marked", flag)]
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


FEW = (
    ("L0H3", 0.4, 1.2, "checked marked"),
    ("L1H0", 0.5, 0.5, "checked"),
    ("L2H0", 0.1, 0.9, "marked"),
    ("L2H1", 0.0, None, ""),
)


def _draw(data, width=1120, **options):
    return estimate_scatter(data, width, estimate="Estimate (nats)", exact="Exact effect (nats)", **options)


def _texts(plot):
    return {text.get_text(): text.get_position() for axes in plot.figure.axes for text in axes.texts}


@WIDTHS
def test_the_header_says_the_recall_whole(width) -> None:
    plot = _draw(_data(*FEW), width, recall=RECALL)
    lines = [text for text, (x, _) in _texts(plot).items() if x == 0 and text in RECALL]
    assert " ".join(lines) == RECALL
    assert "Each point is a head" in _texts(_draw(_data(*FEW), width))


@WIDTHS
def test_just_the_marked_heads_are_named(width) -> None:
    texts = _texts(_draw(_data(*FEW), width))
    assert {"L0H3", "L2H0"} <= set(texts) and not {"L1H0", "L2H1"} & set(texts)


@WIDTHS
def test_names_keep_apart_and_within_the_drawing(width) -> None:
    crowd = [(f"L0H{head}", 0.5 + 0.01 * head, 0.6 - 0.01 * head, "checked marked") for head in range(8)]
    plot = _draw(_data(*crowd, ("L9H9", -0.5, -0.5, "")), width)
    plot.figure.canvas.draw()
    whole = plot.figure.bbox
    boxes = [text.get_window_extent() for axes in plot.figure.axes for text in axes.texts if text.get_text()]
    assert all(box.x0 >= -1 and box.y0 >= -1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1 for box in boxes)
    assert not any(a.shrunk(0.98, 0.8).overlaps(b) for place, a in enumerate(boxes) for b in boxes[:place])


def test_kinds_of_points_are_explained_where_they_occur() -> None:
    kinds = {"checked exactly", "not among those checked", "estimate only"}
    assert kinds <= set(_texts(_draw(_data(*FEW))))
    assert kinds & set(_texts(_draw(_data(FEW[1])))) == {"checked exactly"}


def test_a_head_on_the_dashed_line_has_an_estimate_that_is_exact() -> None:
    plot = _draw(_data(*FEW))
    (line,) = (line for line in plot.figure.axes[-1].lines if line.get_linestyle() == "--" and line.get_zorder() == 1)
    (x0, x1), (y0, y1) = line.get_data()
    points = [line for line in plot.figure.axes[-1].lines if line.get_marker() == "o" and len(line.get_xdata()) == 2]
    x, y = points[0].get_xdata()[1], points[0].get_ydata()[1]  # L1H0, after L0H3
    assert y == pytest.approx(y0 + (y1 - y0) * (x - x0) / (x1 - x0))


def test_the_numbers_are_told_and_can_be_taken_away() -> None:
    plot = _draw(_data(*FEW), recall=RECALL)
    assert plot.description == (
        f"{RECALL}; Estimate (nats) and Exact effect (nats) of 4 heads, 2 of them checked; "
        "estimate and exact effect: L0H3 0.4 and 1.2, L2H0 0.1 and 0.9."
    )
    assert plot.csv().splitlines()[-1] == '"L2H1",0,,false,false'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            _data(*FEW).drop_columns(["exact"]),
            "estimates have columns head, estimate, exact, checked, marked; exact not",
        ),
        (_data(), "no head of 0 has an exact effect"),
        (_data(FEW[3]), "no head of 1 has an exact effect"),
        (_data(FEW[0], FEW[0]), "L0H3 comes twice"),
        (_data(("L0H3", None, 1.0, "")), "L0H3: the estimate is None, expected a number"),
        (_data(("L0H3", 0.5, None, "checked")), "L0H3 is checked or named and has no exact effect"),
    ],
)
def test_what_cannot_be_drawn_is_refused(data, message) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        _draw(data)
