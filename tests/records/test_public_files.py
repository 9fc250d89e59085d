"""Public files are fetched once and checked. The server is on loopback."""

import hashlib
import http.server
import io
import threading
import zipfile
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
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
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
    with pytest.raises(FetchError, match=r"not be fetched \(ConnectionError\).* a local folder: --labels x=FOLDER"):
        fetch("x", [nowhere])


def test_without_a_network_an_archive_of_images_may_be_unpacked_by_hand(served, tmp_path) -> None:
    nowhere = served._replace(url="http://127.0.0.1:9/a.zip", name="a.zip")
    with pytest.raises(FetchError, match=rf"unpack a\.zip there yourself: --images {tmp_path / 'images'}"):
        fetch("x", [nowhere], tmp_path / "images")


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
    with pytest.raises(FetchError, match=r"not the file expected\. .* is meant, delete .*a\.json\.sha256"):
        fetch("x", [unpinned])


@pytest.fixture
def archive(served, tmp_path) -> PublicFile:
    """Questions and an image in a folder, and something else beside it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name in ("bench/questions.json", "bench/images/1.png", "other/readme"):
            file.writestr(name, name)
    (tmp_path / "public" / "b.zip").write_bytes(made.getvalue())
    sha256 = hashlib.sha256(made.getvalue()).hexdigest()
    return PublicFile("b.zip", served.url.replace("a.json", "b.zip"), sha256, inside="bench")


def test_an_archive_is_unpacked_beside_itself_and_its_hash_is_that_of_the_archive(archive, cache) -> None:
    assert fetch("x", [archive]) == cache / "x"
    assert (cache / "x" / "questions.json").read_text() == "bench/questions.json"
    assert (cache / "x" / "images" / "1.png").is_file()
    assert not (cache / "x" / "readme").exists()
    assert cached("x", [archive]) == cache / "x"
    (cache / "x" / "b.zip").write_bytes(b"other")
    with pytest.raises(FetchError, match="this is not the file expected"):
        cached("x", [archive])


def test_an_archive_of_which_a_file_was_deleted_is_not_in_the_cache_and_is_unpacked_again(archive, cache) -> None:
    fetch("x", [archive])
    (cache / "x" / "questions.json").unlink()
    assert cached("x", [archive]) is None
    fetch("x", [archive])
    assert cached("x", [archive]) == cache / "x"


def test_a_page_in_place_of_an_unpinned_archive_is_refused_and_later_uses_are_not_held_to_it(
    archive, cache, tmp_path
) -> None:
    good = (tmp_path / "public" / "b.zip").read_bytes()
    (tmp_path / "public" / "b.zip").write_bytes(b"<html>sign in</html>")
    unpinned = archive._replace(sha256="")
    with pytest.raises(FetchError, match="the archive cannot be read"):
        fetch("x", [unpinned])
    (cache / "x" / "b.zip").unlink()
    (tmp_path / "public" / "b.zip").write_bytes(good)
    fetch("x", [unpinned])
    assert cached("x", [unpinned]) == cache / "x"


def test_a_folder_that_cannot_be_written_to_is_said_to_be(served, tmp_path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FetchError, match=r"a\.json: cannot be written"):
        fetch("x", [served], tmp_path / "file" / "x")


def test_how_far_a_file_is_is_told(served) -> None:
    told: list[tuple[str, int, int]] = []
    fetch("x", [served], told=lambda *at: told.append(at))
    assert told[-1] == ("a.json", 5, 5)
