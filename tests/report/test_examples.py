import io
import re

import pytest
from PIL import Image

from sightline.report.examples import Example, Examples, Exchange, Span
from sightline.report.page import render
from sightline.report.sections import Report, Section

SAID = "Two moons and a cup."


def _image(width=64, height=48, kind="PNG"):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height)).save(buffer, kind)
    return buffer.getvalue()


def _page(*exchanges, **values):
    cards = (Example(_image(), exchanges, **values),)
    return render(Report("Report", "lead", (Section("Section", (), (Examples("Cards", cards),)),)))


def _reply(page):
    return re.search(r'<blockquote class="said"[^>]*>(.*?)</blockquote>', page, re.DOTALL)[1]


def test_the_pieces_of_a_reply_make_it_up_in_order() -> None:
    pieces = list(Exchange("?", SAID, spans=(Span(14, 19, "right"), Span(0, 3, "wrong"))).pieces())
    assert pieces == [("Two", "wrong"), (" moons and ", None), ("a cup", "right"), (".", None)]
    assert "".join(piece.text for piece in pieces) == SAID


def test_two_spans_may_touch() -> None:
    assert list(Exchange("?", "ab", spans=(Span(0, 1, "wrong"), Span(1, 2, "said"))).pieces()) == [
        ("a", "wrong"),
        ("b", "said"),
    ]


@pytest.mark.parametrize("spans", [[(3, 3)], [(4, 3)], [(-1, 3)], [(17, 21)], [(0, 4), (3, 6)]])
def test_a_span_that_is_empty_outside_or_over_another_is_refused(spans) -> None:
    assert len(SAID) == 20
    with pytest.raises(
        ValueError, match="is empty, over another, or outside of the reply of 20 characters: 'Two moons"
    ):
        Exchange("?", SAID, spans=tuple(Span(*ends, "wrong") for ends in spans))


def test_unknown_marks_and_kinds_are_named() -> None:
    with pytest.raises(ValueError, match="a mark is one of right, wrong, copied, hallucinated, found 'good'"):
        Exchange("?", SAID, "good")
    with pytest.raises(ValueError, match="a span is one of wrong, right, said, found 'good'"):
        Exchange("?", SAID, spans=(Span(0, 1, "good"),))


def test_what_is_no_png_or_jpeg_is_refused() -> None:
    for image in (b"", b"<svg></svg>", _image(kind="GIF")):
        with pytest.raises(ValueError, match="an example's image is PNG or JPEG, found b'"):
            Example(image, ())


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_an_image_travels_in_its_own_format(kind) -> None:
    assert Example(_image(kind=kind), ()).link.startswith(f"data:image/{kind.lower()};base64,")


@pytest.mark.parametrize(
    ("size", "shown", "enlarged"),
    [((64, 48), (256, 192), True), ((100, 60), (200, 120), True), ((129, 1), (129, 1), False)],
)
def test_small_images_grow_by_whole_numbers_to_256_pixels_at_most(size, shown, enlarged) -> None:
    card = Example(_image(*size), ())
    assert (card.size_px, card.enlarged) == (shown, enlarged)


def test_a_highlight_says_what_it_is() -> None:
    page = _page(Exchange("How many moons?", SAID, "wrong", "there are three", (Span(0, 3, "wrong"),)))
    assert _reply(page) == '<mark data-kind="wrong" title="wrong">Two</mark> moons and a cup.'
    assert re.search(r'<p class="mark"><b class="wrong">✗ wrong</b> there are three</p>', page)


def test_the_key_explains_just_the_kinds_that_occur() -> None:
    page = _page(Exchange("?", SAID, spans=(Span(14, 19, "said"), Span(0, 3, "wrong"))))
    key = re.search(r'<p class="key">(.*?)</p>', page)[1]
    assert re.findall(r">([^<]+)</mark>", key) == ["wrong", "spoken of"]
    assert 'class="key"' not in _page(Exchange("?", SAID))


def test_facts_stand_for_the_image_where_it_cannot_be_seen() -> None:
    assert 'alt="three moons, a red cup"' in _page(facts=("three moons", "a red cup"))


def test_line_breaks_of_a_reply_are_kept_and_no_reply_is_said_to_be_empty() -> None:
    assert _reply(_page(Exchange("?", "\none\n\ntwo\n"))) == "\none\n\ntwo\n"
    assert '<p class="said none">empty reply</p>' in _page(Exchange("?", ""))
    assert '<p class="said none">blank reply</p>' in _page(Exchange("?", " \n"))
