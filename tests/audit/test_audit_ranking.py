"""What is looked at first: the first order by hand, what verdicts change in it, and whose replies must not."""

from pathlib import Path

import numpy as np
import pytest

from sightline.audit.contradictions import Contradictions, contradictions
from sightline.audit.entries import Outcome, State
from sightline.audit.items import Item, items_of
from sightline.audit.ranking import Prior, Ranked, Ranker, Settings, simulated_order
from sightline.audit.replay import truth_of
from sightline.core import Presence
from sightline.errors import RequestError
from sightline.evaluation.evaluation import evaluate

PLAIN = Prior(intercept=-2.0, contradiction=4.0, yes=1.0, object=0.0)


def item(number: int, object_: str = "", old: str = "yes") -> Item:
    """An item on an image and, unless told, an object of its own."""
    claim = Presence(object_ or f"object {number}")
    return Item(f"{number:016x}", f"{number}.jpg", "Is there …?", claim, (), old, ("random",), (f"random/{number}",))


def said(*families: list[float]) -> Contradictions:
    names = ("first", "second", "third")[: len(families)]
    return Contradictions(names, np.array(families, dtype=float), np.full(np.shape(families), np.nan))


def decided(*pairs: tuple[int, str]) -> dict[str, Outcome]:
    return {f"{number:016x}": Outcome(State.AGREED, word, {}) for number, word in pairs}


def order(ranked: Ranked) -> list[int]:
    return [int(key, 16) for key, _ in ranked.scores]


def test_before_any_verdict_the_score_is_that_of_the_first_order() -> None:
    items = [item(0, old="no"), item(1, old="no"), item(2), item(3)]
    ranked = Ranker(items, said([0, 1, 0, 1], [0, 0, 0, 1]), prior=PLAIN).rank({})
    assert order(ranked) == [3, 1, 2, 0]
    log_odds = [-2 + 4 + 1, -2 + 2, -2 + 1, -2]  # both contradict a yes; one a no; none a yes; none a no
    assert [score for _, score in ranked.scores] == pytest.approx([1 / (1 + np.exp(-value)) for value in log_odds])
    assert (ranked.verdicts, ranked.weights) == (0, {})


def test_an_object_whose_labels_are_contradicted_elsewhere_comes_first() -> None:
    items = [item(0, "fork"), item(1, "fork"), item(2, "dog"), item(3, "dog")]
    ranked = Ranker(items, said([0, 1, 0, 0]), prior=Prior(-2.0, 4.0, 0.0, 2.0)).rank({})
    assert order(ranked)[:2] == [1, 0]
    scores = dict(ranked.scores)
    # of one other fork all of one is contradicted where a quarter is usual, shrunk by three: (1 - 1/4) / (1 + 3)
    assert scores[items[0].key] == pytest.approx(1 / (1 + np.exp(2 - 2 * 0.75 / 4)))


def test_probabilities_break_ties_but_do_not_overturn_words() -> None:
    items = [item(number) for number in range(3)]
    replies = Contradictions(("first",), np.array([[0.0, 0.0, 1.0]]), np.array([[0.1, 0.4, 0.6]]))
    assert order(Ranker(items, replies).rank({})) == [2, 1, 0]


def test_decided_items_are_not_ranked_but_those_in_conflict_are() -> None:
    items = [item(number) for number in range(3)]
    outcomes = decided((0, "no")) | {items[1].key: Outcome(State.CONFLICT, None, {"a": "yes", "b": "no"})}
    ranked = Ranker(items, said([0, 0, 0])).rank(outcomes)
    assert sorted(order(ranked)) == [1, 2]
    assert ranked.verdicts == 1


def test_what_is_undone_is_as_if_it_had_never_been() -> None:
    items = [item(number) for number in range(3)]
    ranker = Ranker(items, said([0, 1, 0]))
    before = ranker.rank({})
    ranker.rank(decided((0, "no"), (1, "yes")))
    assert ranker.rank({}) == before


def test_the_family_whose_contradictions_find_errors_gains_weight() -> None:
    # the first family contradicts the items 0 to 9, the second 10 to 19; errors are where the first does
    items = [item(number) for number in range(40)]
    first, second = [1.0] * 10 + [0.0] * 30, [0.0] * 10 + [1.0] * 10 + [0.0] * 20
    first[38], second[39] = 1.0, 1.0  # not looked at yet: one each
    verdicts = decided(*((n, "no") for n in range(10)), *((n, "yes") for n in range(10, 38)))
    ranked = Ranker(items, said(first, second)).rank(verdicts)
    assert order(ranked) == [38, 39]
    assert ranked.weights["first"] > ranked.weights["second"] + 1


def test_an_object_found_wrong_comes_first_though_no_model_says_so() -> None:
    forks, dogs = [item(n, "fork") for n in range(10)], [item(n, "dog") for n in range(10, 20)]
    verdicts = decided(*((n, "no") for n in range(8)), *((n, "yes") for n in range(10, 18)))
    ranked = Ranker([*forks, *dogs], said([0.0] * 20)).rank(verdicts)
    assert set(order(ranked)[:2]) == {8, 9}


def test_wrong_on_one_side_says_nothing_of_the_other_but_ambiguous_does() -> None:
    labelled = [item(n, "fork") for n in range(10)] + [item(n, "dog") for n in range(10, 20)]
    open_ = [item(20, "fork", "no"), item(21, "dog", "no")]
    verdicts = decided(*((n, "ambiguous") for n in range(10)), *((n, "yes") for n in range(10, 20)))
    both = [*labelled, *open_]
    wrong = dict(Ranker(both, said([0.0] * 22)).rank(verdicts).scores)
    assert wrong[open_[0].key] == pytest.approx(wrong[open_[1].key])
    either = dict(Ranker(both, said([0.0] * 22), target="wrong or ambiguous").rank(verdicts).scores)
    assert either[open_[0].key] > either[open_[1].key] + 0.01


def test_replies_of_the_family_left_out_change_nothing() -> None:
    items = [item(number, old="no" if number % 2 else "yes") for number in range(12)]
    generator = np.random.default_rng(0)
    kept, one, other = generator.integers(0, 2, (3, 12)).astype(float).tolist()
    verdicts = decided((0, "no"), (1, "no"), (2, "yes"), (3, "yes"))
    ranked = [Ranker(items, said(kept, out), leave_out=["second"]).rank(verdicts) for out in (one, other)]
    assert ranked[0] == ranked[1]
    assert ranked[0] == Ranker(items, said(kept)).rank(verdicts)
    assert ranked[0] != Ranker(items, said(kept, one)).rank(verdicts)


def test_ties_are_broken_by_the_seed_alone() -> None:
    items = [item(number) for number in range(30)]
    first, again, another = (order(Ranker(items, said([0.0] * 30), seed=seed).rank({})) for seed in (1, 1, 2))
    assert first == again != another
    assert first != sorted(first)


def test_few_verdicts_move_the_first_order_little_and_many_much() -> None:
    items = [item(number) for number in range(60)]
    replies = said([1.0] * 30 + [0.0] * 30)
    all_right = decided(*((n, "yes") for n in range(20)))  # contradictions that find nothing
    light, heavy = (
        dict(Ranker(items, replies, prior=PLAIN, settings=Settings(verdicts=n)).rank(all_right).scores)[items[25].key]
        for n in (1.0, 1000.0)
    )
    first = 1 / (1 + np.exp(-3))
    assert light < 0.3 < 0.8 < heavy < first


def test_a_learned_prior_tells_which_side_and_whose_contradiction_are_wrong() -> None:
    items = [item(number, old="yes" if number < 20 else "no") for number in range(40)]
    contradicted = [number % 2 for number in range(40)]
    verdicts = decided(*((n, "no" if n % 2 and n < 20 else items[n].old or "") for n in range(40)))
    learned = Ranker(items, said([float(c) for c in contradicted])).learned_prior(verdicts)
    assert learned.contradiction > 1
    assert learned.yes > 1
    with pytest.raises(RequestError, match="nothing is learned"):
        Ranker(items, said([0.0] * 40)).learned_prior(decided((0, "yes")))


def test_a_simulated_audit_looks_at_everything_once() -> None:
    items = [item(number) for number in range(25)]
    ranker = Ranker(items, said([float(number % 3 == 0) for number in range(25)]))
    looked = simulated_order(ranker, {each.key: "no" for each in items}, every=10)
    assert sorted(looked) == sorted(each.key for each in items)
    assert looked[:10] == [key for key, _ in ranker.rank({}).scores[:10]]


def test_what_cannot_be_ranked_is_refused() -> None:
    choices = Item("0" * 16, "a.jpg", "Which?", None, ("a dog", "a cat"), "A", ("what",), ("what/1",))
    with pytest.raises(RequestError, match="has choices"):
        Ranker([choices], said([0.0]))
    with pytest.raises(RequestError, match="to 2 items, but 1"):
        Ranker([item(0)], said([0.0, 0.0]))
    with pytest.raises(RequestError, match="expected one of 'wrong', 'wrong or ambiguous'"):
        Ranker([item(0)], said([0.0]), target="right")  # type: ignore[arg-type]


MODELS = {
    "llava-1.5": "llava-1.5-7b-*-greedy.jsonl",
    "llava-1.6": "llava-1.6-vicuna-7b.jsonl",
    "qwen": "qwen2.5-vl-7b.jsonl",
}


@pytest.mark.parametrize(("target", "most"), [("wrong", 0.25), ("wrong or ambiguous", 0.35)])
def test_wrong_labels_of_pope_are_found_long_before_all_are_looked_at(conformance: Path, target, most: float) -> None:
    answers = conformance / "pope_answers"
    evaluation = evaluate(
        "pope",
        [f"{model}={answers}/{files}" for model, files in MODELS.items()],
        [f"pope={conformance}/pope", f"repope={conformance}/repope"],
        [answers / "llava-1.6-vicuna-7b.questions.jsonl", conformance / "pope/llava_pope_test_2910.jsonl"],
        allow_missing=True,
    )
    items = items_of(evaluation.questions, evaluation.label_sets[0])
    truth = truth_of(items, evaluation.label_sets[1])
    replies = contradictions(items, evaluation, {model: model for model in MODELS})
    assert replies.said.shape == (3, 5127)
    ranker = Ranker(items, replies, target=target)
    old = {each.key: each.old for each in items}
    looked = simulated_order(ranker, truth, every=250)
    hits = [truth[key] != old[key] and (target != "wrong" or truth[key] != "ambiguous") for key in looked]
    found = np.cumsum(hits) / sum(hits)
    assert sum(hits) == {"wrong": 139 + 49, "wrong or ambiguous": 139 + 49 + 207 + 141}[target]
    assert (np.argmax(found >= 0.8) + 1) / len(looked) < most
