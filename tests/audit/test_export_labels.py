"""The label set of an audit of the small benchmark of tiny_pope.py, with where each label comes from."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_pope import NEGATIVES, llava, rows_of, truth, write_lines

from sightline.api import score
from sightline.audit.audited_labels import audited_labels
from sightline.audit.entries import Act, Entry, Stage, outcomes_of
from sightline.audit.items import Item, items_of
from sightline.benchmarks import benchmark
from sightline.core import Answer, Presence, Provenance
from sightline.errors import DataError, RequestError
from sightline.evaluation.keys import read_answer_keys
from sightline.records.label_sets import encode_label_set, read_label_set

AT = "2026-01-05T10:00:{:02d}.000000+00:00"


@pytest.fixture
def original(tmp_path: Path) -> str:
    for split in NEGATIVES:
        write_lines(tmp_path / "original" / f"tiny_pope_{split}.json", rows_of(split))
    return f"original={tmp_path / 'original'}"


@pytest.fixture
def items(original: str) -> dict[tuple[str, str], Item]:
    """Items by image and object."""
    questions, (old,) = read_answer_keys(benchmark("pope"), (original,))
    return {(item.image, item.claim.object): item for item in items_of(questions, old)}


@pytest.fixture
def entries(items) -> list[Entry]:
    """b.jpg: the cat is agreed upon, the dog adjudicated. Open: the car of c.jpg, the dog of a.jpg."""
    said = [
        ("b.jpg", "cat", "ann", "no"),
        ("b.jpg", "cat", "bob", "no"),
        ("b.jpg", "dog", "ann", "yes"),
        ("b.jpg", "dog", "bob", "no"),
        ("b.jpg", "dog", "eve", "ambiguous"),
        ("c.jpg", "car", "ann", "ambiguous"),
        ("c.jpg", "car", "bob", "yes"),
        ("a.jpg", "dog", "ann", "yes"),
    ]
    made = []
    for number, (image, of, person, word) in enumerate(said, start=1):
        stage, key = (Stage.ADJUDICATE if person == "eve" else Stage.LABEL), items[image, of].key
        made.append(Entry(number, key, person, stage, Act.VERDICT, word, "", AT.format(number), 2.0, "Is there?"))
    return made


def audited(items, entries, **options):
    looked = {items["b.jpg", "cat"].key: "control", items["b.jpg", "dog"].key: "ranked"}
    looked |= {items["c.jpg", "car"].key: "ranked", items["a.jpg", "cat"].key: "ranked"}
    return audited_labels("audited", tuple(items.values()), entries, outcomes_of(entries), looked, **options)


def test_labels_say_how_they_came_by_whom_and_when(items, entries) -> None:
    found = audited(items, entries)
    cat, dog = ("b.jpg", Presence("cat")), ("b.jpg", Presence("dog"))
    assert (found.answers[cat], found.answers[dog]) == (Answer.DOES_NOT_HOLD, Answer.AMBIGUOUS)
    assert found.provenance[cat] == Provenance("agreed", ("ann", "bob"), AT.format(2), "control")
    assert found.provenance[dog] == Provenance("adjudicated", ("eve",), AT.format(5), "ranked")


def test_what_is_open_keeps_its_old_label_and_says_that_it_was_looked_at(items, entries) -> None:
    found = audited(items, entries)
    car, cat = ("c.jpg", Presence("car")), ("a.jpg", Presence("cat"))
    assert found.answers[car] is Answer.HOLDS and found.provenance[car] == Provenance("kept", looked="ranked")
    assert found.provenance[cat] == Provenance("kept"), "nobody has said anything yet, whatever was planned"
    assert len(found.answers) == 10 and not found.provenance[car].decided
    assert len(audited(items, entries, decided_only=True).answers) == 2


def test_what_labellers_said_is_there_only_where_it_was_asked_for(items, entries) -> None:
    assert b"words" not in encode_label_set(audited(items, entries))
    named = audited(items, entries, with_labellers=True)
    assert named.provenance["b.jpg", Presence("dog")].words == {"ann": "yes", "bob": "no"}


def test_a_question_with_choices_has_no_place_in_a_label_set(items, entries) -> None:
    choice = replace(next(iter(items.values())), claim=None, choices=("a cup", "a hat"))
    with pytest.raises(RequestError, match=r"random/1 is a question with choices"):
        audited_labels("audited", [choice], [], {})


def test_the_file_is_read_back_as_it_was_and_scored_at_once(items, entries, original, tmp_path) -> None:
    labels = audited(items, entries, with_labellers=True)
    file = tmp_path / "audited.jsonl"
    file.write_bytes(encode_label_set(labels))
    again = read_label_set(file, "audited")
    assert dict(again.answers) == dict(labels.answers)
    assert dict(again.provenance) == dict(labels.provenance)
    replies = [str(write_lines(tmp_path / f"{s}.jsonl", llava(s, truth))) for s in NEGATIVES]
    rows = score("pope", replies, [original, f"audited={file}"]).to_pylist()
    of = {(row["labels"], row["split"]): (row["n"], row["accuracy"]) for row in rows}
    assert of["original", "random"] == (6, 1.0)
    assert of["audited", "random"] == (5, 0.8), "the cat of b.jpg is none; the dog there is ambiguous"


def test_lines_without_provenance_are_read_as_before(tmp_path) -> None:
    row = {"image": "a.jpg", "claim": {"kind": "presence", "object": "dog"}, "answer": "holds"}
    write_lines(tmp_path / "m.jsonl", [{"label_set": "m", "version": 1}, row])
    assert read_label_set(tmp_path / "m.jsonl", "m").provenance == {}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"how": "guessed"}, r"m.jsonl:2: how is 'guessed', expected agreed or adjudicated or kept"),
        ({"looked": "ranked"}, r"how is None"),
        ({"how": "agreed", "looked": "twice"}, r"looked is 'twice', expected ranked or control"),
        ({"how": "agreed", "by": "ann"}, r"by is 'ann', expected a list of names"),
        ({"how": "agreed", "words": {"ann": 1}}, r"words is \{'ann': 1\}"),
    ],
)
def test_provenance_that_says_nothing_clear_is_refused(tmp_path, fields, message) -> None:
    row = {"image": "a.jpg", "claim": {"kind": "presence", "object": "dog"}, "answer": "holds", **fields}
    write_lines(tmp_path / "m.jsonl", [{"label_set": "m", "version": 1}, row])
    with pytest.raises(DataError, match=message):
        read_label_set(tmp_path / "m.jsonl", "m")


def test_two_rows_of_one_pair_with_other_origins_are_refused(tmp_path) -> None:
    row = {"image": "a.jpg", "claim": {"kind": "presence", "object": "dog"}, "answer": "holds"}
    rows = [{"label_set": "m", "version": 1}, row | {"how": "kept"}, row | {"how": "agreed"}]
    write_lines(tmp_path / "m.jsonl", rows)
    with pytest.raises(DataError, match=r"m.jsonl:3: .* comes from elsewhere than it does above"):
        read_label_set(tmp_path / "m.jsonl", "m")


def test_a_line_of_the_file_is_what_the_manual_shows(items, entries) -> None:
    lines = encode_label_set(audited(items, entries)).decode().splitlines()
    dog = next(json.loads(line) for line in lines if '"adjudicated"' in line)
    assert list(dog) == ["image", "claim", "answer", "how", "by", "at", "looked"]
