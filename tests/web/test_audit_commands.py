"""``sightline audit new``, ``people`` and ``serve``, as users type them."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
from cyclopts import App
from served import make_audit, scenes

import sightline
from sightline.audit.people import Role
from sightline.audit.store import Store
from sightline.cli import audit as verb
from sightline.errors import DataError, MissingError, RequestError

ROWS = (
    '{"question_id": 1, "image": "scene_000000.png", "text": "Is there a dog in the image?", "label": "yes"}',
    '{"question_id": 2, "image": "scene_000000.png", "text": "Is there a cat in the image?", "label": "no"}',
    '{"question_id": 3, "image": "scene_000001.png", "text": "Is there a dog in the image?", "label": "no"}',
)
SERVE = "import sys; from cyclopts import App; from sightline.cli import audit; app = App(); audit.register(app); app()"


def run(*words: object) -> None:
    app = App(name="sightline")
    verb.register(app)
    app(["audit", *map(str, words)], exit_on_error=False, result_action="return_value")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sightline.audit.database.SYNCHRONOUS", "OFF")
    (tmp_path / "labels").mkdir()
    for split in ("random", "popular", "adversarial"):
        (tmp_path / "labels" / f"coco_pope_{split}.json").write_text("\n".join(ROWS) + "\n")
    return tmp_path


def new(*words: object) -> None:
    run("new", "audit.sqlite", "--labels", "pope=labels", *words)


def test_a_new_audit_lists_every_distinct_question_once(capsys: pytest.CaptureFixture[str]) -> None:
    new("--wording", "Partly hidden counts.")
    out = capsys.readouterr().out
    assert "3 of 2 images, for 9 questions" in out and "6 at least" in out
    assert "sightline audit people add audit.sqlite NAME" in out and "--images FOLDER" in out
    with Store.open("audit.sqlite") as store:
        assert [(item.image, item.text, item.old) for item in store.items()] == [
            ("scene_000000.png", "Is there a dog in the image?", "yes"),
            ("scene_000000.png", "Is there a cat in the image?", "no"),
            ("scene_000001.png", "Is there a dog in the image?", "no"),
        ]
        assert (store.about.label_set, store.about.wording) == ("pope", "Partly hidden counts.")
        assert re.fullmatch("[0-9a-f]{64}", store.about.label_set_sha256 or "")


def test_a_sample_keeps_all_questions_of_its_images(capsys: pytest.CaptureFixture[str]) -> None:
    new("--sample", "1", "--split", "random", "--seed", "1")
    with Store.open("audit.sqlite") as store:
        assert len({item.image for item in store.items()}) == 1
        assert {item.splits for item in store.items()} == {("random",)}
    with pytest.raises(RequestError, match="--sample is 9; the questions are about 2 images"):
        run("new", "other.sqlite", "--labels", "pope=labels", "--sample", "9")
    assert not Path("other.sqlite").exists()


def test_images_that_are_not_there_are_told_before_anything_is_made(tmp_path: Path) -> None:
    (scenes(tmp_path) / "scene_000001.png").unlink()
    with pytest.raises(MissingError, match=r"1 of 2 images are not here: scene_000001\.png\. .*--images FOLDER"):
        new("--images", "images")
    assert not Path("audit.sqlite").exists()


def test_people_get_links_that_are_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    new()
    capsys.readouterr()
    run("people", "add", "audit.sqlite", "Ann", "Bob", "--address", "http://labels.example.org/")
    run("people", "add", "audit.sqlite", "Cy", "--role", "adjudicator")
    lines = capsys.readouterr().out.splitlines()
    found = [re.fullmatch(r"(\w+) \((\w+)\): (http://[^#]+)/enter#([\w-]{43})", line) for line in lines]
    assert [match and match.groups()[:3] for match in found] == [
        ("Ann", "labeller", "http://labels.example.org"),
        ("Bob", "labeller", "http://labels.example.org"),
        ("Cy", "adjudicator", "http://127.0.0.1:8642"),
    ]
    run("people", "list", "audit.sqlite")
    listed = capsys.readouterr().out
    with Store.open("audit.sqlite") as store:
        for match in found:
            assert match is not None and match[4] not in listed
            person = store.person_of(match[4])
            assert person is not None and person.name == match[1]


def test_a_lost_link_is_replaced_and_a_person_is_shut_out(capsys: pytest.CaptureFixture[str]) -> None:
    new()
    with Store.open("audit.sqlite") as store:
        old = store.add_person("Ann", Role.LABELLER)
        capsys.readouterr()
        run("people", "link", "audit.sqlite", "Ann")
        token = capsys.readouterr().out.strip().partition("#")[2]
        assert store.person_of(old) is None and store.person_of(token) is not None
        run("people", "revoke", "audit.sqlite", "Ann")
        assert "Ann is shut out" in capsys.readouterr().out and store.person_of(token) is None
    with pytest.raises(RequestError, match="Did you mean 'Ann'"):
        run("people", "revoke", "audit.sqlite", "Anne")


def test_people_are_listed_with_what_they_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sightline.audit.entries import Stage

    make_audit("audit.sqlite", scenes(tmp_path))
    with Store.open("audit.sqlite") as store:
        store.next_items("Ann", Stage.LABEL, 3)
        store.say("Ann", "i0", Stage.LABEL, "yes", request="1")
        store.skip("Ann", "i1", Stage.LABEL, request="2")
        store.revoke("Bob")
    run("people", "list", "audit.sqlite")
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["Ann", "labeller", "1", "0", "1"] in [row[:5] for row in rows]
    assert any(row[0] == "Bob" and row[-2:] == ["shut", "out"] for row in rows if row)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--host", "0.0.0.0"], "add --allow-remote"),
        (["--images", "nowhere"], "there is no such folder of images"),
    ],
)
def test_what_cannot_be_served_is_an_error(tmp_path: Path, words: list[str], told: str) -> None:
    make_audit("audit.sqlite", scenes(tmp_path))
    with pytest.raises((RequestError, DataError), match=told):
        run("serve", "audit.sqlite", "--port", "0", *words)


def test_an_audit_whose_images_nobody_named_says_so() -> None:
    new()
    with pytest.raises(RequestError, match="Name their folder: --images FOLDER"):
        run("serve", "audit.sqlite", "--port", "0")


def test_a_server_tells_its_address_serves_is_the_only_one_and_stops_in_good_order(tmp_path: Path) -> None:
    make_audit("audit.sqlite", scenes(tmp_path))
    command = [sys.executable, "-c", SERVE, "audit", "serve", "audit.sqlite", "--port", "0"]
    source = {"PYTHONPATH": str(Path(sightline.__file__).parents[1])}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | source)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[4]
        assert "4 people take part" in process.stdout.readline()
        assert f"NAME --address {address}" in process.stdout.readline()
        with build_opener(ProxyHandler({})).open(f"{address}/enter") as answer:
            assert answer.status == 200
        with pytest.raises(RequestError, match="another server works on this audit"):
            run("serve", "audit.sqlite", "--port", "0")
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=20)[0]
        assert process.returncode == 0 and "Stopped. All that was acknowledged is stored." in rest
    finally:
        process.kill()
    with Store.open("audit.sqlite", serving=True):
        pass
