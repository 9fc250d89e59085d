"""CHAIR's counts, on captions that can be counted by hand."""

import gzip
import json
from pathlib import Path

import pytest

from sightline.benchmarks import benchmark
from sightline.benchmarks.chair import BENCHMARK, BRIEF, count, read_labels, show
from sightline.core import Labelled, LabelSet, Reply
from sightline.errors import DataError, RequestError

PRESENT = {"a.jpg": ["dog", "cat"], "b.jpg": ["person"], "c.jpg": ["car", "bus"]}

# a: dog, dog, chair; b: nothing; c: no reply.
CAPTIONS = {"a": "A dog. The dog sits on a chair.", "b": "A serene view."}


def read(folder: Path, objects: object = PRESENT, vocabulary: object = None, images: str | None = None) -> Labelled:
    (folder / "objects.json").write_text(json.dumps(objects))
    if vocabulary is not None:
        (folder / "vocabulary.json").write_text(json.dumps(vocabulary))
    if images is not None:
        (folder / "images.txt").write_text(images)
    return read_labels(folder, "own")


def counted(
    labelled: Labelled, captions: dict[str, str] = CAPTIONS, reader: str | None = None
) -> dict[str, list[float]]:
    replies = [Reply(q.id, "m", captions[q.id]) if q.id in captions else None for q in labelled.questions]
    found = count(labelled.questions, labelled.labels, replies, reader)
    assert len(found.clusters) == len(found.splits) == sum(reply is not None for reply in replies)
    return {name: values.tolist() for name, values in found.counts.items()}


def test_a_question_asks_for_a_caption_of_one_image_and_claims_nothing(tmp_path: Path) -> None:
    questions = read(tmp_path).questions
    assert [(q.id, q.images[0].name, q.split, q.claims) for q in questions[:2]] == [
        ("a", "a.jpg", "captions", ()),
        ("b", "b.jpg", "captions", ()),
    ]
    assert {q.text for q in questions} == {BRIEF}


def test_mentions_are_counted_with_repeats_and_captions_once(tmp_path: Path) -> None:
    assert counted(read(tmp_path)) == {
        "captions": [1, 1],
        "hallucinating": [1, 0],
        "naming": [1, 0],
        "silent": [0, 1],
        "mentions": [3, 0],
        "hallucinated": [1, 0],
        "objects": [2, 1],
        "recalled": [1, 0],
        "words": [8, 3],
    }


def test_the_rates_divide_counts_that_there_are(tmp_path: Path) -> None:
    counts = counted(read(tmp_path))
    assert BENCHMARK.scoring is not None
    rates = {rate.name: sum(counts[rate.of]) / sum(counts[rate.over]) for rate in BENCHMARK.scoring.rates}
    assert rates == {
        "chair_i": 1 / 3,
        "chair_s": 1 / 2,
        "recall": 1 / 3,
        "words": 11 / 2,
        "mentions": 3 / 2,
        "silent": 1 / 2,
        "chair_s_naming": 1 / 1,
    }


def test_thinking_is_no_caption(tmp_path: Path) -> None:
    counts = counted(read(tmp_path), {"a": "<think>a chair?</think> A dog."})
    assert (counts["mentions"], counts["hallucinated"], counts["words"]) == ([1], [0], [2])


def test_a_caption_is_read_by_the_reader_that_is_asked_for(tmp_path: Path) -> None:
    captions = {"b": "Skiing."}
    assert counted(read(tmp_path), captions)["mentions"] == [0]
    assert counted(read(tmp_path), captions, "chair-verbs")["mentions"] == [1]
    with pytest.raises(RequestError, match="No caption reader is called 'verbs'"):
        counted(read(tmp_path), captions, "verbs")


def test_captions_of_images_without_objects_known_are_left_out(tmp_path: Path) -> None:
    labelled = read(tmp_path)
    empty = LabelSet("empty", {})
    assert count(labelled.questions, empty, [Reply("a", "m", "A dog.")] * 3).clusters == ()


def test_a_reply_is_shown_as_its_objects_beside_those_that_are_there(tmp_path: Path) -> None:
    questions, labels = read(tmp_path)
    assert show(questions[0], labels, Reply("a", "m", CAPTIONS["a"])) == ("dog, chair (not there)", "cat, dog")
    assert show(questions[1], labels, Reply("b", "m", CAPTIONS["b"])) == ("no object", "person")
    assert show(questions[2], labels, None) == (None, "bus, car")
    assert show(questions[2], LabelSet("empty", {}), None) == (None, None)


def test_a_vocabulary_beside_the_annotations_says_what_their_objects_are_called(tmp_path: Path) -> None:
    own = {"mug": ["mug", "tankard"], "dog": ["dog"]}
    labelled = read(tmp_path, {"a.jpg": ["mug"]}, own)
    counts = counted(labelled, {"a": "Two tankards, a dog and a cat."})
    assert (counts["mentions"], counts["hallucinated"], counts["recalled"]) == ([2], [1], [1])
    by_file = read_labels(tmp_path / "objects.json", "own")
    assert counted(by_file, {"a": "A tankard."})["mentions"] == [1]
    assert [Path(source.name).name for source in labelled.labels.sources] == ["objects.json", "vocabulary.json"]


def test_numbered_lists_and_coco_instances_hold_the_same_objects(tmp_path: Path) -> None:
    numbered = {"categories": ["dog", "cat"], "images": {"9": [1], "25": []}}
    (tmp_path / "numbered.json.gz").write_bytes(gzip.compress(json.dumps(numbered).encode()))
    instances = {
        "images": [
            {"id": 9, "file_name": "COCO_val2014_000000000009.jpg"},
            {"id": 25, "file_name": "000000000025.jpg"},
        ],
        "annotations": [{"image_id": 9, "category_id": 17}],
        "categories": [{"id": 17, "name": "cat"}, {"id": 18, "name": "dog"}],
    }
    (tmp_path / "instances.json").write_text(json.dumps(instances))
    found = [read_labels(tmp_path / name, "coco") for name in ("numbered.json.gz", "instances.json")]
    assert found[0].labels.references == found[1].labels.references
    assert found[0].labels.references["9"] == (frozenset({"cat"}), None)
    assert [q.images[0].name for q in found[0].questions] == ["000000000009.jpg", "000000000025.jpg"]
    assert found[1].questions[0].images[0].name == "COCO_val2014_000000000009.jpg"


def test_the_images_that_are_asked_about_can_be_listed_and_named(tmp_path: Path) -> None:
    numbered = {"categories": ["dog"], "images": {"9": [0], "25": [], "30": []}}
    questions = read(tmp_path, numbered, images="COCO_val2014_000000000025.jpg\n\n9\n").questions
    assert [(q.id, q.images[0].name) for q in questions] == [
        ("25", "COCO_val2014_000000000025.jpg"),
        ("9", "000000000009.jpg"),
    ]


@pytest.mark.parametrize(
    ("objects", "vocabulary", "images", "message"),
    [
        (
            {"a.jpg": ["sofas"]},
            None,
            None,
            r"'sofas' of a.jpg is none of COCO's 80 objects. Say which words mean it in voc",
        ),
        (
            {"a.jpg": ["dogs"]},
            None,
            None,
            r"objects.json: 'dogs' of a.jpg is none of COCO's 80 objects. Did you mean 'dog'",
        ),
        ({"a.jpg": ["dog"]}, {"cat": ["cat"]}, None, "'dog' of a.jpg is not in vocabulary.json"),
        ({"a.jpg": ["dog"], "a.png": []}, None, None, "a.jpg and a.png would both be known as 'a'"),
        ({"a.jpg": ["dog"]}, None, "a.jpg\nb.jpg\n", r"images.txt:2: image 'b.jpg' is not in objects.json"),
        ({"a.jpg": ["dog"]}, None, "a.jpg\na\n", r"images.txt:2: image 'a' is listed twice"),
        ({"a.jpg": ["dog"]}, None, "\n", "the file lists no images"),
        (
            {"categories": ["dog"], "images": {"9": [1]}},
            None,
            None,
            r"image 9: objects are \[1\], expected numbers from 0",
        ),
        ({"categories": ["dog"], "images": {"a": [0]}}, None, None, "image is 'a', expected a COCO id"),
        ({"categories": [1], "images": {"9": [0]}}, None, None, r"categories are '\[1\]', expected a list of names"),
    ],
)
def test_annotations_that_cannot_be_used_are_refused(
    tmp_path: Path, objects: object, vocabulary: object, images: str | None, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, objects, vocabulary, images)


def test_a_folder_with_two_files_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="it is not clear which file holds the annotations: none"):
        read_labels(tmp_path, "own")
    (tmp_path / "more.json").write_text("{}")
    with pytest.raises(DataError, match=r"it is not clear which file holds the annotations: more.json, objects.json"):
        read(tmp_path)


def test_chair_is_among_the_benchmarks_with_its_readers() -> None:
    scoring = benchmark("chair").scoring
    assert scoring is not None
    assert scoring.readers == ("nouns@1", "chair@1", "chair-verbs@1")


@pytest.mark.parametrize("name", ["chair", "counting", "colour"])
def test_a_benchmark_that_counts_says_how_its_replies_are_shown_to_people(name: str) -> None:
    scoring = benchmark(name).scoring
    assert scoring is not None and scoring.show is not None
