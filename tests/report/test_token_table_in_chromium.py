"""Tokens in a browser, on a desk and on a phone, in light and dark, without script."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from sightline.report.page import write
from sightline.report.sections import Report, Section
from sightline.report.token_table import TokenRow, TokenSample, TokenTable

HOSTILE = " <img src=x onerror=\"document.title='broken'\">"
WORDS = ("There", " are", " 3", " c", "ups", ".", HOSTILE, *(f" word{n}" for n in range(40)))
PROBABILITIES = (0.25, *(0.5 for _ in WORDS[1:]))
MARKS = ("", "", "asserted", "true", *("" for _ in WORDS[4:]))


@pytest.fixture(params=list(product((1280, 390), ("light", "dark"))), ids=lambda param: f"{param[0]}-{param[1]}")
def page(request: Any, chromium: Any, tmp_path: Path) -> Iterator[Any]:
    width, scheme = request.param
    rows = tuple(TokenRow(label, WORDS, PROBABILITIES, MARKS) for label in ("whole model", "without L0H3"))
    table = TokenTable("tokens", "Tokens", (TokenSample("How many cups?", rows),))
    write(Report("Report", "Lead", (Section("Section", (), (table,)),)), tmp_path / "report.html")
    viewport = {"width": width, "height": 900}
    context = chromium.new_context(viewport=viewport, color_scheme=scheme, java_script_enabled=False)
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    page.goto((tmp_path / "report.html").as_uri())
    yield page
    context.close()
    assert complaints == []


def test_a_reply_is_shown_letter_by_letter_and_does_nothing(page: Any) -> None:
    assert page.inner_text(".tokens dd") == "".join(WORDS)
    assert page.query_selector("img[src=x]") is None and page.title() == "Report"


def test_a_bar_fills_its_token_as_far_as_it_is_probable(page: Any) -> None:
    size = page.eval_on_selector(".tokens .token", "node => getComputedStyle(node).backgroundSize")
    assert size == "25% 3px, 100% 3px"


def test_marks_differ_in_their_outline_and_not_in_colour_alone(page: Any) -> None:
    style = "node => getComputedStyle(node).borderTopStyle"
    outlines = [page.eval_on_selector(f".tokens [data-mark={mark}]", style) for mark in ("asserted", "true")]
    assert outlines == ["dashed", "solid"]


def test_the_keyboard_goes_from_marked_token_to_marked_token_and_reads_them(page: Any) -> None:
    page.focus(".csv")
    for shown in ("50.0 %, asserted answer", "50.0 %, true answer"):
        page.keyboard.press("Tab")
        told = page.evaluate("getComputedStyle(document.activeElement, '::after').content")
        assert told == f'"{shown}"'


def test_what_a_token_tells_never_makes_the_page_wider(page: Any) -> None:
    for token in page.query_selector_all(".tokens .token")[::5]:
        token.focus()
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]


def test_replies_are_named_beside_on_a_desk_and_above_on_a_phone(page: Any) -> None:
    label, reply = (page.query_selector(f".tokens {tag}").bounding_box() for tag in ("dt", "dd"))
    on_a_phone = page.viewport_size["width"] == 390
    assert (label["y"] + label["height"] <= reply["y"]) is on_a_phone
    assert (label["x"] + label["width"] <= reply["x"]) is not on_a_phone
