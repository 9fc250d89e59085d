"""The labelling page in Chromium: keys, undo, a lost connection, adjudication, on a desk and on a phone."""

import csv
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from served import Served, served

from sightline.audit.entries import Act, Entry, Stage, State
from sightline.cli import main

DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SHOWN = ".item:not([hidden])"
TIMED = """() => {
  window.taken = [];
  addEventListener("keydown", () => {
    const start = performance.now();
    const before = document.querySelector(".item:not([hidden])");
    const look = () => {
      const now = document.querySelector(".item:not([hidden])");
      const image = now?.querySelector("img");
      if (now === before || !image?.complete || !image.naturalWidth) requestAnimationFrame(look);
      else requestAnimationFrame(() => window.taken.push(performance.now() - start));
    };
    requestAnimationFrame(look);
  }, true);
}"""


class Desk:
    """Somebody at a browser of their own."""

    def __init__(self, chromium: Any, site: Served, name: str, **device: Any) -> None:
        self.site = site
        self.context = chromium.new_context(**(device or DESK))
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._listen)
        self.page.goto(site.link(name))
        self.page.wait_for_selector("body.look")
        self.ready()

    def _listen(self, message: Any) -> None:
        if "Failed to load resource" not in message.text:  # the server is stopped on purpose
            self.complaints.append(message.text)

    def ready(self) -> None:
        """Wait until the image is there, and has been for as long as a person looks at least."""
        there = f"document.querySelector('{SHOWN} img')?.complete || document.body.matches('.empty')"
        self.until(lambda: self.page.evaluate(there))
        self.page.wait_for_timeout(200)

    @property
    def item(self) -> str | None:
        """The item that is shown."""
        found = self.page.query_selector(SHOWN)
        return found and found.get_attribute("data-item")

    def press(self, *keys: str) -> None:
        """Press keys, each as soon as its image can be seen."""
        for key in keys:
            self.ready()
            self.page.keyboard.press(key)

    def notice(self, name: str) -> str:
        """What a notice says, or "" where there is none."""
        return self.page.inner_text(f"#{name}") if self.page.is_visible(f"#{name}") else ""

    def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds."""
        for _ in range(300):
            if holds():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("it never came to hold")

    def close(self) -> None:
        """Leave; nothing was asked of another host, and nothing went wrong in the page."""
        self.context.close()
        assert {url.split("/")[2] for url in self.requests} == {self.site.address.split("/")[2]}
        assert self.complaints == []


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, choices=True, wording="Count what is partly hidden.") as running:
        yield running


@pytest.fixture
def sit(chromium: Any, site: Served) -> Iterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def sit_down(name: str, **device: Any) -> Desk:
        desks.append(Desk(chromium, site, name, **device))
        return desks[-1]

    yield sit_down
    for desk in desks:
        desk.close()


def said(site: Served, name: str) -> list[tuple[str, str | None]]:
    """What somebody said, act by act."""
    return [_short(entry) for entry in site.store.entries() if entry.person == name]


def _short(entry: Entry) -> tuple[str, str | None]:
    return entry.item, entry.word if entry.act is Act.VERDICT else entry.act


def test_two_labellers_and_an_adjudicator_by_keyboard_alone(site: Served, sit: Callable[..., Desk]) -> None:
    ann, bob = sit("Ann"), sit("Bob")
    assert "#" not in ann.page.url and site.tokens["Ann"] not in ann.page.url
    ann.press("2", "y", "n", "a")
    bob.press("b", "y", "y", "s")
    ann.until(lambda: len(site.store.entries()) == 8)
    assert said(site, "Ann") == [("c0", "B"), ("i0", "yes"), ("i1", "no"), ("i2", "ambiguous")]
    assert said(site, "Bob") == [("c0", "B"), ("i0", "yes"), ("i1", "yes"), ("i2", "skip")]
    cy = sit("Cy")
    assert cy.item == "i1" and cy.page.inner_text(f"{SHOWN} .opinions").split() == ["No", "Yes"]
    cy.press("n")
    cy.until(lambda: len(site.store.entries()) == 9)
    cy.until(lambda: cy.page.is_visible("#nothing"))
    outcomes = site.store.outcomes()
    assert {key: (outcome.state, outcome.word) for key, outcome in outcomes.items()} == {
        "c0": (State.AGREED, "B"),
        "i0": (State.AGREED, "yes"),
        "i1": (State.ADJUDICATED, "no"),
        "i2": (State.SEEN_ONCE, None),
    }
    assert all(0.1 < (entry.seconds or 0) < 60 for entry in site.store.entries())
    exported = site.where.with_name("said.csv")
    assert main(["audit", "export", str(site.where), "--to", "csv", "--out", str(exported)]) == 0
    with exported.open(newline="") as file:
        rows = {(row["item"], row["person"], row["verdict"]) for row in csv.DictReader(file)}
    told = {("c0", "Ann", "B"), ("c0", "Bob", "B"), ("i1", "Ann", "no"), ("i1", "Bob", "yes")}
    assert rows >= {(f"item:{item}", name, word) for item, name, word in told}


def test_undo_brings_the_item_back_before_all_others(site: Served, sit: Callable[..., Desk]) -> None:
    ann = sit("Ann")
    ann.press("a", "y", "n", "u", "u", "n")
    ann.until(lambda: len(site.store.entries()) == 6)
    assert said(site, "Ann") == [
        ("c0", "A"),
        ("i0", "yes"),
        ("i1", "no"),
        ("i1", "undo"),
        ("i0", "undo"),
        ("i0", "no"),
    ]
    assert ann.item == "i1" and ann.page.inner_text('[data-count="mine"]') == "2"
    ann.page.reload()
    ann.ready()
    assert ann.item == "i1"
    ann.press("u")  # this page knows nothing of what was said before; the server does
    ann.until(lambda: ann.item == "i0")
    ann.press("u")
    ann.until(lambda: ann.item == "c0")
    ann.press("u")
    ann.until(lambda: "nothing to take back" in ann.notice("message"))
    assert ann.item == "c0" and site.store.outcomes() == {}


def test_the_page_goes_on_without_a_connection_and_stores_everything_once(
    site: Served, sit: Callable[..., Desk]
) -> None:
    ann = sit("Ann")
    ann.press("1")
    ann.until(lambda: len(site.store.entries()) == 1)
    site.stop()
    ann.press("y", "n", "u", "a")
    ann.until(lambda: "4 acts of yours wait in this browser" in ann.notice("connection"))
    assert ann.item == "i2"
    site.start()
    ann.until(lambda: "The connection is back" in ann.notice("connection"))
    ann.until(lambda: len(site.store.entries()) == 5)
    assert said(site, "Ann")[1:] == [("i0", "yes"), ("i1", "no"), ("i1", "undo"), ("i1", "ambiguous")]
    ann.press("y")
    ann.until(lambda: len(site.store.entries()) == 6)


def test_an_answer_that_is_lost_is_asked_for_again_in_the_same_words(site: Served, sit: Callable[..., Desk]) -> None:
    ann, sent = sit("Ann"), list[str]()

    def swallow(route: Any) -> None:
        sent.append(route.request.post_data)
        if len(sent) == 1:
            route.fetch()  # the server stores it, and the page never hears of it
            route.abort()
        else:
            route.continue_()

    ann.page.route("**/say", swallow)
    ann.press("1")
    ann.until(lambda: "The connection is back" in ann.notice("connection"))
    assert len(sent) == 2 and sent[0] == sent[1] and said(site, "Ann") == [("c0", "A")]


def test_what_waits_is_sent_after_the_page_was_loaded_anew(site: Served, sit: Callable[..., Desk]) -> None:
    ann = sit("Ann")
    ann.page.route("**/say", lambda route: route.abort())
    ann.press("1", "y")
    ann.until(lambda: "2 acts of yours wait" in ann.notice("connection"))
    ann.page.reload()
    ann.ready()
    assert ann.item == "i1"
    ann.page.unroute("**/say")
    ann.until(lambda: ann.page.evaluate("localStorage.length") == 0)
    assert said(site, "Ann") == [("c0", "A"), ("i0", "yes")]


def test_what_waits_is_never_sent_for_somebody_else(site: Served, sit: Callable[..., Desk]) -> None:
    ann = sit("Ann")
    ann.page.route("**/say", lambda route: route.abort())
    ann.press("1")
    ann.until(lambda: "1 act of yours waits" in ann.notice("connection"))
    site.store.revoke("Ann")
    ann.page.unroute("**/say")
    ann.page.goto(site.link("Bob"))
    ann.page.wait_for_selector(SHOWN)
    ann.press("2")
    ann.until(lambda: said(site, "Bob"))
    ann.until(lambda: ann.page.evaluate("localStorage.length") == 1)
    assert said(site, "Ann") == [] and said(site, "Bob") == [("c0", "B")]
    site.tokens["Ann"] = site.store.new_token("Ann")
    ann.page.goto(site.link("Ann"))
    ann.until(lambda: said(site, "Ann") == [("c0", "A")])


def test_who_is_shut_out_while_at_work_reads_it_on_the_page(site: Served, sit: Callable[..., Desk]) -> None:
    ann = sit("Ann")
    site.store.revoke("Ann")
    ann.press("1")
    ann.until(lambda: "their access was withdrawn" in ann.notice("connection"))
    assert "1 of your acts wait" in ann.notice("connection") and site.store.entries() == []


def test_a_refused_verdict_is_told_and_the_page_goes_on(site: Served, sit: Callable[..., Desk]) -> None:
    ann = sit("Ann")
    site.store.say("Ann", "c0", Stage.LABEL, "C", request="another window")
    ann.press("1")
    ann.until(lambda: "take it back first" in ann.notice("message"))
    ann.press("y")
    ann.until(lambda: said(site, "Ann") == [("c0", "C"), ("i0", "yes")])


def test_a_note_goes_with_its_verdict_and_keys_write_in_it(site: Served, sit: Callable[..., Desk]) -> None:
    ann = sit("Ann")
    ann.press("1", "m")
    ann.page.keyboard.type("any? zoomed, unsure")
    ann.page.keyboard.press("Enter")
    ann.press("y", "m")
    ann.page.keyboard.type("dropped")
    ann.page.keyboard.press("Escape")
    ann.press("n")
    ann.until(lambda: len(site.store.entries()) == 3)
    assert [entry.note for entry in site.store.entries()] == ["", "any? zoomed, unsure", ""]


def test_a_key_held_down_or_pressed_twice_says_one_thing(site: Served, sit: Callable[..., Desk]) -> None:
    ann = sit("Ann")
    ann.press("1")
    ann.ready()
    for _ in range(5):
        ann.page.keyboard.down("y")
    ann.page.keyboard.up("y")
    ann.page.keyboard.press("y")
    ann.page.keyboard.press("Control+n")
    ann.page.wait_for_timeout(500)
    assert said(site, "Ann") == [("c0", "A"), ("i0", "yes")]


def test_zoom_by_key_and_click_and_keys_are_listed(site: Served, sit: Callable[..., Desk]) -> None:
    ann = sit("Ann")
    size = f"document.querySelector('{SHOWN} img').getBoundingClientRect().width"
    whole = ann.page.evaluate(size)
    ann.press("z")
    assert ann.page.evaluate(size) == pytest.approx(2.5 * whole)
    at = f"document.querySelector('{SHOWN} .picture').scrollLeft"
    before = ann.page.evaluate(at)
    ann.page.keyboard.press("ArrowRight")
    assert ann.page.evaluate(at) == before + 90
    ann.page.click(f"{SHOWN} .picture")
    assert ann.page.evaluate(size) == pytest.approx(whole)
    ann.press("?")
    assert ann.page.is_visible("#keys")
    ann.page.keyboard.press("y")
    ann.page.keyboard.press("Escape")
    assert not ann.page.is_visible("#keys") and ann.item == "c0"


def test_an_image_that_is_gone_is_told_and_nothing_can_be_said_of_it_but_skip(
    site: Served, sit: Callable[..., Desk]
) -> None:
    (site.where.parent / "images" / "scene_000001.png").unlink()
    ann = sit("Ann")
    assert ann.item == "c0"
    ann.until(lambda: "scene_000001.png" in ann.page.inner_text(f"{SHOWN} .broken"))
    ann.page.keyboard.press("1")
    ann.until(lambda: "not shown yet" in ann.notice("message"))
    assert ann.item == "c0"
    ann.page.keyboard.press("s")
    ann.until(lambda: said(site, "Ann") == [("c0", "skip")])


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_is_within_reach(
    site: Served, sit: Callable[..., Desk], device: dict[str, Any], scheme: str
) -> None:
    ann = sit("Ann", **device, color_scheme=scheme)
    ann.press("1")
    ann.ready()
    size = device["viewport"]
    assert ann.page.evaluate("document.documentElement.scrollWidth") == size["width"]
    assert ann.page.evaluate("document.documentElement.scrollHeight") <= size["height"]
    boxes = [button.bounding_box() for button in ann.page.query_selector_all("button:visible")]
    assert len(boxes) == 9 and all(box["height"] >= 44 and box["width"] >= 44 for box in boxes)
    words = [button.bounding_box() for button in ann.page.query_selector_all(f"{SHOWN} .word")]
    if size["width"] == 390:
        assert len({box["y"] for box in words}) == 1 and words[0]["y"] > 0.8 * size["height"]
    shapes = {node.inner_html() for node in ann.page.query_selector_all(f"{SHOWN} .word .shape")}
    assert len(shapes) == 3


def test_a_thumb_can_do_it_too(site: Served, sit: Callable[..., Desk]) -> None:
    ann = sit("Ann", **PHONE)
    for word in ("D", "no"):
        ann.ready()
        ann.page.tap(f'{SHOWN} [data-word="{word}"]')
    ann.ready()
    ann.page.tap("#undo")
    ann.until(lambda: said(site, "Ann") == [("c0", "D"), ("i0", "no"), ("i0", "undo")])


def test_tab_and_enter_do_it_too_and_stay_where_they_were(site: Served, sit: Callable[..., Desk]) -> None:
    ann = sit("Ann")
    ann.page.focus(f'{SHOWN} [data-word="B"]')
    ann.press("Enter", "Enter")
    ann.until(lambda: said(site, "Ann") == [("c0", "B"), ("i0", "no")])


def test_who_signs_out_leaves_no_way_back(site: Served, sit: Callable[..., Desk]) -> None:
    ann = sit("Ann")
    ann.page.click("#leave")
    ann.page.wait_for_selector("#enter")
    ann.page.goto(f"{site.address}/label")
    assert ann.page.is_visible("#enter")
    ann.page.fill("#token", site.link("Ann"))
    ann.page.keyboard.press("Enter")
    ann.page.wait_for_selector(SHOWN)


def test_the_next_image_is_there_before_the_verdict_is_stored(
    site: Served, sit: Callable[..., Desk], capsys: pytest.CaptureFixture[str]
) -> None:
    ann = sit("Ann")
    ann.page.route("**/say", lambda route: None)  # no verdict arrives
    ann.page.evaluate(TIMED)
    for key, shown in zip("1ynay", ("i0", "i1", "i2", "i3", "i4"), strict=True):
        ann.press(key)
        ann.until(lambda shown=shown: ann.item == shown)
    ann.until(lambda: len(ann.page.evaluate("window.taken")) == 5)
    taken = ann.page.evaluate("window.taken")
    with capsys.disabled():
        print(f"\nfrom the key to the next image: {statistics.median(taken):.0f} ms, at most {max(taken):.0f} ms")
    assert site.store.entries() == []
    ann.page.unroute("**/say")  # those that wait go on
    ann.until(lambda: len(site.store.entries()) == 5)
