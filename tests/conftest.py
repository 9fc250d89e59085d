"""Fixtures that several rooms share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def conformance() -> Path:
    """The folder of third-party data that results are checked against; it is no part of the project."""
    folder = Path(os.environ.get("SIGHTLINE_CONFORMANCE") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("conformance data absent")
    return folder
