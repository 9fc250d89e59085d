"""What people get and say, over HTTP and without a browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import CHOICES
from test_page_security import Site, verdict

from sightline.audit.entries import Stage, State
from sightline.errors import DataError


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr("sightline.audit.database.SYNCHRONOUS", "OFF")
    site = Site(tmp_path, choices=True, wording="Count what is partly hidden.")
    yield site
    site.store.close()


def shown(html: str) -> list[str]:
    """The items of a page or of a part of one, in their order."""
    return [part.split('"', 1)[0] for part in html.split('data-item="')[1:]]


def say(site: Site, name: str, word: str, item: str = "i0", note: str = "", stage: Stage = Stage.LABEL) -> None:
    """Take an item and say what it is."""
    browser = site.browser(name)
    site.store.claim(name, stage, item)
    said = verdict(item, word=word, note=note, stage=stage, request=f"{name} {item} {stage}")
    assert browser.post("/say", json=said).status_code == 200


def test_the_first_item_is_on_the_page_and_others_wait_hidden(site: Site) -> None:
    text = site.browser("Ann").get("/label").text
    assert shown(text) == ["c0", "i0", "i1", "i2", "i3", "i4"]
    hidden = [part.split(">", 1)[0].endswith("hidden") for part in text.split('<article class="item"')[1:]]
    assert hidden == [False, True, True, True, True, True]
    assert text.count('src="/image/') == 6 and "Count what is partly hidden." in text


def test_a_labeller_sees_neither_labels_nor_models_nor_others(site: Site) -> None:
    say(site, "Bob", "no", note="nobody shall know")
    browser = site.browser("Ann")
    page, more = browser.get("/label").text, browser.post("/next", json={"stage": "label", "count": 9}).text
    for told in (page, more, browser.get("/image/i0").headers.__repr__()):
        for secret in ("secret-model", "adversarial", "finer/0", "nobody shall know", "Bob", "scene_0"):
            assert secret not in told
    assert "i0" in shown(page)


def test_a_question_with_choices_has_a_button_and_keys_for_each(site: Site) -> None:
    first = site.browser("Ann").get("/label").text.split("</article>")[0]
    keys = [part.split('"', 1)[0] for part in first.split('data-keys="')[1:]]
    assert keys == ["1 a", "2 b", "3 c", "4 d", "0"] and all(choice in first for choice in CHOICES)


def test_a_question_of_yes_or_no_has_three(site: Site) -> None:
    second = site.browser("Ann").get("/label").text.split("</article>")[1]
    assert [part.split('"', 1)[0] for part in second.split('data-keys="')[1:]] == ["y", "n", "a"]


def test_the_wording_that_was_shown_is_what_the_page_sends(site: Site) -> None:
    first = site.browser("Ann").get("/label").text.split("</article>")[0]
    wording = first.split('data-wording="')[1].split('"', 1)[0]
    lines = ["Count what is partly hidden.", "Which of these is in the image?"]
    assert wording.split("\n") == lines + [
        f"{letter}. {choice}" for letter, choice in zip("ABCD", CHOICES, strict=True)
    ]


def test_a_verdict_is_stored_with_all_that_was_sent(site: Site) -> None:
    say(site, "Ann", "ambiguous", note="too dark")
    [entry] = site.store.entries()
    assert (entry.person, entry.word, entry.note, entry.seconds, entry.wording) == (
        "Ann",
        "ambiguous",
        "too dark",
        1.5,
        "Is it?",
    )


def test_the_same_request_again_is_stored_once_and_answered_alike(site: Site) -> None:
    browser = site.browser("Ann")
    browser.get("/label")
    answers = [browser.post("/say", json=verdict()) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200} and len(site.store.entries()) == 1
    assert answers[0].json() == answers[2].json() == {"number": 1, "item": "i0", "stage": "label", "word": "yes"}
    changed = browser.post("/say", json=verdict(word="no"))
    assert changed.status_code == 409 and changed.json()["reason"] == "reused"


def test_what_was_said_does_not_come_again_and_what_was_taken_back_comes_first(site: Site) -> None:
    browser = site.browser("Ann")
    browser.get("/label")
    browser.post("/say", json=verdict("i0"))
    wanted = {"stage": "label", "count": 3}
    assert shown(browser.post("/next", json=wanted).json()["items"]) == ["c0", "i1", "i2"]
    assert browser.post("/undo", json={"request": "u"}).json()["item"] == "i0"
    answer = browser.post("/next", json=wanted).json()
    assert shown(answer["items"]) == ["i0", "c0", "i1"]
    assert answer["counts"] == {"mine": 0, "done": 0, "most": 18, "left": 18}


def test_a_skip_is_no_verdict_and_the_item_goes_to_somebody_else(site: Site) -> None:
    browser = site.browser("Ann")
    browser.get("/label")
    browser.post("/say", json=verdict("c0", act="skip", word=None))
    answer = browser.post("/next", json={"stage": "label", "count": 9}).json()
    assert "c0" not in shown(answer["items"]) and answer["counts"]["mine"] == 0
    assert site.store.outcomes() == {}


def test_two_who_look_at_once_get_the_same_item_only_as_its_two_labellers(site: Site) -> None:
    pages = {name: shown(site.browser(name).get("/label").text) for name in ("Ann", "Bob", "Di")}
    assert pages["Ann"] == pages["Bob"] == ["c0", "i0", "i1", "i2", "i3", "i4"]
    assert pages["Di"] == ["i5", "i6", "i7"]


def test_an_adjudicator_sees_both_opinions_without_names_and_decides(site: Site) -> None:
    say(site, "Ann", "yes", note="behind the <tree>")
    say(site, "Bob", "no")
    browser = site.browser("Cy")
    assert browser.get("/").headers["location"] == "/decide"
    text = browser.get("/decide").text
    assert shown(text) == ["i0"] and "behind the &lt;tree&gt;" in text
    opinions = [part.split("</span>")[0].split()[-1] for part in text.split('<span class="said">')[1:]]
    assert opinions == ["Yes", "No"] and "Ann" not in text and "Bob" not in text
    assert browser.post("/say", json=verdict("i0", stage="adjudicate")).status_code == 200
    outcome = site.store.outcomes()["i0"]
    assert (outcome.state, outcome.word, outcome.adjudicator) == (State.ADJUDICATED, "yes", "Cy")


def test_roles_are_kept_apart(site: Site) -> None:
    assert site.browser("Ann").get("/decide").status_code == 403
    assert "Ann is labeller" in site.browser("Ann").get("/decide").text
    assert site.browser("Cy").get("/label").status_code == 403
    answer = site.browser("Cy").post("/next", json={"stage": "label", "count": 1})
    assert (answer.status_code, answer.json()["reason"]) == (403, "role")
    both = site.browser("Di")
    assert "/decide" in both.get("/label").text and both.get("/decide").status_code == 200


def test_nobody_decides_on_what_they_labelled(site: Site) -> None:
    say(site, "Ann", "yes")
    say(site, "Di", "no")
    assert shown(site.browser("Di").get("/decide").text) == []
    assert shown(site.browser("Cy").get("/decide").text) == ["i0"]


@pytest.mark.parametrize(
    ("changed", "status", "reason"),
    [
        ({"item": "nothing"}, 404, "unknown"),
        ({"item": "i7"}, 409, "not given"),
        ({"word": "perhaps"}, 422, "unfit"),
        ({"word": None}, 422, "unfit"),
        ({"note": "x" * 4001}, 422, "unfit"),
        ({"seconds": -1}, 422, "unfit"),
        ({"seconds": "1"}, 422, "unfit"),
        ({"request": ""}, 422, "unfit"),
        ({"act": "delete"}, 422, "unfit"),
        ({"person": "Bob"}, 422, "unfit"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_a_reason(
    site: Site, changed: dict[str, Any], status: int, reason: str
) -> None:
    browser = site.browser("Ann")
    browser.get("/label")
    answer = browser.post("/say", json=verdict() | changed)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason) and answer.json()["problem"]
    assert site.store.entries() == []


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b'{"request": "\\ud800"}', b'{"request": NaN}', b"\xff"])
def test_what_is_no_json_of_ours_is_refused(site: Site, sent: bytes) -> None:
    answer = site.browser("Ann").post("/undo", content=sent, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["reason"]) == (422, "unfit")


def test_a_store_that_cannot_write_is_told_without_a_reason_so_that_the_page_tries_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = site.browser("Ann")
    browser.get("/label")

    def full(*given: object, **named: object) -> None:
        raise DataError("the disk is full; nothing of this was stored")

    monkeypatch.setattr(site.store, "say", full)
    answer = browser.post("/say", json=verdict())
    assert answer.status_code == 503
    assert answer.json() == {"problem": "the disk is full; nothing of this was stored."}
