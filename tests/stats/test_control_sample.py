from itertools import product
from math import comb

import numpy as np
import pytest

from sightline.stats.control_sample import Drawn, any_time_bound, hits_bound, hits_estimate


def chance(hits: int, of: int, n: int, stock: int) -> float:
    return comb(of, hits) * comb(stock - of, n - hits) / comb(stock, n)


def test_what_is_left_is_estimated_stratum_by_stratum() -> None:
    # 2 of 10 hits, 90 left: 18; 1 of 20 hits, 40 left: 2
    assert hits_estimate([Drawn(100, 10, 2), Drawn(60, 20, 1)]) == pytest.approx(20)


def test_a_stratum_that_is_used_up_adds_nothing() -> None:
    assert hits_estimate([Drawn(5, 5, 3), Drawn(100, 10, 2)]) == pytest.approx(18)
    assert hits_bound([Drawn(5, 5, 3)]) == 0


def test_without_a_control_there_is_no_estimate_and_all_may_be_hits() -> None:
    assert np.isnan(hits_estimate([Drawn(7, 0, 0)]))
    assert hits_bound([Drawn(7, 0, 0)]) == 7


def test_the_bound_is_the_last_number_that_is_not_too_unlikely() -> None:
    # 20 items, 10 drawn, no hit: with 4 hits in all that has a chance of C(16, 10) / C(20, 10) = .043, with 3 of .105
    assert chance(0, 3, 10, 20) > 0.05 > chance(0, 4, 10, 20)
    assert hits_bound([Drawn(20, 10, 0)]) == 3


def test_the_bound_is_of_what_was_not_drawn() -> None:
    likely = [k for k in range(2, 13) if sum(chance(x, k, 8, 20) for x in range(3)) > 0.05]
    assert hits_bound([Drawn(20, 8, 2)]) == max(likely) - 2


@pytest.mark.parametrize(
    ("first", "second"), [((12, 4, 1), (9, 5, 1)), ((12, 4, 0), (9, 5, 2)), ((6, 3, 0), (8, 2, 0))]
)
def test_the_bound_of_two_strata_equals_trying_all_pairs(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    (a, n, x), (b, m, y) = first, second
    observed = a / n * x + b / m * y
    best = 0
    for k, j in product(range(x, a - (n - x) + 1), range(y, b - (m - y) + 1)):
        low = [(u, v) for u, v in product(range(n + 1), range(m + 1)) if a / n * u + b / m * v <= observed + 1e-9]
        if sum(chance(u, k, n, a) * chance(v, j, m, b) for u, v in low) > 0.05:
            best = max(best, k - x + j - y)
    assert hits_bound([Drawn(*first), Drawn(*second)]) == best


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="3 hits among 2 drawn of 9"):
        hits_bound([Drawn(9, 2, 3)])
    with pytest.raises(ValueError, match="one or two strata"):
        hits_bound([Drawn(9, 2, 0)] * 3)


@pytest.mark.parametrize(("stock", "of", "n"), [(400, 8, 60), (400, 3, 100), (300, 40, 80)])
def test_the_bound_is_too_low_in_at_most_one_case_in_twenty(stock: int, of: int, n: int) -> None:
    drawn = np.random.default_rng(5).hypergeometric(of, stock - of, n, size=4000)
    bounds = {hits: hits_bound([Drawn(stock, n, hits)]) for hits in np.unique(drawn).tolist()}
    missed = np.mean([bounds[hits] < of - hits for hits in drawn.tolist()])
    # exact coverage is at least 95 %; three standard errors of 4,000 draws are 1 %
    assert missed < 0.06


def any_time_misses(stock: int, of: int, seeds: int, bound_of: object) -> float:
    """How often a bound is below the truth at any of 20 looks on the way."""
    generator = np.random.default_rng(11)
    known: dict[tuple[int, int], int] = {}
    missed = 0
    for _ in range(seeds):
        hits = np.cumsum(generator.permutation(stock) < of)
        for n in range(10, 201, 10):
            now = int(hits[n - 1])
            if (n, now) not in known:
                known[n, now] = bound_of(n, now)  # type: ignore[operator]
            if known[n, now] < of:
                missed += 1
                break
    return missed / seeds


def test_the_any_time_bound_holds_on_all_days_at_once_and_the_other_does_not() -> None:
    stock, of = 400, 24
    always = any_time_misses(stock, of, 1000, lambda n, hits: any_time_bound(stock, n, hits))
    once = any_time_misses(stock, of, 1000, lambda n, hits: hits_bound([Drawn(stock, n, hits)]) + hits)
    assert always <= 0.05
    assert once > 0.08


def test_the_any_time_bound_of_everything_is_the_truth() -> None:
    assert any_time_bound(50, 50, 4) == 4
