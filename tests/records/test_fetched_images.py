"""Images with an address each are fetched once; what cannot be had is told. The server is on loopback."""

import http.server
import io
import re
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from sightline.errors import FetchError
from sightline.records.fetched_images import fetch_images


def png(colour: str = "red") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(made, "PNG")
    return made.getvalue()


class _Counting(http.server.SimpleHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/moved.jpg":
            self.send_response(302)
            self.send_header("Location", "/photo_unavailable.png")
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def server(tmp_path: Path, asked: list[str]) -> Iterator[str]:
    folder = tmp_path / "public"
    folder.mkdir()
    for name, data in {
        "1.png": png(),
        "cut.png": png()[:80],
        "page.jpg": b"<html>This image is gone.</html>",
        "photo_unavailable.png": png("grey"),
    }.items():
        (folder / name).write_bytes(data)
    handler = type("Handler", (_Counting,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder)) as served:
        threading.Thread(target=served.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


def test_an_image_is_fetched_once_under_its_name(server, asked, tmp_path) -> None:
    addresses = {"some folder/one.png": f"{server}/1.png"}
    assert fetch_images(addresses, tmp_path / "out") == (1, 0, {})
    assert (tmp_path / "out" / "some folder" / "one.png").read_bytes() == png()
    assert fetch_images(addresses, tmp_path / "out") == (0, 1, {})
    assert asked == ["/1.png"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/none.png", "the server says 404 File not found"),
        ("/cut.png", r"what came is no whole image \(image/png, 80 bytes\)"),
        ("/page.jpg", r"what came is no whole image \(image/jpeg, 32 bytes\)"),
        ("/moved.jpg", "taken down: Flickr shows its notice instead"),
    ],
)
def test_what_cannot_be_had_is_told_and_nothing_stands_in_for_it(server, tmp_path, path, reason) -> None:
    found = fetch_images({"a.png": server + path, "b.png": f"{server}/1.png"}, tmp_path / "out")
    assert (found.fetched, list(found.missing)) == (1, ["a.png"])
    assert re.fullmatch(f"{reason}: {server}{path}", found.missing["a.png"])
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.png"]


def test_a_name_that_leaves_the_folder_and_an_address_that_is_none_are_not_asked_for(server, asked, tmp_path) -> None:
    addresses = {"../a.png": f"{server}/1.png", "b.png": "", "c.png": "file:///etc/passwd"}
    found = fetch_images(addresses, tmp_path / "out")
    assert dict(found.missing) == {
        "../a.png": "its name leads out of the folder",
        "b.png": "no address is known",
        "c.png": "its address is 'file:///etc/passwd'",
    }
    assert asked == []


def test_one_server_that_does_not_answer_does_not_stop_the_others(server, tmp_path) -> None:
    gone = {f"{number}.png": f"http://127.0.0.1:9/{number}.png" for number in range(4)}
    found = fetch_images({**gone, "a.png": f"{server}/1.png", "4.png": "http://127.0.0.1:9/4.png"}, tmp_path)
    assert (found.fetched, len(found.missing)) == (1, 5)
    assert found.missing["4.png"] == "no answer (ConnectionError): http://127.0.0.1:9/4.png"


def test_without_a_network_there_is_one_sentence(tmp_path) -> None:
    addresses = {f"{number}.png": f"http://127.0.0.1:9/{number}.png" for number in range(20)}
    with pytest.raises(FetchError, match=r"no answer from 127\.0\.0\.1:9\. Without a network, .*--images FOLDER"):
        fetch_images(addresses, tmp_path / "out")


def test_how_far_it_is_is_told(server, tmp_path) -> None:
    told: list[tuple[str, int, int]] = []
    addresses = {"a.png": f"{server}/1.png", "b.png": ""}
    fetch_images(addresses, tmp_path / "out", lambda *at: told.append(at))
    assert told == [("images", 1, 2), ("images", 2, 2)]
