"""The label sets and right replies of the benchmark in tiny_pope.py."""

import sys
from pathlib import Path

import pytest
from tiny_pope import NEGATIVES, audited_rows_of, llava, rows_of, truth, write_lines

# the server for chat, writers and judges
sys.path += [str(Path(__file__).parents[1] / room) for room in ("models", "queries")]


@pytest.fixture
def labels(tmp_path: Path) -> list[str]:
    """The two label sets, as the command line takes them."""
    for name, of_split in (("original", rows_of), ("audited", audited_rows_of)):
        for split in NEGATIVES:
            write_lines(tmp_path / name / f"tiny_pope_{split}.json", of_split(split))
    return [f"original={tmp_path / 'original'}", f"audited={tmp_path / 'audited'}"]


@pytest.fixture
def replies(tmp_path: Path) -> list[str]:
    """Right replies of one model, a file for each split."""
    return [str(write_lines(tmp_path / f"{split}.jsonl", llava(split, truth))) for split in NEGATIVES]
