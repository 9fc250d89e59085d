"""The measurement of candidates a second: all ways draw what they say they do."""

import json
from pathlib import Path

import pytest
import torch

from sentinel_candidates import main


def test_all_ways_are_measured_and_both_layouts_draw_the_same(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    torch.set_num_threads(1)
    out = tmp_path / "found.json"
    sizes = {"--images": 3, "--steps": 2, "--n": 4, "--tokens": 5, "--repeats": 1, "--at-once": 2, "--seconds": 0}
    words = [str(word) for pair in sizes.items() for word in pair]
    main(["--shape", "qwen2-vl-test", *words, "--out", str(out)])
    found = json.loads(out.read_text())
    # A limit of no seconds leaves the plain ways one call each: of one candidate, and of four.
    assert [way["candidates"] for way in found["ways"]] == [1, 4, 24, 24]
    assert all(0.8 < way["tokens"] / (5 * way["candidates"]) <= 1 for way in found["ways"])  # some end their reply
    assert (found["ours_and_ours_copied"]["same"], found["ours_and_ours_copied"]["same_of"]) == (8, 8)
    assert found["ours_and_ours_copied"]["ours"]["image shared"] == "yes"
    assert "one generate a candidate" in capsys.readouterr().out


def test_more_sentences_than_are_made_up_are_refused() -> None:
    with pytest.raises(SystemExit, match="--steps is 9, at most 6 are known"):
        main(["--steps", "9"])
