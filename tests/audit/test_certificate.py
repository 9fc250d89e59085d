from collections.abc import Mapping

import numpy as np
import pytest

from sightline.audit.certificate import ALL, certificate, people
from sightline.audit.entries import Act, Entry, Outcome, Stage, State, outcomes_of
from sightline.audit.items import Item
from sightline.core import Presence
from sightline.errors import RequestError


def items(old: Mapping[str, str | None]) -> list[Item]:
    return [
        Item(key, f"{key}.jpg", "Is there a dog?", Presence("dog"), (), word, ("random",), (f"random/{key}",))
        for key, word in old.items()
    ]


def numbered(n: int, old: str) -> list[str]:
    return [f"{old}{place:03}" for place in range(n)]


def agreed(word: str) -> Outcome:
    return Outcome(State.AGREED, word, {"ann": word, "bob": word})


CONFLICT = Outcome(State.CONFLICT, None, {"ann": "yes", "bob": "no"})


def said(number: int, item: str, person: str, word: str, seconds: float | None = 2.0, stage: str = "label") -> Entry:
    return Entry(number, item, person, Stage(stage), Act.VERDICT, word, "", "2026-01-01T00:00:00Z", seconds, "?")


def test_what_is_left_is_estimated_from_the_control_that_the_ranking_has_not_come_to() -> None:
    keys = numbered(110, "yes")
    ranked, control = keys[:10], keys[8:30]  # two of 22 drawn ones had been ranked already
    outcomes = {key: agreed("no") for key in ranked}  # all ten wrong
    outcomes |= {key: agreed("no") for key in keys[10:12]} | {key: agreed("yes") for key in keys[12:30]}
    side = certificate(items(dict.fromkeys(keys, "yes")), outcomes, control, ranked).sides[0]
    assert (side.old, side.items, side.looked, side.rest, side.control) == (ALL, 110, 30, 80, 20)
    # of 100 not ranked 20 were drawn, 2 of them wrong: 80 * 2 / 20 = 8 left, 12 found, so 12 of 20
    assert (side.wrong.found, side.wrong.in_control) == (12, 2)
    assert side.wrong.left == pytest.approx(8)
    assert side.wrong.recall == pytest.approx(0.6)
    assert side.wrong.recall_bound == 12 / (12 + side.wrong.bound)
    assert 8 < side.wrong.bound < side.wrong.any_time <= 80


def test_the_bound_can_be_redone_by_hand() -> None:
    # 20 items of which 10 were drawn and none is wrong: 4 wrong would stay unseen in C(16, 10) / C(20, 10) = 4.3 % of
    # draws, 3 in 10.5 %
    keys = numbered(20, "no")
    side = certificate(items(dict.fromkeys(keys, "no")), {key: agreed("no") for key in keys[:10]}, keys[:10], []).sides[
        0
    ]
    assert (side.wrong.left, side.wrong.bound) == (0, 3)


def test_each_old_label_has_its_own_side_and_ambiguous_ones_are_no_errors() -> None:
    yes, no = numbered(4, "yes"), numbered(6, "no")
    outcomes = {yes[0]: agreed("no"), yes[1]: Outcome(State.ADJUDICATED, "ambiguous", {}, "cyd"), no[0]: agreed("no")}
    found = certificate(items(dict.fromkeys(yes, "yes") | dict.fromkeys(no, "no")), outcomes, [], list(outcomes))
    assert [side.old for side in found.sides] == ["all", "yes", "no"]
    assert [(side.wrong.found, side.ambiguous.found, side.looked) for side in found.sides] == [
        (1, 1, 3),
        (1, 1, 2),
        (0, 0, 1),
    ]


def test_without_a_control_nothing_is_known_of_the_rest() -> None:
    keys = numbered(9, "yes")
    side = certificate(items(dict.fromkeys(keys, "yes")), {keys[0]: agreed("no")}, [], keys[:1]).sides[0]
    assert np.isnan(side.wrong.left)
    assert (side.wrong.bound, side.wrong.any_time) == (8, 8)


def test_with_everything_decided_nothing_is_left() -> None:
    keys = numbered(5, "yes")
    outcomes = {key: agreed("yes") for key in keys} | {keys[0]: agreed("no")}
    side = certificate(items(dict.fromkeys(keys, "yes")), outcomes, keys, keys[:2]).sides[0]
    assert (side.wrong.left, side.wrong.bound, side.wrong.any_time, side.rest) == (0, 0, 0, 0)
    assert side.wrong.recall_bound == 1


def test_what_people_disagree_about_counts_as_wrong_in_the_bound() -> None:
    keys = numbered(20, "no")
    decided = {key: agreed("no") for key in keys[:10]}
    calm = certificate(items(dict.fromkeys(keys, "no")), decided, keys[:10], []).sides[0]
    disputed = decided | {keys[0]: CONFLICT}
    side = certificate(items(dict.fromkeys(keys, "no")), disputed, keys[:10], []).sides[0]
    assert (side.looked, side.waiting, side.control) == (9, 1, 9)
    assert side.wrong.bound > calm.wrong.bound + 1
    # the same in the ranked part: it may be wrong, and the control says nothing of it
    ranked = certificate(items(dict.fromkeys(keys, "no")), {keys[0]: CONFLICT}, [], keys[:1]).sides[0]
    assert ranked.wrong.bound == 20


def test_what_somebody_asked_for_stands_for_itself() -> None:
    keys = numbered(20, "no")
    outcomes = {key: agreed("no") for key in keys[:10]} | {keys[19]: agreed("yes")}
    side = certificate(items(dict.fromkeys(keys, "no")), outcomes, keys[:10], []).sides[0]
    assert (side.wrong.found, side.wrong.in_control, side.wrong.left) == (1, 0, 0)


def test_time_is_taken_per_person_and_a_page_left_open_counts_five_minutes() -> None:
    keys = numbered(3, "yes")
    entries = [
        said(1, keys[0], "ann", "yes", 2),
        said(2, keys[1], "ann", "yes", 4),
        said(3, keys[2], "ann", "yes", 9e4),
    ]
    entries += [said(4, keys[0], "bob", "yes", None)]
    found = certificate(items(dict.fromkeys(keys, "yes")), outcomes_of(entries), [], [], entries)
    ann, bob = found.pace
    assert (ann.person, ann.looks, ann.skipped, ann.median_s) == ("ann", 3, 0, 4)
    assert ann.mean_s == pytest.approx((2 + 4 + 300) / 3)
    assert (bob.looks, np.isnan(bob.mean_s)) == (1, True)


def test_finishing_costs_the_looks_that_are_left_and_the_adjudications_to_expect() -> None:
    keys = numbered(10, "yes")
    entries = [
        said(n, key, who, "yes") for n, (key, who) in enumerate((k, w) for k in keys[:3] for w in ("ann", "bob"))
    ]
    entries += [said(20, keys[3], "ann", "yes"), said(21, keys[3], "bob", "no"), said(22, keys[4], "ann", "no")]
    found = certificate(items(dict.fromkeys(keys, "yes")), outcomes_of(entries), [], [], entries)
    # one look at the fifth, two at each of five more; one conflict now, and one of four so far makes 1.5, so 2 of six
    assert (found.cost.looks, found.cost.adjudications) == (11, 3)
    assert found.cost.hours == pytest.approx((11 + 3) * 2 / 3600)


def test_items_without_a_label_are_counted_apart() -> None:
    found = certificate(items({"a": "yes", "b": None}), {}, [], [])
    assert (found.unlabelled, found.sides[0].items) == (1, 1)
    with pytest.raises(RequestError, match="No item has a label yet"):
        certificate(items({"b": None}), {}, [], [])


def test_a_control_of_another_audit_is_refused() -> None:
    with pytest.raises(RequestError, match="zzz is of no item"):
        certificate(items({"a": "yes"}), {}, ["zzz"], [])


def test_agreement_is_that_of_labellers_not_of_adjudicators() -> None:
    outcomes = {
        "a": agreed("yes"),
        "b": agreed("no"),
        "c": agreed("no"),
        "d": Outcome(State.ADJUDICATED, "ambiguous", {"ann": "yes", "bob": "no"}, "cyd"),
    }
    found = people(outcomes)
    assert found.percent.value == 0.75
    # agree 3/4, by chance 1/2 * 1/4 + 1/2 * 3/4 = 1/2
    assert found.kappas["ann", "bob"].value == pytest.approx(0.5)
    assert set(found.quality.labellers) == {"ann", "bob"}


def test_the_bounds_hold_in_simulated_audits() -> None:
    # 240 items, 18 wrong, 12 of them high in a ranking that comes to 30; 60 are drawn, over 200 draws. The bounds
    # themselves are drawn 1,000 times and more in the tests of stats
    keys = numbered(240, "yes")
    wrong = {*keys[:12], *keys[100:106]}
    every, ranked = items(dict.fromkeys(keys, "yes")), keys[:30]
    generator = np.random.default_rng(8)
    no, yes = agreed("no"), agreed("yes")
    missed = {"bound": 0, "any_time": 0}
    errors = []
    for _ in range(200):
        drawn = [keys[place] for place in generator.permutation(240)[:60]]
        outcomes = {key: no if key in wrong else yes for key in {*ranked, *drawn}}
        found = certificate(every, outcomes, drawn, ranked).sides[0].wrong
        left = len(wrong) - found.found
        errors.append(found.left - left)
        missed["bound"] += found.bound < left
        missed["any_time"] += found.any_time < left
    assert missed["bound"] <= 16  # at most 10 expected; two standard errors
    assert missed["any_time"] <= 10
    assert abs(np.mean(errors)) < 3 * np.std(errors) / 200**0.5


def test_the_two_labels_are_estimated_apart_where_enough_was_drawn_of_each() -> None:
    yes, no = numbered(50, "yes"), numbered(150, "no")
    drawn = [*yes[:20], *no[:40]]
    outcomes = {key: agreed(key[:-3]) for key in drawn} | {key: agreed("no") for key in yes[:4]}
    side = certificate(items(dict.fromkeys(yes, "yes") | dict.fromkeys(no, "no")), outcomes, drawn, []).sides[0]
    # 4 of 20 yes wrong, 30 left: 6; none of 40 no. Together it would be 140 * 4 / 60 = 9.3
    assert side.wrong.left == pytest.approx(6)
