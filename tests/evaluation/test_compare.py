"""Comparison of models on the small benchmark of tiny_pope.py."""

import pytest
from tiny_pope import NEGATIVES, llava, truth, write_lines

from sightline.api import compare, evaluate
from sightline.errors import RequestError


@pytest.fixture
def two_models(tmp_path, replies) -> list[str]:
    """`m` says what the original labels say; `seer` what the audited ones do, and yes to the car of c.jpg."""

    def sees(row: dict) -> str:
        seen = {("b.jpg", 3): "No", ("b.jpg", 4): "Yes" if "dog" in row["text"] else "No"}
        return seen.get((row["image"], row["question_id"]), truth(row))

    files = [str(write_lines(tmp_path / f"seer_{s}.jsonl", llava(s, sees, "seer"))) for s in NEGATIVES]
    return [*replies, *files]


def test_ranks_turn_round_with_the_labels(labels, two_models) -> None:
    ranks = compare("pope", two_models, labels).ranks.to_pylist()
    random = {(row["labels"], row["model"]): row for row in ranks if row["split"] == "random"}
    assert [random["original", name]["rank"] for name in ("m", "seer")] == [1, 2]
    assert [random["audited", name]["rank"] for name in ("m", "seer")] == [2, 1]
    assert [random["audited", name]["shift"] for name in ("m", "seer")] == [1, -1]
    assert random["original", "m"]["shift"] is None


def test_pairs_count_what_only_one_has_right(labels, two_models) -> None:
    pairs = {(row["labels"], row["split"]): row for row in compare("pope", two_models, labels).pairs.to_pylist()}
    original = pairs["original", "random"]
    # m is right on all 6; seer is wrong on both questions about b.jpg: F1 of 2 TP, 1 FP, 1 FN is 2/3
    assert (original["model_a"], original["model_b"], original["n"]) == ("m", "seer", 6)
    assert original["difference"] == pytest.approx(1 - 2 / 3)
    assert (original["only_a"], original["only_b"], original["p_mcnemar"]) == (2, 0, 0.5)
    assert (pairs["audited", "random"]["only_a"], pairs["audited", "random"]["only_b"]) == (0, 2)


def test_the_mean_has_no_mcnemar_test_since_splits_share_questions(labels, two_models) -> None:
    pairs = compare("pope", two_models, labels).pairs.to_pylist()
    assert {row["p_mcnemar"] for row in pairs if row["split"] == "mean"} == {None}


def test_changes_count_true_and_false_positives_under_both_label_sets(labels, two_models) -> None:
    changes = {(row["split"], row["model"]): row for row in compare("pope", two_models, labels).changes.to_pylist()}
    row = changes["random", "m"]
    # m says yes to dog, cat and car: all there by the original; by the audit the cat is not, the car is left out
    assert (row["labels_from"], row["labels_to"]) == ("original", "audited")
    assert (row["tp_from"], row["fp_from"], row["tp_to"], row["fp_to"]) == (3, 0, 1, 1)
    assert (row["n_from"], row["n_to"]) == (6, 5)


def test_models_are_compared_on_the_questions_that_both_have_replies_to(labels, two_models) -> None:
    found = compare("pope", two_models[:5], labels, allow_missing=True)
    rows = [row for row in found.pairs.to_pylist() if row["labels"] == "original"]
    assert {row["split"]: row["n"] for row in rows} == {"random": 6, "popular": 6, "adversarial": 0, "mean": 12}
    assert [row["value"] for row in found.ranks.to_pylist() if row["split"] == "adversarial"] == [None] * 4


def test_models_without_a_common_question_are_not_compared(labels, two_models) -> None:
    with pytest.raises(RequestError, match="There is no question that every model has a reply to"):
        compare("pope", [two_models[0], two_models[4]], labels, allow_missing=True)


def test_an_unknown_metric_is_answered_with_the_nearest(labels, two_models) -> None:
    with pytest.raises(RequestError, match=r"No metric is called 'acuracy'. Did you mean 'accuracy'\?"):
        compare("pope", two_models, labels, metric="acuracy")


def test_one_model_under_one_label_set_has_a_rank_and_nothing_else(labels, replies) -> None:
    found = compare(evaluate("pope", replies, labels[:1]))
    assert set(found.ranks["rank"].to_pylist()) == {1}
    assert (found.pairs.num_rows, found.changes.num_rows) == (0, 0)
