"""Labels that people checked in part, in ``score`` and ``compare``: twelve dogs, four of them drawn, one of those none.

A model that says yes to all has a precision of 11/12 as the labels stand; a quarter of what was drawn is wrong, so that
a complete audit would find three, and give it 9/12.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_pope import write_lines

from sightline.audit.audited_labels import labels_of_audit
from sightline.audit.entries import Stage
from sightline.audit.people import Role
from sightline.audit.store import Store
from sightline.records.label_sets import encode_label_set

Run = Callable[..., str]

ROWS = [
    {"question_id": n, "image": f"{n:02}.jpg", "text": "Is there a dog in the image?", "label": "yes"}
    for n in range(1, 13)
]


@pytest.fixture
def run(commands: Run) -> Run:
    write_lines(Path("old/coco_pope_random.json"), ROWS)
    write_lines(Path("m.jsonl"), [{"question_id": row["question_id"], "text": "Yes", "model_id": "m"} for row in ROWS])
    commands("audit", "new", "a.sqlite", "--labels", "old=old")
    return commands


def label(number: int) -> str:
    """Have two people label what they are given, all of it drawn; the first is no dog. Returns its image."""
    with Store.open("a.sqlite") as store:
        for name in ("ann", "bob"):
            store.add_person(name, Role.LABELLER)
        given = [work.item for work in store.next_items("ann", Stage.LABEL, number)]
        assert [work.item for work in store.next_items("bob", Stage.LABEL, number)] == given
        for place, item in enumerate(given):
            for name in ("ann", "bob"):
                store.say(name, item, Stage.LABEL, "yes" if place else "no", request=item)
        return store.image_of(given[0])


def rows(printed: str, table: str, **of: str) -> list[dict]:
    return [row for row in json.loads(printed)[table] if all(row[name] == value for name, value in of.items())]


SCORE = ("score", "pope", "--replies", "m.jsonl", "--labels", "old=old")


def test_the_corrected_score_stands_beside_the_raw_one_which_is_that_of_the_label_set(run: Run) -> None:
    label(4)
    run("audit", "export", "a.sqlite", "--to", "label-set", "--out", "audited.jsonl")
    for labels in ("audited=audited.jsonl", "audited=a.sqlite"):
        printed = run(*SCORE, labels, "--format", "json")
        (precision,) = rows(printed, "corrected", rate="precision")
        assert (precision["labels"], precision["checked"], precision["model"]) == ("audited", "old", "m")
        assert (precision["raw"], precision["estimate"]) == pytest.approx((11 / 12, 9 / 12))
        assert precision["low"] < 9 / 12 < precision["high"] < 1
        assert (precision["looked"], precision["control"], precision["rest"], precision["waiting"]) == (4, 4, 8, 0)
        assert [row["precision"] for row in rows(printed, "scores")] == pytest.approx([1, 11 / 12])


def test_the_summary_names_both_and_says_what_they_are(run: Run) -> None:
    label(4)
    out = run(*SCORE, "audited=a.sqlite", "--out", "written")
    assert "labels: audited, of which 4 of 12 were checked   reader: strict@1   (percent)" in out
    assert "F1 raw" in out and "corrected" in out
    (line,) = (line for line in out.split("(percent)")[1].splitlines() if line.startswith("   random"))
    assert line.split() == ["random", "91.67", "75.00", "91.67", "75.00", "100.00", "100.00", "95.65", "85.71"]
    assert (
        "audited: 4 of the labels that were checked were drawn at random and stand for the 8 that are not decided; "
        "before, labels were those of old." in out
    )
    assert "corrected.csv, corrected.parquet" in out and Path("written/corrected.csv").is_file()


def test_ranks_come_raw_and_corrected(run: Run) -> None:
    none = label(4)
    said = [
        {"question_id": row["question_id"], "text": "No" if row["image"] == none else "Yes", "model_id": "k"}
        for row in ROWS
    ]
    write_lines(Path("k.jsonl"), said)
    compare = ("compare", "pope", "--replies", "m.jsonl", "k.jsonl", "--labels", "old=old", "audited=a.sqlite")
    printed = run(*compare, "--metric", "accuracy", "--format", "json", "--draws", 100)
    of = {row["model"]: row for row in rows(printed, "corrected", rate="accuracy")}
    assert (of["m"]["raw"], of["m"]["estimate"]) == pytest.approx((11 / 12, 9 / 12))
    assert of["k"]["raw"] == 1
    out = run(*compare, "--metric", "accuracy", "--show", "ranks", "--draws", 100)
    ranked = out.split("accuracy corrected")[1].splitlines()
    assert [line.split()[:4] for line in ranked if line.startswith(("   k", "   m"))] == [
        ["k", "100.00", "1", "100.00"],
        ["m", "91.67", "2", "75.00"],
    ]


def test_a_complete_audit_needs_no_correction(run: Run) -> None:
    label(12)
    printed = run(*SCORE, "audited=a.sqlite", "--format", "json")
    assert list(json.loads(printed)) == ["scores"]
    assert [row["precision"] for row in rows(printed, "scores")] == pytest.approx([1, 11 / 12])


def test_without_a_control_or_the_labels_before_it_is_said_why_nothing_is_corrected(run: Run) -> None:
    label(4)
    with Store.open("a.sqlite") as store:
        text = encode_label_set(labels_of_audit(store, "audited", "a")).decode()
    Path("ranked.jsonl").write_text(text.replace('"looked": "control"', '"looked": "ranked"'))
    out = run(*SCORE, "audited=ranked.jsonl")
    assert "audited: checked in part, and not corrected: 8 items of 'yes' are not decided, and none was drawn" in out
    other = [row | {"label": "no"} for row in ROWS]
    write_lines(Path("other/coco_pope_random.json"), other)
    out = run("score", "pope", "--replies", "m.jsonl", "--labels", "other=other", "audited=a.sqlite")
    assert "audited: checked in part, and not corrected: none of the label sets is the one that was checked" in out


def test_a_file_that_is_no_audit_is_told(run: Run) -> None:
    Path("broken.sqlite").write_bytes(b"SQLite format 3\0" + b"x" * 100)
    assert "broken.sqlite: the audit cannot be used" in run(*SCORE, "audited=broken.sqlite", code=2)
