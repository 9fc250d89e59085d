import numpy as np
import pytest

from sightline.mechanisms.sign_flips import sign_flip_test


def test_three_images_that_agree_do_so_by_chance_in_two_of_eight_cases() -> None:
    found = sign_flip_test(np.ones((3, 1)), 8000, seed=0)
    assert found.single[0] == pytest.approx(2 / 8, abs=0.02)
    assert found.adjusted[0] == found.single[0]


def test_one_image_tells_nothing_whatever_its_effect() -> None:
    assert sign_flip_test(np.array([[7.0, -0.1]]), 99, seed=0).adjusted.tolist() == [1.0, 1.0]


def test_a_head_that_does_nothing_has_p_one_and_one_that_was_not_measured_has_none() -> None:
    totals = np.stack([np.zeros(5), np.full(5, np.nan)], axis=-1)
    found = sign_flip_test(totals, 99, seed=0)
    assert found.adjusted[0] == 1.0
    assert np.isnan(found.adjusted[1]) and np.isnan(found.single[1])


def test_heads_that_do_the_same_count_once() -> None:
    effects = np.random.default_rng(1).normal(0.4, 1, size=(30, 1))
    found = sign_flip_test(np.repeat(effects, 20, axis=1), 999, seed=0)
    assert (found.adjusted == found.single).all()


def test_many_heads_make_each_p_value_larger_and_a_weaker_effect_never_has_a_smaller_one() -> None:
    totals = np.random.default_rng(2).normal(np.linspace(1, 0, 20), 1, size=(30, 20))
    found = sign_flip_test(totals, 999, seed=0)
    strongest_first = np.argsort(-np.abs(totals.sum(axis=0)) / np.sqrt((totals**2).sum(axis=0)))
    assert (found.adjusted >= found.single).all()
    assert (np.diff(found.adjusted[strongest_first]) >= 0).all()
    assert found.adjusted[0] == 0.001 and found.adjusted[-1] > found.single[-1]


def test_heads_that_do_nothing_are_significant_in_about_one_sweep_of_twenty() -> None:
    # 400 sweeps of 12 correlated heads over 25 images: 0.05 ± 3 standard errors is 0.017 to 0.083
    generator = np.random.default_rng(0)
    found = 0
    for seed in range(400):
        common = generator.normal(size=(25, 1))
        totals = common + generator.normal(size=(25, 12)) * generator.exponential(size=(25, 1))
        found += bool(sign_flip_test(totals, 199, seed).adjusted.min() <= 0.05)
    assert 0.017 < found / 400 < 0.083


def test_a_head_that_does_something_does_not_make_others_significant() -> None:
    generator = np.random.default_rng(3)
    found = 0
    for seed in range(200):
        totals = generator.normal(size=(25, 12))
        totals[:, 0] += 3
        adjusted = sign_flip_test(totals, 199, seed).adjusted
        assert adjusted[0] == 1 / 200
        found += bool(adjusted[1:].min() <= 0.05)
    assert found / 200 < 0.1
