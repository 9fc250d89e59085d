"""How a sentence is drawn: with which token, with what numbers, and where it is over."""

import pytest
import torch

from sightline.core import Continuation, Drawing
from sightline.models.sentence_drawing import Sentence, Spelling, pick, sentence_seed

WORDS = ("</s>", "A", " dog", " sleeps", ".", " It", " weighs", " 3", "5", "!", "\n\n", '."')
QUARTERS = torch.tensor([0.5, 0.25, 0.125, 0.125]).log()


class Letters:
    """A tokenizer whose tokens are the words above."""

    def decode(self, tokens: list[int], skip_special_tokens: bool = False) -> str:
        return "".join(WORDS[token] for token in tokens if token or not skip_special_tokens)


def first_end(text: str) -> int | None:
    """A full stop or an exclamation mark is an end, unless a digit follows it."""
    for place, letter in enumerate(text):
        if letter in ".!" and not text[place + 1 : place + 2].isdigit():
            return place + 2 if text[place + 1 : place + 2] == '"' else place + 1
    return None


SPELLING = Spelling(Letters(), frozenset((0,)), first_end)


def drawn(*words: str, most: int = 20) -> Sentence:
    sentence = Sentence(SPELLING, 0, most)
    for word in words:
        assert sentence.found is None, f"it was over before {word!r}"
        sentence.add(WORDS.index(word))
    return sentence


def test_a_share_picks_the_token_at_which_it_is_passed() -> None:
    shares = torch.tensor([0.0, 0.49, 0.51, 0.74, 0.76, 0.88, 0.9999999])
    found = pick(QUARTERS.expand(7, -1), shares, Drawing(temperature=1.0))
    assert found.tolist() == [0, 0, 1, 1, 2, 3, 3]


def test_a_low_temperature_gives_the_likeliest_more_and_zero_gives_it_all() -> None:
    # At half the temperature probabilities are squared: 1/4, 1/16, 1/64, 1/64, the first 8 of 11 parts.
    shares = torch.tensor([0.72, 0.74])
    assert pick(QUARTERS.expand(2, -1), shares, Drawing(temperature=0.5)).tolist() == [0, 1]
    assert pick(QUARTERS.expand(2, -1), shares, Drawing(temperature=0.0)).tolist() == [0, 0]


def test_top_p_leaves_the_likeliest_tokens_that_reach_it() -> None:
    backwards = QUARTERS.flip(0).expand(3, -1)
    shares = torch.tensor([0.1, 0.6, 0.9])
    # Of 1/8, 1/8, 1/4, 1/2 the last two reach 0.6; together they have 3/4, of which the last has two thirds.
    assert pick(backwards, shares, Drawing(temperature=1.0, top_p=0.6)).tolist() == [3, 3, 2]
    assert pick(backwards, shares, Drawing(temperature=1.0)).tolist() == [0, 3, 3]


def test_what_cannot_be_is_never_drawn() -> None:
    certain = torch.tensor([[-torch.inf, 0.0, -torch.inf]]).expand(2, -1)
    assert pick(certain, torch.tensor([0.0, 0.9999999]), Drawing()).tolist() == [1, 1]


def test_a_sentence_is_over_when_the_next_one_begins_and_holds_nothing_of_it() -> None:
    sentence = drawn("A", " dog", " sleeps", ".", " It")
    assert sentence.found == Continuation("A dog sleeps.", ends=False, tokens=5)


def test_a_sentence_after_which_the_reply_ends_says_so() -> None:
    assert drawn("A", " dog", ".", "</s>").found == Continuation("A dog.", ends=True, tokens=4)


def test_a_reply_that_ends_at_once_says_nothing() -> None:
    assert drawn("</s>").found == Continuation("", ends=True, tokens=1)


def test_a_point_inside_a_number_ends_nothing() -> None:
    sentence = drawn(" It", " weighs", " 3", ".", "5", ".", " It")
    assert sentence.found is not None and sentence.found.text == "It weighs 3.5."


def test_a_number_at_the_end_is_no_decimal() -> None:
    sentence = drawn(" It", " weighs", " 3", ".", " It")
    assert sentence.found is not None and sentence.found.text == "It weighs 3."


def test_a_token_that_holds_more_than_the_mark_ends_a_sentence_too() -> None:
    sentence = drawn("A", " dog", '."', "\n\n")
    assert sentence.found is not None and sentence.found.text == 'A dog."'


def test_blanks_before_a_sentence_are_not_part_of_it() -> None:
    sentence = drawn("\n\n", "A", " dog", "!", "</s>")
    assert sentence.found == Continuation("A dog!", ends=True, tokens=5)


def test_a_sentence_that_is_too_long_is_no_whole_one() -> None:
    assert drawn("A", " dog", " sleeps", most=3).found == Continuation("A dog sleeps", whole=False, tokens=3)


def test_a_sentence_that_just_fits_is_whole_though_nobody_knows_what_follows() -> None:
    assert drawn("A", " dog", ".", most=3).found == Continuation("A dog.", ends=False, whole=True, tokens=3)


def test_where_there_is_no_room_nothing_is_drawn() -> None:
    assert Sentence(SPELLING, 0, -2).found == Continuation("", whole=False)


def test_equal_seeds_draw_equal_numbers_each_time_another() -> None:
    one, same, other = (Sentence(SPELLING, seed, 9) for seed in (7, 7, 8))
    numbers = [one.share() for _ in range(3)]
    assert numbers == [same.share() for _ in range(3)]
    assert len({*numbers, other.share()}) == 4
    assert all(0 <= number < 1 for number in numbers)


@pytest.mark.parametrize(
    "other", [(b"b", (1, 2), 0, 0), (b"a", (1, 3), 0, 0), (b"a", (1, 2), 1, 0), (b"a", (1, 2), 0, 1)]
)
def test_image_context_candidate_and_seed_give_each_sentence_its_own(
    other: tuple[bytes, tuple[int, ...], int, int],
) -> None:
    assert sentence_seed(b"a", (1, 2), 0, 0) == sentence_seed(b"a", (1, 2), 0, 0)
    assert sentence_seed(b"a", (1, 2), 0, 0) != sentence_seed(*other)
