"""``sightline audit import``: verdicts of other tools come in whole, once, or not at all."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_pope import NEGATIVES, rows_of, write_lines

from sightline.audit.entries import Act, Stage
from sightline.audit.people import Role
from sightline.audit.store import Store

Run = Callable[..., str]


@pytest.fixture
def run(commands: Run) -> Run:
    for split in NEGATIVES:
        write_lines(Path("old") / f"tiny_pope_{split}.json", rows_of(split))
    commands("audit", "new", "a.sqlite", "--labels", "old=old")
    commands("audit", "new", "b.sqlite", "--labels", "old=old")
    commands("audit", "people", "add", "a.sqlite", "ann", "bob")
    commands("audit", "people", "add", "a.sqlite", "cy", "--role", "adjudicator")
    return commands


def keys() -> list[str]:
    with Store.open("a.sqlite") as store:
        return [item.key for item in store.items()]


def worked_on() -> None:
    """Ann and Bob agree on the first item and differ on the second, of which Cy decides; Bob skips the third."""
    first, second, third, *_ = keys()
    with Store.open("a.sqlite") as store:
        for person, item, word in (("ann", first, "yes"), ("bob", first, "yes"), ("ann", second, "ambiguous")):
            store.claim(person, Stage.LABEL, item)
            store.say(person, item, Stage.LABEL, word, "half hidden" if word == "ambiguous" else "", 2.5, request=item)
        store.claim("bob", Stage.LABEL, second)
        store.say("bob", second, Stage.LABEL, "no", request="no")
        store.claim("bob", Stage.LABEL, third)
        store.skip("bob", third, Stage.LABEL, request="skip")
        store.claim("cy", Stage.ADJUDICATE, second)
        store.say("cy", second, Stage.ADJUDICATE, "no", request="decided")


FORMATS = ("label-studio", "argilla", "fiftyone", "csv")


@pytest.mark.parametrize("tool", FORMATS)
def test_what_goes_out_comes_back_into_another_audit_once(run: Run, tool: str) -> None:
    worked_on()
    run("audit", "export", "a.sqlite", "--to", tool, "--out", "said")
    out = run("audit", "import", "b.sqlite", "said", "--from", tool, "--add-people")
    decisions = int(tool == "csv")
    assert f"added        4 verdicts{', 1 decision' if decisions else ''}, 1 skip of 3 items by ann, bob" in out
    assert "now          " + ("2 of 10 items decided, 0" if decisions else "1 of 10 items decided, 1") in out
    with Store.open("a.sqlite") as ours, Store.open("b.sqlite") as theirs:
        wanted = [entry for entry in ours.entries() if decisions or entry.stage is Stage.LABEL]
        found = theirs.entries()
        assert [entry.number for entry in found] == list(range(1, 6 + decisions))
        assert {(e.person, e.item, e.stage, e.act, e.word, e.note, e.seconds) for e in found} == {
            (e.person, e.item, e.stage, e.act, e.word, e.note, e.seconds) for e in wanted
        }
        assert [person.name for person in theirs.people()][:2] == ["ann", "bob"]
    again = run("audit", "import", "b.sqlite", "said", "--from", tool)
    assert "added        0 verdicts\n" in again and f"not added    {5 + decisions} stored before" in again


@pytest.mark.parametrize("tool", FORMATS)
def test_an_audits_own_export_adds_nothing_to_it(run: Run, tool: str) -> None:
    worked_on()
    run("audit", "export", "a.sqlite", "--to", tool, "--out", "said")
    assert "added        0 verdicts\n" in run("audit", "import", "a.sqlite", "said", "--from", tool)


def csv_of(*rows: str) -> None:
    Path("said.csv").write_text("item,person,verdict\n" + "".join(f"{row}\n" for row in rows))


def test_a_spreadsheet_needs_only_item_person_and_verdict(run: Run) -> None:
    first, second, *_ = keys()
    csv_of(f"{first},A. N.,yes", f"{first},bob,no", f"{second},bob,", f"{first},bob,no")
    out = run("audit", "import", "a.sqlite", "said.csv", "--from", "csv", "--who", "A. N.=ann")
    assert "added        2 verdicts of 1 item by ann, bob" in out
    assert "not added    1 said twice in the file, 1 draft or empty row" in out
    with Store.open("a.sqlite") as store:
        assert [(e.person, e.word, e.act) for e in store.entries()] == [
            ("ann", "yes", Act.VERDICT),
            ("bob", "no", Act.VERDICT),
        ]
        assert [work.item for work in store.conflicts()] == [first]


def test_each_broken_file_is_one_error_with_its_row_and_nothing_is_stored(run: Run) -> None:
    first, second, *_ = keys()
    said = ("audit", "import", "a.sqlite", "said.csv", "--from", "csv")
    for rows, problem in (
        ([f"{first},ann,yes", f"{second},eve,yes"], "said.csv:3: nobody in this audit is called 'eve'. "),
        ([f"{first},ann,yes", "0123,ann,yes"], "said.csv:3: there is no item '0123' in this audit"),
        ([f"{first},ann,yes", f"{second},ann,maybe"], "said.csv:3: the verdict is 'maybe', expected yes, no or"),
        ([f"{first},ann,yes", f"{first},cy,yes"], "said.csv:3: cy is adjudicator, and has no part in"),
        ([f"{first},ann,yes", f"{first},ann,no"], "said.csv:3: ann says no of item"),
    ):
        csv_of(*rows)
        assert problem in run(*said, code=2)
    csv_of(f"{first},ann,yes", f"{first},bob,yes", f"{first},di,yes")
    assert "said.csv:4: " in run(*said, "--add-people", code=2)
    with Store.open("a.sqlite") as store:
        assert store.entries() == [] and len(store.people()) == 3


def test_foreign_files_are_refused(run: Run) -> None:
    Path("coco.json").write_text(json.dumps({"images": [], "annotations": []}))
    for tool, problem in (
        ("label-studio", "a task has data and annotations; this one has images, annotations"),
        ("argilla", "a record has fields, metadata and responses"),
        ("fiftyone", "this is no data set of FiftyOne, which has samples"),
        ("csv", "there is no column item"),
    ):
        assert problem in run("audit", "import", "a.sqlite", "coco.json", "--from", tool, code=2)
    assert "there is no such file" in run("audit", "import", "a.sqlite", "no.csv", "--from", "csv", code=2)
    assert "--who ann: expected ID=NAME" in run(
        "audit", "import", "a.sqlite", "coco.json", "--from", "csv", "--who", "ann", code=2
    )


def test_another_verdict_than_on_the_page_is_told(run: Run) -> None:
    worked_on()
    csv_of(f"{keys()[0]},ann,no")
    assert "ann says no of item" in (err := run("audit", "import", "a.sqlite", "said.csv", "--from", "csv", code=2))
    assert "and in this audit yes. Nothing of this file was stored." in err


def test_people_that_were_added_by_a_file_can_be_given_a_link(run: Run) -> None:
    csv_of(f"{keys()[0]},di,yes")
    out = run("audit", "import", "a.sqlite", "said.csv", "--from", "csv", "--add-people")
    assert "new people   di; links: sightline audit people link a.sqlite NAME" in out
    run("audit", "people", "link", "a.sqlite", "di")
    with Store.open("a.sqlite") as store:
        assert store.people()[-1].role is Role.LABELLER
