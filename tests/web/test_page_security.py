"""What a page of another site, a stranger on the network, or a file in the wrong place can do: nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import make_audit, scenes
from starlette.testclient import TestClient

from sightline.audit.entries import Stage
from sightline.audit.store import Store
from sightline.errors import DataError, MissingError, RequestError
from sightline.web.application import application
from sightline.web.guards import LARGEST_BODY
from sightline.web.pictures import Pictures
from sightline.web.serving import allowed_hosts, listen, open_pictures
from sightline.web.tries import Tries

HERE = "http://127.0.0.1:8642"
WANTED = {"stage": "label", "count": 2}


class Site:
    """An audit, its application, and as many browsers as are wanted."""

    def __init__(self, folder: Path, **how: Any) -> None:
        self.where, self.images = folder / "audit.sqlite", scenes(folder)
        self.tokens = make_audit(self.where, self.images, **how)
        self.store = Store.open(self.where)
        self.now = 0.0
        tries = Tries(most=3, within_s=60, clock=lambda: self.now)
        pictures = Pictures(self.images, self.store.items())
        self.app = application(self.store, pictures, allowed_hosts("127.0.0.1"), tries)

    def browser(self, name: str | None = None) -> TestClient:
        """A browser; of somebody who has opened their link, where a name is given."""
        client = TestClient(self.app, HERE, follow_redirects=False)
        if name is not None:
            assert client.post("/enter", json={"token": self.tokens[name]}).status_code == 204
        return client


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr("sightline.audit.database.SYNCHRONOUS", "OFF")
    site = Site(tmp_path)
    yield site
    site.store.close()


def verdict(item: str = "i0", **changed: Any) -> dict[str, Any]:
    said = {"item": item, "stage": "label", "act": "verdict", "word": "yes", "note": "", "seconds": 1.5}
    return said | {"wording": "Is it?", "request": f"r-{item}"} | changed


# names


@pytest.mark.parametrize("host", ["127.0.0.1:8642", "localhost", "[::1]:8642"])
def test_the_server_answers_to_the_names_of_this_machine(site: Site, host: str) -> None:
    assert site.browser().get("/enter", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "www.localhost", ""])
def test_a_name_that_somebody_else_points_here_is_refused_even_with_the_cookie(site: Site, host: str) -> None:
    answer = site.browser("Ann").get("/label", headers={"host": host, "origin": f"http://{host}"})
    assert answer.status_code == 400 and "Is there" not in answer.text


def test_only_this_machine_is_listened_to_unless_somebody_says_otherwise() -> None:
    for host in ("0.0.0.0", "::", "192.168.0.7", "labels.example.org"):
        with pytest.raises(RequestError, match="can be reached from other machines"):
            allowed_hosts(host)
    with pytest.raises(RequestError, match="is for machines other than this one; add --allow-remote"):
        allowed_hosts("127.0.0.1", ["labels.example.org"])
    with pytest.raises(RequestError, match="Say by which names it is reached"):
        allowed_hosts("0.0.0.0", allow_remote=True)
    local = ("127.0.0.1", "localhost", "[::1]")
    assert allowed_hosts("127.0.0.9") == (*local, "127.0.0.9")
    assert allowed_hosts("0.0.0.0", ["labels.example.org"], True) == (*local, "labels.example.org")
    assert allowed_hosts("fd00::7", (), True) == (*local, "[fd00::7]")


def test_a_port_that_is_taken_is_an_error_that_says_so() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(RequestError, match=r"Choose another port: --port\."):
        listen("127.0.0.1", taken.getsockname()[1])


# tokens


def test_a_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_get(site: Site) -> None:
    answer = site.browser().post("/enter", json={"token": site.tokens["Ann"]})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("sightline-") and site.tokens["Ann"] in cookie
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))


def test_without_scripts_the_token_leaves_the_address_at_once(site: Site) -> None:
    browser = site.browser()
    answer = browser.get("/enter", params={"token": site.tokens["Ann"]})
    assert 'content="0;url=/"' in answer.text and site.tokens["Ann"] not in answer.text
    assert answer.headers["cache-control"] == "no-store" and answer.headers["referrer-policy"] == "no-referrer"
    assert browser.get("/").headers["location"] == "/label"


def test_without_a_token_nothing_is_shown(site: Site) -> None:
    browser = site.browser()
    for path in ("/", "/label", "/decide"):
        answer = browser.get(path)
        assert answer.status_code == 401 and "You are not signed in" in answer.text and "Is there" not in answer.text
    assert browser.get("/image/i0").status_code == 401
    for path, sent in (("/next", WANTED), ("/say", verdict()), ("/undo", {"request": "r"})):
        assert browser.post(path, json=sent).status_code == 401
    assert site.store.entries() == [] and site.store.progress("Ann", Stage.LABEL).held == 0


def test_who_was_shut_out_reads_that_and_can_do_nothing_from_then_on(site: Site) -> None:
    browser = site.browser("Ann")
    assert browser.get("/label").status_code == 200
    site.store.revoke("Ann")
    page = browser.get("/label")
    assert page.status_code == 401 and "their access was withdrawn" in page.text
    answer = browser.post("/say", json=verdict())
    assert answer.status_code == 401 and "their access was withdrawn" in answer.json()["problem"]
    assert site.store.entries() == []


def test_a_lost_link_opens_nothing_once_there_is_a_new_one(site: Site) -> None:
    old = site.browser("Ann")
    site.tokens["Ann"] = site.store.new_token("Ann")
    assert old.get("/label").status_code == 401
    assert site.browser("Ann").get("/label").status_code == 200


def test_who_signs_out_is_not_known_any_more(site: Site) -> None:
    browser = site.browser("Ann")
    assert browser.get("/here").json() == {"known": True}
    assert browser.post("/leave", json={}).status_code == 204
    assert browser.get("/here").json() == {"known": False}


def test_an_address_that_guesses_has_to_wait_and_those_who_are_in_do_not(site: Site) -> None:
    ann, guesser = site.browser("Ann"), site.browser()
    tried = [guesser.post("/enter", json={"token": f"guess {n}"}).status_code for n in range(5)]
    assert tried == [401, 401, 401, 429, 429]
    assert guesser.post("/enter", json={"token": site.tokens["Bob"]}).status_code == 429
    assert ann.get("/label").status_code == 200
    site.now = 61
    assert guesser.post("/enter", json={"token": site.tokens["Bob"]}).status_code == 204


def test_a_page_left_open_with_a_dead_cookie_is_one_guess_however_often_it_asks(site: Site) -> None:
    browser = site.browser("Ann")
    site.store.revoke("Ann")
    assert {browser.get("/label").status_code for _ in range(10)} == {401}
    assert site.browser("Bob").get("/label").status_code == 200


# other sites


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": HERE},
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
    ],
)
def test_another_site_cannot_write(site: Site, headers: dict[str, str]) -> None:
    browser = site.browser("Ann")
    browser.get("/label")
    for path, sent in (("/say", verdict()), ("/undo", {"request": "r"}), ("/next", WANTED), ("/leave", {})):
        assert browser.post(path, json=sent, headers=headers).status_code == 403
    assert browser.post("/enter", json={"token": site.tokens["Bob"]}, headers=headers).status_code == 403
    assert site.store.entries() == []


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "same-origin"}, {"origin": HERE}, {}])
def test_the_page_itself_can_write(site: Site, headers: dict[str, str]) -> None:
    browser = site.browser("Ann")
    browser.get("/label")
    assert browser.post("/say", json=verdict(), headers=headers).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_form_of_another_site_could_send_is_not_read(site: Site, kind: str) -> None:
    browser = site.browser("Ann")
    browser.get("/label")
    answer = browser.post("/say", content=json.dumps(verdict()), headers={"content-type": kind})
    assert answer.status_code == 415 and site.store.entries() == []


def test_what_is_too_large_is_not_read(site: Site) -> None:
    browser = site.browser("Ann")
    large = json.dumps(verdict(note="x" * LARGEST_BODY)).encode()
    headers = {"content-type": "application/json"}
    assert browser.post("/say", content=large, headers=headers).status_code == 413
    assert browser.post("/say", content=iter([large]), headers=headers).status_code == 413


@pytest.mark.parametrize("path", ["/say", "/next", "/undo", "/leave"])
def test_reading_never_writes(site: Site, path: str) -> None:
    assert site.browser("Ann").get(path, params=verdict()).status_code == 405


def test_a_page_that_is_asked_for_again_lends_no_more_items(site: Site) -> None:
    browser = site.browser("Ann")
    assert browser.get("/label").text == browser.get("/label").text
    assert site.store.progress("Ann", Stage.LABEL).held == 6 and site.store.entries() == []


@pytest.mark.parametrize("path", ["/enter", "/label", "/image/i0", "/static/page.js", "/nowhere", "/decide"])
def test_every_answer_tells_browsers_what_it_may_do(site: Site, path: str) -> None:
    answer = site.browser("Ann").get(path)
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'self'" and policy["frame-ancestors"] == "'none'"
    assert policy["object-src"] == policy["base-uri"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in answer.headers and "server" not in answer.headers


@pytest.mark.parametrize("path", ["/label", "/enter"])
def test_a_page_names_no_other_host_and_has_no_script_or_style_of_its_own(site: Site, path: str) -> None:
    text = site.browser("Ann").get(path).text
    assert "//" not in text.replace("<!doctype", "") and "style=" not in text and "<style" not in text
    assert text.count("<script") == 1 and '<script type="module" src="/static/page.js"></script>' in text


def test_texts_of_a_benchmark_are_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "<img src=x onerror=alert(1)>\"'&{{ 7 * 7 }}"
    monkeypatch.setattr("served.THINGS", (hostile,))
    site = Site(tmp_path, wording=hostile)
    browser = site.browser("Ann")
    for text in (browser.get("/label").text, browser.post("/next", json=WANTED).json()["items"]):
        assert "<img src=x" not in text and "&lt;img src=x onerror=alert(1)&gt;&#34;&#39;&amp;{{ 7 * 7 }}" in text
    site.store.close()


# images


def test_an_image_is_sent_as_what_its_bytes_are(site: Site) -> None:
    answer = site.browser("Ann").get("/image/i0")
    assert answer.content == (site.images / "scene_000000.png").read_bytes()
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, max-age=86400, immutable"


@pytest.mark.parametrize(
    "name",
    ["scene_000000.png", "../audit.sqlite", "..%2f..%2faudit.sqlite", "%2fetc%2fpasswd", "i0%2f..%2fi1", "nothing"],
)
def test_images_are_found_by_items_and_never_by_what_a_browser_names(site: Site, name: str) -> None:
    assert site.browser("Ann").get(f"/image/{name}").status_code == 404


@pytest.mark.parametrize("name", ["../served.py", "..%2fpages.py", "%2e%2e/pages.py", "/etc/passwd"])
def test_nothing_but_the_script_and_the_style_is_static(site: Site, name: str) -> None:
    assert site.browser().get(f"/static/{name}").status_code == 404


def test_what_is_no_image_is_not_sent_whatever_it_is_called(site: Site) -> None:
    for content in (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"<!doctype html>", b""):
        (site.images / "scene_000000.png").write_bytes(content)
        answer = site.browser("Ann").get("/image/i0")
        assert answer.status_code == 404 and "scene_000000.png: this is no image" in answer.json()["problem"]


def test_a_link_out_of_the_folder_is_not_followed(site: Site, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes((site.images / "scene_000001.png").read_bytes())
    (site.images / "scene_000000.png").unlink()
    (site.images / "scene_000000.png").symlink_to(secret)
    answer = site.browser("Ann").get("/image/i0")
    assert answer.status_code == 404 and "a link leads out of the folder" in answer.json()["problem"]
    with pytest.raises(DataError, match="a link leads out of the folder"):
        Pictures(site.images, site.store.items())


def test_a_drawing_is_refused_by_its_name_before_anybody_looks(site: Site) -> None:
    [first, *_] = site.store.items()
    (site.images / "scene_000000.svg").write_bytes(b"\x89PNG\r\n\x1a\n")
    renamed = type(first)("k", "scene_000000.svg", *(getattr(first, name) for name in first.__slots__[2:]))
    with pytest.raises(DataError, match=r"its name ends in '\.svg'"):
        Pictures(site.images, [renamed])


def test_an_image_that_vanished_is_told_by_name_and_without_folders(site: Site, capsys: Any) -> None:
    (site.images / "scene_000000.png").unlink()
    problem = site.browser("Ann").get("/image/i0").json()["problem"]
    assert (
        problem.startswith("scene_000000.png: the image is not there any more. Name the folder") and "/" not in problem
    )
    assert str(site.images / "scene_000000.png") in capsys.readouterr().err


def test_a_folder_that_moved_is_an_error_that_names_the_file_and_the_option(site: Site, tmp_path: Path) -> None:
    moved = site.images.rename(tmp_path / "elsewhere")
    with pytest.raises(DataError, match=r"there is no such folder of images.*--images"):
        open_pictures(site.store, None)
    open_pictures(site.store, moved)
    assert site.store.about.images == str(moved)
    (moved / "scene_000002.png").unlink()
    with pytest.raises(MissingError, match=r"1 of 3 images are not here: scene_000002\.png\. .*--images FOLDER"):
        open_pictures(site.store, None)
