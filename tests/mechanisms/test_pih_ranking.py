import math

import pytest
from tiny_sweep import HEADS, counted, sweep, texts_only

from sightline.errors import RequestError
from sightline.mechanisms.ranking import pih_ranking
from sightline.models.heads import Head


def test_a_row_that_was_right_already_stays_in_the_denominator() -> None:
    # two prompts have three moons; the second was right, so that L0H0 can correct one of two
    found = pih_ranking(sweep()).by_truth.to_pylist()
    assert [(row["head_id"], row["ground_truth"], row["correct_count"], row["total_count"]) for row in found[:4]] == [
        *(("L0H0", 2, 1, 1), ("L0H0", 3, 1, 2)),
        *(("L0H1", 2, 0, 1), ("L0H1", 3, 0, 2)),
    ]
    assert [(row["percent"], row["rank"]) for row in found[:4]] == [(100.0, 1), (50.0, 1), (0.0, None), (0.0, None)]


def test_overall_divides_by_the_rows_of_the_first_head() -> None:
    found = pih_ranking(sweep()).overall.to_pylist()
    assert [(row["head_id"], row["correct_count"], row["total_count"], row["rank"], row["best"]) for row in found] == [
        ("L0H0", 2, 3, 1, True),
        ("L0H1", 0, 3, None, False),
        ("L1H0", 0, 3, None, False),
        ("L1H1", 0, 3, None, False),
    ]
    assert found[0]["percent"] == pytest.approx(200 / 3)


def test_without_the_first_head_there_is_nothing_to_divide_by_and_all_that_correct_are_first() -> None:
    prompts = (counted(3, 4, "4 dogs", "4"), counted(2, 4, "4 dogs", "4"))
    effects = texts_only(prompts, (Head(1, 1), Head(0, 1), Head(1, 0)), {(0, 0): "3", (1, 0): "2", (0, 1): "3"})
    found = pih_ranking(effects).overall.to_pylist()
    assert [(row["head_id"], row["correct_count"], row["total_count"], row["rank"]) for row in found] == [
        ("L0H1", 1, 0, 1),
        ("L1H1", 2, 0, 1),
        ("L1H0", 0, 0, None),
    ]
    assert [row["percent"] for row in found] == [math.inf, math.inf, None]


def test_the_best_k_are_a_union_over_true_numbers_with_all_ties() -> None:
    # three dogs, three prompts: L0H0 and L0H1 correct two, L1H0 one; two dogs, one prompt: L1H1 corrects it
    prompts = (*[counted(3, 4, "4 dogs", "4")] * 3, counted(2, 4, "4 dogs", "4"))
    texts = {(0, 0): "3", (1, 0): "3", (1, 1): "3", (2, 1): "3", (0, 2): "3", (3, 3): "2"}
    found = pih_ranking(texts_only(prompts, HEADS, texts))
    assert found.top[1] == (Head(0, 0), Head(0, 1), Head(1, 1))
    assert found.top[2] == found.top[5] == HEADS
    rows = [row for row in found.by_truth.to_pylist() if row["ground_truth"] == 3]
    assert [row["rank"] for row in rows] == [1, 1, 2, None]


def test_ten_ranks_are_the_best_however_many_heads_share_them() -> None:
    # head n of layer 0 corrects n prompts; two correct eleven, none corrects zero
    prompts = tuple(counted(3, 4, "4 dogs", "4") for _ in range(11))
    heads = tuple(Head(0, n) for n in range(13))
    texts = {(prompt, n): "3" for n in range(13) for prompt in range(min(n, 11))}
    overall = pih_ranking(texts_only(prompts, heads, texts)).overall
    assert overall["rank"].to_pylist() == [1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, None]
    assert overall["best"].to_pylist() == [True] * 11 + [False] * 2


def test_the_ranking_reads_no_one_as_the_repository_does() -> None:
    effects = texts_only((counted(1, 5, "5 dogs", "5"),), HEADS[:1], {(0, 0): "No one is there, only 5 dogs"})
    assert pih_ranking(effects).overall["correct_count"].to_pylist() == [1]


def test_without_texts_the_repository_cannot_rank() -> None:
    with pytest.raises(RequestError, match="need the replies as texts"):
        pih_ranking(sweep(has_texts=False))
