"""``sightline data images`` writes out what a file of questions holds."""

import base64
from collections.abc import Callable
from pathlib import Path


def test_the_images_of_a_tsv_are_written_out_and_may_be_named_by_their_rows(
    commands: Callable[..., str], tmp_path: Path
) -> None:
    cell = base64.b64encode(b"\x89PNG" + b"1" * 60).decode()
    (tmp_path / "own.tsv").write_text(f"index\timage\tquestion\n7\t{cell}\tWhat?\n8\t7\tWho?\n")
    assert "1 images written to out" in commands("data", "images", "own.tsv", "--out", "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["7.png"]
    assert "0 images written to out, 1 were there already" in commands("data", "images", "own.tsv", "--out", "out")
    commands("data", "images", "own.tsv", "--out", "rows", "--by", "row")
    assert [path.name for path in (tmp_path / "rows").iterdir()] == ["2.png"]
