"""Object HalBench: its denominators by the original's steps, with and without a language model that lists objects."""

import json
from pathlib import Path

import pytest

from sightline.benchmarks.object_halbench import BENCHMARK, count, read_labels
from sightline.core import Labelled, Reply
from sightline.errors import DataError
from sightline.examples.object_halbench_example import files
from sightline.readers.caption_objects import caption_reader
from sightline.scenes.rendered import compose

SCORING = BENCHMARK.scoring
assert SCORING is not None and SCORING.judge is not None
JUDGE, SHOW = SCORING.judge, SCORING.show

OBJECTS = {"1": ["dog", "couch"], "2": ["cat"], "3": ["person", "umbrella"], "4": ["car"], "5": ["cup"]}

CAPTIONS = {
    "1": "A dog lies on a sofa, and another dog beside it sleeps near a cat.",
    "2": "Something soft and calm, in warm light.",
    "3": "A man and a woman walk under an umbrella.",
    "4": "A car.",
    "5": "There are no forks here, only a cup on a table.",
}

LISTED = {
    "1": '["dog", "dogs", "sofa", "cat"]',
    "2": '{"objects": []}',
    "3": 'These are they:\n["man", "woman", "umbrella"]',
    "4": "",
    "5": "A cup and a table.",
}
"""What a language model lists; of the fourth it is not asked, of the last it writes no list."""


@pytest.fixture
def found(tmp_path: Path) -> Labelled:
    (tmp_path / "objects.json").write_text(json.dumps({f"{key}.jpg": held for key, held in OBJECTS.items()}))
    return read_labels(tmp_path, "own")


def replies(listed: dict[str, str]) -> list[Reply]:
    return [Reply(key, "m", caption, judgement=listed.get(key, "")) for key, caption in CAPTIONS.items()]


def totals(found: Labelled, given: list[Reply], reader: str | None) -> dict[str, float]:
    counted = count(found.questions, found.labels, given, reader)
    return {name: float(values.sum()) for name, values in counted.counts.items()}


def rates(sums: dict[str, float]) -> dict[str, float]:
    assert SCORING is not None
    return {rate.name: sums[rate.of] / sums[rate.over] for rate in SCORING.rates if hasattr(rate, "over")}


def original(objects: dict[str, list[tuple[str, str]]]) -> dict[str, float]:
    """The original's metrics of words and the objects they mean, by its own steps."""
    num_caps = num_coco_caps = hallucinated_caps = hallucinated_words = coco_words = gt_words = covered = 0
    for key, mentioned in objects.items():
        gt_words += len(OBJECTS[key])
        coco_words += len(mentioned)
        wrong = [word for word, meant in mentioned if meant not in OBJECTS[key]]
        covered += len({meant for _, meant in mentioned if meant in OBJECTS[key]})
        hallucinated_words += len(wrong)
        num_caps += 1
        hallucinated_caps += bool(wrong)
        num_coco_caps += bool(mentioned)
    return {
        "response_rate": hallucinated_caps / num_coco_caps,
        "mention_rate": hallucinated_words / coco_words,
        "recall": covered / gt_words,
        "chair_s": hallucinated_caps / num_caps,
    }


def test_without_a_language_model_the_words_of_the_caption_are_read(found: Labelled) -> None:
    reader = caption_reader("chair")
    words = {
        key: [(mention.text, mention.object) for mention in reader.mentions(text)] for key, text in CAPTIONS.items()
    }
    ours = rates(totals(found, replies({}), "chair"))
    assert {name: ours[name] for name in original(words)} == pytest.approx(original(words))
    # dog, sofa, dog, cat*; nothing; man, woman, umbrella; car; fork*, cup, table*
    assert original(words) == pytest.approx(
        {"response_rate": 2 / 4, "mention_rate": 3 / 11, "recall": 6 / 7, "chair_s": 2 / 5}
    )
    assert (ours["unreadable"], ours["unjudged"]) == (0, 0)


def test_listed_words_count_once_and_what_is_no_list_is_left_out(found: Labelled) -> None:
    listed = {
        "1": [("dog", "dog"), ("sofa", "couch"), ("cat", "cat")],
        "2": [],
        "3": [("man", "person"), ("woman", "person"), ("umbrella", "umbrella")],
        "4": [],
    }
    sums = totals(found, replies(LISTED), "judged")
    ours = rates(sums)
    assert {name: ours[name] for name in original(listed)} == pytest.approx(original(listed))
    assert original(listed)["response_rate"] == 1 / 2
    assert (sums["captions"], sums["replies"], sums["unreadable"], sums["unjudged"]) == (4, 5, 1, 0)


def test_a_description_without_a_list_is_unjudged_and_a_short_one_needs_none(found: Labelled) -> None:
    sums = totals(found, replies({}), "judged")
    assert (sums["captions"], sums["unjudged"], sums["unreadable"]) == (1, 4, 0)
    assert JUDGE.request(found.questions[3], found.labels, replies({})[3]) is None


def test_the_language_model_is_told_the_description_and_nothing_of_the_image(found: Labelled) -> None:
    request = JUDGE.request(found.questions[0], found.labels, replies({})[0])
    assert request is not None
    assert CAPTIONS["1"] in request.prompt and "couch" not in request.prompt
    assert '{"objects": ["first thing", "second thing"]}' in request.prompt


def test_a_description_is_shown_with_what_is_not_there(found: Labelled) -> None:
    assert SHOW is not None
    triples = zip(found.questions, replies(LISTED), strict=True)
    shown = [SHOW(question, found.labels, reply, "judged") for question, reply in triples]
    assert [each.reading for each in shown] == [
        "dog, couch, cat (not there)",
        "no object",
        "person, umbrella",
        "no object",
        "unreadable",
    ]
    assert shown[0].label == "couch, dog"
    assert SHOW(found.questions[4], found.labels, replies(LISTED)[4], "nouns").reading is not None


def test_two_lists_are_alike_whatever_their_order() -> None:
    read = [JUDGE.read(text).answer for text in ('["dog", "Cat"]', '["cat", "dog"]', "[]", "none")]
    assert read == ["cat, dog", "cat, dog", "nothing", None]


def test_questions_come_from_the_originals_file(tmp_path: Path) -> None:
    (tmp_path / "objects.json").write_text(json.dumps({f"COCO_val2014_{n:012}.jpg": ["dog"] for n in (7, 8)}))
    rows = [{"image_id": 8, "question": "What is here?"}]
    (tmp_path / "obj.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (question,) = read_labels(tmp_path, "own").questions
    assert (question.id, question.text, question.images[0].name) == (
        "8",
        "What is here?",
        "COCO_val2014_000000000008.jpg",
    )


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([{"image_id": 9, "question": "What?"}], "image 9 is not in the annotations"),
        ([{"image_id": 8, "question": "A"}, {"image_id": 8, "question": "B"}], "asked about twice"),
        ([{"image_id": 8, "question": " "}], "question is ' '"),
        ([{"question": "What?"}], "image_id is None"),
    ],
)
def test_a_broken_question_is_named(tmp_path: Path, rows: list[dict[str, object]], problem: str) -> None:
    (tmp_path / "objects.json").write_text(json.dumps({"8.jpg": ["dog"]}))
    (tmp_path / "obj.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(DataError, match=problem):
        read_labels(tmp_path, "own")


def test_two_files_of_questions_are_refused(tmp_path: Path) -> None:
    (tmp_path / "objects.json").write_text(json.dumps({"8.jpg": ["dog"]}))
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text('{"image_id": 8, "question": "What?"}')
    with pytest.raises(DataError, match=r"a\.jsonl, b\.jsonl"):
        read_labels(tmp_path, "own")


def test_the_example_asks_for_descriptions_of_scenes(tmp_path: Path) -> None:
    for name, data in files([compose(0, index) for index in range(4)]).items():
        (tmp_path / name).write_bytes(data)
    made = read_labels(tmp_path, "example")
    assert len(made.questions) == 4 and len({question.text for question in made.questions}) == 2
