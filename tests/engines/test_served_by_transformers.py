"""``transformers serve`` with the bundled model: the same replies as in process.

It needs ``pip install 'transformers[serving]'``, which sightline does not.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from scenes_asked import GENERATED, YES_NO, groups, replies, scenes

from sightline.errors import RequestError
from sightline.models.bundled_model import bundled_folder
from sightline.models.chat_client import ChatClient
from sightline.models.loading import load
from sightline.models.served_model import ServedModel

pytestmark = pytest.mark.filterwarnings("default")

SCENES = 12
STARTS_WITHIN_S = 300


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on loopback."""
    if find_spec("fastapi") is None:
        pytest.fail("transformers[serving] is not installed")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    log = tmp_path_factory.mktemp("served") / "log"
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(bundled_folder())]
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--dtype", "float32"]
    with log.open("wb") as file:
        environment = os.environ | {"HF_HUB_OFFLINE": "1"}
        server = subprocess.Popen([*command, *options], stdout=file, stderr=file, env=environment)
    try:
        begun = time.monotonic()
        while not answers(f"http://127.0.0.1:{port}/health"):
            assert server.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() - begun < STARTS_WITHIN_S, log.read_text()[-3000:]
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.kill()
        server.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def test_transformers_serve_gives_the_replies_of_the_model_in_process(address: str, tmp_path: Path) -> None:
    asked = groups(scenes(tmp_path / "scenes", SCENES))
    with ChatClient(address, str(bundled_folder()), api_key="none", at_once=4) as client:
        served = ServedModel(client)
        found = replies(served, asked, GENERATED)
    ours = replies(load("bundled", device="cpu"), asked, GENERATED)
    differ = [(a.text, b.text) for a, b in zip(ours, found, strict=True) if a.text != b.text]
    print(f"transformers serve: {len(differ)} of {len(ours)} replies differ {differ}")
    assert len(differ) <= len(ours) // 50
    assert served.identity.details["replied_as"] == f"{bundled_folder()}@main"


def test_it_gives_no_log_probabilities_and_that_is_one_sentence(address: str, tmp_path: Path) -> None:
    asked = groups(scenes(tmp_path / "scenes", 1))
    with (
        ChatClient(address, str(bundled_folder()), api_key="none", retries=0) as client,
        pytest.raises(RequestError, match="gives no log-probabilities of"),
    ):
        replies(ServedModel(client), asked, YES_NO)
