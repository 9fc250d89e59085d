import numpy as np
import pytest
from tiny_sweep import HEADS, PROMPTS, counted, sweep, texts_only

from sightline.errors import RequestError
from sightline.mechanisms.changes import CHANGES, NOT_SCORED, PIH_CHANGES, changes, pih_changes, pih_number
from sightline.mechanisms.effects import Effects, SweptPrompt
from sightline.models.heads import Head


def test_texts_are_sorted_by_what_they_say_of_the_object() -> None:
    found = [[CHANGES[code].value for code in row] for row in changes(sweep())]
    assert found == [
        ["became true", "became unreadable", "became another answer", "same text"],
        ["same text", "became another answer", "same text", "same text"],
        ["became true", "same text", "text changed, answer the same", "same text"],
    ]


def test_a_reply_that_was_and_stays_unreadable_has_the_same_answer() -> None:
    effects = texts_only((counted(3, 4, "Dogs.", None),), (Head(0, 0), Head(0, 1)), {(0, 0): "Many dogs."})
    assert [CHANGES[code].value for code in changes(effects)[0]] == ["text changed, answer the same", "same text"]


def test_a_text_that_is_listed_as_changed_but_is_not_is_the_same_text() -> None:
    effects = sweep(changed={(0, 0): PROMPTS[0].reply})
    assert CHANGES[changes(effects)[0, 0]] == "same text"
    assert PIH_CHANGES[pih_changes(effects)[0, 0]] == "same"


def test_colours_are_read_with_their_own_reader() -> None:
    asked = SweptPrompt(
        "1", "a.png", "distance 1", "moon", "red", "purple", "…", "A purple moon.", "purple", -2.0, -1.0
    )
    texts = {(0, 0): "The moon is dark red.", (0, 1): "A green moon.", (0, 2): "A round moon."}
    effects = Effects(2, 2, HEADS, (asked,), np.zeros((1, 4)), np.zeros((1, 4)), True, texts, "colour")
    found = [CHANGES[code].value for code in changes(effects)[0]]
    assert found == ["became true", "became another answer", "became unreadable", "same text"]


def test_without_texts_the_answer_is_the_likelier_one() -> None:
    # L1H0 lifts the first prompt to exactly even, which is not yet true
    same, true, another = (
        CHANGES.index(name) for name in ("text changed, answer the same", "became true", "became another answer")
    )
    found = changes(sweep(has_texts=False, changed={}))
    assert found.tolist() == [[true, same, same, same], [same, another, same, same], [true, same, same, same]]


def test_what_has_neither_texts_nor_log_probabilities_is_not_scored() -> None:
    log_odds = np.zeros((3, 4))
    log_odds[1, 2] = np.nan
    prompts = (PROMPTS[0]._replace(log_p_true=np.nan), PROMPTS[1], PROMPTS[2]._replace(asserted="2"))
    found = changes(sweep(has_texts=False, changed={}, prompts=prompts, log_p_true=log_odds))
    assert (found == NOT_SCORED).tolist() == [[True] * 4, [False, False, True, False], [True] * 4]


def test_the_repository_sorts_by_the_first_number() -> None:
    found = [[PIH_CHANGES[code].value for code in row] for row in pih_changes(sweep())]
    another = "number changed (≠ ground truth)"
    assert found == [
        ["number changed to ground truth", another, another, "same"],
        ["same", another, "same", "same"],
        ["number changed to ground truth", "same", "text changed, number stayed the same", "same"],
    ]


def test_the_repository_reads_no_one_as_one_and_takes_two_replies_without_numbers_for_the_same() -> None:
    assert pih_number("No one is visible; there are 5 dogs.") == 1
    prompts = (counted(1, 5, "There are 5 dogs.", "5"), counted(5, 6, "Dogs.", None), counted(5, 6, "5 dogs.", "5"))
    texts = {(0, 0): "No one is visible; there are 5 dogs.", (1, 0): "Many dogs.", (2, 0): "There are 5 dogs."}
    found = pih_changes(texts_only(prompts, (Head(0, 0),), texts))[:, 0]
    same = "text changed, number stayed the same"
    assert [PIH_CHANGES[code].value for code in found] == ["number changed to ground truth", same, same]


def test_the_repository_needs_texts_and_counting() -> None:
    with pytest.raises(RequestError, match="need the replies as texts, and this sweep has log-probabilities only"):
        pih_changes(sweep(has_texts=False))
    with pytest.raises(RequestError, match="on counting only, and this sweep is of colour"):
        pih_changes(sweep(benchmark="colour"))


def test_a_benchmark_that_presupposes_nothing_is_refused() -> None:
    with pytest.raises(RequestError, match="No benchmark of swept prompts is called 'pope'"):
        changes(sweep(benchmark="pope"))
