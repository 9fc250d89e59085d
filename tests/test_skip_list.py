from pathlib import Path

import pytest

from skip_list import SkipList

SKIPPED = "import pytest\n\ndef test_it():\n    pytest.skip('{}')\n"


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "skips.toml"
    path.write_text('[[skip]]\nreason = "no data"\nuntil = "there is"\nin_ci = false\n')
    return path


@pytest.mark.parametrize(
    ("reason", "in_ci", "code"), [("no data", False, 0), ("no data", True, 1), ("no time", False, 1)]
)
def test_a_skip_fails_the_run_unless_its_reason_is_listed_for_this_place(pytester, listed, reason, in_ci, code) -> None:
    pytester.makepyfile(SKIPPED.format(reason))
    assert pytester.inline_run("-q", plugins=[SkipList(listed, in_ci)]).ret == code


def test_a_run_without_skips_passes(pytester, listed) -> None:
    pytester.makepyfile("def test_it():\n    assert True\n")
    assert pytester.inline_run("-q", plugins=[SkipList(listed, True)]).ret == 0
