"""Hallucination by sentence and context, on captions that can be counted by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from sightline.benchmarks.image_objects import AnnotatedImages, read_image_objects
from sightline.core import Said
from sightline.errors import DataError, MissingError, RequestError
from sightline.evaluation.captions import Captions, read_captions
from sightline.evaluation.propagation import propagation
from sightline.evaluation.record import record_of
from sightline.records.run_folder import hold_run
from sightline.records.run_replies import AskedQuestion, Entry

# In every image there is a dog and nothing else.
#   a: dog | cat (not there) | cat again, and a chair (not there)
#   b: dog | dog             | chair (not there), and a dog
CAPTIONS = {
    "a.jpg": "There is a dog. It sees a cat. The cat is on a chair.",
    "b.jpg": "There is a dog. The dog sits. A chair is beside the dog.",
}


@pytest.fixture
def annotated(tmp_path: Path) -> AnnotatedImages:
    file = tmp_path / "objects.json"
    file.write_text(json.dumps({image: ["dog"] for image in CAPTIONS}))
    return read_image_objects(file)


@pytest.fixture
def captions(tmp_path: Path) -> list[Captions]:
    file = tmp_path / "m.jsonl"
    file.write_text("".join(json.dumps({"image": i, "caption": c}) + "\n" for i, c in CAPTIONS.items()))
    return read_captions([str(file)])


Cells = dict[tuple[str, str, str], dict[str, Any]]


def cells(captions: list[Captions], annotated: AnnotatedImages, **how: Any) -> Cells:
    table = propagation(captions, annotated, draws=100, **how)
    return {(row["rate"], row["position"], row["context"]): row for row in table.to_pylist()}


def share(found: Cells, *cell: str) -> tuple[int, int]:
    return found[cell[0], cell[1], cell[2]]["hallucinated"], found[cell[0], cell[1], cell[2]]["of"]


def test_mentions_are_counted_by_the_position_of_their_sentence(captions, annotated) -> None:
    found = cells(captions, annotated)
    shares = [share(found, "mentions", position, "any") for position in ("1", "2", "3", "last", "all", "from 2 on")]
    assert shares == [(0, 2), (1, 2), (3, 4), (3, 4), (4, 8), (4, 6)]
    assert found["mentions", "3", "any"]["value"] == 0.75
    assert found["mentions", "4", "any"]["value"] is None


def test_a_context_is_hallucinated_after_the_first_object_that_is_not_there(captions, annotated) -> None:
    found = cells(captions, annotated)
    assert share(found, "mentions", "2", "clean") == (1, 2)
    assert share(found, "mentions", "2", "hallucinated") == (0, 0)
    assert share(found, "mentions", "3", "clean") == (1, 2)  # b
    assert share(found, "mentions", "3", "hallucinated") == (2, 2)  # a
    assert found["mentions", "3", "difference"]["value"] == 1 - 1 / 2
    assert found["mentions", "1", "clean"]["of"] == 0


def test_an_object_is_new_once_in_its_caption(captions, annotated) -> None:
    found = cells(captions, annotated)
    assert share(found, "new_objects", "2", "any") == (1, 1)  # the cat of a; the dog of b is known
    assert share(found, "new_objects", "3", "hallucinated") == (1, 1)  # the chair of a
    assert share(found, "new_objects", "3", "clean") == (1, 1)  # the chair of b


def test_sentences_are_counted_too(captions, annotated) -> None:
    found = cells(captions, annotated)
    assert [share(found, "sentences", position, "any") for position in ("1", "2", "3")] == [(0, 2), (1, 2), (2, 2)]


def test_the_matched_difference_weighs_positions_by_what_stands_on_both_sides(captions, annotated) -> None:
    found = cells(captions, annotated)
    assert found["mentions", "matched", "difference"]["value"] == 0.5  # only position 3 has both contexts
    assert found["mentions", "from 2 on", "difference"]["value"] == 2 / 2 - 2 / 4


def test_positions_beyond_those_asked_for_are_gathered(captions, annotated) -> None:
    found = cells(captions, annotated, positions=1)
    assert share(found, "mentions", "later", "any") == (4, 6)
    assert ("mentions", "2", "any") not in found


def test_intervals_hold_their_values_and_rest_on_images(captions, annotated) -> None:
    found = cells(captions, annotated)
    row = found["mentions", "all", "any"]
    assert row["low"] <= row["value"] <= row["high"]
    assert row["images"] == 2


def test_the_record_says_what_was_read_and_how(captions, annotated) -> None:
    record = record_of(propagation(captions, annotated, "chair", draws=100))
    assert record["reader"] == "chair@1"
    assert record["settings"] == {"positions": 6, "draws": 100, "seed": 0}
    assert record["captions"]["m"]["rows"] == 2
    assert record["objects"][0]["rows"] == 2


def test_captions_of_images_that_are_not_annotated_are_refused_or_counted(tmp_path, annotated) -> None:
    file = tmp_path / "n.jsonl"
    file.write_text('{"image": "a.jpg", "caption": "A dog."}\n{"image": "z.jpg", "caption": "A cat."}\n')
    captions = read_captions([f"m={file}"])
    with pytest.raises(MissingError, match=r"n.jsonl: image 'z' is not annotated; 1 of 2 captions are of such"):
        propagation(captions, annotated)
    table = propagation(captions, annotated, draws=100, allow_missing=True)
    assert record_of(table)["missing"] == {"m": 1}


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"positions": 0}, "0 positions are to be told apart; expected at least 1"),
        ({"draws": 10}, "There are 10 draws"),
        ({"reader": "noun"}, "No caption reader is called 'noun'"),
    ],
)
def test_what_makes_no_sense_is_refused(captions, annotated, how, message) -> None:
    with pytest.raises(RequestError, match=message):
        propagation(captions, annotated, **how)


def test_captions_have_names_that_differ(tmp_path, captions) -> None:
    file = tmp_path / "m.jsonl"
    assert [each.model for each in read_captions([f"x={file}", str(file)])] == ["x", "m"]
    with pytest.raises(RequestError, match=r"Two files of captions are called 'm'. Name them: NAME=PATH"):
        read_captions([str(file), str(file)])


def test_a_folder_that_is_no_run_is_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="this folder holds no run"):
        read_captions([str(tmp_path)])


def test_the_captions_of_a_run_are_read_under_the_name_of_its_model(tmp_path) -> None:
    about = {
        "benchmark": "chair",
        "benchmark_version": 1,
        "model": {"hash": "5e", "name": "tiny"},
        "asking": {"choices": ()},
        "wording": {},
        "questions": {"distinct": 1},
        "images": {},
    }
    asked = AskedQuestion(0, "9", "captions", "COCO_val2014_000000000009.jpg", "Describe it.")
    with hold_run(tmp_path / "run", about) as run:
        run.append([Entry(0, (asked,), "aa", "Describe it.", (Said("A dog."),))], 0, 0.5)
        run.finish()
    (captions,) = read_captions([str(tmp_path / "run")])
    assert captions[:3] == ("tiny", ("9",), ("A dog.",))
