import math

import pytest

from sightline.stats.shares import share


def test_a_share_is_hits_over_outcomes_and_says_on_how_many_clusters_it_rests() -> None:
    found = share([True, False, True, True], ["a", "a", "b", "c"])
    assert (found.value, found.n, found.clusters) == (0.75, 4, 3)
    assert 0 <= found.low <= 0.75 <= found.high <= 1


def test_outcomes_of_one_image_that_agree_count_as_one_for_the_interval() -> None:
    alone = share([True, False] * 50, range(100))
    together = share([outcome for outcome in (True, False) for _ in range(50)], [n // 5 for n in range(100)])
    assert alone.value == together.value == 0.5
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_a_share_of_nothing_is_not_a_number() -> None:
    found = share([], [])
    assert math.isnan(found.value) and found.n == 0


def test_outcomes_without_a_cluster_are_refused() -> None:
    with pytest.raises(ValueError, match="2 outcomes in 1 clusters"):
        share([True, False], ["a"])
