import numpy as np

from sightline.stats.ranking import probability_rank_differs, rank_interval, ranks


def test_the_highest_is_first_and_equals_share_the_better_rank() -> None:
    assert ranks(np.array([0.9, 0.8, 0.9, 0.7])).tolist() == [1, 3, 1, 4]


def test_a_model_without_a_rate_comes_last() -> None:
    assert ranks(np.array([np.nan, 0.1])).tolist() == [2, 1]


def test_ranks_are_taken_within_every_draw() -> None:
    assert ranks(np.array([[1.0, 2.0], [2.0, 1.0]])).tolist() == [[2, 1], [1, 2]]


def test_the_interval_leaves_out_ranks_that_hardly_occur() -> None:
    # the first model is second in 1 of 100 draws only
    drawn = np.array([[0.9, 0.8]] * 99 + [[0.7, 0.8]])
    low, high = rank_interval(drawn)
    assert (low.tolist(), high.tolist()) == ([1, 2], [1, 2])


def test_the_probability_that_a_rank_differs_is_the_share_of_draws_in_which_it_does() -> None:
    old = np.array([[0.9, 0.8], [0.9, 0.8], [0.9, 0.8], [0.9, 0.8]])
    new = np.array([[0.9, 0.8], [0.7, 0.8], [0.9, 0.8], [0.9, 0.8]])
    assert probability_rank_differs(old, new).tolist() == [0.25, 0.25]
