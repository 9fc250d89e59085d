import json
from pathlib import Path

import pytest

from sightline.benchmarks.pope import read_labels
from sightline.errors import DataError, RequestError
from sightline.evaluation.build import build_pope, read_pins
from sightline.evaluation.record import record_of

LISTS = {"a.jpg": ["dog", "bird"], "b.jpg": ["dog", "cat"], "c.jpg": ["cat", "dog", "cup"], "d.jpg": ["oven"]}


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    path = tmp_path / "lists.v1.json"
    path.write_text(json.dumps(LISTS))
    return path


def test_the_files_are_popes_own_format(lists: Path, tmp_path: Path) -> None:
    build_pope(lists, tmp_path / "out", images=4, per_image=1, prefix="own", positives="listed")
    text = (tmp_path / "out" / "own_pope_popular.json").read_text()
    rows = [json.loads(line) for line in text.splitlines()]
    assert {"question_id": 2, "image": rows[1]["image"], "text": rows[1]["text"], "label": "no"} == rows[1]
    assert [row["question_id"] for row in rows] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [row["label"] for row in rows] == ["yes", "no"] * 4
    assert text.endswith("}\n")


def test_what_was_written_is_read_back_as_a_label_set(lists: Path, tmp_path: Path) -> None:
    table = build_pope(lists, tmp_path / "out", images=3, per_image=1)
    questions, _ = read_labels(tmp_path / "out", "own")
    assert [(q.split, q.id, q.text) for q in questions] == [
        (row["split"], f"{row['split']}/{row['question_id']}", row["text"]) for row in table.to_pylist()
    ]


def test_the_table_says_what_it_was_built_from(lists: Path) -> None:
    table = build_pope(lists, images=4, per_image=1, seed=3, positives="listed")
    assert table.column_names == ["split", "question_id", "image", "text", "label"]
    record = record_of(table)
    assert record["settings"]["seed"] == 3
    assert (record["images"], record["annotated_images"]) == (4, 4)
    assert record["objects"] == {"dog": 3, "bird": 1, "cat": 2, "cup": 1, "oven": 1}


def test_ties_and_draws_are_written_beside_the_splits(lists: Path, tmp_path: Path) -> None:
    table = build_pope(lists, tmp_path / "out", images=4, per_image=1, positives="listed")
    record, *close = map(json.loads, (tmp_path / "out" / "lists_pope_build.json").read_text().splitlines())
    assert record["objects"]["dog"] == 3
    assert close == record_of(table)["ties"] + record_of(table)["drawn"]
    drawn = {(row["split"], row["image"], row["positive"]) for row in close if row["count"] is None}
    # beside cat stand only dog and cup, which c.jpg holds; beside oven stands nothing
    assert drawn == {("adversarial", "c.jpg", "cat"), ("adversarial", "d.jpg", "oven")}


def test_pinning_a_build_gives_it_again(lists: Path, tmp_path: Path) -> None:
    first = build_pope(lists, tmp_path / "out", images=3, per_image=1, seed=5)
    again = build_pope(lists, pin=tmp_path / "out", seed=5)
    assert again.equals(first)


def test_files_that_are_there_are_kept(lists: Path, tmp_path: Path) -> None:
    build_pope(lists, tmp_path, images=3, per_image=1)
    with pytest.raises(RequestError, match=r"lists_pope_random.json is there already. Choose another folder or prefix"):
        build_pope(lists, tmp_path, images=4, per_image=1)
    assert len((tmp_path / "lists_pope_random.json").read_text().splitlines()) == 6
    build_pope(lists, tmp_path, images=4, per_image=1, overwrite=True)
    assert len((tmp_path / "lists_pope_random.json").read_text().splitlines()) == 8


def test_a_prefix_with_a_folder_is_refused(lists: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="The prefix 'x/y' cannot begin the name of a file; give a name without"):
        build_pope(lists, tmp_path, images=3, per_image=1, prefix="x/y")


def test_pins_come_from_a_file_of_object_lists(lists: Path, tmp_path: Path) -> None:
    pins = tmp_path / "pins.json"
    pins.write_text('{"c.jpg": ["cup"], "a.jpg": []}')
    assert read_pins(pins) == {"c.jpg": ("cup",), "a.jpg": ()}


def test_splits_with_other_positives_cannot_be_pinned(tmp_path: Path) -> None:
    for split, object_ in (("random", "dog"), ("popular", "cat")):
        row = {"question_id": 1, "image": "a.jpg", "text": f"Is there a {object_} in the image?", "label": "yes"}
        (tmp_path / f"x_pope_{split}.json").write_text(json.dumps(row))
    with pytest.raises(
        DataError, match=r"the positives of a.jpg differ between the splits random and popular. Pin files"
    ):
        read_pins(tmp_path)
