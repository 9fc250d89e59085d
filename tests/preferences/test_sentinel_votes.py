"""Two detectors vote on each object once."""

from pathlib import Path

import pytest
from sentinel_scripts import Detector

from sightline.core import Answer
from sightline.errors import RequestError
from sightline.preferences.sentinel.votes import Votes

BOX = (0.0, 0.0, 0.5, 0.5)
IMAGE = Path("a.png")


def detector(*sees: str, known: frozenset[str] | None = None) -> Detector:
    return Detector(dict.fromkeys(sees, BOX), known)


def test_what_both_see_is_there_what_neither_sees_is_not_and_else_nobody_knows() -> None:
    votes = Votes(IMAGE, [detector("dog", "cat"), detector("dog", "cup")])
    assert votes.judge(["dog", "cat", "cup", "key"]) == {
        "dog": Answer.HOLDS,
        "cat": Answer.UNCERTAIN,
        "cup": Answer.UNCERTAIN,
        "key": Answer.DOES_NOT_HOLD,
    }


def test_every_object_is_looked_for_once_all_new_ones_in_one_look() -> None:
    one, other = detector("dog"), detector("dog")
    votes = Votes(IMAGE, [one, other])
    votes.judge(["dog", "cat", "dog"])
    assert votes.judge(["cat", "cup"]) == {"cup": Answer.DOES_NOT_HOLD}
    votes.judge(["dog", "cat"])
    assert one.looks == other.looks == [("dog", "cat"), ("cup",)]
    assert list(votes.answers) == ["dog", "cat", "cup"]


def test_a_score_at_the_threshold_counts_as_seen() -> None:
    strict = detector("dog")
    strict.threshold = 0.51
    assert Votes(IMAGE, [detector("dog"), strict]).judge(["dog"]) == {"dog": Answer.UNCERTAIN}


def test_a_detector_of_fixed_classes_has_no_vote_on_others() -> None:
    closed = detector("dog", known=frozenset(("dog", "cat")))
    votes = Votes(IMAGE, [detector("dog", "key"), closed])
    assert votes.judge(["dog", "cat", "key", "cup"]) == {
        "dog": Answer.HOLDS,
        "cat": Answer.DOES_NOT_HOLD,
        "key": Answer.UNCERTAIN,
        "cup": Answer.UNCERTAIN,
    }


def test_the_published_way_counts_what_it_cannot_look_for_as_seen() -> None:
    closed = detector("dog", known=frozenset(("dog", "cat")))
    votes = Votes(IMAGE, [detector("dog", "key"), closed], unknown_is_seen=True)
    assert votes.judge(["dog", "cat", "key", "cup"]) == {
        "dog": Answer.HOLDS,
        "cat": Answer.DOES_NOT_HOLD,
        "key": Answer.HOLDS,
        "cup": Answer.UNCERTAIN,
    }
    assert closed.looks == [("dog", "cat")]


def test_what_a_detector_sees_of_a_list_is_looked_for_only_where_it_was_not() -> None:
    one, other = detector("dog"), detector("dog", "key")
    votes = Votes(IMAGE, [one, other])
    votes.judge(["dog"])
    assert list(votes.sightings(1, ["dog", "key", "cup"])) == ["dog", "key"]
    assert (one.looks, other.looks) == ([("dog",)], [("dog",), ("key", "cup")])


@pytest.mark.parametrize("number", [1, 3])
def test_it_takes_two(number: int) -> None:
    with pytest.raises(RequestError, match=f"{number} detectors are named; two vote: --detectors A B."):
        Votes(IMAGE, [detector()] * number)
