"""``sightline measure --engine openai``: what is kept, what it costs, what goes wrong; against a scripted server."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chat_server import Asked, ChatServer, Script, Sent, fails, says

import sightline
from sightline.cli import main
from sightline.cli.models import Engine, Who
from sightline.errors import RequestError
from sightline.models.chat_client import ChatClient
from sightline.records.run_folder import read_run

IMAGES, QUESTIONS = 6, 8
ALL = IMAGES * QUESTIONS
YES: Script = lambda asked: says("Yes", usage=(1000, 2))  # noqa: E731


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A benchmark of six images with eight questions each; it is the working folder, and waits are milliseconds."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGHTLINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(ChatClient.__init__.__kwdefaults__, "wait_s", 0.002)
    for place in ("own", "images"):
        (tmp_path / place).mkdir()
    images, things = [f"{n}.png" for n in range(IMAGES)], [f"thing{n}" for n in range(QUESTIONS)]
    for image in images:
        (tmp_path / "images" / image).write_bytes(b"\x89PNG\r\n\x1a\n" + image.encode())
    rows = [
        {"question_id": n, "image": image, "text": f"Is there a {thing} in the image?", "label": ("yes", "no")[n % 2]}
        for n, (image, thing) in enumerate(((image, thing) for image in images for thing in things), start=1)
    ]
    (tmp_path / "own" / "x_pope_random.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def words(server: ChatServer | str, *more: str, out: str = "run") -> list[str]:
    url = server if isinstance(server, str) else server.base_url
    said = ["measure", "pope", "--model", "tiny", "--engine", "openai", "--base-url", url, "--images", "images"]
    return [*said, "--labels", "own=own", "--out", out, *more]


def complaint(script: Script, *more: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What a run that fails complains of, in one line."""
    with ChatServer(script) as server:
        assert main(words(server, *more)) == 2
        said = capsys.readouterr().err.replace(server.base_url, "URL").strip().splitlines()
    assert len(said) == 1 and "Traceback" not in said[0]
    return said[0].removeprefix("sightline: ")


def kept() -> int:
    return len(read_run("run", allow_missing=True).replies)


def pairs(*servers: ChatServer) -> Counter[tuple[str, str]]:
    return Counter((asked.images[0], asked.prompt) for server in servers for asked in server.asked)


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_a_served_model_is_measured_scored_and_what_it_took_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with ChatServer(lambda asked: says("Yes", usage=(1000, 2), model="tiny-2026-11-01")) as server:
        assert main(words(server, "--price-in", "2", "--price-out", "10")) == 0
        address = server.base_url
        assert len(server.asked) == ALL and server.most_at_once <= 64
    out = capsys.readouterr().out
    # 48 requests of 1,000 and 2 tokens: 96,000 at 2 and 960 at 10 for a million
    assert "The server was asked 48 requests: 48,000 tokens asked, 96 replied, 0.09696 spent." in out
    assert "labels: own   reader: strict@1" in out
    record = json.loads(Path("run/run.json").read_text())
    model, usage = record["model"], record["usage"]
    assert usage == {
        **{"requests": 48, "prompt_tokens": 48_000, "reply_tokens": 96, "uncounted": 0},
        "cost": pytest.approx(0.09696),
    }
    assert (model["name"], model["engine"]) == ("tiny", "OpenAI-compatible server")
    assert model["details"] == {"server": address, "replied_as": "tiny-2026-11-01", "price_in": "2", "price_out": "10"}


def test_a_dry_run_tells_tokens_images_included_and_cost_and_asks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    more = ["--dry-run", "--price-in", "10", "--price-out", "100", "--spend-at-most", "0.1"]
    with ChatServer(YES) as server:
        assert main(words(server, *more)) == 0
        assert server.asked == []
    lines = capsys.readouterr().out.splitlines()
    # 31 letters are 8 tokens, beside 1,000 of the image: 48 times 1,008, and 16 of each reply
    assert lines[-2] == (
        "server      48 requests: about 48,384 tokens asked, 1,000 of them an image's each time, "
        "and at most 768 replied"
    )
    # 48,384 at 10 and 768 at 100 for a million
    assert lines[-1] == "cost        at most 0.5606, where it is to stop at 0.1"
    assert not Path("run").exists()


def test_a_limit_of_spending_keeps_what_was_paid_for_and_a_higher_one_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    prices = ["--price-in", "1000", "--price-out", "0", "--at-once", "2"]  # a request costs 1, and 1.008 beforehand
    with ChatServer(YES) as server:
        assert main(words(server, *prices, "--spend-at-most", "10.5")) == 2
        captured = capsys.readouterr()
        assert "10.0000 of the limit of 10.5 is spent on 10 requests, and the next one (reply) could" in captured.err
        assert "The server was asked 10 requests: 10,000 tokens asked" in captured.out
        assert kept() == len(server.asked) == 10
        assert main(words(server, *prices, "--spend-at-most", "100")) == 0
        assert set(pairs(server).values()) == {1} and len(server.asked) == ALL
    assert "38 requests" in capsys.readouterr().out
    usage = json.loads(Path("run/run.json").read_text())["usage"]
    assert (usage["requests"], usage["cost"]) == (ALL, pytest.approx(ALL)), "both commands together"


def test_a_process_that_is_killed_loses_only_what_was_in_flight() -> None:
    at_once = 4
    with ChatServer(YES, latency_s=0.01) as server:
        command = [sys.executable, "-m", "sightline", *words(server, "--at-once", str(at_once))]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        until(lambda: len(server.asked) >= ALL // 2)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stderr is not None
        process.stderr.close()
        before, done = pairs(server), kept()
        assert main(words(server, "--at-once", str(at_once))) == 0
        times = pairs(server)
    twice = [pair for pair, count in times.items() if count == 2]
    assert len(times) == ALL and max(times.values()) <= 2
    assert sum(before.values()) - done == len(twice) <= 2 * at_once
    assert kept() == ALL


def test_a_server_that_is_started_again_meanwhile_loses_nothing() -> None:
    servers = [ChatServer(YES, latency_s=0.005).__enter__()]

    def restart() -> None:
        until(lambda: len(servers[0].asked) >= ALL // 2)
        port = servers[0].port
        servers[0].close()
        time.sleep(0.02)
        servers.append(ChatServer(YES, port=port).__enter__())

    restarting = threading.Thread(target=restart)
    restarting.start()
    assert main(words(servers[0], "--at-once", "4", "--retries", "12")) == 0
    restarting.join()
    servers[1].close()
    times = pairs(*servers)
    assert len(servers[1].asked) > 0 and len(times) == ALL
    assert sum(times.values()) <= ALL + 4  # those that were in flight
    assert kept() == ALL


def test_a_server_that_stays_away_is_one_sentence_and_the_run_goes_on_afterwards(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = ChatServer(YES, latency_s=0.005).__enter__()

    def end() -> None:
        until(lambda: len(first.asked) >= ALL // 2)
        first.close()

    port, url = first.port, first.base_url
    ending = threading.Thread(target=end)
    ending.start()
    assert main(words(url, "--at-once", "4", "--retries", "2")) == 2
    ending.join()
    error = capsys.readouterr().err
    assert f"No server can be reached at {url} any more (" in error and "What it replied before is kept" in error
    done = kept()
    assert done >= ALL // 2 - 4
    with ChatServer(YES, port=port) as second:
        assert main(words(second)) == 0
        assert len(second.asked) == ALL - done
    assert max(pairs(first, second).values()) <= 2


def bad_after(some: int, sent: Sent) -> Script:
    return lambda asked: says("Yes") if asked.place < some else sent


LONG = fails(400, "This model's maximum context length is 576 tokens.", code="context_length_exceeded")


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (Sent(b"\xff\xfe nonsense"), "the server's reply cannot be read: it sent no reply of a chat but"),
        (Sent(b'{"choices": [{"text": "Yes"}]}'), 'cannot be read: it sent no reply of a chat but \'{"choices"'),
        (fails(401, "wrong key"), "The server at URL refuses the key (401: wrong key)."),
        (
            fails(429, "slow down"),
            "too many requests (429: slow down), tried 3 times. What was replied before is kept.",
        ),
        (says("Yes", how="endless"), "no reply within 0.2 s, tried 3 times. What was replied before is kept."),
        (says("Yes", model="huge"), "replies as 'huge' where 'tiny' was asked for. Ask for 'huge'"),
        (LONG, "about 2.png: it is too long for the model (400: This model's maximum context length is 576 tokens.)"),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_nothing_is_lost(
    sent: Sent, sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    more = ["--at-once", "1", "--retries", "2", "--timeout", "0.2"]
    assert sentence in complaint(bad_after(20, sent), *more, capsys=capsys)
    assert kept() == 20
    with ChatServer(YES) as server:
        assert main(words(server)) == 0
        assert len(server.asked) == ALL - 20


def test_a_model_that_the_server_does_not_have_is_named_beside_those_that_it_has(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sent = fails(404, "no such model", code="model_not_found")
    said = complaint(lambda asked: sent, capsys=capsys)
    assert "No model at URL is called 'tiny'" in said or "lists 'tiny' but does not know it" in said


def test_two_processes_do_not_write_one_run_folder(capsys: pytest.CaptureFixture[str]) -> None:
    with ChatServer(YES, hold=2) as server:
        command = [sys.executable, "-m", "sightline", *words(server, "--at-once", "1")]
        other = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: len(server.asked) == 1)
        assert main(words(server)) == 2
        assert "run: another process is working in this run folder." in capsys.readouterr().err
        other.kill()
        other.wait()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--dtype", "float32"], "--dtype does not go with --engine openai: the server has the weights. Leave it out."),
        (["--adapter", "a"], "--adapter does not go with --engine openai: the server has the weights."),
        (["--knockout", "L0H1"], "--knockout does not go with --engine openai: the server has the weights."),
        (["--workers", "2"], "--workers goes with --engine ray; the engine is openai."),
        (["--spend-at-most", "1"], "A limit of spending needs a price of tokens to be held against."),
        (["--at-once", "0"], "at_once is 0; it must be at least 1."),
        (["--engine", "transformers"], "--base-url goes with --engine openai; the engine is transformers."),
    ],
)
def test_options_that_do_not_go_together_are_one_sentence(
    more: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = words("http://localhost:1/v1", *more)
    if more[0] == "--engine":
        del given[4:6]
    assert main(given) == 2
    assert sentence in capsys.readouterr().err


def test_a_server_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    given = words("x")
    del given[6:8]
    assert main(given) == 2
    assert "No server is named: --base-url http://localhost:8000/v1" in capsys.readouterr().err


@pytest.mark.parametrize("engine", ["openai", "vllm", "ray"])
def test_verbs_that_need_weights_take_no_other_engine(engine: Engine) -> None:
    for load in (Who("bundled", engine).load, Who("bundled", engine).load_whole):
        with pytest.raises(RequestError, match=f"needs the weights in this process, which --engine {engine} does not"):
            load()


def test_python_measures_through_a_server_too(folder: Path) -> None:
    own = ("pope", "tiny", folder / "images", folder / "run", ["own=own"])
    with ChatServer(YES) as server:
        assert sightline.measure(*own, engine="openai", base_url=server.base_url).asked == ALL
    with pytest.raises(RequestError, match="A server is named by engine='openai', base_url="):
        sightline.measure(*own, engine="openai")
    with pytest.raises(RequestError, match=r"No engine is called 'vlm'\. Did you mean 'vllm'"):
        sightline.measure(*own, engine="vlm")  # type: ignore[arg-type]


def test_what_is_secret_in_an_address_is_not_recorded() -> None:
    with ChatServer(YES) as server:
        assert main(words(server.base_url.replace("://", "://user:secret@"))) == 0
    for file in Path("run").iterdir():
        assert b"secret" not in file.read_bytes()


def asked_again(asked: Asked) -> Any:
    raise AssertionError("it was asked")


def test_replies_of_one_address_serve_another(capsys: pytest.CaptureFixture[str]) -> None:
    with ChatServer(YES) as server:
        assert main(words(server)) == 0
    with ChatServer(asked_again) as server:
        assert main(words(server)) == 0  # the run is complete
        assert main(words(server, out="other")) == 0  # and its replies are in the cache
        assert server.asked == []
    assert "48 more were in the cache" in capsys.readouterr().out
