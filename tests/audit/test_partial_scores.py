import pytest

from sightline.audit.entries import Outcome, State
from sightline.audit.items import Item, items_of
from sightline.audit.partial_scores import partial_score_table
from sightline.benchmarks import benchmark
from sightline.core import Answer, Claim, ImageRef, LabelSet, Presence, Question, Reply
from sightline.errors import RequestError
from sightline.evaluation.evaluation import Evaluation

DOG = Presence("dog")


def evaluation(labels: list[str], replies: list[str], splits: tuple[str, ...] = ("random",)) -> Evaluation:
    """One dog question about each image, in each split."""
    answers: dict[tuple[str, Claim], Answer] = {
        (f"{n:02}.jpg", DOG): Answer.HOLDS if label == "yes" else Answer.DOES_NOT_HOLD for n, label in enumerate(labels)
    }
    questions = [
        Question(f"{split}/{n}", "Is there a dog in the image?", (ImageRef(f"{n:02}.jpg"),), split, (DOG,))
        for split in splits
        for n in range(len(labels))
    ]
    said = [Reply(question.id, "m", replies[place % len(replies)], "f:1") for place, question in enumerate(questions)]
    return Evaluation(benchmark("pope"), tuple(questions), (LabelSet("pope", answers),), {"m": said}, {"m": ()})


def audited(found: Evaluation) -> tuple[Item, ...]:
    return items_of(found.questions, found.label_sets[0])


def agreed(word: str) -> Outcome:
    return Outcome(State.AGREED, word, {"ann": word, "bob": word})


def row(table: object, split: str, rate: str) -> dict[str, object]:
    [only] = [r for r in table.to_pylist() if r["split"] == split and r["rate"] == rate]  # type: ignore[attr-defined]
    return only


def test_the_corrected_score_stands_beside_the_raw_one() -> None:
    # twelve yes, all called yes; four drawn, one of them wrong: precision 11/12 raw, 9/12 corrected
    found = evaluation(["yes"] * 12, ["Yes"] * 12)
    items = audited(found)
    control = [item.key for item in items[:4]]
    outcomes = {key: agreed("yes") for key in control} | {control[0]: agreed("no")}
    table = partial_score_table(found, items, outcomes, control, [])
    precision = row(table, "random", "precision")
    assert (precision["raw"], precision["estimate"]) == pytest.approx((11 / 12, 9 / 12))
    assert (precision["looked"], precision["control"], precision["rest"], precision["lowering"]) == (4, 4, 8, 1)
    assert precision["low"] < 9 / 12 < precision["high"]  # type: ignore[operator]


def test_a_drawn_item_that_the_ranking_has_come_to_stands_for_itself() -> None:
    found = evaluation(["yes"] * 12, ["Yes"] * 12)
    items = audited(found)
    control = [item.key for item in items[:4]]
    outcomes = {key: agreed("yes") for key in control} | {control[0]: agreed("no")}
    table = partial_score_table(found, items, outcomes, control, control[:1])
    assert row(table, "random", "precision")["estimate"] == pytest.approx(11 / 12)


def test_an_item_counts_in_every_split_that_asks_it_and_the_mean_comes_last() -> None:
    found = evaluation(["yes", "yes", "no", "no"], ["Yes", "Yes", "No", "No"], ("random", "popular"))
    items = audited(found)
    outcomes = {item.key: agreed(str(item.old)) for item in items} | {items[0].key: agreed("ambiguous")}
    table = partial_score_table(found, items, outcomes, [], [item.key for item in items])
    assert [row(table, split, "f1")["estimate"] for split in ("random", "popular", "mean")] == [1, 1, 1]
    assert row(table, "mean", "yes_ratio")["estimate"] == pytest.approx(1 / 3)


def test_a_control_drawn_from_strata_is_weighed_by_them() -> None:
    # two of two drawn from six easy ones hold; one of two drawn from four hard ones is no: 8 of 10 right
    found = evaluation(["yes"] * 10, ["Yes"] * 10)
    items = audited(found)
    strata = {item.key: "easy" if place < 6 else "hard" for place, item in enumerate(items)}
    drawn = [items[place].key for place in (0, 1, 6, 7)]
    outcomes = {key: agreed("yes") for key in drawn} | {drawn[3]: agreed("no")}
    table = partial_score_table(found, items, outcomes, drawn, [], strata)
    assert row(table, "random", "precision")["estimate"] == pytest.approx(0.8)


def test_what_people_disagree_about_is_counted() -> None:
    found = evaluation(["yes"] * 4, ["Yes"] * 4)
    items = audited(found)
    outcomes = {items[0].key: agreed("yes"), items[1].key: Outcome(State.CONFLICT, None, {"ann": "yes", "bob": "no"})}
    table = partial_score_table(found, items, outcomes, [items[0].key, items[1].key], [])
    assert (row(table, "random", "f1")["waiting"], row(table, "random", "f1")["control"]) == (1, 1)


def test_without_a_control_the_score_is_refused() -> None:
    found = evaluation(["yes", "no"], ["Yes", "No"])
    items = audited(found)
    with pytest.raises(RequestError, match="1 items of 'no' are not decided, and none was drawn from them for control"):
        partial_score_table(found, items, {items[0].key: agreed("yes")}, [items[0].key], [])


def test_questions_of_another_benchmark_are_refused() -> None:
    found = evaluation(["yes", "no"], ["Yes", "No"])
    items = audited(found)[:1]
    with pytest.raises(RequestError, match="random/1 is a question about no item of this audit"):
        partial_score_table(found, items, {items[0].key: agreed("yes")}, [], [items[0].key])
