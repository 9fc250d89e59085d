import itertools
import re
from importlib.resources import files

import pyarrow as pa
import pytest

from sightline.report.figures import INK, SERIES, Plot, change, rank_shift


def _ranks(**values):
    """Ranks of models by the values they have under each label set: ``old=(0.8, 0.9)``."""
    rows = []
    for labels, of_models in values.items():
        for place, value in enumerate(of_models):
            rank = 1 + sum(other > value for other in of_models)
            ends = {"low": value - 0.01, "high": value + 0.01}
            row = {"labels": labels, "split": "random", "model": f"m{place}", "metric": "f1", "rank": rank}
            rows.append({**row, "value": value, **ends})
    return pa.Table.from_pylist(rows)


def _changes(before=10, after=7, model="m0"):
    row = {"labels_from": "old", "labels_to": "new", "split": "random", "model": model, "n_from": 20, "n_to": 15}
    return pa.Table.from_pylist([{**row, "tp_from": before, "tp_to": after, "fp_from": 2, "fp_to": 2}])


def _texts(plot: Plot):
    return re.findall(r"<text[^>]*>([^<]*)</text>", plot.svg())


def test_a_rank_plot_names_every_model_with_its_value_and_interval() -> None:
    texts = _texts(rank_shift(_ranks(old=(0.8, 0.9), new=(0.9, 0.85))))
    assert [text for text in texts if text in ("m0", "m1")] == ["m0", "m1"]
    assert {"80.00", "79.0–81.0", "85.00", "84.0–86.0"} <= set(texts)


def test_the_best_rank_stands_on_top() -> None:
    svg = rank_shift(_ranks(old=(0.8, 0.9))).svg()
    heights = {name: float(re.search(rf'y="([\d.]+)"[^>]*>{name}<', svg)[1]) for name in ("m0", "m1")}
    assert heights["m1"] < heights["m0"]


def test_models_that_share_a_rank_keep_their_labels_apart() -> None:
    svg = rank_shift(_ranks(old=(0.8, 0.8, 0.8), new=(0.7, 0.75, 0.9))).svg()
    heights = sorted(float(y) for y in re.findall(r'y="([\d.]+)"[^>]*>80.00<', svg))
    assert min(b - a for a, b in itertools.pairwise(heights)) >= 27.9


def test_one_label_set_is_drawn_without_slopes() -> None:
    assert "80.00" in _texts(rank_shift(_ranks(old=(0.8, 0.9))))


def test_a_rate_without_a_value_is_a_dash() -> None:
    ranks = _ranks(old=(0.8, 0.9)).to_pylist()
    ranks[0] |= {"value": None, "low": None, "high": None}
    assert "–" in _texts(rank_shift(pa.Table.from_pylist(ranks)))


def test_a_change_plot_shows_both_counts_and_the_difference() -> None:
    texts = _texts(change(_changes(10, 7)))
    assert {"10", "7", "−3", "of 20 → 15 questions"} <= set(texts)


def test_a_count_that_does_not_change_is_written_once() -> None:
    texts = _texts(change(_changes(10, 10)))
    assert texts.count("10") == 2  # beside the marker and on the axis
    assert "0" in texts


def test_names_are_text_and_never_mathematics_or_markup() -> None:
    svg = change(_changes(model="$x^2$<script>")).svg()
    assert "$x^2$&lt;script&gt;" in svg


def test_saving_writes_svg_png_and_the_numbers(tmp_path) -> None:
    written = rank_shift(_ranks(old=(0.8, 0.9))).save(tmp_path / "plots", "ranks")
    assert [path.name for path in written] == ["ranks.svg", "ranks.png", "ranks.csv"]
    assert written[1].read_bytes()[:4] == b"\x89PNG"
    assert written[2].read_text().splitlines()[0] == '"labels","split","model","metric","rank","value","low","high"'


def test_the_same_numbers_give_the_same_file() -> None:
    assert rank_shift(_ranks(old=(0.8, 0.9))).svg() == rank_shift(_ranks(old=(0.8, 0.9))).svg()


def test_inline_drawings_share_no_ids_and_fetch_nothing() -> None:
    inline = [change(_changes()).inline_svg(name) for name in ("first", "second")]
    ids = [set(re.findall(r'\bid="([^"]*)"', svg)) for svg in inline]
    assert ids[0] and not ids[0] & ids[1]
    for svg, own in zip(inline, ids, strict=True):
        assert set(re.findall(r'(?:href="#|url\(#)([^")]*)', svg)) <= own
        assert not re.search(r'href="(?!#)', svg)


def test_the_page_has_a_light_and_a_dark_colour_for_every_colour_of_a_drawing() -> None:
    style = (files("sightline.report") / "templates" / "page.css").read_text()
    for name in (*INK, *(f"series-{place}" for place in range(1, len(SERIES) + 1))):
        assert style.count(f"--{name}:") == 2, name


@pytest.mark.parametrize("colour", SERIES)
def test_every_colour_stands_out_from_white_at_three_to_one(colour) -> None:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    assert 1.05 / (luminance + 0.05) >= 3
