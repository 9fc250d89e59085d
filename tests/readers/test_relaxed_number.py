"""Answers about charts: the published rule with its quirks, and ours, which reads the number that is stated."""

import pytest

from sightline.errors import RequestError
from sightline.readers.relaxed_number import relaxed_reader

# reply, true answer, whether it is right by ours and by the published rule
BOTH = [
    ("14", "14", True, True),
    ("14.7", "14", True, True),
    ("14.71", "14", False, False),
    ("13.3", "14", True, True),
    ("Yes", "yes", True, True),
    ("Dark Blue", "dark blue", True, True),
    ("red", "blue", False, False),
    # what is not a number as a whole is a text by the published rule
    ("1,200", "1200", True, False),
    ("$5", "5", True, False),
    ("5 million", "5", True, False),
    ("5 million", "5000000", True, False),
    ("The answer is 5.", "5", True, False),
    ("two", "2", True, False),
    ("There are twenty-one bars.", "21", True, False),
    ("Two of three", "2", False, False),
    ("dark blue.", "dark blue", True, False),
    ("Yes, it is.", "Yes", True, False),
    # percent divides by a hundred by the published rule, and may do so by ours
    ("62%", "62", True, False),
    ("62%", "0.62", True, True),
    ("0.62", "62%", True, True),
    # a true answer of zero is compared as text
    ("0", "0", True, True),
    ("0.0", "0", True, False),
    ("0.01", "0", False, False),
    # several numbers, and fractions, say nothing
    ("It fell from 7 to 5", "5", False, False),
    ("3/4", "0.75", False, False),
    # a blank at the end is no matter for numbers, but for texts it is
    ("14 ", "14", True, True),
    ("blue ", "blue", True, False),
    ("", "5", False, False),
    ("nan", "5", False, False),
]


@pytest.mark.parametrize(("reply", "true", "ours", "published"), BOTH)
def test_a_reply_is_held_against_the_true_answer(reply: str, true: str, ours: bool, published: bool) -> None:
    found = [relaxed_reader(name).read(reply, true, "How much?").right for name in ("relaxed", "chartqa")]
    assert found == [ours, published]


def test_a_year_that_is_asked_for_must_be_met_by_ours() -> None:
    asked = "In which year was it highest?"
    assert not relaxed_reader("relaxed").read("2015", "2014", asked).right
    assert relaxed_reader("relaxed").read("It was 2014.", "2014", asked).right
    assert relaxed_reader("relaxed").read("2015", "2014", "How many visitors came?").right
    assert relaxed_reader("chartqa").read("1914", "2014", asked).right


@pytest.mark.parametrize("reply", ["", "<think>5", "...", "from 1 to 5"])
def test_a_reply_without_one_number_is_unreadable_where_a_number_is_asked_for(reply: str) -> None:
    assert relaxed_reader("relaxed").read(reply, "5", "").said is None


def test_an_unknown_reader_is_named() -> None:
    with pytest.raises(RequestError, match="chartqa, relaxed"):
        relaxed_reader("chart")
