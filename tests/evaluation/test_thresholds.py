import math
from pathlib import Path

import pytest

from sightline.core import Asking, Reply
from sightline.errors import RequestError
from sightline.evaluation.evaluation import Evaluation, evaluate
from sightline.evaluation.measure import measure
from sightline.evaluation.task import task
from sightline.evaluation.thresholds import has_probabilities, probability_of_yes, thresholds
from sightline.models.scripted import ScriptedModel


@pytest.fixture
def measured(labels: list[str], tmp_path: Path) -> Evaluation:
    """A model that always takes a dog to be there and nothing else, by likelihood."""
    (tmp_path / "images").mkdir()
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / "images" / name).write_bytes(name.encode())
    what = task("pope", tmp_path / "images", labels, asking=Asking(("Yes", "No")))
    model = ScriptedModel(lambda image, prompt: "Yes" if "dog" in prompt else "No")
    folder = measure(what, model, tmp_path / "run", use_cache=False).folder
    return evaluate("pope", [str(folder)], labels)


def test_the_probability_is_that_of_yes_among_yes_and_no() -> None:
    log_probs = ((" No", math.log(0.1)), ("yes", math.log(0.3)))
    assert probability_of_yes(Reply("q", "m", "yes", log_probs=log_probs)) == pytest.approx(0.75)


def test_of_a_choice_between_other_things_there_is_none() -> None:
    assert probability_of_yes(Reply("q", "m", "A", log_probs=(("A", -0.1), ("B", -2.0)))) is None
    assert probability_of_yes(Reply("q", "m", "Yes")) is None


def test_there_is_a_row_for_every_label_set_and_split_and_their_mean(measured: Evaluation) -> None:
    rows = thresholds(measured, draws=200).summary.to_pylist()
    assert [(row["labels"], row["split"], row["n"]) for row in rows] == [
        ("original", "random", 6),
        ("original", "popular", 6),
        ("original", "adversarial", 6),
        ("original", "mean", 18),
        ("audited", "random", 5),
        ("audited", "popular", 5),
        ("audited", "adversarial", 5),
        ("audited", "mean", 15),
    ]
    assert all(row["auroc_low"] <= row["auroc"] <= row["auroc_high"] for row in rows)


def test_at_one_half_the_curve_agrees_with_the_replies(measured: Evaluation) -> None:
    curve = thresholds(measured, draws=200).curve.to_pylist()
    row = next(row for row in curve if row["threshold"] == 0.5 and row["labels"] == "original")
    # random: yes is said to the dogs of a (there) and b (not there); a cat, b cat (there), c car (there), c orange: no
    assert [row[name] for name in ("split", "tp", "fn", "fp", "tn")] == ["random", 1, 2, 1, 2]
    assert (row["accuracy"], row["fpr"]) == (0.5, pytest.approx(1 / 3))


def test_at_zero_everything_is_yes(measured: Evaluation) -> None:
    row = thresholds(measured, draws=200).curve.to_pylist()[0]
    assert (row["threshold"], row["recall"], row["fpr"]) == (0, 1, 1)


def test_bins_hold_every_question_once(measured: Evaluation) -> None:
    rows = thresholds(measured, draws=200).bins.to_pylist()
    assert sum(row["n"] for row in rows if row["labels"] == "original") == 18


def test_replies_that_were_generated_have_no_probabilities(labels: list[str], replies: list[str]) -> None:
    evaluation = evaluate("pope", replies, labels)
    assert not has_probabilities(evaluation)
    with pytest.raises(RequestError, match="No model chose between yes and no"):
        thresholds(evaluation)
