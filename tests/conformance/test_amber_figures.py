"""AMBER's and DASH-B's public files: sizes, the figures of models that always say no, and both against plain loops.

Third-party data, looked for beside the project; see conftest.py.
"""

import json
import random
from collections import Counter
from pathlib import Path

import pytest
from amber_loop import figures

from sightline.benchmarks.amber import BENCHMARK as AMBER
from sightline.benchmarks.amber import read_labels
from sightline.benchmarks.amber.words import nouns, official_noun
from sightline.benchmarks.dash_b import BENCHMARK as DASH_B
from sightline.benchmarks.dash_b import read_labels as read_dash_b
from sightline.core import Labelled, Reply
from sightline.evaluation.counted import rate_table
from sightline.evaluation.evaluation import Evaluation


@pytest.fixture(scope="module")
def amber(conformance: Path) -> Labelled:
    return read_labels(conformance / "amber", "amber")


def evaluation(found: Labelled, said: list[str]) -> Evaluation:
    replies = [Reply(question.id, "m", text) for question, text in zip(found.questions, said, strict=True)]
    return Evaluation(AMBER, found.questions, (found.labels,), {"m": replies}, {"m": ()})


def test_amber_asks_15220_questions(amber: Labelled) -> None:
    counts = Counter(question.split for question in amber.questions)
    assert counts == {
        **{"generative": 1004, "existence": 4924, "state": 4764, "number": 2072, "action": 792, "relation": 1664}
    }
    assert len(amber.questions) == 15_220
    assert len({question.images[0].name for question in amber.questions}) == 1004
    sources = {Path(source.name).name: (source.sha256[:8], source.rows) for source in amber.labels.sources}
    assert sources["query_all.json"] == ("127680ae", 15_220)
    assert sources["relation.json"] == ("c4c1491e", 340)
    hashes = {file.name: file.sha256 for file in AMBER.public["amber"]}
    assert hashes == {Path(source.name).name: source.sha256 for source in amber.labels.sources}


def test_saying_no_to_everything_scores_66_3_and_79_7(amber: Labelled) -> None:
    table = rate_table(evaluation(amber, ["No"] * 15_220), ["amber-words", "strict"], draws=100)
    rows = {(row["reader"].split("@")[0], row["split"]): row for row in table.to_pylist()}
    official, sound = rows["amber-words", "discriminative"], rows["strict", "discriminative"]
    assert [round(100 * official[name], 6) for name in ("accuracy", "precision_no", "recall_no", "f1_no")] == [
        *(66.3, 66.3, 100.0, 79.7)
    ]
    assert (sound["accuracy"], sound["f1_no"]) == (pytest.approx(9427 / 14216), pytest.approx(2 * 9427 / 23643))
    assert rows["amber-words", "existence"]["accuracy"] == 1  # every true answer is no there
    assert rows["amber-words", "attribute"]["accuracy"] == 0.5


def test_everything_is_as_ambers_steps_have_it(conformance: Path, amber: Labelled) -> None:
    draw = random.Random(5)
    captions = json.loads((conformance / "chair" / "caption_level_reference.json").read_text())["sentences"]
    texts = [row["caption"] for row in captions]
    said = [
        draw.choice(texts) if question.split == "generative" else draw.choice(["Yes", "No", "No", "Yes."])
        for question in amber.questions
    ]
    folder = conformance / "amber"
    expected = figures(
        [{"id": int(question.id), "response": text} for question, text in zip(amber.questions, said, strict=True)],
        json.loads((folder / "annotations.json").read_text()),
        json.loads((folder / "relation.json").read_text()),
        (folder / "safe_words.txt").read_text().splitlines(),
        lambda text: [official_noun(noun) for noun in nouns(text)],
        lambda one, other: one == other,
    )
    found = {}
    for row in rate_table(evaluation(amber, said), ["amber-words"], draws=100).to_pylist():
        names = ("accuracy", "precision_no", "recall_no", "f1_no")
        found |= {f"{row['split']} {name}": 100 * row[name] for name in names if row[name] is not None}
        if row["split"] == "generative":
            found |= {name: 100 * row[name] for name in ("chair", "cover", "hal", "cog")}
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_dash_b_asks_about_1341_images_with_and_1341_without_70_objects(conformance: Path) -> None:
    questions, labels = read_dash_b(conformance / "dash_b", "dash_b")
    said = Counter(answer.value for answer in labels.answers.values())
    assert (len(questions), sorted(said.values())) == (2682, [1341, 1341])
    assert len({question.claims[0] for question in questions}) == 70
    hashes = {file.name: file.sha256 for file in DASH_B.public["dash_b"]}
    assert hashes == {Path(source.name).name: source.sha256 for source in labels.sources}
    replies = {"m": [Reply(question.id, "m", "No") for question in questions]}
    (row,) = rate_table(Evaluation(DASH_B, questions, (labels,), replies, {"m": ()}), ["dash-b"], draws=100).to_pylist()
    assert (row["accuracy"], row["tnr"], row["tpr"], row["harmonic_mean"]) == (0.5, 1, 0, 0)
