"""``sightline view``: what it prints, what it refuses, and what it says to type to begin an audit."""

import re
import shlex
from html import unescape
from pathlib import Path

import pytest
from served import scenes
from starlette.testclient import TestClient
from viewed import make_audit

from sightline.cli import main
from sightline.examples import example_labels, example_replies
from sightline.web.serving import listen


@pytest.fixture
def unserved(monkeypatch: pytest.MonkeyPatch) -> list[TestClient]:
    """Applications in place of servers that run."""
    made: list[TestClient] = []

    def run(server: object, _listening: object) -> None:
        made.append(TestClient(server.config.app, "http://127.0.0.1"))  # type: ignore[attr-defined]

    monkeypatch.setattr("sightline.web.viewing.run", run)
    monkeypatch.setattr("sightline.web.overview.Overview.start", lambda overview: None)
    return made


def view(*words: str) -> int:
    return main(["view", "pope", "--port", "0", "--draws", "100", *words])


def test_it_says_what_is_shown_and_prints_the_link(
    unserved: list[TestClient], capsys: pytest.CaptureFixture[str]
) -> None:
    assert view("--example") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("2 models, ") and lines[1] == "Labels: original, audited. Reader: strict."
    assert lines[2].startswith("The page opens with this link (Ctrl+C stops it): http://127.0.0.1:")
    assert lines[-1] == "Stopped."
    [client] = unserved
    assert client.get("/", params={"key": lines[2].rpartition("key=")[2]}).status_code == 200
    text = client.get("/audit").text
    assert "sightline audit new audit.sqlite --benchmark pope --labels original=" in text
    assert "sightline view pope --example --audit audit.sqlite" in text


def test_the_commands_that_it_tells_can_be_typed(
    unserved: list[TestClient], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    given = ["--replies", *example_replies("pope"), "--labels", *example_labels("pope"), "--split", "random"]
    assert view(*given, "--reader", "llava") == 0
    client = unserved[0]
    client.get("/", params={"key": capsys.readouterr().out.partition("key=")[2].split()[0]})
    told = re.findall("<code>(.*?)</code>", client.get("/audit").text)
    begin, people, serve, again = (shlex.split(unescape(line)) for line in told)
    assert main(begin[1:]) == 0 and main([*people[1:-1], "Ann"]) == 0
    assert serve == ["sightline", "audit", "serve", "audit.sqlite", "--images", "FOLDER"]
    assert main([*again[1:], "--port", "0"]) == 0
    assert "Labels are checked in an audit of" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--example", "--images", "nowhere"), "no such folder of images"),
        (("--replies", "nowhere.jsonl", "--labels", *example_labels("pope")), "nowhere.jsonl"),
        (("--example", "--split", "hard"), "hard"),
        (("--example", "--reader", "mine"), "mine"),
        (("--example", "--audit", "nowhere.sqlite"), "nowhere.sqlite"),
        (("--example", "--host", "0.0.0.0"), "can be reached from other machines"),
        (("--example", "--seed", "-1"), "a seed from 0 on"),
        ((), "No replies were given"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_bad_input_is_one_clear_error(
    words: tuple[str, ...],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert view(*words) == 2
    error = capsys.readouterr().err
    assert error.startswith("sightline: ") and told in error and "Traceback" not in error


def test_a_port_that_is_taken_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with listen("127.0.0.1", 0) as taken:
        assert main(["view", "pope", "--example", "--port", str(taken.getsockname()[1])]) == 2
    assert "Choose another port: --port." in capsys.readouterr().err


def test_an_audit_that_looks_at_none_of_it_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_audit(tmp_path / "audit.sqlite", scenes(tmp_path)).close()
    assert view("--example", "--audit", str(tmp_path / "audit.sqlite")) == 2
    assert "looks at none of these questions" in capsys.readouterr().err
