"""The report of the small benchmark of tiny_pope.py."""

import re

import pytest
from PIL import Image
from tiny_pope import NEGATIVES, llava, truth, write_lines

from sightline.errors import DataError, RequestError
from sightline.evaluation.evaluation import evaluate
from sightline.evaluation.report import write_report

DRAWS = 100


@pytest.fixture
def two_models(tmp_path, replies) -> list[str]:
    """`m` is right throughout; `b` says "Yes." to everything."""
    files = [str(write_lines(tmp_path / f"b_{s}.jsonl", llava(s, lambda row: "Yes.", "b"))) for s in NEGATIVES]
    return [*replies, *files]


def _sections(path) -> list[str]:
    return re.findall(r"<h2[^>]*>(.*?)</h2>", path.read_text())


def test_a_report_has_every_section_where_there_is_something_to_compare(tmp_path, labels, two_models) -> None:
    out = tmp_path / "out" / "report.html"
    summary = write_report(evaluate("pope", two_models, labels), out, draws=DRAWS)
    assert _sections(out) == ["Summary", "Scores", "Ranks", "Differences", "Label changes", "Readers", "Replies"]
    assert (summary.path, summary.size_bytes, summary.replies) == (out, out.stat().st_size, 36)
    assert (summary.missing, summary.images, summary.images_absent) == (0, 0, ())


def test_one_model_under_one_label_set_is_not_compared(tmp_path, labels, replies) -> None:
    write_report(evaluate("pope", replies, labels[:1]), tmp_path / "report.html", draws=DRAWS)
    assert _sections(tmp_path / "report.html") == ["Summary", "Scores", "Readers", "Replies"]


def test_several_models_under_one_label_set_are_ranked_without_a_plot(tmp_path, labels, two_models) -> None:
    write_report(evaluate("pope", two_models, labels[:1]), tmp_path / "report.html", draws=DRAWS)
    assert _sections(tmp_path / "report.html")[2:4] == ["Ranks", "Differences"]
    assert "<figure>" not in (tmp_path / "report.html").read_text()


def test_models_without_a_question_in_common_are_not_compared_and_that_is_said(tmp_path, labels, replies) -> None:
    other = write_lines(tmp_path / "b.jsonl", llava("popular", truth, "b"))
    evaluation = evaluate("pope", [replies[0], str(other)], labels, allow_missing=True)
    write_report(evaluation, tmp_path / "report.html", draws=DRAWS)
    assert "no question that every model has a reply to" in (tmp_path / "report.html").read_text()


def test_missing_replies_are_counted_in_the_page_and_in_what_is_returned(tmp_path, labels, replies) -> None:
    evaluation = evaluate("pope", replies[:1], labels, allow_missing=True)
    summary = write_report(evaluation, tmp_path / "report.html", draws=DRAWS)
    assert (summary.replies, summary.missing) == (6, 12)
    assert "12 of 18 questions have no reply" in (tmp_path / "report.html").read_text()


def test_absent_images_are_counted_in_the_page_and_named_in_what_is_returned(tmp_path, labels, replies) -> None:
    (tmp_path / "images").mkdir()
    Image.new("RGB", (9, 9)).save(tmp_path / "images" / "b.jpg")
    summary = write_report(
        evaluate("pope", replies, labels), tmp_path / "report.html", images=tmp_path / "images", draws=DRAWS
    )
    assert (summary.images, summary.images_absent) == (1, ("a.jpg", "c.jpg"))
    assert "2 of 3 images are not in the folder that was given, among them a.jpg." in summary.path.read_text()


def test_a_folder_without_the_images_is_refused_before_anything_is_written(tmp_path, labels, replies) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"none of the 3 images asked for; the first is 'a\.jpg'"):
        write_report(evaluate("pope", replies, labels), tmp_path / "report.html", images=tmp_path / "empty")
    assert not (tmp_path / "report.html").exists()


def test_an_unknown_reader_is_refused(tmp_path, labels, replies) -> None:
    with pytest.raises(RequestError, match="No reader is called 'strct'"):
        write_report(evaluate("pope", replies, labels), tmp_path / "report.html", "strct")


def test_a_title_can_be_given(tmp_path, labels, replies) -> None:
    write_report(evaluate("pope", replies, labels), tmp_path / "report.html", draws=DRAWS, title="Before <tuning>")
    assert "<title>Before &lt;tuning&gt;</title>" in (tmp_path / "report.html").read_text()
