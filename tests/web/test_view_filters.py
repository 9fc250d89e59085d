"""Filters over replies, with numbers told by hand in `viewed`."""

import numpy as np
import pytest
from viewed import evaluation

from sightline.benchmarks import benchmark
from sightline.benchmarks.image_objects import ImageObjects
from sightline.benchmarks.paired import labelled
from sightline.core import ImageRef, LabelSet, Question, Reply, SourceFile
from sightline.errors import RequestError
from sightline.evaluation.browsing import Browser, Filter, Outcome
from sightline.evaluation.evaluation import Evaluation
from sightline.evaluation.score import score_table
from sightline.queries.fine_question import FineQuestion


@pytest.fixture(scope="module")
def browser() -> Browser:
    return Browser(evaluation())


def ids(browser: Browser, **wanted: str) -> list[str]:
    return [browser.questions[place].id for place in browser.find(Filter(**wanted)).questions]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"kind": "fp"}, ["random/2", "popular/2"]),
        ({"kind": "fp", "labels": "new"}, ["popular/2"]),
        ({"kind": "fp", "model": "b"}, ["popular/2"]),
        ({"kind": "fp", "split": "random"}, ["random/2"]),
        ({"kind": "fn"}, ["random/1", "random/3"]),
        ({"kind": "fn", "labels": "new"}, ["random/1", "random/2"]),
        ({"kind": "fn", "model": "a"}, ["random/3"]),
        ({"kind": "unreadable"}, ["popular/1"]),
        ({"kind": "unreadable", "model": "b"}, []),
        ({"kind": "missing"}, ["random/3"]),
        ({"kind": "disagree"}, ["random/1", "random/2"]),
        ({"kind": "disagree", "model": "b"}, ["random/1", "random/2"]),
        ({"kind": "right-only:new"}, ["random/2"]),
        ({"kind": "right-only:new", "model": "b"}, []),
        ({"kind": "wrong-only:new"}, ["random/2"]),
        ({"kind": "wrong-only:new", "model": "a"}, []),
        ({"kind": "changed:new"}, ["random/2", "random/3"]),
        ({"object": "Dog"}, ["random/1", "popular/3"]),
        ({"object": "do"}, []),
        ({"text": "NOT SURE"}, ["popular/1"]),
        ({"text": "not sure", "model": "b"}, []),
        ({"text": "scene_000002"}, ["popular/2"]),
        ({"text": "popular/"}, ["popular/1", "popular/2", "popular/3"]),
        ({"text": "boat", "kind": "fp"}, []),
    ],
    ids=str,
)
def test_a_filter_lets_through_what_was_told_by_hand(
    browser: Browser, wanted: dict[str, str], expected: list[str]
) -> None:
    assert ids(browser, **wanted) == expected


def test_every_kind_says_how_many_questions_it_would_show(browser: Browser) -> None:
    found = browser.find(Filter())
    assert found.kinds == {
        "": 6,
        "fp": 2,
        "fn": 2,
        "unreadable": 1,
        "missing": 1,
        "disagree": 2,
        "right-only:new": 1,
        "wrong-only:new": 1,
        "changed:new": 2,
    }
    of_b = browser.find(Filter(model="b", kind="fp", split="random")).kinds
    assert of_b[""] == 3 and of_b["fp"] == 0 and of_b["fn"] == 1


def test_the_replies_that_were_looked_for_are_told_from_the_others(browser: Browser) -> None:
    found = browser.find(Filter(kind="fp"))
    assert found.replies.sum() == 3 and found.replies[:, 4].all() and found.replies[:, 1].tolist() == [True, False]


def test_outcomes_are_those_of_the_table_by_hand(browser: Browser) -> None:
    words = {"TP": 0, "TN": 1, "FP": 2, "FN": 3, "?": 6, "–": 7, "∅": 8}
    table = {
        ("a", "old"): "TP FP FN ? FP TP",
        ("a", "new"): "TP TP – ? FP TP",
        ("b", "old"): "FN TN ∅ TN FP TP",
        ("b", "new"): "FN FN ∅ TN FP TP",
    }
    for (model, labels), told in table.items():
        found = [browser.outcome(labels, "ab".index(model), place) for place in range(6)]
        assert found == [words[word] for word in told.split()]


def test_false_positives_are_as_many_as_the_scores_say(browser: Browser) -> None:
    for row in score_table(browser.evaluation, draws=100).to_pylist():
        for kind in ("fp", "fn"):
            split = "" if row["split"] == "mean" else row["split"]
            found = browser.find(Filter(kind, row["model"], split, row["labels"]))
            assert len(found.questions) == row[kind]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"model": "c"}, "model of these replies is called 'c'"),
        ({"kind": "right-only:newer"}, "kind of these replies"),
        ({"split": "adversarial"}, "split of these replies"),
        ({"labels": "repope"}, "label set of these replies"),
    ],
)
def test_a_name_that_is_not_there_is_an_error_that_names_those_that_are(
    browser: Browser, wanted: dict[str, str], told: str
) -> None:
    with pytest.raises(RequestError, match=told):
        browser.find(Filter(**wanted))
    with pytest.raises(RequestError, match="reader"):
        Browser(evaluation(), "no such reader")


def test_one_model_disagrees_with_nobody_and_one_label_set_with_none() -> None:
    alone = evaluation(models="a")
    one = Evaluation(alone.benchmark, alone.questions, alone.label_sets[:1], alone.replies, alone.joins)
    assert [kind.key for kind in Browser(one).kinds] == ["fp", "fn", "unreadable"]


def test_captions_are_neither_right_nor_wrong_and_can_be_looked_through() -> None:
    asked = Question("1", "Describe.", (ImageRef("1.jpg"),), "captions")
    labels = LabelSet("coco", {}, references={"1": ImageObjects(frozenset({"dog"}))})
    said = {name: (Reply("1", name, text),) for name, text in (("x", "A dog and a cat."), ("y", "A dog."))}
    found = Browser(Evaluation(benchmark("chair"), (asked,), (labels,), said, {"x": (), "y": ()}))
    assert found.outcome("coco", 0, 0) is Outcome.UNJUDGED
    assert [kind.key for kind in found.kinds] == ["unreadable", "disagree"]
    assert np.array_equal(found.find(Filter(kind="disagree")).questions, [0])


def test_choices_are_right_and_wrong() -> None:
    options = ("Yes.", "No, a cat.", "No, a cup.")
    of = {"pair": "p", "image": "1.jpg", "setting": "objects", "elements": 1, "text": "Is it?", "choices": options}
    true = FineQuestion(id="p+", polarity="positive", right=0, affirms=0, true="", false="", **of)
    false = FineQuestion(id="p-", polarity="negative", right=1, affirms=0, true="", false="", **of)
    questions, labels = labelled("own", (true, false), (SourceFile("finer.jsonl", "", 2),), (1, 2))
    said = {"x": (Reply("p+", "x", "A"), Reply("p-", "x", "A")), "y": (Reply("p+", "y", "B"), Reply("p-", "y", "?"))}
    found = Browser(Evaluation(benchmark("finer"), questions, (labels,), said, {"x": (), "y": ()}))
    expected = [Outcome.RIGHT, Outcome.WRONG, Outcome.WRONG, Outcome.UNREADABLE]
    assert [found.outcome("own", model, place) for model in (0, 1) for place in (0, 1)] == expected
    assert [kind.key for kind in found.kinds] == ["wrong", "unreadable", "disagree"]
    assert found.find(Filter(kind="wrong", model="x")).questions.tolist() == [1]
