"""The exploring page in Chromium: from the overview by a filter to a label that is checked, on a desk and a phone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from viewed import ServedView, served_view

from sightline.audit.store import Store

DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[ServedView, Store]]:
    with served_view(tmp_path) as running:
        yield running


class Window:
    """A browser with the page open, whose requests are kept."""

    def __init__(self, chromium: Any, site: ServedView, **device: Any) -> None:
        self._site = site
        self._context = chromium.new_context(**device)
        self.page = self._context.new_page()
        self._requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self._requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.goto(site.link)
        self.page.wait_for_url(f"{site.address}/")

    def close(self) -> None:
        """Leave; nothing was asked of another host, and nothing went wrong in the page."""
        self._context.close()
        assert {url.split("/")[2] for url in self._requests} == {self._site.address.split("/")[2]}
        assert self.complaints == []


def asked(store: Store) -> int:
    return sum(at.place is not None and at.place < 0 for at in store.order().values())


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_from_the_overview_by_a_filter_to_a_label_that_is_checked(
    chromium: Any, site: tuple[ServedView, Store], device: dict[str, Any]
) -> None:
    running, store = site
    window = Window(chromium, running, **device)
    page = window.page
    page.wait_for_function("document.querySelector('.plot img').naturalWidth > 0")
    width = device["viewport"]["width"]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.click('.ways > li:first-child a:has-text("False positives")')
    page.wait_for_selector(".card")
    assert "kind=fp" in page.url and page.inner_text("#count").startswith("2 of 6 questions, 2 replies")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.querySelector('.shot img').naturalWidth") > 0
    if width == 390:
        assert not page.is_visible("#filter")
        page.click("#fold summary")
    page.select_option("select[name=split]", "popular")
    page.wait_for_url("**split=popular**")
    assert page.url.endswith("/replies?kind=fp&model=a&split=popular")
    assert page.inner_text("#count").startswith("1 of 6 questions, 1 reply")
    page.click("text=Check this label")
    page.wait_for_selector(".check .good")
    assert page.inner_text(".check .good") == "Put into the queue; 1 asked for now waits."
    assert page.inner_text(".check button") == "In the queue" and page.is_disabled(".check button")
    assert asked(store) == 1
    window.close()


def test_keys_go_from_question_to_question_and_have_one_checked(chromium: Any, site: tuple[ServedView, Store]) -> None:
    running, store = site
    window = Window(chromium, running, **DESK)
    page = window.page
    page.goto(f"{running.address}/replies")
    for key in "jjjk":
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.dataset.question") == "random/2"
    page.keyboard.press("c")
    page.wait_for_selector(".check .good")
    assert asked(store) == 1
    page.keyboard.press("/")
    page.keyboard.type("cup jk")
    assert page.input_value("input[name=text]") == "cup jk"
    page.fill("input[name=text]", "cup")
    page.keyboard.press("Enter")
    page.wait_for_url("**/replies?text=cup")
    window.close()


def test_without_a_server_the_click_says_so_and_can_be_made_again(
    chromium: Any, site: tuple[ServedView, Store]
) -> None:
    running, store = site
    window = Window(chromium, running, **DESK)
    page = window.page
    page.goto(f"{running.address}/replies?text=cup")
    page.route("**/check", lambda route: route.abort())
    page.click("text=Check this label")
    page.wait_for_selector(".check .bad")
    assert "does not answer" in page.inner_text(".check .bad") and asked(store) == 0
    page.unroute("**/check")
    page.click("text=Check this label")
    page.wait_for_selector(".check .good")
    window.complaints = [told for told in window.complaints if "Failed to load resource" not in told]
    window.close()


def test_an_image_that_goes_while_the_page_is_open_has_its_reason_in_its_place(
    chromium: Any, site: tuple[ServedView, Store], tmp_path: Path
) -> None:
    running, _ = site
    window = Window(chromium, running, **DESK)
    page = window.page

    def gone(route: Any) -> None:
        (tmp_path / "images" / "scene_000002.png").unlink(missing_ok=True)
        route.continue_()

    page.route("**/image/*", gone)
    page.goto(f"{running.address}/replies?text=cup")
    page.wait_for_selector(".shot.absent")
    assert "the image is not there any more" in page.inner_text(".shot.absent")
    window.complaints = [told for told in window.complaints if "Failed to load resource" not in told]
    window.close()


def test_without_scripts_filters_and_pages_work(chromium: Any, site: tuple[ServedView, Store]) -> None:
    running, _ = site
    context = chromium.new_context(java_script_enabled=False, **DESK)
    page = context.new_page()
    page.goto(running.link)
    page.wait_for_url(f"{running.address}/")
    page.click('nav >> text="Replies"')
    page.click(".kinds >> text=False positives")
    page.select_option("select[name=labels]", "new")
    page.click('button:has-text("Show")')
    assert page.inner_text("#count").startswith("1 of 6 questions")
    assert "“Check this label” needs this page" in page.inner_text("noscript")
    context.close()
