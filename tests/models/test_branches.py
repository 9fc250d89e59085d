"""Trees of token runs: positions and what sees what, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.models.branches import Branches, Run, branches


def seen_by(tree: Branches, place: int) -> list[int]:
    """The tokens that the one at a place sees."""
    ids: list[int] = tree.ids[tree.sees[place]].tolist()
    return ids


def test_a_run_sees_itself_up_to_here() -> None:
    tree = branches([Run((7, 8, 9))])
    assert [seen_by(tree, place) for place in range(3)] == [[7], [7, 8], [7, 8, 9]]
    assert tree.offsets.tolist() == [0, 1, 2]
    assert tree.ends.tolist() == [2]


def test_siblings_do_not_see_each_other_and_stand_at_the_same_places() -> None:
    tree = branches([Run((7, 8)), Run((9,)), Run((4, 5, 6))])
    assert tree.ids.tolist() == [7, 8, 9, 4, 5, 6]
    assert tree.offsets.tolist() == [0, 1, 0, 0, 1, 2]
    assert seen_by(tree, 2) == [9]
    assert seen_by(tree, 5) == [4, 5, 6]
    assert tree.ends.tolist() == [1, 2, 5]


def test_a_choice_goes_on_where_its_question_ends_and_sees_all_of_it() -> None:
    question, choice, other = Run((7, 8)), Run((1, 2), parent=0, role="choice"), Run((3,), parent=0, role="choice")
    tree = branches([question, choice, other])
    assert tree.offsets.tolist() == [0, 1, 2, 3, 2]
    assert seen_by(tree, 3) == [7, 8, 1, 2]
    assert seen_by(tree, 4) == [7, 8, 3]
    assert [tree.depth(run) for run in range(3)] == [2, 4, 3]


def test_a_choice_may_stand_far_from_its_question() -> None:
    tree = branches([Run((7, 8)), Run((9,)), Run((1,), parent=0), Run((2,), parent=2)])
    assert seen_by(tree, 4) == [7, 8, 1, 2]
    assert tree.offsets.tolist() == [0, 1, 0, 2, 3]


def test_an_empty_run_is_refused() -> None:
    with pytest.raises(ValueError, match="run 1 holds no tokens"):
        branches([Run((7,)), Run(())])


@pytest.mark.parametrize("parent", (1, 2, -1))
def test_a_parent_that_does_not_stand_before_its_child_is_refused(parent: int) -> None:
    with pytest.raises(ValueError, match=f"the parent of run 1 is {parent}, which does not stand before it"):
        branches([Run((7,)), Run((8,), parent=parent), Run((9,))])


@st.composite
def trees(draw: st.DrawFn) -> list[Run]:
    lengths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=6))
    runs = []
    for place, length in enumerate(lengths):
        parent = draw(st.none() | st.integers(0, place - 1)) if place else None
        runs.append(Run(tuple(range(10 * place, 10 * place + length)), parent))
    return runs


@given(trees())
def test_each_token_sees_exactly_its_own_branch_in_order(runs: list[Run]) -> None:
    tree = branches(runs)
    for place, run in enumerate(runs):
        branch = list(run.ids)
        parent = run.parent
        while parent is not None:
            branch = [*runs[parent].ids, *branch]
            parent = runs[parent].parent
        assert seen_by(tree, tree.ends[place]) == sorted(branch) == branch
        assert tree.depth(place) == len(branch)
    assert (tree.sees.sum(axis=1) == tree.offsets + 1).all()
    assert np.diag(tree.sees).all()
