"""Fixtures that several rooms share."""

import os
import sys
from pathlib import Path

import pytest

from skip_list import SkipList

pytest_plugins = "pytester"

# The scripted server for chat, and small sources to build from, serve tests of several rooms.
sys.path += [str(Path(__file__).parent / room) for room in ("models", "evaluation")]


def pytest_configure(config: pytest.Config) -> None:
    """Hold skips against the list."""
    config.pluginmanager.register(SkipList())


@pytest.fixture(scope="session")
def conformance() -> Path:
    """The folder of third-party data that results are checked against; it is no part of the project."""
    folder = Path(os.environ.get("SIGHTLINE_CONFORMANCE") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("conformance data absent")
    return folder
