"""Known verdicts through simulated people."""

import pytest

from sightline.audit.entries import Outcome, Stage, State, outcomes_of
from sightline.audit.items import Item, items_of
from sightline.audit.replay import ADJUDICATOR, Simulated, recovery, replay, truth_of
from sightline.benchmarks import benchmark
from sightline.core import Answer, LabelSet, Presence
from sightline.errors import RequestError
from sightline.evaluation.keys import read_answer_keys


def item(number: int, old: str = "yes", choices: tuple[str, ...] = ()) -> Item:
    claim = None if choices else Presence("dog")
    return Item(f"{number:016x}", f"{number}.jpg", "Is there a dog?", claim, choices, old, (), (f"r/{number}",))


ITEMS = [item(number) for number in range(4000)]
TRUTH = {each.key: "no" if number % 4 else "ambiguous" for number, each in enumerate(ITEMS)}


def test_people_who_never_err_find_what_is_true() -> None:
    entries = replay(ITEMS, TRUTH)
    found = outcomes_of(entries)
    assert {key: outcome.word for key, outcome in found.items()} == TRUTH
    assert sum(entry.stage is Stage.ADJUDICATE for entry in entries) == 1000, "what is ambiguous, and nothing else"
    assert [entry.number for entry in entries] == list(range(1, 9001))
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


def test_labellers_err_as_often_as_they_are_said_to() -> None:
    entries = replay(ITEMS, TRUTH, [Simulated("ann", 0.1, 0.2), Simulated("bob")], seed=3)
    said = [(TRUTH[entry.item], entry.word) for entry in entries if entry.person == "ann"]
    of_no = [word for right, word in said if right == "no"]
    assert of_no.count("yes") / len(of_no) == pytest.approx(0.1, abs=0.02)
    assert of_no.count("ambiguous") / len(of_no) == pytest.approx(0.2, abs=0.025)
    of_ambiguous = [word for right, word in said if right == "ambiguous"]
    assert of_ambiguous.count("yes") / 1000 == pytest.approx(0.05, abs=0.02), "half of a tenth"
    assert all(entry.word == TRUTH[entry.item] for entry in entries if entry.person == "bob")


def test_an_error_that_both_make_is_never_seen_and_every_other_is() -> None:
    both = replay(ITEMS, TRUTH, [Simulated("ann", 1.0), Simulated("bob", 1.0)])
    found = recovery(ITEMS, TRUTH, outcomes_of(both))
    assert found.wrong_found == 0.0
    # of ambiguous ones, half the time both choose the same of two words
    assert found.ambiguous_found == pytest.approx(0.5, abs=0.05)
    one = replay(ITEMS, TRUTH, [Simulated("ann", 1.0), Simulated("bob")])
    assert recovery(ITEMS, TRUTH, outcomes_of(one)).right == 1.0


def test_independent_errors_of_a_tenth_leave_a_hundredth() -> None:
    entries = replay(ITEMS, TRUTH, [Simulated("ann", 0.1), Simulated("bob", 0.1)], seed=1)
    found = recovery(ITEMS, TRUTH, outcomes_of(entries))
    assert 1 - found.wrong_found == pytest.approx(0.01, abs=0.006)
    assert found.right_before == 0.0 and found.adjudicated == pytest.approx(0.75 * 0.18 + 0.25 * 0.995, abs=0.02)


def test_the_same_seed_gives_the_same_people() -> None:
    erring = [Simulated("ann", 0.2), Simulated("bob", 0.2)]
    few = ITEMS[:100]
    assert replay(few, TRUTH, erring, seed=5) == replay(few, TRUTH, erring, seed=5)
    assert replay(few, TRUTH, erring, seed=5) != replay(few, TRUTH, erring, seed=6)


def test_what_is_open_keeps_its_label_and_right_ones_can_be_spoilt() -> None:
    items = [item(1), item(2), item(3)]
    truth = {items[0].key: "yes", items[1].key: "yes", items[2].key: "no"}
    outcomes = {items[0].key: Outcome(State.AGREED, "no", {}), items[2].key: Outcome(State.CONFLICT, None, {})}
    found = recovery(items, truth, outcomes)
    assert (found.right, found.spoilt, found.wrong_found) == (1 / 3, 0.5, 0.0)


def test_somebody_who_errs_on_choices_names_another_letter() -> None:
    asked = [item(number, "A", ("x", "y", "z")) for number in range(50)]
    words = [entry.word for entry in replay(asked, {each.key: "B" for each in asked}, [Simulated("ann", 1.0)])]
    assert set(words[:50]) == {"A", "C"}


def test_a_label_set_that_leaves_pairs_out_says_by_that_that_they_are_ambiguous() -> None:
    labels = LabelSet("new", {("1.jpg", Presence("dog")): Answer.DOES_NOT_HOLD})
    assert truth_of([item(1), item(2)], labels) == {item(1).key: "no", item(2).key: "ambiguous"}
    with pytest.raises(RequestError, match=r"new says nothing of 'Is there a dog\?' about 2.jpg"):
        truth_of([item(2)], LabelSet("new", {}, absent=None))


def test_repope_comes_back_from_labellers_who_err_one_by_one(conformance) -> None:
    sets = [f"{name}={conformance / name}" for name in ("pope", "repope")]
    questions, (old, true) = read_answer_keys(benchmark("pope"), sets)
    items = items_of(questions, old)
    truth = truth_of(items, true)
    assert sum(truth[each.key] not in (each.old, "ambiguous") for each in items) == 188
    assert sum(word == "ambiguous" for word in truth.values()) == 348
    erring = [Simulated("first", 0.05), Simulated("second", 0.05)]
    found = recovery(items, truth, outcomes_of(replay(items, truth, erring, ADJUDICATOR)))
    assert found.right_before == pytest.approx(1 - 536 / 5127)
    assert found.right == pytest.approx(1 - 0.05**2, abs=0.002)
