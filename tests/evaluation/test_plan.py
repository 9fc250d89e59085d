"""How many questions, from assumptions and from the replies of tiny_pope.py."""

import pytest
from tiny_pope import NEGATIVES, llava, truth, write_lines

from sightline.api import evaluate, plan
from sightline.errors import RequestError
from sightline.evaluation.plan import assumptions_from


@pytest.fixture
def evaluation(labels, replies, tmp_path):
    """`m` is right everywhere; `other` is wrong on everything about a.jpg."""

    def other(row: dict) -> str:
        return truth(row) if row["image"] != "a.jpg" else {"yes": "No", "no": "Yes"}[row["label"]]

    files = [write_lines(tmp_path / f"other_{s}.jsonl", llava(s, other, "other")) for s in NEGATIVES]
    return evaluate("pope", [*replies, *files], labels[:1])


def test_assumptions_give_a_number_of_questions_and_images() -> None:
    (row,) = plan(0.05, disagreement=0.2, per_image=6, correlation=0.1).to_pylist()
    assert (row["questions"], row["images"], row["design_effect"]) == (942, 157, 1.5)


def test_replies_tell_how_much_two_models_disagree_on_distinct_questions(evaluation) -> None:
    (found,) = assumptions_from(evaluation)
    # 10 distinct questions on 3 images; they disagree on the 3 about a.jpg, all of it within one image
    assert (found.disagreement, found.per_image, found.correlation) == (0.3, 10 / 3, 1)
    assert found.origin == "m against other"


def test_a_plan_from_replies_has_a_row_for_every_pair(evaluation) -> None:
    assert plan(0.1, evaluation=evaluation)["from"].to_pylist() == ["m against other"]


def test_one_model_disagrees_with_nobody(labels, replies) -> None:
    with pytest.raises(RequestError, match="Two models with replies to the same questions are needed"):
        plan(0.1, evaluation=evaluate("pope", replies, labels))


def test_a_difference_beyond_the_disagreement_is_refused_with_the_reason() -> None:
    expected = r"Two models that disagree on 5.0% of the questions \(assumed\) cannot differ by 10.0% in accuracy"
    with pytest.raises(RequestError, match=expected):
        plan(0.1, disagreement=0.05)


@pytest.mark.parametrize(("difference", "disagreement"), [(0, 0.1), (-0.1, 0.1), (1.5, 0.1), (0.1, 1.2), (0.1, None)])
def test_what_is_no_rate_is_refused(difference, disagreement) -> None:
    with pytest.raises(RequestError, match="both lie between 0 and 1"):
        plan(difference, disagreement=disagreement)


def test_fewer_than_one_question_an_image_is_refused() -> None:
    with pytest.raises(RequestError, match="There are 0 questions an image with a correlation of 0"):
        plan(0.1, disagreement=0.2, per_image=0)
