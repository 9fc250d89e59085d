import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar

from sightline.stats.sample_size import (
    correlation_within,
    design_effect,
    questions_for_difference,
    questions_for_half_width,
)


def test_one_question_an_image_is_inflated_by_nothing() -> None:
    assert design_effect(1, 0.9) == 1


def test_the_number_of_questions_is_connors() -> None:
    # d = 0.05, psi = 0.2: (1.95996 sqrt(0.2) + 0.84162 sqrt(0.2 - 0.0025)) ** 2 / 0.0025 = 625.2
    assert questions_for_difference(0.05, 0.2).independent == 626


def test_clusters_of_six_with_correlation_a_tenth_need_half_as_many_again() -> None:
    need = questions_for_difference(0.05, 0.2, per_image=6, correlation=0.1)
    assert need.design_effect == 1.5
    assert need.images == 157  # 625.2 * 1.5 / 6 = 156.3
    assert need.questions == 942


def test_a_negative_correlation_never_asks_for_less_than_one_image() -> None:
    assert questions_for_difference(0.5, 0.5, per_image=6, correlation=-1).images >= 1


def test_a_difference_larger_than_the_disagreement_is_impossible() -> None:
    with pytest.raises(ValueError, match="difference <= disagreement"):
        questions_for_difference(0.3, 0.2)


def test_a_rate_is_known_to_its_half_width() -> None:
    # 1.96 ** 2 * 0.25 / 0.05 ** 2 = 384.1
    assert questions_for_half_width(0.05, 0.5).independent == 385


def test_the_correlation_of_equal_questions_is_one() -> None:
    values = np.repeat([1.0, 0.0, 1.0, 0.0], 3)
    assert correlation_within(values, np.repeat(np.arange(4), 3)) == pytest.approx(1)


def test_the_correlation_is_that_of_a_worked_anova() -> None:
    # clusters (1, 0), (1, 1), (0, 0): between 0.5, within 1/6, rho = (1/2 - 1/6) / (1/2 + 1/6) = 0.5
    values, clusters = np.array([1.0, 0, 1, 1, 0, 0]), np.array([0, 0, 1, 1, 2, 2])
    assert correlation_within(values, clusters) == pytest.approx(0.5)


def test_questions_on_images_of_their_own_have_no_correlation() -> None:
    assert correlation_within(np.array([1.0, 0, 1]), np.array([0, 1, 2])) == 0


def test_the_planned_number_has_the_power_it_promises() -> None:
    need = questions_for_difference(0.06, 0.2, power=0.8)
    generator = np.random.default_rng(7)
    tables = generator.multinomial(need.questions, [0.13, 0.07, 0.8], size=2000)
    found = [mcnemar([[0, b], [c, 0]], exact=False, correction=False).pvalue < 0.05 for b, c, _ in tables]
    assert 0.77 < np.mean(found) < 0.83
