"""Fixtures that several rooms share."""

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from skip_list import SkipList

pytest_plugins = "pytester"

# Searched for examples like a test, it would be taken for the conftest.py of a folder that comes before it.
collect_ignore = ["conftest.py"]

# Real engines need an environment of their own: .ci/engines.
collect_ignore_glob = [] if os.environ.get("SIGHTLINE_ENGINES") == "1" and find_spec("vllm") else ["engines/*"]

# Workers share the cores, and so do the commands that they start; this file is read before torch is. Readline in the
# process that starts them leaves them the size of a window, which would cut tables off at 80 characters.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ.pop("COLUMNS", None)

# The scripted server for chat, and small sources to build from, serve tests of several rooms.
sys.path += [str(Path(__file__).parent / room) for room in ("models", "evaluation")]


def pytest_configure(config: pytest.Config) -> None:
    """Hold skips against the list."""
    config.pluginmanager.register(SkipList())


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Share folders among workers, one a core; a file or a test is over before workers have started."""
    return None if any((config.invocation_params.dir / named).is_dir() for named in config.args) else 0


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the garbage collector from going through all modules and tests, which stay, again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def conformance() -> Path:
    """The folder of third-party data that results are checked against; it is no part of the project."""
    folder = Path(os.environ.get("SIGHTLINE_CONFORMANCE") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("conformance data absent")
    return folder


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running Chromium: the one that $CHROMIUM names, or the one on the path."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    quiet = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=[*quiet, "--disable-component-update", "--disable-sync"]
        )
        yield browser
        browser.close()


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs commands in an empty folder, where audits do not wait for the disk.

    What one printed is given back; of one that is to end with a code, what it complained of.
    """
    from sightline.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sightline.audit.database.SYNCHRONOUS", "OFF")

    def run(*words: object, code: int = 0) -> str:
        assert main(list(map(str, words))) == code
        captured = capsys.readouterr()
        return captured.err if code else captured.out

    return run
