"""Several threads and several processes at one audit."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from test_store import ADJUDICATE, LABEL, audit, in_conflict, items, keys

from sightline.audit.contents import About
from sightline.audit.entries import State
from sightline.audit.people import Role
from sightline.audit.refusals import Reason, RefusedError
from sightline.audit.store import Store
from sightline.errors import RequestError

PEOPLE = [f"person {n}" for n in range(8)]


def at_once(act: Callable[[str], object]) -> list[object]:
    """Let eight threads do something at the same time, each for one person."""
    barrier = Barrier(len(PEOPLE))

    def go(person: str) -> object:
        barrier.wait()
        return act(person)

    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        return list(pool.map(go, PEOPLE))


@pytest.mark.parametrize(("count", "looks"), [(500, 2), (100, 1)])
def test_eight_who_label_items_at_once_never_get_one_beyond_its_looks(where: str, count: int, looks: int) -> None:
    with audit(where, count, looks=looks, **dict.fromkeys(PEOPLE, Role.LABELLER)) as store:

        def label(person: str) -> list[str]:
            done: list[str] = []
            while works := store.next_items(person, LABEL, 25):
                done += keys(works)
                for work in works:
                    store.say(person, work.item, LABEL, "yes", request=work.item)
            return done

        given = at_once(label)
        for done in given:
            assert isinstance(done, list) and len(set(done)) == len(done)
        assert set(Counter(item for done in given for item in done).values()) == {looks}
        entries = store.entries()
        assert [entry.number for entry in entries] == list(range(1, count * looks + 1))
        assert Counter((entry.item, entry.person) for entry in entries).most_common(1)[0][1] == 1
        assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
        assert {outcome.state for outcome in store.outcomes().values()} == {State.AGREED}


def test_a_request_that_comes_eight_times_at_once_is_stored_once(where: str) -> None:
    with audit(where) as store:
        store.claim("ann", LABEL, "i0")
        entries = at_once(lambda _: store.say("ann", "i0", LABEL, "yes", request="r"))
        assert entries == store.entries() * 8


def test_of_eight_adjudicators_at_once_one_gets_the_conflict(where: str) -> None:
    with audit(where, ann=Role.LABELLER, bob=Role.LABELLER, **dict.fromkeys(PEOPLE, Role.ADJUDICATOR)) as store:
        in_conflict(store)
        given = at_once(lambda person: store.next_items(person, ADJUDICATE, 1))
        assert sorted(len(works) for works in given if isinstance(works, tuple)) == [0] * 7 + [1]


def test_of_eight_who_want_the_same_item_two_get_it(where: str) -> None:
    with audit(where, **dict.fromkeys(PEOPLE, Role.LABELLER)) as store:

        def want(person: str) -> bool:
            try:
                store.claim(person, LABEL, "i0")
            except RefusedError as error:
                assert error.reason is Reason.TAKEN
                return False
            return True

        assert sorted(at_once(want)) == [False] * 6 + [True] * 2


def test_labelling_goes_on_while_the_order_changes(where: str) -> None:
    with audit(where, 40, **dict.fromkeys(PEOPLE, Role.LABELLER)) as store:

        def label_or_rank(person: str) -> int:
            if person == PEOPLE[0]:
                for _ in range(5):
                    store.set_order([(f"i{n}", 0.0) for n in reversed(range(40))], [], "again")
                return 0
            return sum(1 for _ in iter(lambda: len(store.next_items(person, LABEL, 1)) and label(person), 0))

        def label(person: str) -> int:
            [work] = store.next_items(person, LABEL, 1)
            return store.say(person, work.item, LABEL, "no", request=work.item).number

        at_once(label_or_rank)
        assert len(store.outcomes()) == 40 and len(store.entries()) == 80


def test_entries_are_read_while_others_are_written_without_a_gap(where: str) -> None:
    with audit(where, 30, **dict.fromkeys(PEOPLE, Role.LABELLER)) as store:

        def label_or_read(person: str) -> list[int]:
            seen: list[int] = []
            if person == PEOPLE[0]:
                while len(seen) < 60:
                    seen += [entry.number for entry in store.entries(since=len(seen))]
            else:
                while works := store.next_items(person, LABEL, 2):
                    store.say(person, works[0].item, LABEL, "no", request=works[0].item)
            return seen

        assert at_once(label_or_read)[0] == list(range(1, 61))


def test_there_is_one_server_at_a_time_and_commands_work_beside_it(where: str) -> None:
    with audit(where) as maker:
        maker.close()
    with Store.open(where, serving=True) as server:
        in_conflict(server)
        with pytest.raises(RequestError, match="another server works on this audit"):
            Store.open(where, serving=True)
        with Store.open(where) as command:
            assert len(command.entries()) == 2
            command.add_person("eve", Role.LABELLER)
        assert len(server.people()) == 4
    with Store.open(where, serving=True) as again:
        assert len(again.entries()) == 2


def test_what_was_acknowledged_outlives_a_server_that_is_killed(where: str, tmp_path: Path) -> None:
    count, log = 400, tmp_path / "log"
    with Store.create(where, About("pope", "pope", looks=1), items(count)) as store:
        store.add_person("ann", Role.LABELLER)
    log.touch()
    command = [sys.executable, str(Path(__file__).with_name("say_until_killed.py")), where, "ann", str(log)]
    for wanted in (20, 50):
        process = subprocess.Popen(command)
        while len(log.read_text().splitlines()) < wanted:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
        process.wait()
    time.sleep(0.2)  # a PostgreSQL server may not have noticed yet
    noted = [line.split() for line in log.read_text().splitlines()]
    with Store.open(where, serving=True) as store:
        entries = store.entries()
        assert {(int(number), item) for number, item in noted} <= {(entry.number, entry.item) for entry in entries}
        assert len(entries) - len(noted) <= 2  # killed between storing and noting
        assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
        held = store.next_items("ann", LABEL, 3)
        assert not {work.item for work in held} & {entry.item for entry in entries}
        while works := store.next_items("ann", LABEL, 50):
            for work in works:
                store.say("ann", work.item, LABEL, "yes", request=work.item)
        assert len(store.outcomes()) == len(store.entries()) == count
