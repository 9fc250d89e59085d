import re

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from sightline.report.plot import SERIES
from sightline.report.token_plot import token_plot
from sightline.report.token_table import TokenRow, TokenSample

WIDTHS = pytest.mark.parametrize("width", [1120, 366])


def _sample(*rows, title="How many cups?"):
    return TokenSample(title, rows)


def _row(text, probability=0.5, label="whole model", **marks):
    tokens = tuple(re.findall(r" ?[^ ]+", text))
    of = tuple(marks.get(token.strip(), "") for token in tokens)
    return TokenRow(label, tokens, (probability,) * len(tokens), of)


def _axes(plot):
    return plot.figure.axes[-1]


def _boxes(plot, filled):
    return [patch for patch in _axes(plot).patches if isinstance(patch, Rectangle) and patch.get_fill() is filled]


def _places(plot):
    return {text.get_text(): text.get_position() for text in _axes(plot).texts}


def test_bars_are_as_long_as_tokens_are_probable() -> None:
    track, bar = _boxes(token_plot([_sample(_row("Two", 0.25))]), True)
    assert bar.get_width() == pytest.approx(0.25 * track.get_width())
    assert bar.get_xy() == track.get_xy()


def test_true_and_asserted_answers_differ_in_colour_and_line_and_are_explained() -> None:
    plot = token_plot([_sample(_row("3 or 4", **{"3": "true", "4": "asserted"}))])
    outlines = [(to_hex(box.get_edgecolor()), box.get_linestyle()) for box in _boxes(plot, False)]
    assert outlines[:2] == outlines[2:]  # the key, then the tokens
    assert [colour for colour, _ in outlines[:2]] == list(SERIES[:2]) and outlines[0][1] != outlines[1][1]
    assert {"true answer", "asserted answer"} <= set(_places(plot))


@WIDTHS
def test_every_token_is_written_within_the_drawing_and_no_two_meet(width) -> None:
    words = [f"{'ab' * (1 + n % 7)}{n}" for n in range(60)]
    plot = token_plot([_sample(_row(" ".join(words)), title="A long question about cups " * 5)], width)
    plot.figure.canvas.draw()
    whole = plot.figure.bbox
    boxes = [text.get_window_extent() for text in _axes(plot).texts if text.get_text() in words]
    assert len(boxes) == 60
    for place, box in enumerate(boxes):
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1
        assert not any(box.overlaps(other) for other in boxes[:place])


def test_tokens_of_a_word_go_to_the_next_line_together() -> None:
    words = " ".join(["word"] * 7)
    tokens = (*re.findall(r" ?[^ ]+", words), " let", "tuce")
    row = TokenRow("m", tokens, (1.0,) * len(tokens), ("",) * len(tokens))
    heights = {width: [_places(token_plot([_sample(row)], width))[text][1] for text in ("let", "tuce")]
               for width in (280, 300, 320, 340)}  # fmt: skip
    assert all(first == second for first, second in heights.values())
    assert len({first for first, _ in heights.values()}) == 2  # narrow enough, they stand a line lower


def test_replies_are_named_beside_on_a_desk_and_above_on_a_phone() -> None:
    sample = _sample(_row("Two", label="whole model"))
    (x, y), (token_x, token_y) = (_places(token_plot([sample], 1120))[text] for text in ("whole model", "Two"))
    assert x < token_x and y == token_y
    (x, y), (token_x, token_y) = (_places(token_plot([sample], 366))[text] for text in ("whole model", "Two"))
    assert x == token_x and y < token_y


def test_the_words_and_the_numbers_hold_texts_and_probabilities() -> None:
    plot = token_plot([_sample(_row("3 cups", 0.25, **{"3": "true"}))])
    told = "Replies token by token. How many cups?. whole model: “3 cups” with 3 (true answer, 25.0 %)."
    assert plot.description == told
    assert plot.csv().splitlines()[2] == '"How many cups?","whole model",1," cups",0.25,""'


def test_there_must_be_a_sample() -> None:
    with pytest.raises(ValueError, match="needs a sample at least, found none"):
        token_plot([])
