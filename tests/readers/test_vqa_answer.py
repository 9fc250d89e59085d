"""Short answers are made alike by VQA's and EvalAI's rules to the letter, and stated answers are found."""

import pytest

from sightline.errors import RequestError
from sightline.readers.vqa_answer import Compared, made_alike, said_answer, vqa_accuracy, vqa_reader

ALIKE = [
    ("Two dogs.", "2 dogs"),
    ("none", "0"),
    ("eleven", "eleven"),
    ("The answer", "answer"),
    ("a", ""),
    ("dont", "don't"),
    ("couldntve", "couldntve"),
    ("couldnt've", "couldn't've"),
    ("yall'd've", "y'all'd've"),
    ("Id've", "id've"),
    ("somebody'd", "somebodyd"),
    ("dog's", "dog 's"),
    ("1,000", "1000"),
    ("3.5", "3.5"),
    ("5.", "5"),
    ("U.S.A.", "usa"),
    ("red/blue", "red blue"),
    ("red / blue", "red blue"),
    ("t-shirt", "t shirt"),
    ("a t-shirt - red", "tshirt red"),
    ("what?", "what"),
    ("line\nbreak\tand", "line break and"),
]


@pytest.mark.parametrize(("text", "alike"), ALIKE)
def test_texts_are_made_alike_as_evalai_does(text: str, alike: str) -> None:
    assert made_alike(text) == alike


def test_a_dot_goes_unless_a_digit_follows_and_at_most_32_of_them() -> None:
    assert made_alike("x" + "." * 40) == "x" + "." * 8


PEOPLE = ("yes", "yes", "yes", "Yes.", "no")


def test_vqas_own_code_leaves_everything_as_it_is_where_people_agree() -> None:
    read = vqa_reader("vqa").compared
    assert read("Yes", PEOPLE) == Compared("yes", ("yes", "yes", "yes", "yes", "no"))
    assert read(" Yes.\n", ("yes", "yes")) == Compared("Yes.", ("yes", "yes"))


def test_vqas_own_code_does_not_split_off_an_s_and_parts_digits_from_commas_later() -> None:
    read = vqa_reader("vqa").compared
    assert read("dog's", PEOPLE).said == "dog's"
    # a comma between digits makes every mark vanish, and not become a blank
    assert read("1,000-2,000", PEOPLE).said == "10002000"
    assert vqa_reader("evalai").compared("1,000-2,000", PEOPLE).said == "1000 2000"


STATED = [
    ("The answer is 23.", "23"),
    ("Answer: stop sign", "stop sign"),
    ("**Blue**", "Blue"),
    ("So, the correct answer would be “no”.", "no"),
    ("<think>red?</think> blue", "blue"),
    ("It is blue.", "It is blue"),
    ("", ""),
]


@pytest.mark.parametrize(("reply", "answer"), STATED)
def test_the_answer_that_a_reply_states_is_found(reply: str, answer: str) -> None:
    assert said_answer(reply) == answer


def test_an_article_that_is_the_whole_answer_is_kept_by_our_reader_only() -> None:
    answers = ("a", "a", "b")
    assert vqa_reader("answer").compared("A", answers) == Compared("a", ("a", "a", "b"))
    assert vqa_reader("evalai").compared("", answers) == Compared("", ("", "", "b"))
    assert vqa_reader("answer").compared("", answers).said == ""


@pytest.mark.parametrize(("agree", "accuracy"), [(0, 0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1), (10, 1)])
def test_of_ten_people_each_is_left_out_in_turn(agree: int, accuracy: float) -> None:
    answers = ("x",) * agree + tuple(f"y{n}" for n in range(10 - agree))
    assert vqa_accuracy(Compared("x", answers)) == pytest.approx(accuracy)


def test_an_unknown_reader_is_named_with_those_there_are() -> None:
    with pytest.raises(RequestError, match="answer, evalai, vqa"):
        vqa_reader("eval")
