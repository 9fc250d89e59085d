"""The small AMBER and DASH-B about rendered scenes say what the scenes hold."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from sightline.benchmarks import benchmark
from sightline.benchmarks.amber.files import SPLITS, Described, YesNo
from sightline.core import Answer, Labelled, Presence
from sightline.examples.amber_example import files as amber_files
from sightline.examples.dash_b_example import files as dash_b_files
from sightline.scenes.rendered import RenderedScene, compose
from sightline.scenes.rendered.annotations import image_name
from sightline.scenes.rendered.world import mates_of, plural

SCENES = [compose(0, index) for index in range(24)]
BY_IMAGE: Mapping[str, RenderedScene] = {image_name(scene.index): scene for scene in SCENES}


def read(name: str, made: Mapping[str, bytes], folder: Path) -> Labelled:
    for file, data in made.items():
        (folder / file).write_bytes(data)
    return benchmark(name).read_labels(folder, "example")


@pytest.fixture
def amber(tmp_path: Path) -> Labelled:
    return read("amber", amber_files(SCENES), tmp_path)


def test_amber_asks_about_every_dimension_and_both_answers_but_on_existence(amber: Labelled) -> None:
    truths = Counter(
        (question.split, reference.truth)
        for question in amber.questions
        if isinstance(reference := amber.labels.references[question.id], YesNo)
    )
    assert {split for split, _ in truths} == set(SPLITS[1:])
    assert truths["existence", "yes"] == 0
    for split in ("state", "number", "action"):
        assert truths[split, "yes"] == truths[split, "no"] > 0
    assert sum(question.split == "generative" for question in amber.questions) == len(SCENES)


def test_its_answers_are_true_of_the_scenes(amber: Labelled) -> None:
    for question in amber.questions:
        scene, words = BY_IMAGE[question.images[0].name], question.text.rstrip("?").split()
        reference = amber.labels.references[question.id]
        if isinstance(reference, Described):
            assert set(reference.truths) == set(scene.kinds)
            assert not {*reference.targets} & {*scene.kinds}
            continue
        assert isinstance(reference, YesNo)
        if question.split == "existence":
            assert words[3] not in scene.kinds
        elif question.split == "state":
            assert (reference.truth == "yes") is (scene.of(words[2])[0].colour == words[3])
        elif question.split == "number":
            number = "zero one two three four five six seven eight".split().index(words[2])  # noqa: SIM905
            kind = next(kind for kind in scene.kinds if words[3] in (kind, plural(kind)))
            assert (reference.truth == "yes") is (len(scene.of(kind)) == number)


def test_dash_b_asks_one_question_a_scene_about_what_is_there_or_goes_with_it(tmp_path: Path) -> None:
    found = read("dash_b", dash_b_files(SCENES), tmp_path)
    assert len(found.questions) == len(SCENES)
    answers = []
    for question in found.questions:
        (claim,), scene = question.claims, BY_IMAGE[question.images[0].name]
        assert isinstance(claim, Presence)
        answers.append(found.labels.answer(question.images[0].name, claim))
        there = claim.object in scene.kinds
        assert there is (answers[-1] is Answer.HOLDS)
        mates = {mate for kind in scene.kinds for mate in mates_of(kind)} - {*scene.kinds}
        assert there or claim.object in mates or not mates
    assert answers.count(Answer.HOLDS) == len(SCENES) / 2
    row = json.loads((tmp_path / "dash_b.jsonl").read_text().splitlines()[0])
    assert list(row) == ["question_id", "question", "answer", "object", "img_id"]
