"""Builds that are killed, and models that fail: what was said is kept, and what comes out is the same."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import build_until_killed
import pytest
from chat_server import Asked, ChatServer, Sent, says
from test_llm_path import CAPTION, GOOD, KINDS, NUMBER, Server
from tiny_scene_graphs import images, rendered

from sightline.cli import main
from sightline.evaluation.build_finer import FinerBuild, Models, build_finer
from sightline.evaluation.record import record_of
from sightline.models.chat_client import ChatClient
from sightline.queries.rules import IN_SCENE, NOT_A_WORD, NOTHING_CHANGED, REPEATED, SEVERAL_CHANGED, SYNONYM
from sightline.queries.written_negatives import TOO_FEW, TOO_LONG, TOO_MANY
from sightline.records.cached_writing import CachedWriting
from sightline.records.call_cache import CallCache

SCENES, AT_ONCE = 40, 4


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def files(folder: Path) -> dict[str, bytes]:
    """The files of a build; in its record the folder is that of no build in particular."""
    found = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "build.lock"}
    return {name: data.replace(str(folder).encode(), b"FOLDER") for name, data in found.items()}


def killed_when(process: subprocess.Popen[bytes], is_time: Any) -> None:
    while process.poll() is None and not is_time():
        time.sleep(0.0005)
    process.kill()
    assert process.wait() == -signal.SIGKILL, "the build was over before it was killed"


def test_a_build_killed_while_it_is_judged_loses_what_was_in_flight_and_ends_the_same(tmp_path: Path) -> None:
    source, folder = rendered(tmp_path, SCENES), images(tmp_path, SCENES)

    def words(name: str) -> list[str]:
        return [str(source), str(folder), *(str(tmp_path / f"{name}{what}") for what in ("", ".sqlite", ".log"))]

    def start() -> subprocess.Popen[bytes]:
        script = Path(__file__).with_name("build_until_killed.py")
        return subprocess.Popen([sys.executable, str(script), *words("killed")])

    build_until_killed.main(*words("whole"))
    asked, log = lines(tmp_path / "whole.log"), tmp_path / "killed.log"
    moment = random.Random(1).randint(len(asked) // 4, len(asked) // 2)
    killed_when(start(), lambda: len(lines(log)) >= moment)
    assert not (tmp_path / "killed/build.json").exists()
    assert start().wait() == 0
    times = Counter(lines(log))
    assert times.keys() == {*asked}
    per_image = max(Counter(line.split("\t")[0] for line in asked).values())
    assert sum(times.values()) - len(asked) <= 2 * 16 * per_image  # two batches of 16 images
    assert sum(times.values()) < 1.6 * len(asked)
    assert files(tmp_path / "killed") == files(tmp_path / "whole")


def captions(folder: Path, number: int) -> Path:
    path = folder / "captions.jsonl"
    rows = ({"image": f"{n}.jpg", "caption": CAPTION.format(n=n)} for n in range(number))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path, int, int]:
    """A build through a server that makes every kind of mistake, and the same again: how often each asked."""
    folder = tmp_path_factory.mktemp("faulty")
    source = captions(folder, 3 * NUMBER)
    asked: list[int] = []
    with ChatServer(Server()) as server, CallCache(folder / "calls.sqlite") as cache:
        for name in ("out", "again"):
            with ChatClient(server.base_url, "tiny", retries=0) as client:
                models = Models(CachedWriting(client, cache))
                table = build_finer(source, folder / name, FinerBuild(negatives="llm", levels=False), models)
            asked.append(len(server.asked))
            if name == "out":
                record = record_of(table)
    return record, folder, asked[0], asked[1] - asked[0]


def test_the_build_goes_on_and_its_summary_counts_every_kind_of_mistake(faulty: Any) -> None:
    record, _, _, _ = faulty
    of_objects = {reason: count for reason, count in record["left_out"].items() if "objects: " in reason}
    assert of_objects == {f"objects: {kind}": 1 for kind in KINDS} | {
        f"asked again for objects: {kind}": 2 for kind in KINDS
    }
    assert (record["annotated_images"], record["images"]) == (3 * NUMBER, 2 * NUMBER)
    cats, refused = 2 * NUMBER, record["refused"]
    once = (NOTHING_CHANGED, SYNONYM, IN_SCENE, SEVERAL_CHANGED, NOT_A_WORD, TOO_LONG, TOO_MANY)
    assert {reason: refused[reason] for reason in once} == dict.fromkeys(once, cats)
    assert refused[REPEATED] == 2 * cats
    assert refused[TOO_FEW] >= cats
    assert record["with_negatives"] == {"object": cats, "attribute": 0, "relation": 0}
    assert record["questions"] == {"objects": 2 * 2 * cats}  # of one object and of two, each true and false


def test_what_was_read_is_asked_about_and_what_was_not_is_listed_by_image(faulty: Any) -> None:
    _, folder, _, _ = faulty
    images_asked = {json.loads(line)["image"] for line in lines(folder / "out/finer.jsonl")}
    assert images_asked == {f"{n}.jpg" for n in range(NUMBER, 3 * NUMBER)}
    listed = {line["what"].split(":")[0] for line in map(json.loads, lines(folder / "out/left_out.jsonl"))}
    assert {f"{n}.jpg" for n in range(2 * NUMBER)} <= listed


def test_the_same_again_asks_only_for_what_had_no_reply(faulty: Any) -> None:
    _, folder, first, second = faulty
    assert 0 < second < first / 3
    assert (folder / "again/finer.jsonl").read_bytes() == (folder / "out/finer.jsonl").read_bytes()


def test_a_command_killed_while_a_server_writes_asks_nothing_twice_but_what_was_in_flight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    source = captions(tmp_path, NUMBER)

    def words(name: str, server: ChatServer) -> list[str]:
        monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / f"cache of {name}"))
        of_server = ["--llm", "tiny", "--llm-url", server.base_url, "--at-once", str(AT_ONCE)]
        return ["build", "finer", "--from", str(source), "--out", str(tmp_path / name), "--no-levels", *of_server]

    def start(server: ChatServer) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "sightline", *words("killed", server)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)

    with ChatServer(says_what_is_wanted) as server:
        assert main(words("whole", server)) == 0
        whole = Counter(json.dumps(asked.body["messages"]) for asked in server.asked)
    with ChatServer(says_what_is_wanted, latency_s=0.02) as server:
        killed_when(start(server), lambda: len(server.asked) >= 40)
        assert start(server).wait() == 0
        times = Counter(json.dumps(asked.body["messages"]) for asked in server.asked)
    assert set(whole.values()) == {1}
    assert times.keys() == whole.keys()
    assert times.total() - whole.total() <= AT_ONCE
    made, again = files(tmp_path / "whole"), files(tmp_path / "killed")
    assert {name for name in made if made[name] != again[name]} <= {"build.json"}  # the servers had other addresses


def says_what_is_wanted(asked: Asked) -> Sent:
    stage = asked.body["response_format"]["json_schema"]["name"]
    good = {**GOOD, "negatives": json.dumps({"negatives": ["parrot", "horse", "tractor", "guitar"]})}
    return says(good[stage])
