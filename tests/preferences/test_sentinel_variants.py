"""From sorted candidates to pairs and a grown context: the sound way and the published one."""

from random import Random

import pytest

from sightline.errors import RequestError
from sightline.preferences.sentinel.pairs import closest_pairs
from sightline.preferences.sentinel.sentences import Kind, Sentence
from sightline.preferences.sentinel.variants import ENDED, GIVEN_UP, Candidates, Outcome, variant

SOUND, PUBLISHED = variant("sightline"), variant("published")


def said(text: str, kind: Kind, new: int = 1, ends: int = 0, times: int = 1) -> Sentence:
    return Sentence(text, times, ends, new=new, kind=kind)


SHARED = said("A dog lies on the sofa.", Kind.COHERENT)
NEW = said("A lamp stands there.", Kind.NEW)
FALSE = said("A cat lies on the sofa.", Kind.HALLUCINATED)
OTHER = said("A bird sings.", Kind.HALLUCINATED)
DOUBT = said("A cup stands on the table.", Kind.UNCERTAIN)
EMPTY = said("It looks cosy.", Kind.NO_OBJECTS, new=0)


def outcome(
    *sentences: Sentence, way: str = "sightline", drawn: int = 10, empty: int = 0, before: frozenset[str] = frozenset()
) -> Outcome:
    return variant(way).step(Candidates(sentences, drawn, empty, before), Random(0))


def test_a_first_sentence_has_pairs() -> None:
    assert outcome(NEW, FALSE) == Outcome(((NEW, FALSE),), NEW, "")


def test_coherent_sentences_win_where_there_are_any_and_new_ones_where_there_are_none() -> None:
    assert outcome(SHARED, NEW, FALSE, OTHER).pairs == ((SHARED, FALSE),)
    assert outcome(NEW, DOUBT, FALSE).pairs == ((NEW, FALSE),)


def test_a_coherent_sentence_that_adds_nothing_wins_where_there_is_no_other() -> None:
    repeats = said("There is also a dog.", Kind.COHERENT, new=0)
    assert outcome(repeats, NEW, FALSE).pairs == ((NEW, FALSE),)
    assert outcome(repeats, FALSE).pairs == ((repeats, FALSE),)


def test_doubtful_sentences_and_those_without_objects_neither_win_nor_lose() -> None:
    assert outcome(DOUBT, EMPTY, FALSE).pairs == ()
    assert outcome(DOUBT, EMPTY, NEW).pairs == ()


def test_the_most_alike_are_paired_as_many_as_both_sides_have() -> None:
    long = said("A small brown dog lies on the big red sofa.", Kind.COHERENT)
    short = said("A dog sits.", Kind.COHERENT)
    false_long = said("A small white cat lies on the big red rug.", Kind.HALLUCINATED)
    false_short = said("A cat sits.", Kind.HALLUCINATED)
    found = closest_pairs([short, long, SHARED], [false_long, false_short], Random(0))
    assert set(found) == {(long, false_long), (short, false_short)}


def test_a_sentence_that_adds_nothing_is_paired_last() -> None:
    repeats = said("A dog is on the sofa.", Kind.COHERENT, new=0)  # as long as what loses, which names one more
    adds = said("A dog with a ball lies there.", Kind.COHERENT, new=1)  # one word longer
    assert closest_pairs([repeats, adds], [FALSE], Random(0)) == ((adds, FALSE),)


def test_no_sentence_is_in_two_pairs() -> None:
    winners = [said(f"A dog {n}.", Kind.NEW) for n in range(4)]
    losers = [said(f"A cat {n}.", Kind.HALLUCINATED) for n in range(7)]
    pairs = closest_pairs(winners, losers, Random(3))
    assert len(pairs) == len({win for win, _ in pairs}) == len({lose for _, lose in pairs}) == 4
    assert pairs == closest_pairs(winners, losers, Random(3))
    assert pairs != closest_pairs(winners, losers, Random(4))


def test_the_context_grows_by_what_names_something_new_before_anything_else() -> None:
    repeats = said("The dog is brown.", Kind.COHERENT, new=0)
    assert outcome(repeats, NEW, FALSE).grown == NEW
    assert outcome(repeats, EMPTY, FALSE).grown == repeats


def test_the_context_grows_by_a_sentence_without_objects_before_it_is_given_up() -> None:
    assert outcome(EMPTY, FALSE, DOUBT) == Outcome((), EMPTY, "")
    assert outcome(FALSE, DOUBT) == Outcome((), None, GIVEN_UP)


def test_what_was_said_before_neither_wins_nor_is_said_again() -> None:
    before = frozenset((SHARED.text,))
    assert outcome(SHARED, NEW, FALSE, before=before) == Outcome(((NEW, FALSE),), NEW, "")
    assert outcome(SHARED, FALSE, before=before).stopped == GIVEN_UP


def test_the_context_grows_as_often_by_a_sentence_as_the_model_says_it() -> None:
    often = said("A dog sleeps.", Kind.NEW, times=3)
    grown = [SOUND.step(Candidates((often, NEW), 10, 0), Random(seed)).grown for seed in range(400)]
    assert 270 < grown.count(often) < 330  # three quarters are 300; the deviation is 8.7


def test_a_caption_is_over_where_more_than_half_are_empty() -> None:
    assert outcome(NEW, FALSE, empty=6) == Outcome((), None, ENDED)
    assert outcome(NEW, FALSE, empty=5).stopped == ""


def test_a_caption_is_over_where_more_than_half_end_it_and_the_last_sentence_counts() -> None:
    last = said("A lamp stands there.", Kind.NEW, ends=4, times=4)
    assert outcome(last, FALSE, empty=2) == Outcome(((last, FALSE),), last, ENDED)
    assert outcome(last, FALSE, empty=1).stopped == ""


def test_a_pair_ends_a_reply_where_both_of_its_sentences_do() -> None:
    win, lose = said("A.", Kind.NEW, ends=2, times=3), said("B.", Kind.HALLUCINATED, ends=1)
    assert SOUND.last(win, lose, False)
    assert not SOUND.last(win, FALSE, True)


def test_the_published_code_makes_no_pair_of_a_first_sentence_and_prefers_new_ones_for_the_context() -> None:
    assert outcome(NEW, FALSE, way="published", drawn=3) == Outcome((), NEW, "")
    found = outcome(SHARED, NEW, FALSE, way="published", drawn=3)
    assert found == Outcome(((SHARED, FALSE),), NEW, "")
    assert outcome(SHARED, FALSE, way="published", drawn=3).grown == SHARED


def test_the_published_code_goes_on_with_a_hallucination_where_there_is_nothing_else() -> None:
    assert outcome(FALSE, DOUBT, way="published", drawn=3).grown in (FALSE, DOUBT)
    grown = {PUBLISHED.step(Candidates((FALSE, DOUBT), 3, 0), Random(seed)).grown for seed in range(20)}
    assert grown == {FALSE, DOUBT}


def test_the_published_code_counts_repetitions_as_empty_and_still_makes_pairs_and_grows() -> None:
    assert outcome(SHARED, FALSE, NEW, way="published", drawn=6).stopped == ""
    assert outcome(SHARED, FALSE, NEW, way="published", drawn=7) == Outcome(((SHARED, FALSE),), NEW, ENDED)


def test_the_published_code_makes_nothing_of_a_single_sentence() -> None:
    assert outcome(FALSE, way="published", drawn=1) == Outcome((), FALSE, "")
    assert outcome(way="published", drawn=4) == Outcome((), None, ENDED)


def test_the_published_code_ends_every_pair_of_a_last_step() -> None:
    assert PUBLISHED.last(NEW, FALSE, True) and not PUBLISHED.last(NEW, FALSE, False)


def test_a_way_that_is_not_known_is_named() -> None:
    with pytest.raises(RequestError, match=r"No variant is called 'publishd'\. Did you mean 'published'"):
        variant("publishd")
