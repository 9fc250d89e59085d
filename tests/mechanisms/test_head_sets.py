from collections import Counter

import pytest

from sightline.errors import RequestError
from sightline.mechanisms.ranking import control_heads, overlap
from sightline.models.heads import Head

HEADS = [Head(layer, head) for layer in range(4) for head in range(4)]
CHOSEN = [Head(0, 3), Head(2, 1), Head(0, 1)]


def test_random_sets_are_as_large_and_leave_the_chosen_heads_out() -> None:
    sets = control_heads(HEADS, CHOSEN, sets=50, seed=1)
    assert len(sets) == 50
    assert all(len(set(each)) == 3 and not set(each) & set(CHOSEN) for each in sets)
    assert set().union(*sets) == set(HEADS) - set(CHOSEN)


def test_sets_of_the_same_layers_take_as_many_heads_of_each_layer() -> None:
    for each in control_heads(HEADS, CHOSEN, "same layers", sets=20):
        assert Counter(head.layer for head in each) == {0: 2, 2: 1}
        assert not set(each) & set(CHOSEN)


def test_the_same_seed_draws_the_same_sets() -> None:
    assert control_heads(HEADS, CHOSEN, seed=7) == control_heads(HEADS, CHOSEN, seed=7)
    assert control_heads(HEADS, CHOSEN, seed=7) != control_heads(HEADS, CHOSEN, seed=8)


def test_too_few_other_heads_are_an_error_that_names_the_layer() -> None:
    whole = [Head(1, head) for head in range(4)]
    with pytest.raises(RequestError, match="4 of the chosen heads are of layer 1, which has no others to draw from"):
        control_heads(HEADS, whole, "same layers")
    with pytest.raises(RequestError, match="9 of the chosen heads are of these heads, which have 7 others"):
        control_heads(HEADS, HEADS[:9])
    with pytest.raises(RequestError, match="No heads are chosen"):
        control_heads(HEADS, [])
    with pytest.raises(RequestError, match="No kind of control heads is called 'same layer'"):
        control_heads(HEADS, CHOSEN, "same layer")


def test_overlap_is_shared_of_either() -> None:
    sets = {"counting": [Head(0, 3), Head(0, 6), Head(11, 15)], "colour": [Head(0, 6), Head(1, 1)], "none": []}
    assert overlap(sets).to_pylist() == [
        {
            **{"first": "counting", "second": "colour", "n_first": 3, "n_second": 2},
            **{"shared": 1, "jaccard": 0.25, "heads": ["L0H6"]},
        },
        {
            **{"first": "counting", "second": "none", "n_first": 3, "n_second": 0},
            **{"shared": 0, "jaccard": 0.0, "heads": []},
        },
        {
            **{"first": "colour", "second": "none", "n_first": 2, "n_second": 0},
            **{"shared": 0, "jaccard": 0.0, "heads": []},
        },
    ]
    assert overlap({"a": [], "b": []})["jaccard"].to_pylist() == [None]
    assert overlap({"a": []}).num_rows == 0
