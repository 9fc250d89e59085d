import json
import time

import numpy as np
import pytest
from tiny_sweep import HEADS, LOG_ODDS, PROMPTS, counted, sweep, texts_only

from sightline.errors import RequestError
from sightline.mechanisms.effects import Effects
from sightline.mechanisms.ranking import rank_heads, recall_at
from sightline.models.heads import Head
from sightline.stats.shares import share


def columns(effects: Effects, *names: str, **how: str) -> list[tuple[object, ...]]:
    rows = rank_heads(effects, draws=50, **how).to_pylist()  # type: ignore[arg-type]
    return [tuple(row[name] for name in names) for row in rows]


def test_heads_are_ranked_by_how_many_hallucinated_replies_become_true_and_ties_share_a_rank() -> None:
    # of the two hallucinated replies; heads of one rank in the order of their shift: 0, 0, -2/3
    assert columns(sweep(), "rank", "name", "n", "images", "became_true") == [
        (1, "L0H0", 2, 2, 1.0),
        (2, "L1H0", 2, 2, 0.0),
        (2, "L1H1", 2, 2, 0.0),
        (2, "L0H1", 2, 2, 0.0),
    ]


def test_freed_counts_any_other_answer_and_none_and_ranks_are_dense() -> None:
    assert columns(sweep(), "rank", "name", "freed", "became_unreadable", by="freed") == [
        (1, "L0H0", 1.0, 0.0),
        (2, "L1H0", 0.5, 0.0),
        (2, "L0H1", 0.5, 0.5),
        (3, "L1H1", 0.0, 0.0),
    ]


def test_shifts_are_means_over_prompts_and_harmed_is_a_share_of_those_that_were_right() -> None:
    # L0H0 lifts the log-odds by 3, 0, 1; L0H1 by 0, -2, 0; L1H0 by 1, 0, -1
    found = columns(sweep(), "name", "n_shift", "shift", "shift_hallucinated", "n_right", "harmed", by="shift")
    assert found == [
        ("L0H0", 3, pytest.approx(4 / 3), 2.0, 1, 0.0),
        ("L1H0", 3, 0.0, 0.0, 1, 0.0),
        ("L1H1", 3, 0.0, 0.0, 1, 0.0),
        ("L0H1", 3, pytest.approx(-2 / 3), 0.0, 1, 1.0),
    ]


def test_without_texts_log_probabilities_tell_what_became_true() -> None:
    found = columns(sweep(has_texts=False, changed={}), "name", "freed", "became_true", "became_unreadable", "harmed")
    assert found == [
        ("L0H0", 1.0, 1.0, 0.0, 0.0),
        ("L1H0", 0.0, 0.0, 0.0, 0.0),
        ("L1H1", 0.0, 0.0, 0.0, 0.0),
        ("L0H1", 0.0, 0.0, 0.0, 1.0),
    ]


def test_intervals_draw_images_as_everywhere() -> None:
    row = rank_heads(sweep(), by="freed", draws=200, seed=3).to_pylist()[1]
    expected = share([True, False], ["a.png", "b.png"], draws=200, seed=3)
    assert (row["freed_low"], row["freed"], row["freed_high"]) == (expected.low, expected.value, expected.high)
    assert row["shift_low"] <= row["shift"] <= row["shift_high"]
    assert row["harmed_low"] == 0.0 and row["harmed_high"] > 0.9


def test_a_prompt_that_asserts_the_truth_has_no_shift_but_can_be_harmed() -> None:
    prompts = (*PROMPTS[:2], PROMPTS[2]._replace(asserted="2", reply="Two cups.", said="2"))
    found = columns(
        sweep(prompts=prompts, changed={(2, 0): "Three cups."}), "name", "n", "n_shift", "n_right", "harmed"
    )
    assert ("L0H0", 1, 2, 2, 0.5) in found


def test_a_prompt_that_was_not_scored_without_one_head_counts_for_the_others() -> None:
    log_odds = LOG_ODDS.copy()
    log_odds[1, 1] = np.nan
    effects = sweep(log_p_true=log_odds - 1)
    found = columns(effects, "name", "n_shift", "shift", by="shift")
    assert [row for row in found if row[0] in ("L0H0", "L0H1")] == [
        ("L0H0", 3, pytest.approx(4 / 3)),
        ("L0H1", 2, 0.0),
    ]


def test_a_sweep_of_texts_alone_is_ranked_and_has_no_shift() -> None:
    effects = texts_only((counted(3, 4, "4 dogs.", "4"),), HEADS[:2], {(0, 1): "3 dogs."})
    found = columns(effects, "name", "became_true", "shift", "shift_low", "p_adjusted", "significant")
    assert found == [("L0H1", 1.0, None, None, None, False), ("L0H0", 0.0, None, None, None, False)]


def test_only_a_head_that_shifts_many_images_is_significant() -> None:
    # forty images, one prompt each; one head lifts all by about 1, one pulls all down, the rest do nothing on average
    generator = np.random.default_rng(0)
    prompts = tuple(PROMPTS[0]._replace(image=f"{n}.png", log_p_true=0.0, log_p_asserted=1.0) for n in range(40))
    log_odds = generator.normal([0, -2, -1, -1], 0.5, size=(40, 4))
    effects = sweep(prompts=prompts, log_p_true=log_odds, log_p_asserted=np.zeros((40, 4)), has_texts=False, changed={})
    table = rank_heads(effects, draws=999)
    found = {row["name"]: (row["significant"], row["p"] <= row["p_adjusted"]) for row in table.to_pylist()}
    assert found == {"L0H0": (True, True), "L0H1": (True, True), "L1H0": (False, True), "L1H1": (False, True)}


def test_what_cannot_be_ranked_is_refused() -> None:
    with pytest.raises(RequestError, match=r"No figure to rank heads by is called 'shfit'. Did you mean 'shift'\?"):
        rank_heads(sweep(), by="shfit")
    with pytest.raises(RequestError, match="There is nothing to rank: 0 prompts, 4 heads"):
        rank_heads(sweep(prompts=(), log_p_true=np.zeros((0, 4)), log_p_asserted=np.zeros((0, 4)), changed={}))
    right = texts_only((counted(3, 4, "3 dogs.", "3"),), HEADS[:1], {})
    with pytest.raises(RequestError, match="by became_true: of 1 prompts none has a scored reply that repeats a false"):
        rank_heads(right)
    with pytest.raises(RequestError, match="by shift: of 1 prompts none has log-probabilities"):
        rank_heads(right, by="shift")


def test_the_record_says_how_the_ranking_was_made() -> None:
    record = json.loads(rank_heads(sweep(has_texts=False), draws=20, seed=5).schema.metadata[b"sightline"])
    assert record["benchmark"] == "counting"
    assert record["settings"] == {
        "by": "became_true",
        "draws": 20,
        "seed": 5,
        "level": 0.95,
        "answers": "log-probabilities",
    }


def test_all_heads_of_a_large_model_are_ranked_in_seconds() -> None:
    generator = np.random.default_rng(0)
    prompts = tuple(PROMPTS[0]._replace(image=f"{n // 8}.png") for n in range(2000))
    heads = tuple(Head(layer, head) for layer in range(28) for head in range(28))
    log_odds = generator.normal(-1, 1, size=(2000, 784))
    effects = Effects(28, 28, heads, prompts, log_odds, np.zeros((2000, 784)))
    begun = time.perf_counter()
    assert len(rank_heads(effects, draws=500)) == 784
    assert time.perf_counter() - begun < 20


def test_recall_is_the_share_of_the_best_that_an_estimate_has_among_its_best() -> None:
    exact = np.array([0.9, 0.8, 0.7, 0.0, 0.1])
    estimate = np.array([0.5, 0.1, 0.9, 0.4, 0.2])
    assert recall_at(estimate, exact, 2) == 0.5
    assert recall_at(estimate, exact, 3, among=4) == pytest.approx(2 / 3)
    assert recall_at(estimate, exact, 3, among=5) == 1.0
    with pytest.raises(RequestError, match="The 3 best heads cannot be looked for among 2, of 5 that were swept and 5"):
        recall_at(estimate, exact, 3, among=2)
    with pytest.raises(RequestError, match="of 5 that were swept and 4 that were estimated"):
        recall_at(estimate[:4], exact, 2)
