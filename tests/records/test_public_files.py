"""Public files are fetched once and checked. The server is on loopback."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from sightline.core import PublicFile
from sightline.errors import FetchError
from sightline.records.public_files import cached, fetch


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[PublicFile]:
    folder = tmp_path / "public"
    folder.mkdir()
    (folder / "a.json").write_bytes(b"hello")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/a.json"
    yield PublicFile("a.json", url, hashlib.sha256(b"hello").hexdigest())
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_file_is_fetched_and_then_found_in_the_cache(served, cache) -> None:
    assert cached("x", [served]) is None
    assert fetch("x", [served]) == cache / "x"
    assert (cache / "x" / "a.json").read_bytes() == b"hello"
    assert cached("x", [served]) == cache / "x"


def test_a_file_that_is_not_the_one_expected_is_refused_and_not_kept(served, cache) -> None:
    with pytest.raises(FetchError, match="this is not the file expected"):
        fetch("x", [served._replace(sha256="0" * 64)])
    assert not (cache / "x" / "a.json").exists()


def test_without_a_network_the_message_says_what_to_do(served) -> None:
    nowhere = served._replace(url="http://127.0.0.1:9/a.json")
    with pytest.raises(FetchError, match=r"could not be fetched \(ConnectionError\).*--labels x=FOLDER"):
        fetch("x", [nowhere])


def test_a_file_that_is_gone_from_its_place_is_said_to_be(served) -> None:
    with pytest.raises(FetchError, match=r"b.json could not be fetched \(HTTPError\)"):
        fetch("x", [served._replace(url=served.url.replace("a.json", "b.json"), name="b.json")])


def test_a_file_of_which_no_version_is_pinned_is_held_to_what_came_first(served, cache, tmp_path) -> None:
    unpinned = served._replace(sha256="")
    fetch("x", [unpinned])
    assert (cache / "x" / "a.json.sha256").read_text() == served.sha256
    assert cached("x", [unpinned]) == cache / "x"
    (cache / "x" / "a.json").write_bytes(b"other")
    with pytest.raises(FetchError, match=f"this is not the file expected: .*expected {served.sha256}"):
        cached("x", [unpinned])
    (tmp_path / "public" / "a.json").write_bytes(b"a newer version")
    (cache / "x" / "a.json").unlink()
    with pytest.raises(FetchError, match="this is not the file expected"):
        fetch("x", [unpinned])
