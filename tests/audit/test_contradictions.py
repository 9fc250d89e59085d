"""How far replies contradict labels: read officially, shared out among questions, models and families."""

import math

import numpy as np
import pytest

from sightline.audit.contradictions import Contradictions, contradictions, family_of
from sightline.audit.items import Item, items_of
from sightline.benchmarks import benchmark
from sightline.core import Answer, ImageRef, LabelSet, Presence, Question, Reply
from sightline.errors import RequestError
from sightline.evaluation.evaluation import Evaluation

DOG, CAT = Presence("dog"), Presence("cat")
QUESTIONS = (
    Question("random/1", "Is there a dog in the image?", (ImageRef("a.jpg"),), "random", (DOG,)),
    Question("popular/1", "Is there a dog in the image?", (ImageRef("a.jpg"),), "popular", (DOG,)),
    Question("random/2", "Is there a cat in the image?", (ImageRef("a.jpg"),), "random", (CAT,)),
)
LABELS = LabelSet("pope", {("a.jpg", DOG): Answer.HOLDS, ("a.jpg", CAT): Answer.DOES_NOT_HOLD})
ITEMS = items_of(QUESTIONS, LABELS)  # the dog, asked twice, labelled yes; the cat, labelled no


def evaluation(**texts: list[str | None]) -> Evaluation:
    replies = {
        model: tuple(
            None if text is None else Reply(question.id, model, text)
            for question, text in zip(QUESTIONS, said, strict=True)
        )
        for model, said in texts.items()
    }
    return Evaluation(benchmark("pope"), QUESTIONS, (LABELS,), replies, {})


def test_a_reply_contradicts_a_label_of_the_other_word_and_questions_of_an_item_share() -> None:
    found = contradictions(ITEMS, evaluation(llava=["No", "Yes", "Yes"]))
    assert found.families == ("llava",)
    assert found.said.tolist() == [[0.5, 1.0]]


def test_models_of_one_family_share_its_weight() -> None:
    replies = evaluation(llava=["No", "No", "No"], **{"llava-13b": ["Yes", "Yes", "No"], "qwen": ["No", "No", "Yes"]})
    found = contradictions(ITEMS, replies)
    assert found.families == ("llava", "qwen")
    assert found.said.tolist() == [[0.5, 0.0], [1.0, 1.0]]


def test_families_can_be_named() -> None:
    replies = evaluation(llava=["No", "No", "No"], **{"llava-13b": ["Yes", "Yes", "No"]})
    assert contradictions(ITEMS, replies, {"llava-13b": "another"}).said.tolist() == [[1.0, 0.0], [0.0, 0.0]]


def test_what_was_not_replied_to_is_unknown_and_no_agreement() -> None:
    found = contradictions(ITEMS, evaluation(llava=["No", None, None]))
    assert np.array_equal(found.said, [[1.0, math.nan]], equal_nan=True)


def test_log_probabilities_give_the_probability_of_the_other_word() -> None:
    choices = (("Yes", math.log(0.3)), ("No", math.log(0.1)))  # a quarter of what falls on the two
    replies = {"llava": (Reply("random/1", "llava", "Yes", log_probs=choices), None, None)}
    found = contradictions(ITEMS, Evaluation(benchmark("pope"), QUESTIONS, (LABELS,), replies, {}))
    assert found.said[0, 0] == 0.0
    assert found.probable[0, 0] == pytest.approx(0.25)
    assert math.isnan(found.probable[0, 1])


def test_families_are_guessed_from_the_first_word_of_a_name() -> None:
    names = ("liuhaotian/llava-v1.5-7b", "llava-1.6", "Qwen/Qwen2.5-VL-7B-Instruct", "qwen2-vl", "gpt-4o", "4096")
    assert [family_of(name) for name in names] == ["llava", "llava", "qwen", "qwen", "gpt", "4096"]


def test_leaving_out_an_unknown_family_or_all_is_refused() -> None:
    some = Contradictions(("llava", "qwen"), np.zeros((2, 1)), np.zeros((2, 1)))
    assert some.without(["qwen"]).families == ("llava",)
    with pytest.raises(RequestError, match="family gpt; the families are llava, qwen"):
        some.without(["gpt"])
    with pytest.raises(RequestError, match="no replies are left"):
        some.without(["llava", "qwen"])


def test_items_without_a_label_or_without_their_question_are_refused() -> None:
    replies = evaluation(llava=["No", "No", "No"])
    with pytest.raises(RequestError, match="no label yet"):
        contradictions(items_of(QUESTIONS, None), replies)
    other = Item("0" * 16, "b.jpg", "Is there a dog in the image?", DOG, (), "yes", ("random",), ("random/9",))
    with pytest.raises(RequestError, match="random/9"):
        contradictions([other], replies)
    with pytest.raises(RequestError, match="named for gpt"):
        contradictions(ITEMS, replies, {"gpt": "gpt"})
