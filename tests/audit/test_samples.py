"""Which items the ranking has come to, whether the draw had shown them before or not."""

import random

import pytest

from sightline.audit.certificate import certificate
from sightline.audit.entries import Outcome, State
from sightline.audit.items import Item
from sightline.audit.ordering import Place
from sightline.audit.samples import samples_of
from sightline.core import Presence


def said(word: str = "yes") -> Outcome:
    return Outcome(State.AGREED, word, {"ann": word})


ONCE = Outcome(State.SEEN_ONCE, None, {"ann": "yes"})
CONFLICT = Outcome(State.CONFLICT, None, {"ann": "yes", "bob": "no"})


def place(at: int | None, draw: float, control: bool | None) -> Place:
    return Place(at, None if at is None else 1.0, draw, control, 1)


def test_without_a_ranking_everything_that_was_given_is_control() -> None:
    order = {"a": place(None, 0.3, True), "b": place(None, 0.1, True), "c": place(None, 0.9, None)}
    found = samples_of(order, {"a": said(), "b": CONFLICT})
    assert (set(found.control), set(found.ranked)) == ({"a", "b"}, set())


def test_what_the_draw_showed_is_ranked_too_once_the_ranking_has_come_to_it() -> None:
    order = {"a": place(0, 0.9, False), "b": place(1, 0.1, True), "c": place(2, 0.8, None), "d": place(3, 0.2, True)}
    found = samples_of(order, {"a": said(), "b": said(), "d": said()})
    assert set(found.ranked) == {"a", "b"}  # c waits, so d has not been come to
    assert set(found.control) == {"b", "d"}


def test_what_the_ranking_showed_is_control_too_where_it_drew_low() -> None:
    order = {"a": place(0, 0.1, False), "b": place(1, 0.2, True), "c": place(2, 0.3, None)}
    assert set(samples_of(order, {"a": said(), "b": said()}).control) == {"a", "b"}


def test_the_control_goes_no_farther_than_what_was_said() -> None:
    order = {"a": place(None, 0.1, True), "b": place(None, 0.2, True), "c": place(None, 0.3, True)}
    assert set(samples_of(order, {"a": said(), "b": ONCE}).control) == {"a"}
    assert set(samples_of(order, {}).control) == set()


def test_what_somebody_asked_for_or_brought_in_stands_for_itself_even_where_it_drew_low() -> None:
    order = {"a": place(-5, 0.1, True), "b": place(None, 0.2, None), "c": place(None, 0.3, True)}
    order["d"] = place(-4, 0.9, None)  # asked for, and not given to anybody yet
    found = samples_of(order, {"a": said(), "b": said(), "c": said()})
    assert set(found.ranked) == {"a", "b"}


@pytest.mark.parametrize("naive", [False, True])
def test_estimates_are_right_on_average_only_where_the_draws_own_finds_leave_with_the_ranked(naive: bool) -> None:
    """Of 60 labels 12 are wrong, the ranking has 9 of them among its first 15; every third look goes by the draw."""
    keys = [f"k{n:02}" for n in range(60)]
    wrong = {*keys[:9], *keys[20:50:10]}
    items = [Item(k, "a.jpg", "?", Presence(k), (), "yes", ("s",), (f"s/{k}",)) for k in keys]
    off = []
    for seed in range(300):
        draws = dict(zip(keys, random.Random(seed).sample(range(60), 60), strict=True))
        given: dict[str, bool] = {}
        for turn in range(24):
            drawn = turn % 3 == 2
            left = [key for key in keys if key not in given]
            given[min(left, key=draws.__getitem__) if drawn else left[0]] = drawn
        order = {key: place(n, draws[key] / 60, given.get(key)) for n, key in enumerate(keys)}
        outcomes = {key: said("no" if key in wrong else "yes") for key in given}
        found = samples_of(order, outcomes)
        ranked = {key for key, by_draw in given.items() if not by_draw} if naive else found.ranked
        side = certificate(items, outcomes, found.control, ranked, (), 1).sides[0]
        off.append(side.wrong.left - len(wrong - given.keys()))
    mean = sum(off) / len(off)
    error = (sum((each - mean) ** 2 for each in off) / len(off) ** 2) ** 0.5
    assert (abs(mean) < 3 * error) is not naive
