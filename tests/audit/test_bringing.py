"""Verdicts that were given elsewhere, stored in an audit that people work on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from sightline.audit.bringing import UnfitEntryError
from sightline.audit.contents import About
from sightline.audit.entries import Act, Entry, Stage, State
from sightline.audit.items import Item
from sightline.audit.people import Role
from sightline.audit.refusals import Reason
from sightline.audit.store import Store
from sightline.core import Presence

LABEL, ADJUDICATE = Stage.LABEL, Stage.ADJUDICATE
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PEOPLE = {"ann": Role.LABELLER, "bob": Role.LABELLER, "di": Role.LABELLER, "cy": Role.ADJUDICATOR}


@contextmanager
def audit(where: str, looks: int = 2) -> Iterator[Store]:
    items = [
        Item(f"i{n}", f"{n}.jpg", f"Is there a thing {n}?", Presence(f"thing {n}"), (), "yes", ("s",), (f"s/{n}",))
        for n in range(4)
    ]
    with Store.create(where, About("pope", "pope", looks=looks), items, lease_s=60, clock=lambda: NOON) as store:
        for name, role in PEOPLE.items():
            store.add_person(name, role)
        yield store


def said(person: str, item: str, word: str | None, stage: Stage = LABEL, at: int = 0, note: str = "") -> Entry:
    act = Act.SKIP if word is None else Act.VERDICT
    time = f"2025-12-31T00:00:{at:02d}.000000+00:00"
    return Entry(at, item, person, stage, act, word, note, time, 2.5, "Is there one?")


DECIDED = [
    said("ann", "i0", "yes", at=1),
    said("bob", "i0", "yes", at=2),
    said("ann", "i1", "yes", at=3),
    said("bob", "i1", "ambiguous", at=4, note="behind a tree"),
    said("cy", "i1", "no", ADJUDICATE, at=5),
    said("bob", "i2", None, at=6),
]


def test_entries_get_the_next_numbers_and_keep_what_else_they_tell(where: str) -> None:
    with audit(where) as store:
        store.claim("di", LABEL, "i3")
        first = store.say("di", "i3", LABEL, "no", request="r")
        brought = store.bring_in(DECIDED)
        assert (len(brought.added), brought.known, brought.undone, brought.people) == (6, 0, 0, ())
        entries = store.entries()
        assert entries == [first, *brought.added]
        assert [entry.number for entry in entries] == list(range(1, 8))
        assert [entry.at for entry in entries] == [first.at] * 7, "none is before the last that was there"
        own = entries[4]
        assert (own.person, own.word, own.note, own.seconds, own.wording) == (
            *("bob", "ambiguous", "behind a tree", 2.5),
            "Is there one?",
        )
        outcomes = store.outcomes()
        assert {key: (o.state, o.word) for key, o in outcomes.items()} == {
            "i0": (State.AGREED, "yes"),
            "i1": (State.ADJUDICATED, "no"),
            "i3": (State.SEEN_ONCE, None),
        }


def test_times_are_kept_where_nothing_was_said_before_and_none_lies_ahead(where: str) -> None:
    ahead = Entry(2, "i0", "bob", LABEL, Act.VERDICT, "yes", "", "2027-01-01T00:00:00.000000+00:00", None, "")
    with audit(where) as store:
        brought = store.bring_in([DECIDED[0], ahead])
        assert [entry.at for entry in brought.added] == [DECIDED[0].at, "2026-01-01T12:00:00.000000+00:00"]


def test_the_same_again_adds_nothing_even_where_it_was_taken_back_since(where: str) -> None:
    with audit(where) as store:
        store.bring_in(DECIDED[:2])
        store.undo("bob", request="undo")
        again = store.bring_in(DECIDED[:2])
        assert (again.added, again.known, again.undone) == ((), 2, 1)
        assert len(store.entries()) == 3
        changed = store.bring_in([said("bob", "i0", "no")])
        assert len(changed.added) == 1 and store.outcomes()["i0"].state is State.CONFLICT


def test_what_was_said_on_the_page_is_not_stored_a_second_time(where: str) -> None:
    with audit(where) as store:
        store.claim("ann", LABEL, "i0")
        store.say("ann", "i0", LABEL, "yes", "clear", request="r")
        assert store.bring_in([said("ann", "i0", "yes", note="clear"), said("ann", "i0", "yes")]).known == 2
        with pytest.raises(UnfitEntryError, match="ann says no of item i0, and in this audit yes") as caught:
            store.bring_in([said("bob", "i0", "yes", at=1), said("ann", "i0", "no", at=2)])
        assert (caught.value.number, len(store.entries())) == (2, 1), "nothing was stored by halves"


def test_people_go_on_where_a_file_left_off(where: str) -> None:
    with audit(where) as store:
        store.bring_in([*DECIDED[:4], said("ann", "i3", "no", at=7)])
        given = {work.item for work in store.next_items("di", LABEL, 9)}
        assert given == {"i2", "i3"}, "what two have labelled is given to nobody"
        assert [work.item for work in store.conflicts()] == ["i1"]
        (work,) = store.next_items("cy", ADJUDICATE, 9)
        assert [opinion.word for opinion in work.opinions] == ["yes", "ambiguous"]
        assert {work.item for work in store.next_items("ann", LABEL, 9)} == {"i2"}


def test_somebody_who_has_an_item_open_keeps_their_place(where: str) -> None:
    with audit(where) as store:
        store.claim("ann", LABEL, "i0")
        store.bring_in(DECIDED[:2])
        assert store.outcomes()["i0"].state is State.AGREED
        assert store.progress("ann", LABEL).held == 0
        store.claim("ann", LABEL, "i2")
        store.bring_in([said("ann", "i2", None), said("bob", "i2", "yes"), said("di", "i2", "yes")])
        assert store.outcomes()["i2"].state is State.AGREED, "who skips makes room"


REFUSED = [
    ([said("eve", "i0", "yes")], Reason.UNKNOWN, "nobody in this audit is called 'eve'"),
    ([said("ann", "x", "yes")], Reason.UNKNOWN, "there is no item 'x'"),
    ([said("ann", "i0", "maybe")], Reason.UNFIT, "'maybe' cannot be said of item i0"),
    ([said("ann", "i0", "yes", note="x" * 4001)], Reason.UNFIT, "note cannot be stored"),
    ([said("cy", "i0", "yes")], Reason.ROLE, "cy is adjudicator, and has no part in the stage 'label'"),
    ([*DECIDED[:2], said("di", "i0", "no")], Reason.TAKEN, "labelled by 2, as many as look at each, and di is none"),
    ([*DECIDED[:2], said("cy", "i0", "no", ADJUDICATE)], Reason.TAKEN, "not to be adjudicated"),
    ([DECIDED[0], said("ann", "i0", None)], Reason.SAID, "ann has had item i0 already"),
]


@pytest.mark.parametrize(("entries", "reason", "problem"), REFUSED, ids=[problem for *_, problem in REFUSED])
def test_what_the_page_would_refuse_is_refused(where: str, entries: list[Entry], reason: Reason, problem: str) -> None:
    with audit(where) as store:
        with pytest.raises(UnfitEntryError, match=problem) as caught:
            store.bring_in(entries)
        assert caught.value.reason is reason and caught.value.number == entries[-1].number
        assert store.entries() == []


def test_what_others_have_open_waits_until_they_are_done(where: str) -> None:
    with audit(where, looks=1) as store:
        store.claim("di", LABEL, "i0")
        with pytest.raises(UnfitEntryError, match="item i0 is open before somebody"):
            store.bring_in(DECIDED[:1])


def test_who_labels_and_who_decides_stay_apart(where: str) -> None:
    with audit(where) as store:
        store.add_person("eve", Role.BOTH)
        entries = [
            said("ann", "i0", "yes", at=1),
            said("eve", "i0", "no", at=2),
            said("eve", "i0", "no", ADJUDICATE, 3),
        ]
        with pytest.raises(UnfitEntryError, match="eve has had item i0 already, in the stage 'label'"):
            store.bring_in(entries)


def test_people_are_added_by_what_they_did_where_that_is_asked_for(where: str) -> None:
    entries = [said("p", "i0", "yes", at=1), said("q", "i0", "no", at=2), said("r", "i0", "no", ADJUDICATE, 3)]
    entries += [said("q", "i1", "no", at=4), said("p", "i1", "no", at=5)]
    with audit(where) as store:
        assert store.bring_in(entries, add_people=True).people == ("p", "q", "r")
        roles = {person.name: person.role for person in store.people()[-3:]}
        assert roles == {"p": Role.LABELLER, "q": Role.LABELLER, "r": Role.ADJUDICATOR}
        with pytest.raises(UnfitEntryError):
            store.bring_in([said("new", "i2", "yes"), said("new", "x", "yes", at=1)], add_people=True)
        assert "new" not in [person.name for person in store.people()], "people are stored with their verdicts, or not"
