"""Position bias and what chance makes of it, where shuffles can be told in the head."""

import numpy as np
import pytest

from sightline.stats.position_bias import position_bias


def test_replies_that_are_all_right_move_nothing() -> None:
    assert position_bias([2, 3], {2: [2, 3]}, {2: 0}, draws=100) == (0, 0, 1)


def test_one_wrong_reply_always_moves_by_itself() -> None:
    # of four replies one is wrong: half of |−1| + |+1|, of four
    assert position_bias([0, 2, 2], {3: [1, 1, 2]}, {3: 1}, draws=100) == (1 / 4, 1 / 4, 1)


def test_two_wrong_replies_to_two_options_only_change_places_where_each_place_is_right_once() -> None:
    assert position_bias([1, 1], {2: [1, 1]}, {2: 2}, draws=100) == (0, 0, 1)


def test_the_floor_is_the_mean_over_shuffles() -> None:
    # two options, right twice each, two wrong: both at one place (1 of 3) moves 2 of 4, one at each moves nothing
    found = position_bias([2, 2], {2: [2, 2]}, {2: 2}, draws=20_000)
    assert found.floor == pytest.approx(1 / 3 * 1 / 2, abs=0.005)
    assert found.p == 1
    far = position_bias([4, 0], {2: [2, 2]}, {2: 2}, draws=20_000)
    assert (far.distance, far.p) == (1 / 2, pytest.approx(1 / 3, abs=0.01))


def test_questions_of_few_options_choose_among_their_own() -> None:
    # a wrong reply to two options goes from one of the first two places to the other
    found = position_bias([0, 1, 1], {2: [1, 0, 0], 3: [0, 0, 1]}, {2: 1, 3: 0}, draws=100)
    assert found == (1 / 2, 1 / 2, 1)


def test_models_without_a_bias_seldom_seem_to_have_one() -> None:
    generator = np.random.default_rng(0)
    right = np.tile(range(5), 20)
    seeming = 0
    for seed in range(200):
        wrong = generator.random(100) < 0.4
        chosen = np.where(wrong, (right + generator.integers(1, 5, 100)) % 5, right)
        counts = [np.bincount(places, minlength=5).tolist() for places in (chosen, right)]
        seeming += position_bias(counts[0], {5: counts[1]}, {5: int(wrong.sum())}, 200, seed).p <= 0.05
    assert 2 <= seeming <= 18
