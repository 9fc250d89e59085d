from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from sightline.audit.contents import About
from sightline.audit.database import database_url
from sightline.audit.entries import Act, Stage, State
from sightline.audit.giving import Opinion, Work
from sightline.audit.items import Item
from sightline.audit.people import Role
from sightline.audit.refusals import Reason, RefusedError
from sightline.audit.store import Store
from sightline.core import Presence
from sightline.errors import MissingError, RequestError

LABEL, ADJUDICATE = Stage.LABEL, Stage.ADJUDICATE


class Clock:
    """A clock that goes as it is told."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def items(count: int) -> list[Item]:
    return [
        Item(
            f"i{n}",
            f"image{n % 3}.jpg",
            f"Is there a thing {n}?",
            Presence(f"thing {n}"),
            (),
            "yes",
            ("s",),
            (f"s/{n}",),
        )
        for n in range(count)
    ]


@contextmanager
def audit(where: str, count: int = 3, clock: Clock | None = None, looks: int = 2, **people: Role) -> Iterator[Store]:
    about = About("pope", "pope", looks=looks, control_every=10)
    with Store.create(where, about, items(count), lease_s=60, clock=clock or Clock()) as store:
        for name, role in (people or {"ann": Role.LABELLER, "bob": Role.LABELLER, "cy": Role.ADJUDICATOR}).items():
            store.add_person(name, role)
        store.set_order([(f"i{n}", count - n) for n in range(count)], [], "in their order")
        yield store


def keys(works: tuple[Work, ...]) -> list[str]:
    return [work.item for work in works]


def take(store: Store, person: str, item: str, word: str, stage: Stage = LABEL, note: str = "") -> int:
    store.claim(person, stage, item)
    return store.say(person, item, stage, word, note, request=f"{person}{item}{word}{stage}").number


def in_conflict(store: Store, item: str = "i0") -> None:
    take(store, "ann", item, "yes", note="at the back")
    take(store, "bob", item, "no")


@contextmanager
def refused(reason: Reason) -> Iterator[None]:
    with pytest.raises(RefusedError) as caught:
        yield
    assert caught.value.reason is reason


def execute(where: str, statement: str) -> None:
    engine = create_engine(database_url(where))
    try:
        with engine.begin() as connection:
            if "://" not in where:
                connection.execute(text("PRAGMA foreign_keys = ON"))
            connection.execute(text(statement))
    finally:
        engine.dispose()


# what is kept


def test_items_and_what_is_audited_come_back_as_they_were_given(where: str) -> None:
    given = [*items(2), Item("c", "c.jpg", "Which?", None, ("a cat", "a “dog”"), "B", ("finer",), ("f/1", "f/2"))]
    about = About("pope", "mine", "Count reflections too.", "images", 1, 7, 5, "ab12")
    with Store.create(where, about, given, clock=Clock()) as store:
        made = store.about
    assert made == About(
        "pope", "mine", "Count reflections too.", "images", 1, 7, 5, "ab12", "2026-01-01T12:00:00.000000+00:00"
    )
    with Store.open(where) as store:
        assert store.about == made
        assert store.items() == tuple(given)
        assert store.item("c") == given[2]
        assert store.image_of("c") == "c.jpg"


def test_an_audit_is_not_made_over_another(where: str) -> None:
    with audit(where):
        pass
    with pytest.raises(RequestError, match=r"holds tables already \(alembic_version, .*Choose a new"):
        Store.create(where, About("pope", "pope"), items(1))


@pytest.mark.parametrize(
    ("about", "given", "problem"),
    [
        (About("b", "l", looks=3), items(1), "looks is 3"),
        (About("b", "l", control_every=0), items(1), "control_every is 0"),
        (About("b", "l"), [], "no items"),
        (About("b", "l"), items(1) * 2, "Two items have the key i0"),
    ],
)
def test_what_is_no_audit_is_refused_and_leaves_the_place_free(
    where: str, about: About, given: list[Item], problem: str
) -> None:
    with pytest.raises(RequestError, match=problem):
        Store.create(where, about, given)
    with audit(where) as store:
        assert len(store.items()) == 3


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET word = 'no'",
        "UPDATE entries SET note = 'x' WHERE number = 1",
        "DELETE FROM entries",
        "INSERT INTO entries SELECT * FROM entries",
    ],
)
def test_the_database_itself_keeps_entries_as_they_are(where: str, statement: str) -> None:
    with audit(where) as store:
        take(store, "ann", "i0", "yes")
        before = store.entries()
        with pytest.raises(DBAPIError, match=r"only added|pk_entries"):
            execute(where, statement)
        assert store.entries() == before


def test_neither_replacing_nor_truncating_gets_around_that(where: str) -> None:
    with audit(where) as store:
        take(store, "ann", "i0", "yes")
        rest = "item, person, stage, act, 'no', note, at, clock, seconds, wording, undoes, request FROM entries"
        for statement in (
            ["TRUNCATE entries CASCADE"]
            if "://" in where
            else [f"REPLACE INTO entries SELECT {number}, {rest}" for number in ("number", "number + 1")]
        ):
            with pytest.raises(DBAPIError, match="only added"):
                execute(where, statement)
        assert [entry.word for entry in store.entries()] == ["yes"]


def test_the_database_itself_refuses_a_third_labeller_a_second_adjudicator_and_anybody_twice(where: str) -> None:
    give = "INSERT INTO assignments (item, person, stage, slot, state, turn) VALUES ({}, {}, '{}', {}, 'held', 0)"
    with audit(where):
        execute(where, give.format(1, 1, "label", 1))
        for item, person, stage, slot in (
            (1, 2, "label", 1),  # the slot is taken
            (1, 2, "label", 3),  # there is no such slot
            (1, 2, "adjudicate", 2),
            (1, 1, "label", 2),  # has it already
            (1, 1, "adjudicate", 1),
        ):
            with pytest.raises(IntegrityError):
                execute(where, give.format(item, person, stage, slot))


def test_with_one_look_the_database_has_no_second_slot(where: str) -> None:
    with audit(where, looks=1) as store:
        take(store, "ann", "i0", "yes")
        with refused(Reason.TAKEN):
            store.claim("bob", LABEL, "i0")
        assert store.outcomes()["i0"].state is State.AGREED


# giving


def test_an_item_goes_to_two_labellers_and_to_nobody_twice(where: str) -> None:
    with audit(where, 3, ann=Role.LABELLER, bob=Role.LABELLER, dan=Role.LABELLER) as store:
        given = {name: keys(store.next_items(name, LABEL, 9)) for name in ("ann", "bob", "dan")}
        assert sorted(given["ann"]) == sorted(given["bob"]) == ["i0", "i1", "i2"]
        assert given["dan"] == []


def test_what_somebody_holds_is_given_back_first_and_only_then_more(where: str) -> None:
    with audit(where, 5) as store:
        first = keys(store.next_items("ann", LABEL, 2))
        assert keys(store.next_items("ann", LABEL, 3))[:2] == first
        assert keys(store.next_items("ann", LABEL, 1)) == first[:1]


def test_a_labeller_gets_to_know_the_question_and_nothing_else(where: str) -> None:
    with audit(where) as store:
        take(store, "bob", "i0", "no", note="seen by bob")
        [work] = store.next_items("ann", LABEL, 1)
        assert work == Work(work.item, LABEL, f"Is there a thing {work.item[1:]}?", (), ("yes", "no", "ambiguous"), ())


def test_what_a_labeller_must_not_know_is_not_even_read(where: str) -> None:
    with audit(where) as store:
        read: list[str] = []
        event.listen(store._database._engine, "before_cursor_execute", lambda *call: read.append(call[2]))
        store.next_items("ann", LABEL, 3)
        asked = " ".join(statement for statement in read if statement.startswith("SELECT"))
        assert "items.text" in asked
        for secret in ("items.old", "items.splits", "items.questions", "items.claim", "entries.word", "score"):
            assert secret not in asked


def test_a_question_with_choices_offers_its_letters(where: str) -> None:
    with Store.create(
        where, About("finer", "finer"), [Item("c", "c.jpg", "Which?", None, ("a", "b"), "B", (), ())]
    ) as store:
        store.add_person("ann", Role.LABELLER)
        [work] = store.next_items("ann", LABEL)
        assert (work.choices, work.words) == (("a", "b"), ("A", "B", "ambiguous"))
        with refused(Reason.UNFIT):
            store.say("ann", "c", LABEL, "yes", request="1")
        assert store.say("ann", "c", LABEL, "B", request="1").word == "B"


def test_items_come_by_their_place_and_one_in_ten_by_the_draw(where: str) -> None:
    with audit(where, 100) as store:
        given = keys(store.next_items("ann", LABEL, 40))
        order = store.order()
        drawn = [order[key].control for key in given]
        assert [sum(drawn[block : block + 10]) for block in range(0, 40, 10)] == [1, 1, 1, 1]
        lowest = sorted(order, key=lambda key: order[key].draw)
        by_draw = [key for key in given if order[key].control]
        assert by_draw[0] == next(key for key in lowest if key not in given[: given.index(by_draw[0])])
        by_place = [order[key].place for key in given if not order[key].control]
        assert by_place == sorted(by_place) and len(by_place) == 36


def test_which_of_ten_is_drawn_differs_between_people_and_blocks(where: str) -> None:
    with audit(where, 60, ann=Role.LABELLER, bob=Role.LABELLER) as store:
        places = []
        for name in ("ann", "bob"):
            given = keys(store.next_items(name, LABEL, 30))
            order = store.order()
            lowest = sorted(order, key=lambda key: order[key].draw)
            places += [given.index(key) % 10 for key in lowest if key in given][:3]
        assert len(set(places)) > 1


def test_without_a_ranking_everything_goes_by_the_draw(where: str) -> None:
    with Store.create(where, About("pope", "pope", seed=3), items(8)) as store:
        store.add_person("ann", Role.LABELLER)
        given = keys(store.next_items("ann", LABEL, 8))
        order = store.order()
        assert given == sorted(order, key=lambda key: order[key].draw)
        assert all(order[key].control and order[key].ranking is None for key in given)


def test_the_draw_is_the_same_for_the_same_seed_only(where: str, tmp_path: Path) -> None:
    draws = []
    for name, seed in ((where, 1), (tmp_path / "same", 1), (tmp_path / "other", 2)):
        with Store.create(name, About("pope", "pope", seed=seed), items(5)) as store:
            draws.append({key: place.draw for key, place in store.order().items()})
    assert draws[0] == draws[1] != draws[2]


def test_after_the_ranked_items_come_the_others(where: str) -> None:
    with audit(where, 6) as store:
        store.set_order([("i4", 2.0), ("i1", 1.0)], ["llava"], "two")
        given = keys(store.next_items("ann", LABEL, 6))
        assert sorted(given) == [f"i{n}" for n in range(6)]
        assert given.index("i4") < given.index("i1")


def test_a_new_ranking_moves_what_nobody_holds(where: str) -> None:
    with audit(where, 30) as store:
        held = keys(store.next_items("ann", LABEL, 2))
        ranking = store.set_order(
            [(f"i{n}", n / 30) for n in reversed(range(30))], ["llava", "qwen"], "the other way round"
        )
        assert (ranking.number, ranking.models, ranking.items) == (2, ("llava", "qwen"), 30)
        assert keys(store.next_items("ann", LABEL, 2)) == held
        assert "i29" in keys(store.next_items("ann", LABEL, 4))
        assert store.order()["i29"][:2] == (0, 29 / 30)
        assert [ranking.made for ranking in store.rankings()] == ["in their order", "the other way round"]


@pytest.mark.parametrize(
    ("ranked", "problem"),
    [([("nope", 1.0)], "names 'nope', which is no item"), ([("i0", 1.0)] * 2, "names 'i0' twice")],
)
def test_a_ranking_of_other_items_is_refused_whole(where: str, ranked: list[tuple[str, float]], problem: str) -> None:
    with audit(where) as store:
        before = store.order()
        with pytest.raises(RequestError, match=problem):
            store.set_order([("i2", 2.0), *ranked], [], "wrong")
        assert store.order() == before


def test_what_somebody_asked_for_comes_first_and_stays_there(where: str) -> None:
    with audit(where, 50) as store:
        assert store.put_first(["i40", "i30"]) == 2
        assert store.put_first(["i20", "i40"]) == 2
        store.set_order([(f"i{n}", 0.0) for n in range(50)], [], "again")
        given = keys(store.next_items("ann", LABEL, 4))
        assert [key for key in given if key in ("i40", "i30", "i20")] == ["i40", "i30", "i20"]
        with pytest.raises(RequestError, match="no item 'nope'"):
            store.put_first(["nope"])


def test_what_two_have_is_not_given_to_a_third_however_much_it_is_asked_for(where: str) -> None:
    with audit(where) as store:
        in_conflict(store)
        assert store.put_first(["i0"]) == 0


# leases


def test_what_somebody_opened_and_left_is_offered_again(where: str) -> None:
    clock = Clock()
    with audit(where, 1, clock, looks=1) as store:
        store.next_items("ann", LABEL)
        clock.pass_by(59)
        assert store.next_items("bob", LABEL) == ()
        clock.pass_by(2)
        assert keys(store.next_items("bob", LABEL)) == ["i0"]
        with refused(Reason.TAKEN):
            store.say("ann", "i0", LABEL, "yes", request="1")
        assert store.say("bob", "i0", LABEL, "yes", request="1").number == 1


def test_asking_for_the_next_begins_the_lease_anew(where: str) -> None:
    clock = Clock()
    with audit(where, 1, clock, looks=1) as store:
        for _ in range(3):
            store.next_items("ann", LABEL)
            clock.pass_by(50)
        assert store.next_items("bob", LABEL) == ()


def test_a_late_verdict_counts_as_long_as_nobody_else_has_the_item(where: str) -> None:
    clock = Clock()
    with audit(where, 2, clock, looks=1) as store:
        store.claim("ann", LABEL, "i0")
        store.claim("ann", LABEL, "i1")
        clock.pass_by(3600)
        store.claim("bob", LABEL, "i1")
        assert store.say("ann", "i0", LABEL, "yes", request="1").number == 1
        clock.pass_by(3600)
        assert keys(store.next_items("bob", LABEL, 5)) == ["i1"]
        assert store.progress("bob", LABEL).said == 1


def test_a_verdict_keeps_its_slot_for_good(where: str) -> None:
    clock = Clock()
    with audit(where, 1, clock, looks=1) as store:
        take(store, "ann", "i0", "yes")
        clock.pass_by(1e6)
        assert store.next_items("bob", LABEL) == ()


# saying


def test_a_verdict_is_stored_with_who_when_how_long_and_on_which_wording(where: str) -> None:
    with audit(where) as store:
        store.claim("ann", LABEL, "i0")
        said = store.say("ann", "i0", LABEL, "yes", "clear – 「はい」", 1.25, "Is there a thing?", request="r")
        assert store.entries() == [said]
        assert (said.number, said.item, said.person, said.stage, said.act) == (1, "i0", "ann", LABEL, Act.VERDICT)
        assert (said.word, said.note, said.seconds, said.wording) == (
            "yes",
            "clear – 「はい」",
            1.25,
            "Is there a thing?",
        )
        assert said.at == "2026-01-01T12:00:00.000000+00:00"


def test_the_same_request_is_stored_once_and_another_under_its_name_is_refused(where: str) -> None:
    with audit(where) as store:
        store.claim("ann", LABEL, "i0")
        first = store.say("ann", "i0", LABEL, "yes", request="r")
        assert store.say("ann", "i0", LABEL, "yes", request="r") == first
        for again in (
            lambda: store.say("ann", "i0", LABEL, "no", request="r"),
            lambda: store.say("ann", "i0", LABEL, "yes", "but", request="r"),
            lambda: store.skip("ann", "i0", LABEL, request="r"),
            lambda: store.undo("ann", request="r"),
        ):
            with refused(Reason.REUSED):
                again()
        assert store.entries() == [first]


def test_two_people_may_name_their_requests_alike(where: str) -> None:
    with audit(where) as store:
        for name in ("ann", "bob"):
            store.claim(name, LABEL, "i0")
            store.say(name, "i0", LABEL, "yes", request="1")
        assert [entry.person for entry in store.entries()] == ["ann", "bob"]


def test_only_what_one_was_given_can_be_said_and_once(where: str) -> None:
    with audit(where) as store:
        with refused(Reason.NOT_GIVEN):
            store.say("ann", "i0", LABEL, "yes", request="1")
        take(store, "ann", "i0", "yes")
        with refused(Reason.SAID):
            store.say("ann", "i0", LABEL, "no", request="2")
        with refused(Reason.SAID):
            store.claim("ann", LABEL, "i0")
        with refused(Reason.UNKNOWN):
            store.say("ann", "nope", LABEL, "no", request="3")
        assert len(store.entries()) == 1


@pytest.mark.parametrize(
    ("word", "note", "seconds", "request_name"),
    [
        ("maybe", "", None, "r"),
        ("yes", "a\0b", None, "r"),
        ("yes", "half a \ud83d", None, "r"),
        ("yes", "x" * 4001, None, "r"),
        ("yes", "", -1.0, "r"),
        ("yes", "", float("nan"), "r"),
        ("yes", "", None, ""),
        ("yes", "", None, "r" * 101),
    ],
)
def test_what_cannot_be_stored_is_refused(
    where: str, word: str, note: str, seconds: float | None, request_name: str
) -> None:
    with audit(where) as store:
        store.claim("ann", LABEL, "i0")
        with refused(Reason.UNFIT):
            store.say("ann", "i0", LABEL, word, note, seconds, request=request_name)
        assert store.entries() == []


def test_a_skip_is_no_verdict_and_leaves_the_item_to_others(where: str) -> None:
    with audit(where, 1, looks=1) as store:
        store.next_items("ann", LABEL)
        skipped = store.skip("ann", "i0", LABEL, "too small", request="1")
        assert (skipped.act, skipped.word, skipped.note) == (Act.SKIP, None, "too small")
        assert store.outcomes() == {}
        assert store.next_items("ann", LABEL) == ()
        with refused(Reason.NOT_GIVEN):
            store.say("ann", "i0", LABEL, "yes", request="2")
        assert keys(store.next_items("bob", LABEL)) == ["i0"]


def test_entries_after_a_number_are_those_that_came_later(where: str) -> None:
    with audit(where) as store:
        in_conflict(store)
        assert [entry.person for entry in store.entries(since=1)] == ["bob"]
        assert store.entries(since=2) == []


def test_time_never_goes_back_where_the_clock_does(where: str) -> None:
    clock = Clock()
    with audit(where, 3, clock) as store:
        take(store, "ann", "i0", "yes")
        clock.pass_by(-7200)
        take(store, "ann", "i1", "yes")
        clock.pass_by(7201)
        take(store, "ann", "i2", "yes")
        assert [entry.at[11:19] for entry in store.entries()] == ["12:00:00", "12:00:00", "12:00:01"]
    engine = create_engine(database_url(where))
    with engine.connect() as connection:
        clocks = connection.execute(text("SELECT clock FROM entries ORDER BY number")).scalars().all()
    engine.dispose()
    assert [said[11:19] for said in clocks] == ["12:00:00", "10:00:00", "12:00:01"]


def test_a_lease_does_not_outlive_a_clock_that_was_set_back_by_more_than_that(where: str) -> None:
    clock = Clock()
    with audit(where, 2, clock, looks=1) as store:
        take(store, "ann", "i0", "yes")
        clock.pass_by(-7200)
        store.claim("ann", LABEL, "i1")
        clock.pass_by(7261)
        assert keys(store.next_items("bob", LABEL)) == ["i1"]


# undo


def test_undo_takes_the_latest_back_and_gives_its_item_again_before_all_others(where: str) -> None:
    with audit(where, 5) as store:
        first, second, third = keys(store.next_items("ann", LABEL, 3))
        store.say("ann", first, LABEL, "yes", request="1")
        store.say("ann", second, LABEL, "no", request="2")
        undo = store.undo("ann", request="3")
        assert (undo.act, undo.undoes, undo.item, undo.word) == (Act.UNDO, 2, second, None)
        assert keys(store.next_items("ann", LABEL, 2)) == [second, third]
        assert store.undo("ann", request="4").item == first
        assert keys(store.next_items("ann", LABEL, 3)) == [first, second, third]
        assert store.outcomes() == {}
        store.say("ann", first, LABEL, "ambiguous", request="5")
        assert store.outcomes()[first].labels == {"ann": "ambiguous"}
        assert len(store.entries()) == 5


def test_the_same_undo_twice_takes_back_once(where: str) -> None:
    with audit(where) as store:
        take(store, "ann", "i0", "yes")
        take(store, "ann", "i1", "yes")
        assert store.undo("ann", request="u") == store.undo("ann", request="u")
        assert set(store.outcomes()) == {"i0"}


def test_undo_is_for_ones_own_entries(where: str) -> None:
    with audit(where) as store:
        take(store, "ann", "i0", "yes")
        with refused(Reason.NOTHING):
            store.undo("bob", request="u")


def test_a_skip_can_be_taken_back_and_the_item_comes_again_where_it_is_free(where: str) -> None:
    with audit(where, 1, looks=1) as store:
        store.next_items("ann", LABEL)
        store.skip("ann", "i0", LABEL, request="1")
        store.undo("ann", request="2")
        assert keys(store.next_items("ann", LABEL)) == ["i0"]
        store.skip("ann", "i0", LABEL, request="3")
        store.next_items("bob", LABEL)
        assert store.undo("ann", request="4").undoes == 3
        assert store.next_items("ann", LABEL) == ()


def test_what_only_waits_for_an_adjudicator_can_be_taken_back_and_waits_no_more(where: str) -> None:
    with audit(where) as store:
        in_conflict(store)
        store.undo("bob", request="u")
        assert store.conflicts() == ()
        assert store.next_items("cy", ADJUDICATE) == ()


def test_what_an_adjudicator_looks_at_or_decided_cannot_be_taken_back(where: str) -> None:
    with audit(where) as store:
        in_conflict(store)
        store.next_items("cy", ADJUDICATE)
        with refused(Reason.RESTED):
            store.undo("ann", request="u")
        store.say("cy", "i0", ADJUDICATE, "no", request="1")
        with refused(Reason.RESTED):
            store.undo("ann", request="u")
        store.undo("cy", request="2")
        assert store.outcomes()["i0"].state is State.CONFLICT
        assert keys(store.next_items("cy", ADJUDICATE)) == ["i0"]


# adjudicating


def test_an_adjudicator_sees_both_verdicts_and_notes_and_decides(where: str) -> None:
    with audit(where) as store:
        take(store, "ann", "i1", "yes")
        take(store, "bob", "i1", "yes")
        in_conflict(store)
        [work] = store.next_items("cy", ADJUDICATE, 5)
        assert (work.item, work.opinions) == ("i0", (Opinion("yes", "at the back"), Opinion("no", "")))
        store.say("cy", "i0", ADJUDICATE, "ambiguous", request="1")
        outcome = store.outcomes()["i0"]
        assert (outcome.state, outcome.word, outcome.adjudicator) == (State.ADJUDICATED, "ambiguous", "cy")
        assert store.next_items("cy", ADJUDICATE) == store.conflicts() == ()


def test_what_was_taken_back_is_not_shown_to_adjudicators(where: str) -> None:
    with audit(where) as store:
        take(store, "ann", "i0", "no", note="typing error")
        store.undo("ann", request="u")
        in_conflict(store)
        [work] = store.conflicts("cy")
        assert work.opinions == (Opinion("yes", "at the back"), Opinion("no", ""))


def test_two_who_cannot_say_are_adjudicated_too(where: str) -> None:
    with audit(where) as store:
        take(store, "ann", "i0", "ambiguous")
        take(store, "bob", "i0", "ambiguous")
        assert keys(store.conflicts()) == ["i0"]


def test_nobody_adjudicates_what_they_labelled_and_no_two_the_same(where: str) -> None:
    with audit(where, 3, ann=Role.BOTH, bob=Role.BOTH, cy=Role.ADJUDICATOR, dan=Role.BOTH) as store:
        in_conflict(store)
        assert store.next_items("ann", ADJUDICATE) == store.conflicts("ann") == ()
        assert store.progress("ann", ADJUDICATE).waiting == 0
        assert store.progress("cy", ADJUDICATE).waiting == 1
        assert keys(store.next_items("cy", ADJUDICATE)) == ["i0"]
        assert store.next_items("dan", ADJUDICATE) == ()
        with refused(Reason.TAKEN):
            store.claim("dan", ADJUDICATE, "i0")


def test_who_saw_the_verdicts_does_not_label_the_item_afterwards(where: str) -> None:
    clock = Clock()
    with audit(where, 1, clock, ann=Role.LABELLER, bob=Role.LABELLER, dan=Role.BOTH) as store:
        in_conflict(store)
        store.next_items("dan", ADJUDICATE)
        clock.pass_by(100)
        store.undo("ann", request="u")
        clock.pass_by(100)
        assert store.next_items("dan", LABEL) == ()
        with refused(Reason.SAID):
            store.claim("dan", LABEL, "i0")


def test_conflicts_come_in_the_order_in_which_they_arose(where: str) -> None:
    with audit(where) as store:
        for item in ("i2", "i0", "i1"):
            in_conflict(store, item)
        assert keys(store.conflicts()) == keys(store.next_items("cy", ADJUDICATE, 3)) == ["i2", "i0", "i1"]


# people


def test_a_person_is_known_by_their_token_which_is_not_stored(where: str) -> None:
    with audit(where) as store:
        token = store.add_person("eve", Role.BOTH)
        assert len(token) == 43
        person = store.person_of(token)
        assert person is not None and (person.name, person.role) == ("eve", Role.BOTH)
        assert store.person_of(token[:-1]) is store.person_of("") is store.person_of("\ud83d") is None
    engine = create_engine(database_url(where))
    with engine.connect() as connection:
        assert token not in str(connection.execute(text("SELECT * FROM people")).all())
    engine.dispose()


def test_who_was_revoked_is_shut_out_at_once_and_what_they_hold_goes_to_others(where: str) -> None:
    with audit(where, 2, looks=1) as store:
        token = store.add_person("eve", Role.LABELLER)
        take(store, "eve", "i0", "yes")
        store.claim("eve", LABEL, "i1")
        store.revoke("eve")
        assert store.person_of(token) is None
        for act in (
            lambda: store.next_items("eve", LABEL),
            lambda: store.say("eve", "i1", LABEL, "yes", request="x"),
            lambda: store.undo("eve", request="y"),
            lambda: store.progress("eve", LABEL),
        ):
            with refused(Reason.REVOKED):
                act()
        assert keys(store.next_items("ann", LABEL, 2)) == ["i1"]
        assert store.outcomes()["i0"].labels == {"eve": "yes"}
        assert [person.revoked for person in store.people()] == [False, False, False, True]


def test_another_token_takes_the_place_of_the_first_and_lets_a_revoked_person_in_again(where: str) -> None:
    with audit(where) as store:
        first = store.add_person("eve", Role.LABELLER)
        store.revoke("eve")
        second = store.new_token("eve")
        assert store.person_of(first) is None
        assert store.person_of(second) == store.people()[-1]


@pytest.mark.parametrize("name", ["ann", "", " eve", "e\nve", "x" * 81])
def test_a_name_is_printable_and_taken_once(where: str, name: str) -> None:
    with audit(where) as store:
        with pytest.raises(RequestError, match=r"already|printable"):
            store.add_person(name, Role.LABELLER)
        assert len(store.people()) == 3


def test_roles_keep_to_their_stages(where: str) -> None:
    with audit(where) as store:
        for act in (
            lambda: store.next_items("ann", ADJUDICATE),
            lambda: store.conflicts("ann"),
            lambda: store.progress("ann", ADJUDICATE),
            lambda: store.say("ann", "i0", ADJUDICATE, "yes", request="1"),
            lambda: store.next_items("cy", LABEL),
        ):
            with refused(Reason.ROLE):
                act()
        with refused(Reason.UNKNOWN):
            store.next_items("nobody", LABEL)
        with pytest.raises(RequestError, match="Did you mean 'ann'"):
            store.revoke("anne")


# how far


def test_progress_counts_ones_own_and_all_and_tells_labellers_nothing_of_conflicts(where: str) -> None:
    with audit(where, 5) as store:
        in_conflict(store)
        take(store, "ann", "i1", "yes")
        store.claim("ann", LABEL, "i2")
        store.skip("ann", "i2", LABEL, request="s")
        store.claim("ann", LABEL, "i3")
        mine = store.progress("ann", LABEL)
        assert (mine.items, mine.looks, mine.said, mine.mine, mine.skipped, mine.held, mine.waiting) == (
            5,
            2,
            3,
            2,
            1,
            1,
            None,
        )
        assert store.progress("cy", ADJUDICATE).waiting == 1


def test_images_may_have_moved_to_where_they_are(where: str, tmp_path: Path) -> None:
    folder = tmp_path / "moved"
    folder.mkdir()
    for n in range(2):
        (folder / f"image{n}.jpg").touch()
    with audit(where) as store:
        with pytest.raises(MissingError, match=r"1 of 3 images are not here: image2\.jpg"):
            store.moved_images(folder)
        assert store.about.images is None
        (folder / "image2.jpg").touch()
        store.moved_images(folder)
        assert store.about.images == str(folder)
    with Store.open(where) as store:
        assert store.about.images == str(folder)
