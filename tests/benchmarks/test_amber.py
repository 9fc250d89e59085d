"""AMBER: its files, the two ways to read captions and answers, and its arithmetic against its steps in a plain loop."""

import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from amber_loop import figures

from sightline.api import score
from sightline.benchmarks.amber import BENCHMARK, read_labels
from sightline.benchmarks.amber.captions import official_caption, sound_caption
from sightline.benchmarks.amber.counting import count, show
from sightline.benchmarks.amber.files import Described, YesNo
from sightline.benchmarks.amber.rates import rounded
from sightline.benchmarks.amber.words import Words, nouns, official_noun
from sightline.core import Reply
from sightline.errors import DataError, RequestError
from sightline.evaluation.counted import rate_table
from sightline.evaluation.evaluation import Evaluation
from sightline.readers.word_vectors import WordVectors

RELATION = {
    "man": ["person", "people"],
    "table": ["desk"],
    "bus": ["car", "door"],
    "car": ["door"],
    "tree": ["leave"],
    "cup": [],
    "mug": [],
    "dog": [],
    "light": [],
    "TV": [],
}
SAFE = ("light",)
CAPTIONED = [
    {"id": 1, "type": "generative", "truth": ["man", "bus", "cup"], "hallu": ["dog", "tree"]},
    {"id": 2, "type": "generative", "truth": ["car", "bus"], "hallu": ["man"]},
]
ASKED = [
    (kind, truth)
    for kind, truth in (
        ("discriminative-hallucination", "no"),
        ("discriminative-attribute-state", "yes"),
        ("discriminative-attribute-state", "no"),
        ("discriminative-attribute-number", "yes"),
        ("discriminative-attribute-number", "no"),
        ("discriminative-attribute-action", "yes"),
        ("discriminative-attribute-action", "no"),
        ("discriminative-relation", "yes"),
        ("relation", "no"),
    )
    for _ in range(2)
]
ANNOTATIONS = CAPTIONED + [{"id": at, "type": kind, "truth": truth} for at, (kind, truth) in enumerate(ASKED, start=3)]

MADE = {word: [float(word == axis) for axis in ("dog", "cup", "tree")] for word in ("dog", "cup", "tree")}
VECTORS = {**MADE, "mug": [0.0, 0.9, 0.1], "desk": [0.8, 0.0, 0.2]}


def folder(path: Path, vectors: bool = False) -> Path:
    path.mkdir()
    texts = {1: "Describe this image.", 2: "Describe this image."}
    queries = [
        {"id": a["id"], "image": f"{a['id'] % 2}.jpg", "query": texts.get(a["id"], f"Is it so ({a['id']})?")}
        for a in ANNOTATIONS
    ]
    (path / "query_all.json").write_text(json.dumps(queries))
    (path / "annotations.json").write_text(json.dumps(ANNOTATIONS, indent=4))
    (path / "relation.json").write_text(json.dumps(RELATION))
    (path / "safe_words.txt").write_text("light\n")
    if vectors:
        lines = "".join(f"{word} {' '.join(map(str, numbers))}\n" for word, numbers in VECTORS.items())
        (path / "vectors.txt").write_text(f"{len(VECTORS)} 3\n{lines}")
    return path


def words() -> Words:
    return Words({object_: tuple(held) for object_, held in RELATION.items()}, frozenset(SAFE))


def described(at: int) -> Described:
    return Described(tuple(CAPTIONED[at]["truth"]), tuple(CAPTIONED[at]["hallu"]), words())


def replied(path: Path, said: dict[int, str]) -> str:
    path.write_text(json.dumps([{"id": id_, "response": text} for id_, text in said.items()]))
    return str(path)


def percents(table: Any) -> dict[str, float]:
    """The rates of a table as AMBER's code prints them, named as amber_loop names them."""
    found: dict[str, float] = {}
    for row in table.to_pylist():
        for name in ("accuracy", "precision_no", "recall_no", "f1_no"):
            if row[name] is not None and row["split"] != "all":
                found[f"{row['split']} {name}"] = round(100 * row[name], 6)
        if row["split"] == "generative":
            found |= {name: round(100 * row[name], 6) for name in ("chair", "cover", "hal", "cog")}
    return found


def test_the_files_are_read_by_id_and_dimension(tmp_path: Path) -> None:
    questions, labels = read_labels(folder(tmp_path / "amber"), "amber")
    assert [question.split for question in questions[:5]] == ["generative"] * 2 + ["existence"] * 2 + ["state"]
    assert labels.references["3"] == YesNo("no")
    assert [Path(source.name).name for source in labels.sources] == [
        *("annotations.json", "query_all.json", "relation.json", "safe_words.txt")
    ]


@pytest.mark.parametrize(
    ("file", "content", "problem"),
    [
        ("annotations.json", [{**ANNOTATIONS[2], "type": "mood"}], "type is 'mood', expected one of generative"),
        ("annotations.json", ANNOTATIONS[:4], r"query 5 \('Is it so \(5\)\?'\) has no annotation in annotations.json"),
        ("annotations.json", [*ANNOTATIONS, ANNOTATIONS[2]], "id 3 occurs twice"),
        ("annotations.json", [*ANNOTATIONS[:-1], {**ANNOTATIONS[-1], "truth": "maybe"}], "truth is 'maybe', expected"),
        ("annotations.json", [{**ANNOTATIONS[0], "truth": ["yeti"]}, *ANNOTATIONS[1:]], "truth has 'yeti', which rel"),
        ("relation.json", {"man": "person"}, "expected object → words that may stand for it"),
        ("query_all.json", [{"id": "1", "image": "1.jpg", "query": "?"}], "id is '1', image '1.jpg' and query '?'"),
    ],
)
def test_broken_files_are_refused_with_file_and_row(tmp_path: Path, file: str, content: Any, problem: str) -> None:
    path = folder(tmp_path / "amber")
    (path / file).write_text(json.dumps(content, indent=1))
    with pytest.raises(DataError, match=problem):
        read_labels(path, "amber")


def test_answers_alone_need_no_words_of_objects(tmp_path: Path) -> None:
    path = folder(tmp_path / "amber")
    queries = json.loads((path / "query_all.json").read_text())
    (path / "query_all.json").write_text(json.dumps(queries[2:]))
    (path / "relation.json").unlink()
    assert len(read_labels(path, "amber").questions) == len(ASKED)
    (path / "query_all.json").write_text(json.dumps(queries))
    with pytest.raises(DataError, match=r"there is no relation.json"):
        read_labels(path, "amber")


@pytest.mark.parametrize(
    ("text", "strict", "official"),
    [
        ("Yes", "yes", "yes"),
        ("No", "no", "no"),
        ("No.", "no", "unreadable"),
        ("no", "no", "unreadable"),
        ("No, there is no dog.", "no", "unreadable"),
        ("I am not sure.", "unreadable", "unreadable"),
        ("", "unreadable", "unreadable"),
    ],
)
def test_ambers_code_takes_two_words_for_answers(tmp_path: Path, text: str, strict: str, official: str) -> None:
    questions, labels = read_labels(folder(tmp_path / "amber"), "amber")
    for reader, word in (("strict", strict), ("amber", official)):
        assert show(questions[2], labels, Reply("3", "m", text), reader) == (word, "no")


MEANT = ("man", "people", "bus", "dog", "light", "door", "car", "desk")


def test_a_caption_by_hand() -> None:
    text = "A man and two people stand at a bus. A dog and a light are at the door of a car, by a desk."
    assert [official_noun(noun) for noun in nouns(text)] == [*MEANT]
    official = official_caption(text, described(0), "words")
    # people, door and car stand for man and bus; the light counts but is never made up; dog is a target
    assert official.nouns == MEANT
    assert (official.made_up, official.covered, official.met) == (("dog", "desk"), {0, 1}, {0})
    sound = sound_caption(text, described(0), "words")
    assert sound.nouns == ("man", "people", "bus", "dog", "door", "car", "desk")
    assert (sound.made_up, sound.covered, sound.met) == (("dog", "desk"), {0, 1}, {0})


def test_ambers_code_covers_the_first_object_of_a_word_and_overlooks_capitals() -> None:
    # door may stand for car and for bus, car for bus: AMBER takes the first in its list, where bus's words come last
    text = "Cars and a door. A car. TVs are there."
    official = official_caption(text, described(1), "words")
    assert (official.nouns, official.covered) == (("door", "car"), {0, 1})
    sound = sound_caption(text, described(1), "words")
    assert (sound.nouns, sound.made_up) == (("car", "door", "car", "TV"), ("TV",))
    assert sound.covered == {0, 1}  # a car is the car; a door may be of both


def test_word_vectors_forgive_what_is_alike(tmp_path: Path) -> None:
    path = folder(tmp_path / "amber", vectors=True)
    questions, labels = read_labels(path, "amber")
    reference = labels.references["1"]
    assert isinstance(reference, Described)
    assert official_caption("A mug.", reference, "words").made_up == ("mug",)
    assert official_caption("A mug.", reference, "vectors") == (("mug",), (), {2}, set(), 3, 2)
    # a desk is like a dog here, which is a target, and like nothing that is there
    desk = official_caption("A desk.", reference, "vectors")
    assert (desk.made_up, desk.met) == (("desk",), {0})
    assert sound_caption("A desk.", reference, "vectors").met == {0}
    assert Path(labels.sources[-1].name).name == "vectors.txt"
    assert len(questions) == len(ANNOTATIONS)


def test_without_vectors_the_readers_that_need_them_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = [f"amber={folder(tmp_path / 'amber')}"]
    said = [replied(tmp_path / "m.json", {a["id"]: "No" for a in ANNOTATIONS})]
    with pytest.raises(RequestError, match=r"no word vectors to compare words with: put them beside annotations.json"):
        score("amber", said, labels, readers=["amber-vectors"])
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(RequestError, match=r"en_core_web_lg, which is not installed.*or compare .*--reader amber-word"):
        score("amber", said, labels, readers=["amber"])
    table = score("amber", said, labels, splits=["existence"], readers=["amber"])
    assert table["accuracy"].to_pylist() == [1]  # answers need no vectors


@pytest.mark.parametrize("by", ["words", "vectors"])
@pytest.mark.parametrize("seed", range(6))
def test_the_official_readers_print_what_ambers_steps_print(tmp_path: Path, by: str, seed: int) -> None:
    path = folder(tmp_path / "amber", vectors=by == "vectors")
    draw = random.Random(seed)
    named = [*MEANT, "desks", "doors", "leaves", "cup", "mug", "dogs", "men", "Dog", "nothing"]
    said = {
        a["id"]: " ".join(f"There is a {draw.choice(named)}." for _ in range(draw.randrange(7)))
        if a["type"] == "generative"
        else draw.choice(["Yes", "No", "No", "no."])
        for a in ANNOTATIONS
    }
    vectors = WordVectors("", {word: np.array(numbers) for word, numbers in VECTORS.items()})

    def alike(one: str, other: str) -> bool:
        return one == other if by == "words" else bool(vectors.alike([one], [other], 0.8)[0, 0])

    expected = figures(
        [{"id": id_, "response": text} for id_, text in said.items()],
        ANNOTATIONS,
        RELATION,
        SAFE,
        lambda text: [official_noun(noun) for noun in nouns(text)],
        alike,
    )
    table = score("amber", [replied(tmp_path / "m.json", said)], [f"amber={path}"], readers=[f"amber-{by}"])
    assert percents(table) == pytest.approx(expected)
    row = next(row for row in table.to_pylist() if row["split"] == "all")
    assert 200 * row["amber_score"] == pytest.approx(100 - expected["chair"] + expected["discriminative f1_no"])


def test_the_sound_rates_by_hand(tmp_path: Path) -> None:
    # every answer is no, but for the first two: right are 0 of 2 on existence, 6 of 12 attributes, 2 of 4 relations
    said = {a["id"]: "No." for a in ANNOTATIONS} | {1: "A man and a dog.", 2: "A car.", 3: "Yes.", 4: "Hm."}
    table = score("amber", [replied(tmp_path / "m.json", said)], [f"amber={folder(tmp_path / 'amber')}"])
    rows = {row["split"]: row for row in table.to_pylist()}
    assert list(rows)[-3:] == ["attribute", "discriminative", "all"]
    every = rows["all"]
    assert (every["n"], every["accuracy"], every["unreadable"], every["said_no"]) == (20, 8 / 18, 1 / 18, 16 / 18)
    # 10 are no in truth, 16 said to be, 8 both
    assert (every["precision_no"], every["recall_no"]) == (8 / 16, 8 / 10)
    assert every["f1_no"] == pytest.approx(2 * 8 / 26)
    # man, dog, car: the dog is made up and a target; of five objects two are covered, of three targets one is met
    assert (every["chair"], every["hal"], every["cover"], every["cog"]) == pytest.approx((1 / 3, 1 / 2, 2 / 5, 1 / 3))
    assert every["amber_score"] == pytest.approx((1 - 1 / 3 + 16 / 26) / 2)
    assert (rows["generative"]["accuracy"], rows["existence"]["chair"]) == (None, None)


def test_a_model_that_never_says_no_has_precision_zero_in_ambers_code_and_none_in_fact(tmp_path: Path) -> None:
    questions, labels = read_labels(folder(tmp_path / "amber"), "amber")
    said = {"m": [None if q.split == "generative" else Reply(q.id, "m", "Yes") for q in questions]}
    evaluation = Evaluation(BENCHMARK, questions, (labels,), said, {"m": ()})
    table = rate_table(evaluation, ["strict", "amber"], draws=100)
    found = {(row["reader"], row["split"]): row for row in table.to_pylist()}
    strict, amber = found["strict@1", "relation"], found["amber@1", "relation"]
    assert (strict["precision_no"], strict["recall_no"], strict["f1_no"]) == (None, 0, 0)
    assert (amber["precision_no"], amber["recall_no"], amber["f1_no"]) == (0, 0, 0)


def test_replies_to_questions_that_the_labels_do_not_list_are_not_counted(tmp_path: Path) -> None:
    questions, labels = read_labels(folder(tmp_path / "amber"), "amber")
    fewer = type(labels)("few", {}, absent=None, references={"3": YesNo("no")})
    counted = count(questions, fewer, [Reply(q.id, "m", "No") for q in questions], "strict")
    assert counted.counts["rows"].sum() == 1


def test_rounding_is_pythons() -> None:
    values = np.array([0.25, 0.35, 0.45, 2.5, 66.25, 12.05, 99.95, 99.949999, 33.333])
    assert rounded(values).tolist() == [round(float(value), 1) for value in values]


def test_a_share_of_all_has_its_exact_interval_by_both_arithmetics(tmp_path: Path) -> None:
    questions, labels = read_labels(folder(tmp_path / "amber"), "amber")
    said = [Reply(q.id, "m", "No") for q in questions]
    evaluation = Evaluation(BENCHMARK, questions, (labels,), {"m": said}, {"m": ()})
    for row in rate_table(evaluation, ["strict", "amber-words"], draws=100).to_pylist():
        if row["split"] == "existence":  # of two images: 0.025 ** (1 / 2)
            assert row["accuracy"] == 1
            assert row["accuracy_low"] == pytest.approx(0.158, abs=0.0004)
            assert (row["accuracy_low"] == round(row["accuracy_low"], 3)) is row["reader"].startswith("amber")
