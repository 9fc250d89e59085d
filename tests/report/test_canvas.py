import pytest

from sightline.report.canvas import shortened, spread, text_width, wrapped


def test_labels_that_would_overlap_are_moved_apart_around_their_middle() -> None:
    assert spread([0, 0, 100], 10) == [-5, 5, 100]


def test_labels_that_were_moved_push_the_next_ones_on() -> None:
    # 0 and 4 become -3 and 7; 12 is then too near, so all three stand around their middle
    assert spread([0, 4, 12], 10) == pytest.approx([5.333 - 10, 5.333, 15.333], abs=0.001)


def test_a_name_that_is_too_wide_loses_its_middle() -> None:
    short = shortened("a-model-with-a-very-long-name-indeed", 120)
    assert short.startswith("a-model") and short.endswith("indeed") and "…" in short
    assert text_width(short, 11.5) <= 120


def test_bold_names_are_shortened_by_their_own_width() -> None:
    short = shortened("a-model-with-a-long-name", 120, bold=True)
    assert text_width(short, 11.5) < text_width(short, 11.5, bold=True) <= 120


def test_a_text_breaks_at_its_spaces_but_not_at_those_that_hold_words_together() -> None:
    assert wrapped("query “\u00a015” here", 45) == ["query", "“\u00a015”", "here"]
    assert wrapped("all of it fits", 200) == ["all of it fits"]
    assert all(text_width(line, 9.5) <= 60 for line in wrapped("a-word-that-is-too-wide and others", 60, 9.5))
