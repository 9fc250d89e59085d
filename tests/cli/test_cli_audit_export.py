"""``sightline audit export``: what it writes and says."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_pope import NEGATIVES, audited_rows_of, rows_of, write_lines

from sightline.audit.entries import Entry, outcomes_of
from sightline.audit.interchange.spreadsheet import spreadsheet
from sightline.audit.items import Item
from sightline.audit.replay import replay, truth_of
from sightline.audit.store import Store
from sightline.benchmarks import benchmark
from sightline.evaluation.keys import read_answer_keys

Run = Callable[..., str]

WORDS = {"b.jpg cat": "no", "b.jpg dog": "yes", "c.jpg car": "ambiguous"}
"""What tiny_pope calls audited; of seven other items people say what the label says."""


@pytest.fixture
def run(commands: Run) -> Run:
    return commands


def truth(items: tuple[Item, ...]) -> dict[str, str]:
    of = {item.key: f"{item.image} {item.text.split()[3]}" for item in items}
    return {item.key: WORDS.get(of[item.key], str(item.old)) for item in items}


def audit(run: Run, only: int = 99) -> list[Entry]:
    """An audit of the first items, replayed through two labellers and an adjudicator, who come in as CSV."""
    for split in NEGATIVES:
        write_lines(Path("old") / f"tiny_pope_{split}.json", rows_of(split))
    run("audit", "new", "a.sqlite", "--labels", "old=old")
    with Store.open("a.sqlite") as store:
        items = store.items()
    entries = replay(items[:only], truth(items))
    Path("said.csv").write_bytes(spreadsheet(items, entries))
    run("audit", "import", "a.sqlite", "said.csv", "--from", "csv", "--add-people")
    return entries


def test_native_files_come_with_what_was_left_out_and_a_summary(run: Run) -> None:
    audit(run)
    out = run("audit", "export", "a.sqlite", "--to", "native", "--labels", "old=old", "--out", "new")
    for split in NEGATIVES:
        expected = "".join(json.dumps(row) + "\n" for row in audited_rows_of(split))
        assert (Path("new") / f"tiny_pope_{split}.json").read_text() == expected
    assert out.splitlines() == [
        "audit          a.sqlite",
        "kept           7 labels were found to be right",
        "flipped        2: 1 yes → no, 1 no → yes",
        "ambiguous      1, left out of the files",
        "not looked at  0",
        "rows           5 have another label now, 3 are left out and listed",
        "written        new/tiny_pope_random.json",
        "               new/tiny_pope_popular.json",
        "               new/tiny_pope_adversarial.json",
        "               new/left_out.jsonl",
    ]
    assert [json.loads(line)["why"] for line in Path("new/left_out.jsonl").read_text().splitlines()] == [
        "ambiguous"
    ] * 3


def test_line_ends_are_those_of_the_file_that_was_checked_or_those_asked_for(run: Run) -> None:
    audit(run)
    file = Path("old/tiny_pope_random.json")
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n").removesuffix(b"\r\n"))
    export = ("audit", "export", "a.sqlite", "--to", "native", "--labels", "old=old", "--out")
    run(*export, "kept")
    run(*export, "lf", "--line-ends", "lf")
    kept, lf = (Path(folder, file.name).read_bytes() for folder in ("kept", "lf"))
    assert kept.count(b"\r\n") == 4 and lf == kept.replace(b"\r\n", b"\n"), "the last line has no end in either"
    assert Path("kept/tiny_pope_popular.json").read_bytes() == Path("lf/tiny_pope_popular.json").read_bytes()


def test_what_nobody_has_decided_keeps_its_label_and_is_counted(run: Run) -> None:
    audit(run, only=3)
    with Store.open("a.sqlite") as store:
        store.bring_in([replay(store.items(), truth(store.items()))[3]])
    out = run("audit", "export", "a.sqlite", "--to", "label-set", "--out", "set.jsonl", "--name", "mine")
    assert "flipped        1: 1 yes → no" in out and "not looked at  6, which keep their label" in out
    assert "open           1 are looked at and not decided, and keep their label" in out
    rows = [json.loads(line) for line in Path("set.jsonl").read_text().splitlines()]
    assert rows[0] == {"label_set": "mine", "version": 1} and len(rows) == 11
    (cat,) = (row for row in rows[1:] if row["image"] == "b.jpg" and row["claim"]["object"] == "cat")
    assert (cat["answer"], cat["how"], cat["by"]) == ("does not hold", "agreed", ["first", "second"])
    assert sum(row["how"] == "kept" for row in rows[1:]) == 7


def test_label_sets_keep_what_each_labeller_said_where_that_is_asked_for(run: Run) -> None:
    audit(run)
    run("audit", "export", "a.sqlite", "--to", "label-set", "--out", "set.jsonl", "--with-labellers")
    (car,) = (
        row for row in map(json.loads, Path("set.jsonl").read_text().splitlines()[1:]) if row["answer"] == "ambiguous"
    )
    assert (car["how"], car["by"], car["words"]) == (
        *("adjudicated", ["third"]),
        {"first": "ambiguous", "second": "ambiguous"},
    )


def test_other_tools_get_items_and_verdicts(run: Run) -> None:
    audit(run)
    studio = ("audit", "export", "a.sqlite", "--to", "label-studio", "--out", "tasks.json")
    out = run(*studio, "--user", "first=f@example.org")
    assert "written        tasks.json\n               tasks_config.xml" in out
    tasks = json.loads(Path("tasks.json").read_text())
    by = [each["completed_by"]["email"] for each in tasks[0]["annotations"]]
    assert (len(tasks), by, tasks[0]["data"]["image"]) == (
        *(10, ["f@example.org", "second"]),
        "/data/local-files/?d=a.jpg",
    )
    run(*studio, "--overwrite", "--blind", "--images", "https://example.org/")
    blind = json.loads(Path("tasks.json").read_text())
    assert all(task["annotations"] == [] and "adjudicated" not in task["data"] for task in blind)
    assert blind[0]["data"]["image"] == "https://example.org/a.jpg"
    run("audit", "export", "a.sqlite", "--to", "argilla", "--out", "records.json")
    assert len(json.loads(Path("records.json").read_text())) == 10
    run("audit", "export", "a.sqlite", "--to", "fiftyone", "--out", "samples.json", "--images", "images/")
    samples = json.loads(Path("samples.json").read_text())["samples"]
    assert (len(samples), samples[0]["filepath"]) == (10, "images/a.jpg")
    run("audit", "export", "a.sqlite", "--to", "csv", "--out", "all.csv", "--with-old")
    rows = list(csv.DictReader(Path("all.csv").read_text().splitlines()))
    assert len(rows) == 2 * 10 + 1 and rows[0]["old_label"] == "yes"


BAD = [
    (["--to", "native", "--out", "new"], "labels 'old', which are not public. Say where they are: --labels old=PATH"),
    (["--to", "csv", "--out", "said.csv"], "said.csv is there already; name another file, or replace it: --overwrite"),
    (["--to", "csv", "--out", "x", "--labels", "old=old"], "--labels says nothing to --to csv; it is for native"),
    (["--to", "csv", "--out", "x", "--user", "a=b"], "--user says nothing to --to csv; it is for label-studio and"),
    (["--to", "argilla", "--out", "x", "--user", "a"], "--user a: expected NAME=ID"),
    (["--to", "native", "--out", "old", "--labels", "old=old"], "is there already; name another folder"),
    (["--to", "native", "--out", "old", "--labels", "old=old", "--overwrite"], "holds the labels that were checked"),
]


@pytest.mark.parametrize(("words", "problem"), BAD, ids=[problem for _, problem in BAD])
def test_what_cannot_be_is_one_clear_error_and_writes_nothing(run: Run, words: list[str], problem: str) -> None:
    audit(run)
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file() and "sqlite" not in path.name}
    assert problem in run("audit", "export", "a.sqlite", *words, code=2)
    assert before == {path: path.read_bytes() for path in before} and not Path("x").exists()


def test_repopes_three_files_come_back_byte_for_byte_through_the_commands(run: Run, conformance: Path) -> None:
    """RePOPE's authors end lines with a line feed; POPE's popular and adversarial files have a carriage return too."""
    labels = f"pope={conformance / 'pope'}"
    run("audit", "new", "a.sqlite", "--labels", labels)
    (true,) = read_answer_keys(benchmark("pope"), (f"repope={conformance / 'repope'}",)).label_sets
    with Store.open("a.sqlite") as store:
        items = store.items()
    entries = replay(items, truth_of(items, true))
    Path("said.csv").write_bytes(spreadsheet(items, entries))
    out = run("audit", "import", "a.sqlite", "said.csv", "--from", "csv", "--add-people")
    assert "10,254 verdicts, 348 decisions of 5,127 items by first, second, third" in out
    with Store.open("a.sqlite") as store:
        assert store.outcomes() == outcomes_of(entries)
    export = ("audit", "export", "a.sqlite", "--to", "native", "--labels", labels, "--out")
    assert "flipped        188: 139 yes → no, 49 no → yes" in run(*export, "lf", "--line-ends", "lf")
    run(*export, "kept")
    for split in ("random", "popular", "adversarial"):
        theirs = (conformance / "repope" / f"coco_repope_{split}.json").read_bytes()
        assert Path(f"lf/coco_pope_{split}.json").read_bytes() == theirs
        kept = Path(f"kept/coco_pope_{split}.json").read_bytes()
        assert kept == (theirs if split == "random" else theirs.replace(b"\n", b"\r\n"))
