import warnings

import numpy as np
import pytest

from sightline.stats.agreement import NO_SPREAD, ONE_WORD, Verdict, cohen_kappa, krippendorff_alpha, percent_agreement
from sightline.stats.judge_agreement import judge_agreement


def drawn(n: int = 60) -> tuple[list[str], list[str]]:
    generator = np.random.default_rng(1)
    first = [str(each) for each in generator.integers(0, 7, n)]
    second = [word if generator.random() < 0.6 else str(generator.integers(0, 7)) for word in first]
    return first, second


def test_coefficients_of_a_small_table_are_those_computed_by_hand() -> None:
    found = judge_agreement(["1", "1", "2", "3"], ["1", "2", "2", "3"], ["a", "b", "c", "d"])
    assert found.table.tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert found.percent.value == 0.75
    # chance: (2·1 + 1·2 + 1·1) / 16
    assert found.kappa.value == pytest.approx((0.75 - 5 / 16) / (1 - 5 / 16))
    # found: 1 of distance 1; chance: rows (2, 1, 1) by columns (1, 2, 1), over 4
    chance = (2 * (0 * 1 + 1 * 2 + 4 * 1) + 1 * (1 * 1 + 0 + 1 * 1) + 1 * (4 * 1 + 1 * 2 + 0)) / 4
    assert found.weighted is not None and found.weighted.value == pytest.approx(1 - 1 / chance)
    # both together say 1, 2 and 3 three, three and two times of eight
    assert found.alpha.value == pytest.approx(1 - 2 / ((64 - 22) / 7))


def test_coefficients_are_those_of_the_libraries() -> None:
    first, second = drawn()
    found = judge_agreement(first, second, [str(place) for place in range(60)])
    said = [Verdict(str(n), name, word) for name, own in (("a", first), ("b", second)) for n, word in enumerate(own)]
    assert found.percent.value == pytest.approx(percent_agreement(said).value)
    assert found.kappa.value == pytest.approx(cohen_kappa(found.table).value)
    assert found.alpha.value == pytest.approx(krippendorff_alpha(said).value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sklearn.metrics import cohen_kappa_score
    weighted = cohen_kappa_score([*map(int, first)], [*map(int, second)], weights="quadratic")
    assert found.weighted is not None and found.weighted.value == pytest.approx(weighted)


def test_replies_about_one_image_are_drawn_together() -> None:
    first, second = drawn()
    twice = judge_agreement(first * 2, second * 2, [str(place) for place in range(60)] * 2)
    once = judge_agreement(first, second, [str(place) for place in range(60)])
    assert twice.clusters == once.clusters == 60
    assert twice.percent[:3] == pytest.approx(once.percent[:3])


def test_words_that_are_no_numbers_have_no_weights() -> None:
    found = judge_agreement(["correct", "incorrect"], ["correct", "correct"], ["a", "b"])
    assert found.weighted is None and found.kappa.value == 0.0


def test_numbers_that_say_nothing_are_nan_with_a_reason() -> None:
    alike = judge_agreement(["correct"] * 3, ["correct"] * 3, ["a", "b", "c"])
    assert alike.percent.value == 1.0 and alike.percent.low < 1.0
    assert np.isnan(alike.kappa.value) and alike.kappa.why == ONE_WORD
    full = judge_agreement(["1", "2", "3"], ["1", "2", "3"], ["a", "b", "c"])
    assert full.kappa.value == 1.0 and np.isnan(full.kappa.low) and full.kappa.why == NO_SPREAD


def test_nothing_in_common_is_an_error() -> None:
    with pytest.raises(ValueError, match="no replies"):
        judge_agreement([], [], [])
