"""Where a reply's answer is, and what could stand in its place: with tokenizers that cut words and numbers as those of
the families do."""

from collections.abc import Callable
from typing import Any

import pytest
from reply_tokenizers import END, REPLIES, TOKENIZERS, bundled, tokenizer_of

from sightline.mechanisms.drafts import Draft, draft_of, text_of
from sightline.mechanisms.presupposing import presupposing


def drafted(tokenizer: Any, text: str, true: str, asserted: str, object_: str = "moon") -> Draft:
    """A reply that holds a number, or a colour."""
    known = presupposing("counting" if true.isdigit() else "colour")
    tokens = (*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.convert_tokens_to_ids(END))
    assert text_of(tokenizer, tokens) == text
    return draft_of(tokenizer, tokens, object_, known.read, known.forms(true), known.forms(asserted))


def written(tokenizer: Any, draft: Draft) -> tuple[list[str], list[str]]:
    """The reply up to and with each form of the true answer, and of the asserted one."""
    assert draft.answer is not None
    before = draft.tokens[: draft.answer.start]
    true, asserted = (
        [text_of(tokenizer, (*before, *form)) for form in forms] for forms in (draft.answer.true, draft.answer.asserted)
    )
    return true, asserted


@pytest.mark.parametrize("make", TOKENIZERS)
@pytest.mark.parametrize(
    ("reply", "answers", "expected"),
    [
        (
            "There are three moons in the image.",
            "3 4",
            (["There are three", "There are 3"], ["There are four", "There are 4"]),
        ),
        (
            "There are 3 moons in the image.",
            "3 4",
            (["There are three", "There are 3"], ["There are four", "There are 4"]),
        ),
        (
            "There are twenty-one moons.",
            "4 21",
            (["There are four", "There are 4"], ["There are twenty-one", "There are 21"]),
        ),
        ("The cup is blue.", "red blue", (["The cup is red"], ["The cup is blue"])),
        ("The cup is blue.", "gray blue", (["The cup is gray", "The cup is grey"], ["The cup is blue"])),
        ("3", "3 4", (["three", "3"], ["four", "4"])),
        (
            "The moons (three) are blue.",
            "3 4",
            (["The moons (three", "The moons (3"], ["The moons (four", "The moons (4"]),
        ),
    ],
)
def test_answers_follow_what_the_reply_says_before_its_own(
    make: Callable[[], Any], reply: str, answers: str, expected: tuple[list[str], list[str]]
) -> None:
    tokenizer = tokenizer_of(make)
    true, asserted = answers.split()
    draft = drafted(tokenizer, reply, true, asserted, "cup" if true.isalpha() else "moon")
    assert written(tokenizer, draft) == expected


@pytest.mark.parametrize("make", TOKENIZERS)
@pytest.mark.parametrize("reply", REPLIES)
def test_one_of_the_forms_is_what_the_reply_says_itself(make: Callable[[], Any], reply: str) -> None:
    tokenizer = tokenizer_of(make)
    colour = "lue." in reply and "(" not in reply
    said = "blue" if colour else "15" if "15" in reply else "21" if "one" in reply else "3"
    draft = drafted(tokenizer, reply, said, "red" if colour else "6", "cup" if colour else "moon")
    answer = draft.answer
    assert answer is not None
    assert draft.said == said
    assert draft.tokens[answer.start : answer.end] in answer.true


@pytest.mark.parametrize("make", TOKENIZERS)
@pytest.mark.parametrize(("reply", "begun"), [("Three moons.", "three Four"), ("Blue.", "blue Red")])
def test_an_answer_that_begins_a_sentence_begins_with_a_capital(
    make: Callable[[], Any], reply: str, begun: str
) -> None:
    tokenizer = tokenizer_of(make)
    known, other = begun.title().split()
    numbers = known == "Three"
    draft = drafted(tokenizer, reply, *("34" if numbers else ("blue", "red")), "moon" if numbers else "cup")
    true, asserted = written(tokenizer, draft)
    assert true[0] == known
    assert asserted[0] == other


@pytest.mark.parametrize("make", TOKENIZERS)
def test_an_answer_that_begins_another_is_closed_by_what_follows_it(make: Callable[[], Any]) -> None:
    tokenizer = tokenizer_of(make)
    true, asserted = written(tokenizer, drafted(tokenizer, "There are 15 moons (fifteen) in the image.", "1", "15"))
    one_token = make is bundled  # to which 15 is a token of its own, and 1 no part of it
    assert "There are 1" + ("" if one_token else " moons") in true
    assert asserted == ["There are fifteen", "There are 15"]


def test_an_answer_of_several_tokens_is_weighed_whole() -> None:
    tokenizer = tokenizer_of(bundled)
    answer = drafted(tokenizer, "The cup is gray.", "gray", "blue", "cup").answer
    assert answer is not None
    assert [tokenizer.convert_ids_to_tokens(list(form)) for form in answer.true] == [
        ["Ġg", "r", "a", "y"],
        ["Ġg", "re", "y"],
    ]
    assert (answer.start, answer.end) == (3, 7)


@pytest.mark.parametrize("make", TOKENIZERS)
@pytest.mark.parametrize("reply", ["There are moons.", "The image is blue.", ""])
def test_a_reply_that_gives_no_number_has_no_answer(make: Callable[[], Any], reply: str) -> None:
    draft = drafted(tokenizer_of(make), reply, "3", "4")
    assert draft.said is None
    assert draft.answer is None
