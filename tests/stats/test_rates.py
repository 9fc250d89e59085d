import numpy as np
import pytest

from sightline.stats.rates import RATES, Unreadable, cell_index, counts_by_cluster, rates

# Of 10 present objects a model said yes to 6, no to 2, and was unreadable on 2;
# of 20 absent ones it said yes to 3, no to 16, and was unreadable on 1.
COUNTS = np.array([6.0, 2, 2, 3, 16, 1])

WRONG = {
    "accuracy": 22 / 30,
    "balanced_accuracy": (6 / 10 + 16 / 20) / 2,
    "precision": 6 / 9,
    "recall": 6 / 10,
    "tnr": 16 / 20,
    "f1": 12 / (9 + 10),
    "yes_ratio": 9 / 30,
    "unreadable": 3 / 30,
}


def by_name(counts: np.ndarray, rule: Unreadable) -> dict[str, float]:
    return dict(zip(RATES, rates(counts, rule).tolist(), strict=True))


def test_unreadable_replies_are_wrong_under_either_label() -> None:
    assert by_name(COUNTS, Unreadable.WRONG) == pytest.approx(WRONG)


def test_repope_leaves_unreadable_replies_out_of_every_count() -> None:
    expected = {
        "accuracy": 22 / 27,
        "balanced_accuracy": (6 / 8 + 16 / 19) / 2,
        "precision": 6 / 9,
        "recall": 6 / 8,
        "tnr": 16 / 19,
        "f1": 12 / (9 + 8),
        "yes_ratio": 9 / 27,
        "unreadable": 3 / 30,
    }
    assert by_name(COUNTS, Unreadable.LEFT_OUT) == pytest.approx(expected)


def test_lmms_eval_leaves_them_out_of_recall_only_and_gives_the_yes_ratio_of_the_labels() -> None:
    precision, recall = 6 / 9, 6 / 8
    f1 = 2 * precision * recall / (precision + recall)
    recall_and_tnr = {"recall": recall, "balanced_accuracy": (recall + 16 / 20) / 2}
    expected = WRONG | recall_and_tnr | {"f1": f1, "yes_ratio": 10 / 30}
    assert by_name(COUNTS, Unreadable.LMMS_EVAL) == pytest.approx(expected)


def test_a_rate_without_a_denominator_is_not_a_number() -> None:
    values = by_name(np.array([0.0, 5, 0, 0, 5, 0]), Unreadable.WRONG)
    assert np.isnan(values["precision"])
    assert values["f1"] == 0


def test_rates_keep_the_axes_before_the_cells() -> None:
    stacked = np.stack([COUNTS, 2 * COUNTS])[:, None]
    assert rates(stacked).shape == (2, 1, len(RATES))
    assert np.allclose(rates(stacked)[0], rates(stacked)[1])


def test_cells_are_label_then_reading() -> None:
    labels = np.array([1, 1, 1, 0, 0, 0, -1, 1], dtype=np.int8)
    readings = np.array([1, 0, -1, 1, 0, -1, 1, -2], dtype=np.int8)
    assert cell_index(labels, readings).tolist() == [0, 1, 2, 3, 4, 5, -1, -1]


def test_counts_are_kept_by_cluster() -> None:
    counts = counts_by_cluster(np.array([0, 0, 4, -1], dtype=np.int8), np.array([0, 1, 1, 1]), 3)
    assert counts.tolist() == [[1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 1, 0], [0] * 6]
