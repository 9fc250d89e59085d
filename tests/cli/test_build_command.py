import json
from pathlib import Path

import pytest

from sightline.cli import main

LISTS = {"a.jpg": ["dog", "bird"], "b.jpg": ["dog", "cat"], "c.jpg": ["cat", "dog", "cup"], "d.jpg": ["oven"]}


def build(folder: Path, *more: str) -> int:
    (folder / "lists.json").write_text(json.dumps(LISTS))
    return main(["build", "pope", "--from", str(folder / "lists.json"), "--out", str(folder / "out"), *more])


def test_the_summary_says_what_was_built_and_what_to_run_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(tmp_path, "--images", "4", "--per-image", "1", "--positives", "listed") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "images       4 polled of 4",
        "objects      5",
        "questions    random 8, popular 8, adversarial 8",
    ]
    assert lines[4] == "random draws 2 (nothing was left that ever stood beside the positive)"
    assert lines[-1] == f"next         sightline score pope --replies FILE --labels own={tmp_path / 'out'}"
    assert len(list((tmp_path / "out").iterdir())) == 4


def test_too_few_images_are_an_error_without_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(tmp_path) == 2
    assert "500 images are to be polled, but only 0 of 4 hold at least 3 different objects" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
