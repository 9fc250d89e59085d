"""What people said, out to other tools and back."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sightline.audit.entries import Act, Entry, Stage
from sightline.audit.interchange.argilla import argilla_records, argilla_user, read_argilla
from sightline.audit.interchange.fiftyone import fiftyone_dataset, read_fiftyone
from sightline.audit.interchange.label_studio import label_studio_config, label_studio_tasks, read_label_studio
from sightline.audit.interchange.spreadsheet import read_spreadsheet, spreadsheet
from sightline.audit.items import Item
from sightline.core import Presence
from sightline.errors import DataError

NOW = "2026-02-01T00:00:00.000000+00:00"
DOG = Item("1234567890123456", "ä b.jpg", "Is there a dog?", Presence("dog"), (), "yes", ("random",), ("random/1",))
CAT = Item("aaaaaaaaaaaaaaaa", "c.jpg", "Is there a cat?", Presence("cat"), (), "no", ("random",), ("random/2",))
HAT = Item("bbbbbbbbbbbbbbbb", "c.jpg", "What is red?", None, ("a cup", "=a hat"), "A", ("what",), ("what/1+",))
ITEMS = (DOG, CAT, HAT)


def entry(number: int, item: Item, person: str, word: str | None, **changes: Any) -> Entry:
    at = f"2026-01-05T10:00:{number:02d}.000000+00:00"
    act = Act.SKIP if word is None else Act.VERDICT
    return replace(Entry(number, item.key, person, Stage.LABEL, act, word, "", at, 1.5, item.text), **changes)


ENTRIES = [
    entry(1, DOG, "ann", "yes", note='=cmd|"a"\n\'second line'),
    entry(2, DOG, "bob", None, seconds=None),
    entry(3, DOG, "bob", "ambiguous", note="half of it"),
    entry(4, CAT, "ann", None),
    entry(5, HAT, "ann", "B"),
    entry(6, HAT, "@bob", "ambiguous", wording="What is red here?"),
]

TOOLS: dict[str, tuple[Callable[..., bytes], Callable[..., Any], str]] = {
    "label studio": (label_studio_tasks, read_label_studio, "tasks.json"),
    "argilla": (argilla_records, read_argilla, "records.json"),
    "fiftyone": (fiftyone_dataset, read_fiftyone, "samples.json"),
    "spreadsheet": (spreadsheet, read_spreadsheet, "verdicts.csv"),
}


@pytest.fixture(params=TOOLS)
def tool(request: pytest.FixtureRequest) -> tuple[Callable[..., bytes], Callable[..., Any], str]:
    return TOOLS[request.param]


def test_what_goes_out_comes_back_as_the_same_entries(tool, tmp_path) -> None:
    write, read, name = tool
    (tmp_path / name).write_bytes(write(ITEMS, ENTRIES))
    found = read(tmp_path / name, ITEMS, NOW)
    assert list(found.entries) == ENTRIES
    assert found.repeats == 0


def test_what_was_taken_back_does_not_go_out(tool, tmp_path) -> None:
    write, read, name = tool
    undo = entry(7, HAT, "@bob", None, act=Act.UNDO, undoes=6)
    (tmp_path / name).write_bytes(write(ITEMS, [*ENTRIES, undo]))
    assert list(read(tmp_path / name, ITEMS, NOW).entries) == ENTRIES[:-1]


def test_items_alone_go_out_blindly_and_nothing_comes_back(tool, tmp_path) -> None:
    write, read, name = tool
    data = write(ITEMS)
    (tmp_path / name).write_bytes(data)
    assert read(tmp_path / name, ITEMS, NOW).entries == ()
    assert b"old_label" not in data and b"old_label" in write(ITEMS, with_old=True)


def test_adjudications_are_nobodys_third_label(tool, tmp_path) -> None:
    write, read, name = tool
    decided = entry(7, DOG, "eve", "no", stage=Stage.ADJUDICATE)
    (tmp_path / name).write_bytes(write(ITEMS, [*ENTRIES, decided], adjudicated={DOG.key: "no"}))
    found = list(read(tmp_path / name, ITEMS, NOW).entries)
    assert found == ([*ENTRIES, decided] if name.endswith("csv") else ENTRIES)
    assert b"adjudicated" in (tmp_path / name).read_bytes()


def test_an_item_of_another_audit_is_refused(tool, tmp_path) -> None:
    write, read, name = tool
    (tmp_path / name).write_bytes(write(ITEMS, ENTRIES))
    with pytest.raises(DataError, match=rf"{name}:\d+: there is no item 'bbbbbbbbbbbbbbbb' in this audit"):
        read(tmp_path / name, (DOG, CAT), NOW)


def test_a_word_that_the_item_does_not_have_is_refused(tool, tmp_path) -> None:
    write, read, name = tool
    (tmp_path / name).write_bytes(write(ITEMS, [entry(1, DOG, "ann", "B")]))
    with pytest.raises(DataError, match=r":\d+: the verdict is 'B', expected yes, no or ambiguous"):
        read(tmp_path / name, ITEMS, NOW)


def test_the_same_again_is_counted_and_dropped_and_something_else_is_refused(tool, tmp_path) -> None:
    write, read, name = tool
    same = [entry(1, DOG, "ann", "yes"), entry(2, DOG, "ann", "yes", wording="Is there any dog?")]
    (tmp_path / name).write_bytes(write(ITEMS, same))
    found = read(tmp_path / name, ITEMS, NOW)
    assert (list(found.entries), found.repeats) == (same[:1], 1)
    other = [same[0], replace(same[1], word="no")]
    (tmp_path / name).write_bytes(write(ITEMS, other))
    with pytest.raises(DataError, match=r"ann says no of item 1234567890123456, and yes in row \d"):
        read(tmp_path / name, ITEMS, NOW)


@pytest.mark.parametrize(
    "text", ["", "[1]", '[{"a": 1}', '[{"image": "a.jpg", "choice": "yes", "id": 4}]', "a,b\n1,2\n"]
)
def test_files_that_are_broken_or_another_tools_are_refused(tool, tmp_path, text) -> None:
    _, read, name = tool
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=name):
        read(tmp_path / name, ITEMS, NOW)


# Label Studio


def annotated(tmp_path: Path, *annotations: dict[str, Any], **task: Any) -> Path:
    file = tmp_path / "tasks.json"
    data = {"item": DOG.key, "question": DOG.text, "image": "x"}
    file.write_text(json.dumps([{"id": 9, "data": data, "annotations": list(annotations), **task}]))
    return file


def annotation(word: str | None = "yes", by: object = "ann", **changes: Any) -> dict[str, Any]:
    """As Label Studio exports it."""
    result = {"id": "x1", "from_name": "verdict", "to_name": "image", "type": "choices", "value": {"choices": [word]}}
    whole = {"id": 3, "completed_by": by, "was_cancelled": False, "lead_time": 2.25, "result": [result] if word else []}
    return {**whole, "created_at": "2026-01-05T12:00:00.5+02:00", "draft_created_at": None, "project": 1, **changes}


def test_a_cancelled_task_is_a_skip_and_never_ambiguous(tmp_path) -> None:
    file = annotated(tmp_path, annotation(None, was_cancelled=True), annotation("ambiguous", "bob", was_cancelled=True))
    found = read_label_studio(file, ITEMS, NOW)
    assert [(each.act, each.word) for each in found.entries] == [(Act.SKIP, None)] * 2


def test_times_and_durations_of_label_studio_are_kept(tmp_path) -> None:
    (found,) = read_label_studio(annotated(tmp_path, annotation()), ITEMS, NOW).entries
    assert (found.at, found.seconds) == ("2026-01-05T10:00:00.500000+00:00", 2.25)
    (found,) = read_label_studio(annotated(tmp_path, annotation(created_at=None)), ITEMS, NOW).entries
    assert found.at == NOW


@pytest.mark.parametrize(
    ("by", "people", "person"),
    [
        (7, {"7": "ann"}, "ann"),
        ({"id": 7, "email": "a@b.org"}, {}, "a@b.org"),
        ({"id": 7, "email": "a@b.org"}, {"a@b.org": "ann"}, "ann"),
        ({"id": 7, "email": "a@b.org"}, {"7": "ann"}, "ann"),
        (None, {"none": "ann"}, "ann"),
    ],
)
def test_whoever_annotated_is_put_to_a_name(tmp_path, by, people, person) -> None:
    (found,) = read_label_studio(annotated(tmp_path, annotation(by=by)), ITEMS, NOW, people).entries
    assert (found.person, found.stage) == (person, Stage.LABEL)


@pytest.mark.parametrize(
    ("by", "message"),
    [
        (7, r"it is not told who 7 is\. Say who: 7=NAME"),
        ({"id": 7}, r"it is not told who 7 is"),
        (None, r"nobody is named who gave this verdict\. Say who: none=NAME"),
    ],
)
def test_whoever_is_not_told_is_asked_for(tmp_path, by, message) -> None:
    with pytest.raises(DataError, match=rf"tasks.json:1: {message}"):
        read_label_studio(annotated(tmp_path, annotation(by=by)), ITEMS, NOW)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"result": []}, "an annotation was handed in without a choice"),
        ({"result": "yes"}, "the result of an annotation is 'yes'"),
        ({"result": [{"type": "choices", "value": {"choices": ["yes", "no"]}}]}, r"\['yes', 'no'\], expected one"),
        ({"result": [{"type": "rectanglelabels", "value": {}}]}, "of type 'rectanglelabels', expected choices"),
        ({"created_at": "yesterday"}, "the time is 'yesterday'"),
        ({"created_at": "2026-01-05T12:00:00"}, "Expected ISO 8601 with its zone"),
        ({"lead_time": -1}, "the time looked at it is -1, expected seconds"),
    ],
)
def test_annotations_that_say_nothing_clear_are_refused(tmp_path, changes, message) -> None:
    with pytest.raises(DataError, match=message):
        read_label_studio(annotated(tmp_path, annotation(**changes)), ITEMS, NOW)


def test_drafts_and_predictions_are_nobodys_verdict(tmp_path) -> None:
    prediction = {"model_version": "m", "score": 0.9, "result": annotation()["result"]}
    file = annotated(tmp_path, annotation(), drafts=[{"result": []}], predictions=[prediction])
    found = read_label_studio(file, ITEMS, NOW)
    assert (len(found.entries), found.unsubmitted) == (1, 1)


def test_tasks_hold_what_the_configuration_asks_for_and_ids_are_unique() -> None:
    for items in (ITEMS[:2], ITEMS):
        tasks = json.loads(label_studio_tasks(items, ENTRIES if items == ITEMS else ENTRIES[:4]))
        asked = {part.split('"')[0] for part in label_studio_config(items).split('value="$')[1:]}
        assert all(asked <= task["data"].keys() for task in tasks)
        ids = [result["id"] for task in tasks for each in task["annotations"] for result in each["result"]]
        assert len(ids) == len(set(ids))
    assert tasks[0]["data"]["image"] == "/data/local-files/?d=%C3%A4%20b.jpg"
    assert tasks[0]["annotations"][0]["completed_by"] == {"email": "ann"}


def test_addresses_go_out_where_they_are_told() -> None:
    tasks = json.loads(label_studio_tasks(ITEMS, ENTRIES, people={"ann": "ann@example.org"}))
    assert tasks[0]["annotations"][0]["completed_by"] == {"email": "ann@example.org"}


# Argilla


def recorded(tmp_path: Path, responses: object, **metadata: Any) -> Path:
    file = tmp_path / "records.json"
    record = {"id": "x", "status": "completed", "fields": {"image": "x", "question": DOG.text}, "suggestions": {}}
    file.write_text(json.dumps([{**record, "metadata": {"item": DOG.key, **metadata}, "responses": responses}]))
    return file


def test_argillas_own_export_is_read_with_its_users_put_to_names(tmp_path) -> None:
    responses = {"verdict": [{"value": "no", "user_id": "5f"}], "note": [{"value": "tiny", "user_id": "5f"}]}
    file = recorded(tmp_path, responses)
    (found,) = read_argilla(file, ITEMS, NOW, {"5f": "ann"}).entries
    assert (found.person, found.word, found.note, found.at, found.seconds) == ("ann", "no", "tiny", NOW, None)
    with pytest.raises(DataError, match=r"records.json:1: it is not told who '5f' is"):
        read_argilla(file, ITEMS, NOW)


def test_a_discarded_response_is_a_skip_and_a_draft_is_nothing(tmp_path) -> None:
    said = [
        {"values": {"verdict": {"value": "ambiguous"}}, "status": "discarded", "user_id": "1"},
        {"values": {"verdict": {"value": "yes"}}, "status": "draft", "user_id": "2"},
        {"values": {"verdict": {"value": "yes"}}, "status": "submitted", "user_id": "3"},
    ]
    found = read_argilla(recorded(tmp_path, said), ITEMS, NOW, {"1": "ann", "2": "bob", "3": "eve"})
    assert [(each.person, each.word) for each in found.entries] == [("ann", None), ("eve", "yes")]
    assert found.unsubmitted == 1


def test_a_response_changed_in_argilla_is_no_longer_told_its_old_time(tmp_path) -> None:
    (record, *_) = json.loads(argilla_records(ITEMS, ENTRIES[:1]))
    record["responses"]["verdict"][0]["value"] = "no"
    file = recorded(tmp_path, record["responses"], told=record["metadata"]["told"])
    (found,) = read_argilla(file, ITEMS, NOW, {argilla_user("ann"): "ann"}).entries
    assert (found.word, found.at, found.seconds) == ("no", NOW, None)


@pytest.mark.parametrize(
    ("responses", "message"),
    [
        ({"quality": [{"value": "yes", "user_id": "1"}]}, "a response answers 'quality', expected verdict and note"),
        ({"verdict": [{"value": ["yes"], "user_id": "1"}]}, r"a response is \['yes'\], expected a word"),
        ({"verdict": [{"value": None, "user_id": "1", "status": "submitted"}]}, "submitted without a verdict"),
        ({"verdict": [{"value": "yes", "user_id": "1", "status": "lost"}]}, "the status of a response is 'lost'"),
        ({"verdict": [{"value": "yes", "user_id": None}]}, "nobody is named who gave this verdict"),
        ("yes", "responses are 'yes'"),
    ],
)
def test_responses_that_say_nothing_clear_are_refused(tmp_path, responses, message) -> None:
    with pytest.raises(DataError, match=message):
        read_argilla(recorded(tmp_path, responses), ITEMS, NOW, {"1": "ann"})


def test_records_of_one_data_set_have_ids_of_their_own() -> None:
    ids = [record["id"] for record in json.loads(argilla_records(ITEMS, ENTRIES))]
    assert ids == [DOG.key, CAT.key, HAT.key, f"{HAT.key}-2"]


# FiftyOne


def sampled(tmp_path: Path, **fields: Any) -> Path:
    file = tmp_path / "samples.json"
    sample = {"_id": {"$oid": "5f"}, "filepath": "/x/a.jpg", "tags": [], "metadata": None, "item": DOG.key, **fields}
    file.write_text(json.dumps({"name": "d", "media_type": "image", "samples": [sample]}))
    return file


def test_labels_of_people_and_no_others_are_read(tmp_path) -> None:
    human = {"_id": {"$oid": "6a"}, "_cls": "Classification", "tags": [], "label": "no", "confidence": None}
    file = sampled(tmp_path, human_a=human, human_b=None, model_qwen={**human, "label": "yes"})
    (found,) = read_fiftyone(file, ITEMS, NOW, {"human_a": "ann"}).entries
    assert (found.person, found.word, found.wording) == ("ann", "no", DOG.text)
    with pytest.raises(DataError, match=r"samples.json:1: it is not told who 'human_a' is"):
        read_fiftyone(file, ITEMS, NOW)


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ({"_cls": "Detections", "detections": []}, "expected a classification"),
        ({"_cls": "Classification", "label": None, "tags": []}, "Without a label it is tagged 'skipped'"),
        ({"_cls": "Classification", "label": "yes", "tags": ["skipped"]}, "with one it is not"),
    ],
)
def test_labels_that_say_nothing_clear_are_refused(tmp_path, label, message) -> None:
    with pytest.raises(DataError, match=message):
        read_fiftyone(sampled(tmp_path, human_a=label), ITEMS, NOW, {"human_a": "ann"})


def test_every_field_but_fiftyones_own_is_declared() -> None:
    whole = json.loads(fiftyone_dataset(ITEMS, ENTRIES, {DOG.key: "yes"}, with_old=True))
    used = {field for sample in whole["samples"] for field in sample} - {"filepath", "tags"}
    assert used == whole["sample_fields"].keys()
    assert {field for field, kind in whole["sample_fields"].items() if "Classification" in kind} == {
        *("human_1", "human_2", "human_3", "adjudicated", "old_label")
    }


# spreadsheets


def test_no_cell_begins_as_a_formula_does_nor_looks_like_a_number(tmp_path) -> None:
    text = spreadsheet(ITEMS, ENTRIES).decode()
    assert "item:1234567890123456," in text and ",'@bob," in text
    assert "\"'=cmd|" in text


def test_lines_are_filled_in_by_hand_with_semicolons_and_empty_ones_wait(tmp_path) -> None:
    file = tmp_path / "hand.csv"
    file.write_text(f"item;person;verdict\nitem:{DOG.key};ann;yes\n{CAT.key};ann;skip\n{HAT.key};;\n")
    found = read_spreadsheet(file, ITEMS, NOW, {"ann": "Ann"})
    assert [(each.person, each.word, each.at) for each in found.entries] == [("Ann", "yes", NOW), ("Ann", None, NOW)]
    assert found.unsubmitted == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (f"{DOG.key},,yes,label", "nobody is named who gave this verdict"),
        (f"{DOG.key},ann,yes,boss", "the stage is 'boss', expected label or adjudicate"),
        ("1.23457E+15,ann,yes,label", r"there is no item '1\.23457E\+15'"),
    ],
)
def test_lines_that_say_nothing_clear_are_refused(tmp_path, row, message) -> None:
    (tmp_path / "v.csv").write_text(f"item,person,verdict,stage\n{row}\n")
    with pytest.raises(DataError, match=rf"v.csv:2: {message}"):
        read_spreadsheet(tmp_path / "v.csv", ITEMS, NOW)
