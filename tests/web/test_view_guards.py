"""What strangers, other sites and files in the wrong place can do with the exploring page: nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from served import scenes
from starlette.testclient import TestClient
from viewed import KEY, explored, make_audit

from sightline.audit.store import Store
from sightline.web.serving import allowed_hosts
from sightline.web.viewing import view_application

HERE = "http://127.0.0.1:8643"
WISH = {"question": "popular/2"}


class Site:
    """The page, with an audit."""

    def __init__(self, folder: Path) -> None:
        self.images = scenes(folder)
        self.store: Store = make_audit(folder / "audit.sqlite", self.images)
        self.app = view_application(explored(self.images, self.store), allowed_hosts("127.0.0.1"), KEY)

    def browser(self, key: str | None = KEY) -> TestClient:
        """A browser; without the key where that is None."""
        client = TestClient(self.app, HERE, follow_redirects=False)
        if key is not None:
            client.get("/", params={"key": key})
        return client

    @property
    def asked(self) -> int:
        """How many items were asked for."""
        return sum(at.place is not None and at.place < 0 for at in self.store.order().values())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.store.close()


@pytest.mark.parametrize("key", [None, "", "another-key", KEY[:-1]])
def test_without_the_key_nothing_is_shown(site: Site, key: str | None) -> None:
    browser = site.browser(key)
    for path in ("/", "/replies", "/audit"):
        answer = browser.get(path)
        assert answer.status_code == 401 and "needs its link" in answer.text and "Is there" not in answer.text
    for path in ("/image/x", "/plot/wide"):
        assert browser.get(path).status_code == 401
    assert browser.post("/check", json=WISH).status_code == 401 and site.asked == 0
    assert browser.get("/static/view.css").status_code == 200


def test_the_key_becomes_a_cookie_and_leaves_the_address(site: Site) -> None:
    answer = site.browser(None).get("/", params={"key": KEY})
    assert 'content="0;url=/"' in answer.text and KEY not in answer.text
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(answer.headers["set-cookie"].split("; "))
    assert answer.headers["cache-control"] == "no-store" and answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", ""])
def test_a_name_that_somebody_else_points_here_is_refused(site: Site, host: str) -> None:
    answer = site.browser().get("/replies", headers={"host": host})
    assert answer.status_code == 400 and "Is there" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "http://evil.example"}],
)
def test_another_site_cannot_fill_the_queue(site: Site, headers: dict[str, str]) -> None:
    assert site.browser().post("/check", json=WISH, headers=headers).status_code == 403 and site.asked == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_what_a_form_could_send_is_not_read(site: Site, kind: str) -> None:
    answer = site.browser().post("/check", content='{"question": "popular/2"}', headers={"content-type": kind})
    assert answer.status_code == 415 and site.asked == 0


def test_reading_never_writes_and_the_page_itself_can(site: Site) -> None:
    browser = site.browser()
    assert browser.get("/check", params=WISH).status_code == 405 and site.asked == 0
    assert browser.post("/check", json=WISH, headers={"sec-fetch-site": "same-origin"}).status_code == 200
    assert site.asked == 1


@pytest.mark.parametrize("path", ["/", "/replies", "/audit", "/image/x", "/plot/x", "/static/view.js", "/nowhere"])
def test_every_answer_tells_browsers_what_it_may_do(site: Site, path: str) -> None:
    headers = site.browser().get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff" and "access-control-allow-origin" not in headers


@pytest.mark.parametrize("path", ["/", "/replies", "/audit"])
def test_a_page_names_no_other_host_and_has_no_script_or_style_of_its_own(site: Site, path: str) -> None:
    text = site.browser().get(path).text
    assert "//" not in text and "style=" not in text and "<style" not in text and "<script>" not in text


@pytest.mark.parametrize("path", ["scene_000000.png", "..%2f..%2faudit.sqlite", "../audit.sqlite", "%2fetc%2fpasswd"])
def test_images_are_sent_by_their_key_alone(site: Site, path: str) -> None:
    assert site.browser().get(f"/image/{path}").status_code == 404


def test_a_link_out_of_the_folder_and_what_is_no_image_have_a_reason_in_their_place(site: Site, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes((site.images / "scene_000000.png").read_bytes())
    (site.images / "scene_000000.png").unlink()
    (site.images / "scene_000000.png").symlink_to(secret)
    (site.images / "scene_000001.png").write_bytes(b"<svg xmlns=")
    about = explored(site.images)
    browser = TestClient(view_application(about, allowed_hosts("127.0.0.1"), KEY), HERE)
    browser.get("/", params={"key": KEY})
    assert "a link leads out of the folder" in browser.get("/replies?text=cat").text
    answers = [browser.get(f"/image/{about.shots.key(f'scene_00000{n}.png')}") for n in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 200]
    assert (
        "leads out" in answers[0].json()["problem"] and "no image that a browser shows" in answers[1].json()["problem"]
    )
