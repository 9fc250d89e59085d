"""``sightline audit status``, as users type it."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from sightline.audit.contents import About
from sightline.audit.entries import Stage
from sightline.audit.items import Item
from sightline.audit.people import Role
from sightline.audit.samples import samples_of
from sightline.audit.store import Store
from sightline.cli import main
from sightline.core import Presence

LABEL, ADJUDICATE = Stage.LABEL, Stage.ADJUDICATE


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sightline.audit.database.SYNCHRONOUS", "OFF")
    return tmp_path


def items(old: Sequence[str | None]) -> list[Item]:
    return [
        Item(
            f"i{n:03}", f"{n}.jpg", "Is there a thing?", Presence(f"thing {n}"), (), word, ("random",), (f"random/{n}",)
        )
        for n, word in enumerate(old)
    ]


def new_audit(
    old: Sequence[str | None], looks: int = 1, control_every: int = 10, labellers: Iterable[str] = "a"
) -> Store:
    store = Store.create("audit.sqlite", About("pope", "own", looks=looks, control_every=control_every), items(old))
    for name in labellers:
        store.add_person(name, Role.LABELLER)
    store.add_person("cy", Role.ADJUDICATOR)
    return store


def label_next(store: Store, wrong: Iterable[str], count: int) -> None:
    """One labeller says what is true of the next items, which is not the old label of some."""
    old = {item.key: item.old for item in store.items()}
    for _ in range(count):
        (work,) = store.next_items("a", LABEL)
        other = "no" if old[work.item] == "yes" else "yes"
        word = other if work.item in wrong else str(old[work.item])
        store.say("a", work.item, LABEL, word, seconds=2.0, request=work.item)


def take(store: Store, person: str, item: int, word: str, stage: Stage = LABEL, seconds: float = 2.0) -> None:
    store.claim(person, stage, f"i{item:03}")
    store.say(person, f"i{item:03}", stage, word, seconds=seconds, request=f"{stage}{item}")


def status(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["audit", "status", "audit.sqlite", *words]) == 0
    return capsys.readouterr().out


def rows(out: str, *first: str) -> list[list[str]]:
    found = [line.split() for line in out.splitlines()]
    return [row for row in found if row[: len(first)] == list(first)]


def test_before_anybody_looked_nothing_is_claimed(capsys) -> None:
    new_audit(["yes"] * 4 + ["no"] * 6, looks=2).close()
    out = status(capsys)
    assert "0 of 10 items decided (0%)" in out
    assert rows(out, "wrong") == [["wrong", "all", "10", "0", "0", "–", "10", "10", "–", "–"]]
    assert "No item that speaks for the other 10 is decided yet" in out
    assert "20 looks and as yet unknown decisions of an adjudicator; no time has been measured yet" in out
    assert "sightline audit rank audit.sqlite --replies FILE" in out
    assert "agree" not in out


def test_a_random_half_without_errors_bounds_the_rest(capsys) -> None:
    with new_audit(["no"] * 20) as store:
        label_next(store, (), 10)
    out = status(capsys)
    # 4 wrong of 20 would stay unseen among 10 drawn in C(16, 10) / C(20, 10) = 4.3 %, 3 in 10.5 %
    assert rows(out, "wrong", "all")[0][:7] == ["wrong", "all", "20", "10", "0", "0.0", "3"]
    assert "None of the drawn ones is wrong, which does not mean that nothing is left" in out
    assert "10 drawn items are few" in out
    assert "10 looks and about 0 decisions of an adjudicator, about 0 minutes of people's time" in out
    assert "the same verdict: no item was looked at by two labellers." in out
    assert "How often labellers are right cannot be told" in out
    assert rows(out, "a", "label") == [["a", "label", "10", "0", "2.0", "2.0"]]


def test_the_share_of_errors_among_the_drawn_is_that_of_the_rest(capsys) -> None:
    with new_audit(["yes"] * 100) as store:
        drawn = sorted(store.order(), key=lambda key: store.order()[key].draw)[:40]
        label_next(store, drawn[:4], 40)
    out = status(capsys, "--json", "status.json")
    # 4 of 40 drawn, 60 left: 6
    assert rows(out, "wrong", "all")[0][2:6] == ["100", "40", "4", "6.0"]
    found = json.loads(Path("status.json").read_text())
    side = found["certificate"]["sides"][0]
    assert (side["wrong"]["found"], side["wrong"]["left"], side["wrong"]["recall"]) == (4, 6.0, 0.4)
    assert side["wrong"]["recall_bound"] == 4 / (4 + side["wrong"]["bound"])
    assert (found["control_decided"], found["states"]["agreed"], found["states"]["unseen"]) == (40, 40, 60)
    assert found["people"]["krippendorff_alpha"]["value"] is None
    assert "Written to status.json" in out


def test_what_both_the_draw_and_the_ranking_come_to_does_not_speak_for_the_rest(capsys) -> None:
    """All ten errors stand first in the ranking; every second look goes by the draw, which meets two of them."""
    with new_audit(["yes"] * 60, control_every=2) as store:
        by_draw = sorted(store.order(), key=lambda key: store.order()[key].draw)
        ranked = [*by_draw[-8:], *by_draw[:2], *by_draw[-9:1:-1]]
        store.set_order([(key, 1.0) for key in ranked], ["m"], "in their order")
        label_next(store, ranked[:10], 30)
        samples = samples_of(store.order(), store.outcomes())
        met = [key for key in by_draw[:2] if store.order()[key].control]
    assert met == by_draw[:2]
    assert set(met) <= samples.ranked & samples.control
    out = status(capsys)
    assert rows(out, "wrong", "all")[0][2:6] == ["60", "30", "10", "0.0"]
    assert "ranking 1 of" in out and "(in their order)" in out
    assert f"{len(samples.control - samples.ranked)} items that were drawn at random" in out.replace("\n", " ")


def test_agreement_and_times_are_those_of_labellers_and_conflicts_wait(capsys) -> None:
    with new_audit(["yes", "no", "no", "yes", "no"], looks=2, labellers=("ann", "bob")) as store:
        for item, (first, second) in enumerate([("yes", "yes"), ("no", "no"), ("no", "no"), ("yes", "no")]):
            take(store, "ann", item, first, seconds=1.0)
            take(store, "bob", item, second, seconds=3.0)
        take(store, "ann", 4, "no", seconds=1.0)
    out = status(capsys)
    assert "3 of 5 items decided (60%), 1 to be adjudicated, 1 looked at once" in out
    # the same 3 of 4; kappa: by chance 1/2 * 1/4 + 1/2 * 3/4 = 1/2, so (3/4 - 1/2) / (1 - 1/2)
    assert [row[3] for row in rows(out, "the", "same", "verdict")] == ["0.75"]
    assert [row[5] for row in rows(out, "Cohen's", "kappa,", "ann", "and", "bob")] == ["0.50"]
    # alpha: 2 of 8 values disagree; by chance 2 * 3 * 5 / (8 * 7) pairs; 1 - (2 / 8) / (30 / 56)
    assert [row[2] for row in rows(out, "Krippendorff's", "alpha")] == [f"{1 - 0.25 / (30 / 56):.2f}"]
    assert rows(out, "ann", "label")[0][2:6] == ["5", "0", "1.0", "1.0"]
    assert rows(out, "bob", "label")[0][2:6] == ["4", "0", "3.0", "3.0"]
    assert "With two labellers it cannot tell which of them errs" in out
    assert "counts as wrong in the bounds" in out


def test_an_adjudicator_decides_and_is_timed_apart(capsys) -> None:
    with new_audit(["yes", "no"], looks=2, labellers=("ann", "bob")) as store:
        take(store, "ann", 0, "yes")
        take(store, "bob", 0, "ambiguous")
        take(store, "ann", 1, "no")
        take(store, "bob", 1, "no")
        take(store, "cy", 0, "ambiguous", ADJUDICATE, seconds=7.0)
    out = status(capsys)
    assert rows(out, "ambiguous", "all")[0][3:5] == ["2", "1"]
    assert rows(out, "cy", "adjudicate")[0][2:6] == ["1", "0", "7.0", "7.0"]
    assert "to finish    nothing: all items are decided" in out
    assert "Every label is decided, so nothing is left to estimate." in out


def test_finishing_costs_what_is_left_at_the_pace_so_far(capsys) -> None:
    with new_audit(["yes"] * 10, looks=2, labellers=("ann", "bob")) as store:
        for item in range(4):
            take(store, "ann", item, "yes", seconds=30.0)
            take(store, "bob", item, "no" if item == 0 else "yes", seconds=30.0)
    # 12 looks at six; one conflict, and one of four of the six: 1.5, so 2
    assert "12 looks and about 3 decisions of an adjudicator, about 8 minutes" in status(capsys)


def test_a_ranking_that_learnt_from_the_control_is_told(capsys) -> None:
    with new_audit(["yes"] * 20) as store:
        label_next(store, (), 5)
        store.set_order([(item.key, 1.0) for item in store.items()], ["m"], "from 5 verdicts")
        label_next(store, (), 1)
    assert "only the bound at any time is exact" in status(capsys)


def test_items_without_a_label_are_told_apart(capsys) -> None:
    new_audit(["yes", None, None]).close()
    assert "2 items have no label to check; they are not in the table." in status(capsys)


def test_without_any_label_agreement_is_still_shown(capsys) -> None:
    with new_audit([None, None], looks=2, labellers=("ann", "bob")) as store:
        for item, words in enumerate([("yes", "yes"), ("no", "yes")]):
            take(store, "ann", item, words[0])
            take(store, "bob", item, words[1])
    out = status(capsys)
    assert "No item has a label to check yet" in out
    assert [row[3] for row in rows(out, "the", "same", "verdict")] == ["0.50"]


@pytest.mark.parametrize("columns", ["80", "100", "200"])
def test_no_window_cuts_anything_off(capsys, monkeypatch, columns) -> None:
    with new_audit(["yes", "no", "no", "yes"], looks=2, labellers=("ann", "bob")) as store:
        for item in range(4):
            take(store, "ann", item, "yes")
            take(store, "bob", item, "ambiguous" if item else "yes")
    monkeypatch.setenv("COLUMNS", columns)
    assert "…" not in status(capsys)


def test_an_audit_that_is_not_there_says_how_to_make_one(capsys) -> None:
    assert main(["audit", "status", "none.sqlite"]) == 2
    assert "there is no such audit. Make it: sightline audit new" in capsys.readouterr().err


def test_a_record_that_cannot_be_written_is_an_error(capsys) -> None:
    new_audit(["yes"]).close()
    Path("file").write_text("")
    assert main(["audit", "status", "audit.sqlite", "--json", "file/status.json"]) == 2
    assert "cannot be written" in capsys.readouterr().err
