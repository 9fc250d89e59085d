"""Example cards in a browser, on a desk and on a phone, in light and dark, without script."""

import io
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sightline.report.examples import Example, Examples, Exchange, Span
from sightline.report.page import write
from sightline.report.sections import Report, Section

HOSTILE = "<img src=x onerror=\"document.title='broken'\"></mark>"
SAID = "Two moons, a cup and a dog " + HOSTILE


def _card(pixels: int = 64) -> Example:
    buffer = io.BytesIO()
    Image.new("RGB", (pixels, pixels), "teal").save(buffer, "PNG")
    spans = (Span(0, 3, "wrong"), Span(11, 16, "right"), Span(21, 26, "said"), Span(27, len(SAID), "wrong"))
    return Example(
        buffer.getvalue(), (Exchange("What is there?", SAID, "hallucinated", "no dog", spans),), ("three moons",)
    )


@pytest.fixture(params=list(product((1280, 390), ("light", "dark"))), ids=lambda param: f"{param[0]}-{param[1]}")
def page(request: Any, chromium: Any, tmp_path: Path) -> Iterator[Any]:
    width, scheme = request.param
    cards = Examples("Cards", (_card(), _card(), _card(600)))
    write(Report("Report", "Lead", (Section("Section", (), (cards,)),)), tmp_path / "report.html")
    viewport = {"width": width, "height": 900}
    context = chromium.new_context(viewport=viewport, color_scheme=scheme, java_script_enabled=False)
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    page.goto((tmp_path / "report.html").as_uri())
    yield page
    context.close()
    assert complaints == []


def _style(page: Any, selector: str, *names: str) -> tuple[str, ...]:
    return tuple(page.eval_on_selector(selector, "(node, names) => names.map(n => getComputedStyle(node)[n])", names))


def test_cards_stand_beside_each_other_on_a_desk_and_below_on_a_phone(page: Any) -> None:
    boxes = [card.bounding_box() for card in page.query_selector_all(".examples > li")]
    on_a_phone = page.viewport_size["width"] == 390
    assert len({round(box["x"]) for box in boxes}) == (1 if on_a_phone else 3)
    assert max(box["x"] + box["width"] for box in boxes) <= page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]


def test_small_images_are_enlarged_crisply_and_large_ones_fit_their_card(page: Any) -> None:
    images = page.query_selector_all(".scene img")
    assert all(image.evaluate("node => node.complete && node.naturalWidth > 0") for image in images)
    assert images[0].bounding_box()["width"] == images[0].bounding_box()["height"] == 256
    assert _style(page, ".scene img", "imageRendering") == ("pixelated",)
    assert images[2].evaluate("node => getComputedStyle(node).imageRendering") == "auto"
    assert 256 < images[2].bounding_box()["width"] < 366


def test_kinds_differ_in_their_line_and_not_in_colour_alone(page: Any) -> None:
    lines = [
        _style(page, f".said mark[data-kind={kind}]", "textDecorationStyle", "fontWeight")
        for kind in ("wrong", "right", "said")
    ]
    assert lines == [("wavy", "700"), ("solid", "700"), ("dotted", "400")]


def test_what_was_said_is_shown_letter_by_letter_and_does_nothing(page: Any) -> None:
    assert page.inner_text(".said") == SAID
    assert page.query_selector("img[src=x]") is None
    assert page.title() == "Report"


@pytest.mark.parametrize("selector", [".said", ".mark", ".mark b", ".scene li"])
def test_texts_stand_out_from_their_ground_at_four_and_a_half_to_one(page: Any, selector: str) -> None:
    (ink,), (ground,) = _style(page, selector, "color"), _style(page, "body", "backgroundColor")
    lighter, darker = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
