from math import exp, factorial

import numpy as np
import pytest

from sightline.stats.partly_audited import CERTAIN, Looked, control_weights, corrected_rates, event_limits
from sightline.stats.rates import RATES

F1, PRECISION, YES = RATES.index("f1"), RATES.index("precision"), RATES.index("yes_ratio")


def says(*readings: int) -> np.ndarray:
    """One question about each item, in one split: 1 yes, 0 no, -1 unreadable."""
    replies = np.zeros((len(readings), 1, 3))
    for item, reading in enumerate(readings):
        replies[item, 0, {1: 0, 0: 1, -1: 2}[reading]] = 1
    return replies


def looked(old: list[int], found: list[int], control: list[int], strata: list[int]) -> Looked:
    return Looked(np.array(old, np.int8), np.array(found, np.int8), np.array(control, bool), np.array(strata))


def test_each_control_item_stands_for_its_share_of_what_nobody_looked_at() -> None:
    audit = looked([1] * 8, [1] * 8, [1, 1, 0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 1, 1, CERTAIN])
    assert control_weights(audit).tolist() == [1.5, 1.5, 0, 0, 0, 1, 0, 0]


def test_a_stratum_with_items_left_and_no_control_is_refused() -> None:
    with pytest.raises(ValueError, match="2 items of stratum 3 were not looked at"):
        control_weights(looked([1, 1], [1, 1], [0, 0], [3, 3]))


def test_an_error_of_the_control_counts_for_the_rest_as_well() -> None:
    # twelve items labelled yes, all called yes; four were drawn, one of them is no, the other eight nobody looked at.
    # Raw: 11 of 12 right. A complete audit is expected to find 3 of 12 wrong: precision 9/12, F1 = 18/21
    audit = looked([1] * 12, [0] + [1] * 11, [1] * 4 + [0] * 8, [0] * 12)
    found = corrected_rates(audit, says(*[1] * 12))
    assert found.raw[0, PRECISION] == pytest.approx(11 / 12)
    assert found.estimate[0, PRECISION] == pytest.approx(9 / 12)
    assert found.estimate[0, F1] == pytest.approx(18 / 21)
    assert (found.lowering[0, F1], found.raising[0, F1]) == (1, 0)
    assert found.low[0, F1] < 18 / 21 < found.high[0, F1]


def test_ambiguous_items_are_left_out() -> None:
    # of four drawn items one is ambiguous, and so is half of another's worth among the four nobody looked at: the other
    # answers stay, F1 of all yes under all yes is 1
    audit = looked([1] * 8, [-1] + [1] * 7, [1] * 4 + [0] * 4, [0] * 8)
    found = corrected_rates(audit, says(*[1] * 8))
    assert found.estimate[0, F1] == pytest.approx(1)
    assert found.estimate[0, YES] == pytest.approx(1)


def test_what_was_looked_at_for_sure_counts_once() -> None:
    audit = looked([1, 1, 1, 1], [0, 1, 1, 1], [0, 1, 0, 0], [CERTAIN, 0, 0, 0])
    found = corrected_rates(audit, says(1, 1, 1, 1))
    assert found.estimate[0, PRECISION] == pytest.approx(3 / 4)


def test_with_everything_looked_at_there_is_nothing_left_to_estimate() -> None:
    audit = looked([1, 0, 1], [0, 0, 1], [1, 1, 0], [0, 0, CERTAIN])
    found = corrected_rates(audit, says(1, 0, 1))
    assert found.estimate == pytest.approx(found.raw, nan_ok=True)
    assert found.low[0, F1] == found.high[0, F1] == pytest.approx(2 / 3)


def test_no_error_in_the_control_still_leaves_an_interval() -> None:
    # F1 is 1; one error among 100 items called and labelled yes makes it 198 / 199, so by .005. The next error would
    # stand for itself and nine more, 0.05, and up to 2.996 such could have been missed
    audit = looked([1] * 100, [1] * 100, [1] * 10 + [0] * 90, [0] * 100)
    found = corrected_rates(audit, says(*[1] * 100))
    assert found.high[0, F1] == 1
    assert found.low[0, F1] == pytest.approx(1 - 2.996 * 9 * 0.005, abs=1e-3)


def test_errors_on_which_the_model_was_right_raise_its_score() -> None:
    # labelled no, called yes, and two of four drawn are yes
    audit = looked([0] * 8, [1, 1] + [0] * 6, [1] * 4 + [0] * 4, [0] * 8)
    found = corrected_rates(audit, says(*[1] * 8))
    assert found.estimate[0, PRECISION] == pytest.approx(0.5)
    assert (found.lowering[0, PRECISION], found.raising[0, PRECISION]) == (0, 2)


def test_the_mean_of_groups_is_the_mean_of_their_rates() -> None:
    replies = np.concatenate([says(1, 1, 0), says(1, 0, 0)], axis=1)
    found = corrected_rates(looked([1, 1, 0], [1, 1, 0], [1, 1, 1], [0, 0, 0]), replies)
    assert found.estimate.shape == (3, len(RATES))
    # two of two, and one of two found: F1 1 and 2/3
    assert found.estimate[:, F1] == pytest.approx([1, 2 / 3, 5 / 6])


def test_limits_of_equal_events_are_those_of_a_count() -> None:
    # five events of weight 2: half of the mean m at the limits makes P(more than 5) + P(5) / 2 = .025 and .975
    limits = event_limits(np.array(10.0), np.array(20.0), np.array(2.0))
    for limit, tail in zip(limits, (0.025, 0.975), strict=True):
        m = float(limit) / 2
        terms = [exp(-m) * m**k / factorial(k) for k in range(6)]
        assert 1 - sum(terms) + terms[5] / 2 == pytest.approx(tail, abs=1e-9)


def test_without_possible_events_there_is_no_width() -> None:
    low, high = event_limits(np.array(0.0), np.array(0.0), np.array(0.0))
    assert float(low) == 0
    assert float(high) == pytest.approx(0, abs=1e-12)


def test_the_correction_is_unbiased_and_its_interval_covers() -> None:
    # 900 items, 5 % of the labels wrong, on which this model agrees with the wrong label; a ranking that found a part
    generator = np.random.default_rng(2)
    old = (np.arange(900) < 300).astype(np.int8)
    new = np.where(generator.random(900) < 0.05, 1 - old, old).astype(np.int8)
    replies = says(*np.where(generator.random(900) < 0.1, 1 - old, old).tolist())
    everything = Looked(old, new, np.zeros(900, bool), np.full(900, CERTAIN))
    truth = corrected_rates(everything, replies).estimate[0, F1]
    ranked = replies[np.arange(900), 0, 1 - old] == 0  # contradicts the label
    errors, inside, raw = [], [], []
    for _ in range(200):
        drawn = np.zeros(900, bool)
        drawn[generator.permutation(np.flatnonzero(~ranked))[:200]] = True
        strata = np.where(ranked, CERTAIN, old.astype(np.int64))
        found = corrected_rates(Looked(old, np.where(ranked | drawn, new, old).astype(np.int8), drawn, strata), replies)
        errors.append(found.estimate[0, F1] - truth)
        raw.append(found.raw[0, F1] - truth)
        inside.append(found.low[0, F1] <= truth <= found.high[0, F1])
    assert np.mean(raw) > 0.02
    assert abs(np.mean(errors)) < 3 * np.std(errors) / 200**0.5
    assert 0.9 < np.mean(inside) < 0.995
