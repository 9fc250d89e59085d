"""Sequences merged into one tree: each can be read off it again, and sees itself and nothing else."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sightline.models.branches import merged

SEQUENCES = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=6), min_size=1, max_size=8)


@given(SEQUENCES)
def test_each_sequence_is_read_off_its_path(sequences: list[list[int]]) -> None:
    tree = merged(sequences)
    for sequence, path in zip(sequences, tree.paths, strict=True):
        assert tree.ids[path].tolist() == sequence
        assert tree.offsets[path].tolist() == list(range(len(sequence)))


@given(SEQUENCES)
def test_beginnings_in_common_stand_once(sequences: list[list[int]]) -> None:
    beginnings = {tuple(sequence[:end]) for sequence in sequences for end in range(1, len(sequence) + 1)}
    assert len(merged(sequences).ids) == len(beginnings)


@given(SEQUENCES)
def test_a_token_is_seen_by_what_follows_it_on_a_branch_and_by_nothing_else(sequences: list[list[int]]) -> None:
    tree = merged(sequences)
    n = len(tree.ids)
    seen = np.zeros((n, n), dtype=bool)
    for path in tree.paths:
        for place, row in enumerate(path):
            seen[row, path[: place + 1]] = True
    places = np.arange(n)
    assert ((places[None, :] <= places[:, None]) & (places[:, None] < tree.until[None, :])).tolist() == seen.tolist()


def test_a_caption_that_grows_is_one_branch_with_what_was_not_said_beside_it() -> None:
    tree = merged([(1, 2), (1, 3), (1, 2, 4), (1, 2, 5)])
    assert tree.ids.tolist() == [1, 2, 4, 5, 3]
    assert tree.offsets.tolist() == [0, 1, 2, 2, 1]
    assert tree.until.tolist() == [5, 4, 3, 4, 5]
