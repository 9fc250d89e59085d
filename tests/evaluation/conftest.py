"""The label sets and right replies of the benchmark in tiny_pope.py."""

from pathlib import Path

import pytest
from tiny_pope import NEGATIVES, audited_rows_of, llava, rows_of, truth, write_lines


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
