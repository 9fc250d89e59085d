"""Replies to multiple-choice questions are read where they name one option, and FINER's own rule is kept as it is."""

import pytest

from sightline.errors import RequestError
from sightline.readers.choice import CHOICE_READERS, choice_reader

OPTIONS = (
    "No, but I can see a cat and a door.",
    "Yes, I can see a cat and a dog.",
    "No, but I can see a cat and a car.",
    "No, but I can see a cat.",
    "No, but I can see a cow and a dog.",
)

READ = [
    ("B", "B"),
    ("b", "B"),
    (" (C) ", "C"),
    ("**D.**", "D"),
    ("B.", "B"),
    ("B. Yes, I can see a cat and a dog.", "B"),
    ("B) because of the dog", "B"),
    ("The answer is B", "B"),
    ("The correct answer is option C.", "C"),
    ("Answer: A", "A"),
    (r"So it is \boxed{E}", "E"),
    ("I would say C", "C"),
    ("It is (A), I think", "A"),
    ("<think>maybe B, or C</think>D", "D"),
    ("Yes, I can see a cat and a dog", "B"),
    ("no but i can see a cat and a car", "C"),
    ("Looking closely: No, but I can see a cat and a door.", "A"),
    ("No, but I can see a cat.", "D"),
    ("Yes", "B"),
]

UNREADABLE = [
    "",
    "No",
    "F",
    "B or C",
    "I can see a cat",
    "A cat is there",
    "B. No, but I can see a cat and a car.",
    "Either (A) or (B)",
    "<think>B",
]


@pytest.mark.parametrize(("reply", "letter"), READ)
def test_a_reply_that_names_one_option_is_read(reply: str, letter: str) -> None:
    assert choice_reader("choice").read(reply, OPTIONS).answer == letter


@pytest.mark.parametrize("reply", UNREADABLE)
def test_a_reply_that_names_none_or_several_is_unreadable(reply: str) -> None:
    assert choice_reader("choice").read(reply, OPTIONS).answer is None


def test_yes_names_no_option_where_two_begin_with_it() -> None:
    assert choice_reader("choice").read("Yes", ("Yes, a cat", "Yes, a dog")).answer is None


def test_a_letter_beyond_the_options_names_none() -> None:
    assert choice_reader("choice").read("C", OPTIONS[:2]).answer is None


@pytest.mark.parametrize(
    ("reply", "letter"), [("B", "B"), ("The answer is B", "E"), ("Answer: C", "A"), ("no", None), ("Yes", "E")]
)
def test_finers_own_rule_takes_the_first_letter_from_a_to_e_wherever_it_stands(reply: str, letter: str | None) -> None:
    assert choice_reader("finer").read(reply, OPTIONS).answer == letter


def test_an_unknown_reader_is_named_with_those_there_are() -> None:
    with pytest.raises(RequestError, match="choice"):
        choice_reader("choise")
    assert [str(reader) for reader in CHOICE_READERS.values()] == ["choice@1", "finer@1"]
