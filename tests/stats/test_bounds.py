import pytest

from sightline.stats.bounds import upper_bound


@pytest.mark.parametrize(("n", "confidence"), [(59, 0.95), (10, 0.9), (200, 0.9975)])
def test_without_hits_the_bound_is_where_that_is_as_unlikely_as_is_tolerated(n: int, confidence: float) -> None:
    # (1 - p)^n = 1 - confidence
    assert upper_bound(0, n, confidence) == pytest.approx(1 - (1 - confidence) ** (1 / n))


def test_at_the_bound_so_few_hits_are_as_unlikely_as_is_tolerated() -> None:
    p = upper_bound(1, 20)
    assert (1 - p) ** 20 + 20 * p * (1 - p) ** 19 == pytest.approx(0.05)


def test_nothing_can_be_said_without_draws_or_where_all_hit() -> None:
    assert upper_bound(0, 0) == upper_bound(5, 5) == 1.0


def test_more_hits_and_more_confidence_raise_it_and_more_draws_lower_it() -> None:
    assert upper_bound(1, 50) < upper_bound(2, 50) < upper_bound(2, 50, 0.99) < 1
    assert upper_bound(2, 100) < upper_bound(2, 50)
