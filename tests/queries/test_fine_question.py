"""What makes a question answerable, and which option says yes to it."""

import json
from dataclasses import replace

import pytest
from small_scenes import elements, scene

from sightline.errors import DataError
from sightline.queries.fine_question import affirming, read_question, why_unanswerable
from sightline.queries.levels import make_levels
from sightline.queries.questions import make_questions


def test_every_question_is_read_back_as_it_was_written() -> None:
    graph = scene()
    questions = [*make_questions([graph], elements(graph)).questions, *make_levels([graph], elements(graph)).questions]
    assert len(questions) > 40
    for row, question in enumerate(questions, start=1):
        assert read_question(json.loads(json.dumps(question.record)), "f", row) == question
        told = {name: value for name, value in question.record.items() if name not in ("affirms", "by", "changed")}
        assert read_question(told, "f", row) == replace(question, by="", changed=None)


@pytest.mark.parametrize(
    ("choices", "right", "problem"),
    [
        (["Yes", "No"], 1, ""),
        (["Yes"], 0, "there are 1 options, expected two or more"),
        (["Yes", "No"], 2, "right is 2, expected the place of one of the 2 options, from 0 on"),
        (["Yes", "No"], -1, "right is -1, expected"),
        (["Yes", " ?!"], 0, "an option says nothing: ' ?!'"),
        (["A cat.", "a  cat"], 0, "two options say the same: 'A cat.' and 'a  cat'"),
        (["a t-shirt", "a T shirt"], 0, "two options say the same"),
    ],
)
def test_a_question_is_answerable_where_its_options_differ_in_words(
    choices: list[str], right: int, problem: str
) -> None:
    assert why_unanswerable(choices, right).startswith(problem)
    assert bool(problem) == bool(why_unanswerable(choices, right))


def test_two_options_that_are_one_and_the_same_text_are_noticed() -> None:
    text = "Yes, I can see a cat."
    assert why_unanswerable([text, "No", text], 0) == f"two options say the same: {text!r} and {text!r}"
    line = json.dumps({"choices": [text, text]})
    assert why_unanswerable(json.loads(line)["choices"], 0)


@pytest.mark.parametrize(
    ("choices", "place"),
    [
        (["No, but I can see a cat.", "Yes, I can see a dog."], 1),
        (["Yes, a cat", "Yes, a dog"], None),
        (["a man", "the hat is not red, but it is blue"], 0),
        (["a man", "a woman"], None),
        (["the hat is not red", "no"], None),
    ],
)
def test_the_option_that_says_yes_is_known_where_there_is_one(choices: list[str], place: int | None) -> None:
    assert affirming(choices) == place


def test_where_nothing_tells_which_option_says_yes_the_file_must() -> None:
    graph = scene()
    question = next(q for q in make_questions([graph], elements(graph)).questions if q.setting == "what")
    record = {**question.record, "choices": ["a man", "a woman"], "right": 0}
    del record["affirms"]
    with pytest.raises(DataError, match="it cannot be told which option says yes to what is asked"):
        read_question(record, "f", 1)
    assert read_question({**record, "affirms": 0}, "f", 1).affirms == 0
    with pytest.raises(DataError, match="it cannot be told which option says yes"):
        read_question({**record, "affirms": 2}, "f", 1)
